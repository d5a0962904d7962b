"""Adds what the emulator leaves out of an HTTP API: it ignores the definition that SAM writes into it. This file creates
the routes, the integration and the authoriser of that definition one by one, as API Gateway would, so that the tests use
the template's own API.
"""

import json
import urllib.parse

import boto3

from stack import STACK, Stack, check

# Each with its function, and the output that has its address.
APIS = [("ExplorerApi", "JourneyExplorer", "ExplorerUrl"), ("WebhookApi", "WebhookReceiver", "WebhookUrl")]
ANY = "x-amazon-apigateway-any-method"


def complete(stack: Stack, expanded: str) -> None:
    """Gives the deployed APIs the routes of the expanded template."""
    with open(expanded, encoding="utf-8") as file:
        resources = json.load(file)["Resources"]
    for name, function, output in APIS:
        complete_one(stack, resources[name]["Properties"]["Body"], function, id_of(stack, output))


def complete_one(stack: Stack, definition: dict, name: str, api: str) -> None:
    described = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described["Parameters"]}
    body = resolved(definition, parameters)
    gateway = boto3.client("apigatewayv2")
    known = gateway.get_routes(ApiId=api)["Items"]
    check(not known, "the emulator reads the definition of an HTTP API now: leave this out")

    authorizers = {}
    for scheme_name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        definition = scheme["x-amazon-apigateway-authorizer"]
        check(definition["type"] == "jwt", f"{scheme_name} is not a JWT authoriser: {definition}")
        jwt = definition["jwtConfiguration"]
        answer = gateway.create_authorizer(
            ApiId=api,
            Name=scheme_name,
            AuthorizerType="JWT",
            IdentitySource=[definition["identitySource"]],
            JwtConfiguration={"Issuer": jwt["issuer"], "Audience": jwt["audience"]},
        )
        authorizers[scheme_name] = answer["AuthorizerId"]

    function = boto3.client("lambda").get_function(FunctionName=stack.physical(name))
    for path, methods in body["paths"].items():
        for method, definition in methods.items():
            integration = definition["x-amazon-apigateway-integration"]
            check(f"${{{name}.Arn}}" in integration["uri"], f"{method} {path} leads to {integration['uri']}")
            integrated = gateway.create_integration(
                ApiId=api,
                IntegrationType=integration["type"].upper(),
                IntegrationUri=function["Configuration"]["FunctionArn"],
                IntegrationMethod=integration["httpMethod"],
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )
            guards = [guard for requirement in definition.get("security", []) for guard in requirement]
            guard = {"AuthorizationType": "JWT", "AuthorizerId": authorizers[guards[0]]} if guards else {}
            method = "ANY" if method == ANY else method.upper()
            target = f"integrations/{integrated['IntegrationId']}"
            gateway.create_route(ApiId=api, RouteKey=f"{method} {path}", Target=target, **guard)


def id_of(stack: Stack, output: str = "ExplorerUrl") -> str:
    return urllib.parse.urlsplit(stack.outputs[output]).hostname.split(".")[0]


def authorizer(stack: Stack) -> dict:
    """The authoriser of the API. It guards everything under /api/, and nothing else."""
    gateway, api = boto3.client("apigatewayv2"), id_of(stack)
    (found,) = gateway.get_authorizers(ApiId=api)["Items"]
    routes = gateway.get_routes(ApiId=api)["Items"]
    guarded = {route["RouteKey"] for route in routes if route.get("AuthorizerId") == found["AuthorizerId"]}
    types = {route["AuthorizationType"] for route in routes if route["RouteKey"] in guarded}
    check(guarded == {"ANY /api/{proxy+}"} and types == {"JWT"}, f"the authoriser stands before {guarded} ({types})")
    open_ = {route["RouteKey"] for route in routes} - guarded
    check(open_ == {"GET /", "GET /{proxy+}"}, f"these are open: {open_}")
    return found["JwtConfiguration"]


def resolved(value: object, parameters: dict[str, str]) -> object:
    """The definition with parameters resolved, with the explorer and with webhooks."""
    if isinstance(value, list):
        return [resolved(inner, parameters) for inner in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::If": [condition, there, _]}:
            check(condition in ("HasExplorer", "HasWebhooks"), f"the API depends on {condition}")
            return resolved(there, parameters)
        case {"Ref": name}:
            return parameters.get(name, name)
        case {"Fn::Sub": text}:
            return text
    return {name: resolved(inner, parameters) for name, inner in value.items()}

"""Adds what the emulator leaves out of an HTTP API: it ignores the definition that SAM writes into it. This file creates
the routes, the integration and the authoriser of that definition one by one, as API Gateway would, so that the tests use
the template's own API.
"""

import json
import urllib.parse

import boto3

from stack import STACK, Stack, check

ANY = "x-amazon-apigateway-any-method"


def complete(stack: Stack, expanded: str) -> None:
    """Gives the deployed API the routes of the expanded template."""
    with open(expanded, encoding="utf-8") as file:
        resources = json.load(file)["Resources"]
    described = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described["Parameters"]}
    body = resolved(resources["ExplorerApi"]["Properties"]["Body"], parameters)
    gateway, api = boto3.client("apigatewayv2"), id_of(stack)
    known = gateway.get_routes(ApiId=api)["Items"]
    check(not known, "the emulator reads the definition of an HTTP API now: leave this out")

    authorizers = {}
    for name, scheme in body["components"]["securitySchemes"].items():
        definition = scheme["x-amazon-apigateway-authorizer"]
        check(definition["type"] == "jwt", f"{name} is no JWT authoriser: {definition}")
        jwt = definition["jwtConfiguration"]
        answer = gateway.create_authorizer(
            ApiId=api,
            Name=name,
            AuthorizerType="JWT",
            IdentitySource=[definition["identitySource"]],
            JwtConfiguration={"Issuer": jwt["issuer"], "Audience": jwt["audience"]},
        )
        authorizers[name] = answer["AuthorizerId"]

    function = boto3.client("lambda").get_function(FunctionName=stack.physical("JourneyExplorer"))
    for path, methods in body["paths"].items():
        for method, definition in methods.items():
            integration = definition["x-amazon-apigateway-integration"]
            check("${JourneyExplorer.Arn}" in integration["uri"], f"{method} {path} leads to {integration['uri']}")
            integrated = gateway.create_integration(
                ApiId=api,
                IntegrationType=integration["type"].upper(),
                IntegrationUri=function["Configuration"]["FunctionArn"],
                IntegrationMethod=integration["httpMethod"],
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )
            guards = [name for requirement in definition.get("security", []) for name in requirement]
            guard = {"AuthorizationType": "JWT", "AuthorizerId": authorizers[guards[0]]} if guards else {}
            method = "ANY" if method == ANY else method.upper()
            target = f"integrations/{integrated['IntegrationId']}"
            gateway.create_route(ApiId=api, RouteKey=f"{method} {path}", Target=target, **guard)


def id_of(stack: Stack) -> str:
    return urllib.parse.urlsplit(stack.outputs["ExplorerUrl"]).hostname.split(".")[0]


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
    """The definition with parameters resolved and with the explorer."""
    if isinstance(value, list):
        return [resolved(inner, parameters) for inner in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::If": [condition, there, _]}:
            check(condition == "HasExplorer", f"the API depends on {condition}")
            return resolved(there, parameters)
        case {"Ref": name}:
            return parameters.get(name, name)
        case {"Fn::Sub": text}:
            return text
    return {name: resolved(inner, parameters) for name, inner in value.items()}

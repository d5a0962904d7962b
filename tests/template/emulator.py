#!/usr/bin/env python3
"""Runs the AWS emulator of scripts/e2e, and adds what AWS does and the emulator does not.

    emulator.py FAULTS

- EventBridge gives an event to a function's asynchronous queue: three tries, then the function's on-failure destination.
  The emulator tries once.
- A queue loses no message. The emulator's threads take messages out of a list while others add to it.
- The name of a table's stream is a time without a zone. The emulator adds a Z to that of a table in a stack.
- Lambda writes metrics of every invocation. The emulator writes them only for invocations through Lambda's API.
- A function may do in DynamoDB what its role allows. The emulator allows everything.
- While the file FAULTS/kill exists, every twentieth invocation of a function is killed, at a random moment. FAULTS/killed
  lists their functions.
- While the file FAULTS/dynamodb exists, DynamoDB answers every request with an internal error or throttles it. While
  FAULTS/dynamodb-writes exists, it throttles every write.

It says nothing about the stack: storm.py decides when something fails.
"""

import collections
import fnmatch
import inspect
import itertools
import json
import os
import random
import re
import sys
import threading
import time

from ministack import app
from ministack.core import lambda_runtime
from ministack.core.responses import error_response_json, now_iso
from ministack.services import cloudwatch, dynamodb, eventbridge, iam, lambda_svc, sqs
from ministack.services.cloudformation import provisioners


def dispatch_as_lambda_does(arn: str, payload: str) -> None:
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        sys.exit(f"error: a rule names a function that does not exist: {name}")
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(func, config), json.loads(payload))


def guard_queues() -> None:
    sqs._queues_lock = lock = threading.RLock()

    def alone(act):
        def acted(*arguments, **options):
            with lock:
                return act(*arguments, **options)

        return acted

    for name, act in sqs._HANDLERS.items():
        if not inspect.iscoroutinefunction(act):
            sqs._HANDLERS[name] = alone(act)
    for name in ("_expire_retained", "_dlq_sweep", "_collect_msgs"):
        setattr(sqs, name, alone(getattr(sqs, name)))
    lambda_svc._route_async_failure = alone(lambda_svc._route_async_failure)


# Of how many invocations of a function one is killed, at first and later, and the longest time in seconds until then.
AT_FIRST, LATER, WITHIN = 4, 20, 0.02


def with_kills(faults: str, invoke):
    chance, invocations = random.Random(7), collections.Counter()

    def kill(worker) -> None:
        if process := worker._proc:
            process.kill()
            with open(f"{faults}/killed", "a", encoding="utf-8") as file:
                file.write(worker.func_name.split("-")[1] + "\n")

    def invoked(worker, *arguments, **options):
        if os.path.exists(f"{faults}/kill"):
            number = invocations[worker.func_name] = invocations[worker.func_name] + 1
            if number % (AT_FIRST if number < 40 else LATER) == 2:
                threading.Timer(chance.uniform(0, WITHIN), kill, [worker]).start()
        return invoke(worker, *arguments, **options)

    return invoked


def measured(dispatch):
    def dispatched(func, config, event, request_id, started):
        result = dispatch(func, config, event, request_id, started)
        name = config.get("FunctionName", "")
        lambda_svc._emit_lambda_metrics(name, 0.0, error=bool(result.get("error")), throttle=False)
        if (age := iterator_age(event)) is not None:
            cloudwatch.record_metric("AWS/Lambda", "IteratorAge", age * 1000, "Milliseconds", {"FunctionName": name})
        return result

    return dispatched


def iterator_age(event: object) -> float | None:
    """The age in seconds of the last record of a stream's batch."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not records:
        return None
    last = records[-1]
    at = last.get("dynamodb", {}).get("ApproximateCreationDateTime") or last.get("kinesis", {}).get("approximateArrivalTimestamp")
    return max(0.0, time.time() - at) if at else None


def dropped(route):
    """Lambda counts an event as dropped when it gives it to the on-failure destination."""

    def routed(target, function, event, result):
        cloudwatch.record_metric("AWS/Lambda", "AsyncEventsDropped", 1, "Count", {"FunctionName": function})
        return route(target, function, event, result)

    return routed


READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}


def with_outages(faults: str, handle):
    requests = itertools.count()

    async def handled(method, path, headers, body, query_params):
        reads = headers.get("x-amz-target", "").split(".")[-1] in READS
        if os.path.exists(f"{faults}/dynamodb"):
            if next(requests) % 2:
                return error_response_json("InternalServerError", "The request processing has failed.", 500)
        elif reads or not os.path.exists(f"{faults}/dynamodb-writes"):
            return await handle(method, path, headers, body, query_params)
        metric = "ReadThrottleEvents" if reads else "WriteThrottleEvents"
        for table in tables(json.loads(body or b"{}")):
            cloudwatch.record_metric("AWS/DynamoDB", metric, 1, "Count", {"TableName": table.split("/")[-1]})
        return error_response_json("ProvisionedThroughputExceededException", "The level of throughput was exceeded.", 400)

    return handled


def naming_the_function(credentials):
    """The AWS SDK puts this variable into the header of its requests, so a request says which function makes it."""

    def named(config):
        return {**credentials(config), "AWS_EXECUTION_ENV": config["FunctionName"]}

    return named


CALLER = re.compile(r"exec-env/(\S+)")


def with_roles(handle):
    async def handled(method, path, headers, body, query_params):
        caller, operation = CALLER.search(headers.get("x-amz-user-agent", "")), headers.get("x-amz-target", "").split(".")[-1]
        if caller:
            request, function = json.loads(body or b"{}"), caller[1]
            statements = allowed(function)
            for action, resource in requested(operation, request):
                if not any(matches(action, actions) and matches(resource, resources) for actions, resources in statements):
                    return error_response_json("AccessDeniedException", f"{function} may not {action} on {resource}", 400)
        return await handle(method, path, headers, body, query_params)

    return handled


def requested(operation: str, request: dict):
    """Each action of a request, and the end of the ARN that it is about."""
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            for kind, part in item.items():
                yield f"dynamodb:{'ConditionCheckItem' if kind == 'ConditionCheck' else kind + 'Item'}", part["TableName"].split("/")[-1]
        return
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    for table in tables(request):
        yield f"dynamodb:{operation}", table.split("/")[-1] + index


def allowed(function: str) -> list:
    """The actions of each statement of the function's role, and the ends of the ARNs that they are about."""
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    policies = iam._roles[config["Role"].rsplit("/", 1)[-1]]["InlinePolicies"].values()
    documents = [json.loads(policy) if isinstance(policy, str) else policy for policy in policies]
    statements = [statement for document in documents for statement in document["Statement"] if statement["Effect"] == "Allow"]
    ends = [[resource.split(":table/")[-1] for resource in several(statement["Resource"])] for statement in statements]
    return list(zip([several(statement["Action"]) for statement in statements], ends))


def several(value) -> list:
    return value if isinstance(value, list) else [value]


def matches(value: str, patterns: list) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)


def tables(request: dict) -> set[str]:
    """The tables that a request names."""
    within = [inner["TableName"] for item in request.get("TransactItems", []) for inner in item.values()]
    return {*([request["TableName"]] if "TableName" in request else []), *request.get("RequestItems", {}), *within}


if __name__ == "__main__":
    guard_queues()
    eventbridge._dispatch_to_lambda = dispatch_as_lambda_does
    provisioners.now_iso = lambda: now_iso().removesuffix("Z")
    lambda_runtime.ProvidedWorker.invoke = with_kills(sys.argv[1], lambda_runtime.ProvidedWorker.invoke)
    lambda_svc._execute_function_dispatch = measured(lambda_svc._execute_function_dispatch)
    lambda_svc._route_async_failure = dropped(lambda_svc._route_async_failure)
    for module in (lambda_runtime, lambda_svc):
        module.execution_credentials = naming_the_function(module.execution_credentials)
    dynamodb.handle_request = with_outages(sys.argv[1], with_roles(dynamodb.handle_request))
    sys.argv = sys.argv[:1]
    app.main()

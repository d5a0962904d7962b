"""A deployed stack: its resources, putting events on its buses, and waiting for the results.

Waiting is always for a state. It fails if the state is not reached after DEADLINE seconds.
"""

import functools
import json
import os
import subprocess
import sys
import time

import boto3

STACK = "cxtrace"
BUS = "genesys"
SOURCE = "partner.test/genesys.com/cloud/e2e"
ATTRIBUTES = "v2.detail.events.conversation.{id}.attributes"
DEADLINE = 120
IN_FLIGHT = 16  # events on their way at once: enough for several instances, not one process for each event


class Stack:
    def __init__(self) -> None:
        stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        self.unique = stack["StackId"].split("/")[2]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @functools.cache
    def physical(self, name: str) -> str:
        """The physical id of a resource of the template."""
        cloudformation = boto3.client("cloudformation")
        answer = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=name)
        return answer["StackResourceDetail"]["PhysicalResourceId"]

    def put(self, entries: list[dict], bus: str, function: str, wanted: set[str]) -> None:
        """Puts events on a bus, at most IN_FLIGHT ahead of the function that handles the topics `wanted`."""
        expected = self.ended(function)
        for start in range(0, len(entries), 10):
            batch = entries[start : start + 10]
            answer = boto3.client("events").put_events(
                Entries=[
                    {
                        "EventBusName": bus,
                        "Source": event["source"],
                        "DetailType": event["detail-type"],
                        "Detail": json.dumps(event["detail"]),
                    }
                    for event in batch
                ]
            )
            check(answer["FailedEntryCount"] == 0, f"the bus refuses events: {answer}")
            expected += sum(event["detail-type"] in wanted for event in batch)
            wait_for(f"{function} to take {expected} events", lambda: self.ended(function) >= expected - IN_FLIGHT)
        wait_for(f"{function} to take {expected} events", lambda: self.ended(function) >= expected)

    def log(self, function: str) -> list[str]:
        """The log of a function."""
        pages = boto3.client("logs").get_paginator("filter_log_events")
        group = self.physical(f"{function}Logs")
        return [event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]]

    def ended(self, function: str) -> int:
        """The number of finished invocations of a function."""
        return sum(line.startswith("END RequestId") for line in self.log(function))

    def letters(self, queue: str) -> list[dict]:
        """The messages in the dead-letter queue of an output."""
        return letters(self.outputs[queue])

    def sets_aside(self, function: str, malformed: dict, queue: str) -> str:
        """Makes a function fail until its event is in the dead-letter queue. Returns the reason there."""
        # The emulator invokes a rule's target only once. On AWS this step is the function's asynchronous queue, which
        # the emulator has, so the event goes there directly.
        boto3.client("lambda").invoke(
            FunctionName=self.physical(function), InvocationType="Event", Payload=json.dumps(malformed)
        )
        wait_for("the malformed event in the dead-letter queue", lambda: self.letters(queue))
        found = self.letters(queue)
        check([letter["requestPayload"] for letter in found] == [malformed], f"not the whole event: {found}")
        return found[0]["responsePayload"]["errorMessage"]


def redrive(queue: str) -> tuple[int, str]:
    """Runs `cxtrace redrive --dry-run` on a queue. Returns its exit code and its output."""
    command = os.path.join(os.path.dirname(__file__), "../../target/debug/cxtrace")
    ended = subprocess.run([command, "redrive", queue, "--dry-run"], capture_output=True, text=True, timeout=DEADLINE)
    return ended.returncode, ended.stdout + ended.stderr


def letters(url: str) -> list[dict]:
    """At most ten messages of a queue. They stay in it."""
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def waiting(stack: Stack, output: str) -> int:
    """The number of messages of a queue: those that may be received, and those that are delayed or being processed."""
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=stack.outputs[output], AttributeNames=list(counts))
    return sum(int(answer["Attributes"][name]) for name in counts)


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(f"error: {otherwise}")


def wait_for(what: str, state):
    """Waits until `state` returns a true value, and returns that value."""
    deadline = time.monotonic() + DEADLINE
    while not (found := state()):
        check(time.monotonic() < deadline, f"waited {DEADLINE} s in vain for {what}")
        time.sleep(0.1)
    return found

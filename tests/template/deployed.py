#!/usr/bin/env python3
"""Drives a deployed stack: puts events on its bus and checks what arrives in Datadog and in the dead-letter queues.

    deployed.py prepare                         make what the stack needs; print the secret's ARN
    deployed.py events GENERATED                the events to put: those generated, and hand-made ones
    deployed.py run EVENTS EXPECTED INTAKE_URL  put them; fail unless exactly EXPECTED arrives

scripts/e2e calls it, with the AWS clients pointed at an emulator. Nothing here waits for a time: it waits for a state,
and fails when that has not come after DEADLINE seconds.
"""

import collections
import datetime
import json
import sys
import time
import urllib.request

import boto3
import botocore.exceptions

STACK = "cxtrace"
BUS = "genesys"
SOURCE = "partner.test/genesys.com/cloud/e2e"
ATTRIBUTES = "v2.detail.events.conversation.{id}.attributes"
DEADLINE = 120
IN_FLIGHT = 16  # events on their way at once: enough for several instances, not one process for each event


def prepare() -> None:
    boto3.client("s3").create_bucket(Bucket="artifacts")
    boto3.client("events").create_event_bus(Name=BUS)
    secret = boto3.client("secretsmanager").create_secret(Name="datadog", SecretString='{"dd_api_key": "e2e"}')
    print(secret["ARN"])


# ---- Events ---------------------------------------------------------------------------------------------------------

# What the hand-made events come to, counted by a person: the generated ones are counted by the code under test.
BY_HAND = {
    "genesys.flow.e2e.seen": 3,
    "genesys.flow.e2e.twice": 1,
    "genesys.flow.e2e.skewed": 1,
    "genesys.flow.e2e.late": 1,
}

# These depend on when an event is taken and on which comes first. The replay has the events' own clock and takes them one
# by one; here the clock is real and several instances run at once. What they are about counts exactly all the same.
DEPENDS_ON_THE_CLOCK = {"cxtrace.attributes.skewed", "cxtrace.occurrences.late"}


def ago(minutes: int) -> str:
    time = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def envelope(conversation: object, attributes: object, detail_type: str = ATTRIBUTES, minutes: int = 0) -> dict:
    published = ago(minutes)
    return {
        "version": "0",
        "id": f"by-hand-{conversation}",
        "detail-type": detail_type,
        "source": SOURCE,
        "account": "000000000000",
        "time": published,
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "topicName": detail_type.replace("{id}", str(conversation)),
            "version": "2",
            "eventBody": {"conversationId": conversation, "participantId": "p-1", "attributes": attributes},
            "metadata": {"CorrelationId": "by-hand"},
            "timestamp": published,
        },
    }


def by_hand() -> list[dict]:
    seen, twice = (f"e2eMetric_{metric}({ago(0)})" for metric in ("seen", "twice"))
    other_participant = envelope("hand-1", {seen: "1", "AccountID": "0-000000"})
    other_participant["detail"]["eventBody"]["participantId"] = "p-2"
    return [
        envelope("hand-1", {seen: "1", "AccountID": "0-000000"}),
        other_participant,
        envelope("hand-2", {seen: "1", twice: "1"}),
        envelope("hand-3", {seen: "", "LLM (AW) question": "Why?", "e2eMetric_skewed(2023-03-05T08:18:04.568Z)": "1"}),
        # Published soon enough, delivered too late for its own bucket: it must be moved to another.
        envelope("hand-5", {f"e2eMetric_late({ago(70)})": "1"}, minutes=30),
        # A topic that the rule must not let through.
        envelope("hand-4", {seen: "1"}, "v2.detail.events.conversation.{id}.acd.start"),
    ]


def events(generated: str) -> None:
    with open(generated, encoding="utf-8") as file:
        every = [json.loads(line) for line in file]
    hand_made = by_hand()
    # Re-sent whole, as Genesys does, out of order.
    every += every[::3] + hand_made + hand_made[:1]
    for event in every:
        print(json.dumps({**event, "source": SOURCE}))


# ---- The stack ------------------------------------------------------------------------------------------------------


class Stack:
    def __init__(self) -> None:
        cloudformation = boto3.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def put(self, entries: list[dict]) -> None:
        """Puts events on the bus, never more than IN_FLIGHT ahead of the function."""
        expected = self.handled()
        for start in range(0, len(entries), 10):
            batch = entries[start : start + 10]
            answer = boto3.client("events").put_events(
                Entries=[
                    {
                        "EventBusName": BUS,
                        "Source": event["source"],
                        "DetailType": event["detail-type"],
                        "Detail": json.dumps(event["detail"]),
                    }
                    for event in batch
                ]
            )
            check(answer["FailedEntryCount"] == 0, f"the bus refuses events: {answer}")
            expected += sum(event["detail-type"] == ATTRIBUTES for event in batch)
            wait_for(f"{expected} events to be handled", lambda: self.handled() >= expected - IN_FLIGHT)
        wait_for(f"{expected} events to be handled", lambda: self.handled() >= expected)

    def handled(self) -> int:
        """How many invocations of the ingest function have ended."""
        pages = boto3.client("logs").get_paginator("filter_log_events")
        group = self.outputs["FlowMetricsLogGroupName"]
        return sum(
            event["message"].startswith("END RequestId")
            for page in pages.paginate(logGroupName=group)
            for event in page["events"]
        )

    def letters(self, queue: str) -> list[dict]:
        answer = boto3.client("sqs").receive_message(
            QueueUrl=self.outputs[queue], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def run(path: str, expected_path: str, intake: str) -> None:
    stack = Stack()
    with open(path, encoding="utf-8") as file:
        every = [json.loads(line) for line in file]
    with open(expected_path, encoding="utf-8") as file:
        expected = totals(json.load(file)["metrics"])
    for metric, value in BY_HAND.items():
        counted = sum(total for series, total in expected.items() if series[0] == metric)
        check(counted == value, f"{metric}: a person counts {value}, the replay {counted}")

    settings(stack)
    stack.put(every)
    # The stream keeps its order: when an event that was put last has been published, so has everything before it. Moving
    # what is late appends to the stream once more, so there are two.
    for last in ("last.1", "last.2"):
        stack.put([envelope(last, {f"e2eMetric_{last}({ago(0)})": "1"})])
        wait_for("the last event's count", lambda: any(p["metric"].endswith(last) for p in points(intake)))
    arrived = [point for point in points(intake) if ".last." not in point["metric"]]
    compare(expected, totals(arrived))
    check(any(point["metric"] == "cxtrace.occurrences.late" for point in arrived), "nothing was moved as late")
    print(f"{len(every)} events, {len(expected)} series, {sum(expected.values()):.0f} counted: Datadog has exactly these")

    dead_letters(stack)


def points(intake: str) -> list[dict]:
    with urllib.request.urlopen(f"{intake}/metrics") as answer:
        return json.load(answer)


def totals(metrics: list[dict]) -> dict[tuple, float]:
    """The sum of each series over all of time: in which bucket something late counts depends on the clock, too."""
    sums: dict[tuple, float] = collections.defaultdict(float)
    for point in metrics:
        if point["metric"] not in DEPENDS_ON_THE_CLOCK:
            sums[(point["metric"], *sorted(point["tags"]))] += point["value"]
    return dict(sums)


def compare(expected: dict, arrived: dict) -> None:
    wrong = {series for series in expected.keys() | arrived.keys() if expected.get(series) != arrived.get(series)}
    for series in sorted(wrong):
        print(f"  {' '.join(series)}: expected {expected.get(series, 0):.0f}, got {arrived.get(series, 0):.0f}")
    check(not wrong, "Datadog does not have what was put on the bus: see above")


def dead_letters(stack: Stack) -> None:
    # The emulator invokes a rule's target once and forgets it. On AWS this hop is the function's asynchronous queue,
    # which the emulator does have: so the event goes straight there.
    malformed = envelope({"not": "an id"}, {})
    boto3.client("lambda").invoke(
        FunctionName=stack.outputs["FlowMetricsFunctionName"],
        InvocationType="Event",
        Payload=json.dumps(malformed),
    )
    wait_for("the malformed event in the dead-letter queue", lambda: stack.letters("EventsDeadLetterQueueUrl"))
    letters = stack.letters("EventsDeadLetterQueueUrl")
    check([letter["requestPayload"] for letter in letters] == [malformed], f"not the whole event: {letters}")
    reason = letters[0]["responsePayload"]["errorMessage"]
    check("conversationId" in reason, f"the reason does not name the field: {reason}")
    print(f"the malformed event is in the dead-letter queue, whole, because: {reason}")
    check(not stack.letters("RecordsDeadLetterQueueUrl"), "there are letters in the dead-letter queue of records")


def settings(stack: Stack) -> None:
    """What the emulator stores but does not do must at least be set."""
    bus = boto3.client("events")
    (rule,) = bus.list_rules(EventBusName=BUS)["Rules"]
    (target,) = bus.list_targets_by_rule(Rule=rule["Name"], EventBusName=BUS)["Targets"]
    queue = boto3.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["EventsDeadLetterQueueUrl"], AttributeNames=["All"]
    )["Attributes"]
    check(target["DeadLetterConfig"]["Arn"] == queue["QueueArn"], "the rule's target has no dead-letter queue")
    check(target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86400, "the rule's target does not retry for a day")
    (statement,) = json.loads(queue["Policy"])["Statement"]
    check(statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rule["Arn"]}}, "the rule may not use its queue")
    # That the functions work shows that their roles allow enough, but only if the emulator denies what nothing allows.
    iam = boto3.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    nobody = boto3.client(
        "dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    try:
        nobody.scan(TableName=stack.outputs["StateTableName"])
        check(False, "the emulator does not enforce permissions: anybody may read the table")
    except botocore.exceptions.ClientError as error:
        check(error.response["Error"]["Code"] == "AccessDeniedException", f"a scan by nobody fails otherwise: {error}")
    print(
        "the emulator lacks: EventBridge's own retries and dead-lettering on the way to a function (set, and checked to be "
        "set); TTL and point-in-time recovery of a table made by a stack (linted)"
    )


# ---- Waiting and checking -------------------------------------------------------------------------------------------


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(f"error: {otherwise}")


def wait_for(what: str, state) -> None:
    deadline = time.monotonic() + DEADLINE
    while not state():
        check(time.monotonic() < deadline, f"waited {DEADLINE} s in vain for {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    {"prepare": prepare, "events": events, "run": run}[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/env python3
"""Tests a deployed stack: puts events on its buses, and checks the counts in Datadog, the journeys in the explorer, and
the failed events in the dead-letter queues.

    deployed.py prepare                         make what the stack needs; print its parameters
    deployed.py events GENERATED                the attributes events to put: those generated, and hand-made ones
    deployed.py conversation                    the events of one whole conversation
    deployed.py early, deployed.py seven        the deliveries of seven systems without the late records, and all
    deployed.py complete EXPANDED               give the APIs what the emulator leaves out of them
    deployed.py run DIR INTAKE_URL              put what is in DIR; fail unless exactly what is expected arrives

scripts/e2e calls it, with the AWS clients pointed at an emulator.
"""

import collections
import datetime
import json
import sys
import urllib.parse
import urllib.request

import boto3
import botocore.exceptions

import api
import journeys
import platforms
import polled
from stack import ATTRIBUTES, BUS, SOURCE, STACK, Stack, check, redrive, wait_for


def prepare() -> None:
    boto3.client("s3").create_bucket(Bucket="artifacts")
    boto3.client("events").create_event_bus(Name=BUS)
    secret = boto3.client("secretsmanager").create_secret(Name="datadog", SecretString='{"dd_api_key": "e2e"}')
    parameters = [*journeys.Engineers.founded().parameters(), *platforms.prepare(), *polled.prepare()]
    print(f"DatadogApiKeySecretArn={secret['ARN']}", *parameters, sep="\n")


# ---- Events ---------------------------------------------------------------------------------------------------------

# The expected counts of the hand-written events, counted by a person. The code under test counts the generated ones.
BY_HAND = {
    "genesys.flow.e2e.seen": 3,
    "genesys.flow.e2e.twice": 1,
    "genesys.flow.e2e.skewed": 1,
    "genesys.flow.e2e.late": 1,
}

# These depend on the time and order of processing. The replay uses the events' own clock and processes them one by one;
# here the clock is real and several instances run at once. The metrics that they describe are exact nevertheless.
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
        # Published in time, but delivered too late for its own bucket, so it must be moved to another one.
        envelope("hand-5", {f"e2eMetric_late({ago(70)})": "1"}, minutes=30),
        # A topic that no rule may match.
        envelope("hand-4", {seen: "1"}, "v2.conversations.{id}.transcription"),
    ]


def events(generated: str) -> None:
    with open(generated, encoding="utf-8") as file:
        every = [json.loads(line) for line in file]
    hand_made = by_hand()
    # Sent again completely, as Genesys does, out of order.
    every += every[::3] + hand_made + hand_made[:1]
    for event in every:
        print(json.dumps({**event, "source": SOURCE}))


# ---- Counts ---------------------------------------------------------------------------------------------------------


def run(folder: str, intake: str) -> None:
    stack = Stack()
    settings(stack)
    bus = journeys.JourneyBus(stack)
    counts(stack, f"{folder}/events.ndjson", f"{folder}/expected.json", intake)
    users = engineers(stack)
    journeys.run(stack, bus, users, f"{folder}/conversation.ndjson", replayed(f"{folder}/journeys.json"), intake)
    platforms.run(stack, users, replayed(f"{folder}/early.json"), replayed(f"{folder}/seven.json"))
    polled.run(stack, journeys.Explorer(stack), users.token())
    journeys.concealed(stack, bus, intake)
    invocations(stack)


def replayed(path: str) -> dict:
    """The one journey of a replay."""
    with open(path, encoding="utf-8") as file:
        (journey,) = json.load(file)["journeys"]
    return journey


def invocations(stack: Stack) -> None:
    """Every function logs one line for each invocation, with what it counted."""
    for function in ("FlowMetrics", "MetricsPublisher", "SpanCollector", "JourneyAssembler", "JourneySettler"):
        lines = [json.loads(line) for line in stack.log(function) if '"log":"invocation"' in line]
        check(lines, f"{function} has not logged its invocations")
        for line in lines:
            known = {"ok", "failed"} >= {line["outcome"]} and line["duration_ms"] >= 0 and line["request_id"]
            check(known, f"{function} logged {line}")
        counted = sum(count for line in lines for count in line["counts"].values())
        check(counted > 0, f"{function} counted nothing in {len(lines)} invocations")
    print("each function logs its invocations, with what they counted")


def engineers(stack: Stack) -> journeys.Engineers:
    """The users of the deployed API, which decides about access."""
    jwt = api.authorizer(stack)
    return journeys.Engineers(urllib.parse.urlsplit(jwt["Issuer"]).path.strip("/"), jwt["Audience"][0])


def counts(stack: Stack, path: str, expected_path: str, intake: str) -> None:
    """Puts attributes events, and compares Datadog's counts with those of a replay."""
    with open(path, encoding="utf-8") as file:
        every = [json.loads(line) for line in file]
    with open(expected_path, encoding="utf-8") as file:
        expected = totals(json.load(file)["metrics"])
    for metric, value in BY_HAND.items():
        counted = sum(total for series, total in expected.items() if series[0] == metric)
        check(counted == value, f"{metric}: a person counts {value}, the replay {counted}")

    stack.put(every, BUS, "FlowMetrics", {ATTRIBUTES})
    # The stream keeps its order: when the last event has been published, everything before it has been, too. Moving
    # late counts appends to the stream again, so there are two last events.
    for last in ("last.1", "last.2"):
        stack.put([envelope(last, {f"e2eMetric_{last}({ago(0)})": "1"})], BUS, "FlowMetrics", {ATTRIBUTES})
        wait_for("the last event's count", lambda: any(p["metric"].endswith(last) for p in points(intake)))
    arrived = [point for point in points(intake) if ".last." not in point["metric"]]
    compare(expected, totals(arrived))
    check(any(point["metric"] == "cxtrace.occurrences.late" for point in arrived), "nothing was moved as late")
    print(f"{len(every)} events, {len(expected)} series, {sum(expected.values()):.0f} counted: Datadog has exactly these")

    reason = stack.sets_aside("FlowMetrics", envelope({"not": "an id"}, {}), "EventsDeadLetterQueueUrl")
    check("conversationId" in reason, f"the reason does not name the field: {reason}")
    print(f"the malformed event is in the dead-letter queue, unchanged, because: {reason}")
    retried(stack, expected, intake)
    check(not stack.letters("RecordsDeadLetterQueueUrl"), "there are messages in the dead-letter queue of records")


def retried(stack: Stack, expected: dict, intake: str) -> None:
    """A valid event in the retry queue is counted once, and a malformed one goes to the dead-letter queue."""
    queue, dead = stack.outputs["EventsRetryQueueUrl"], stack.outputs["EventsDeadLetterQueueUrl"]
    (malformed,) = stack.letters("EventsDeadLetterQueueUrl")
    # In the forms of Lambda and EventBridge, and twice in the latter: processing it again must change nothing.
    event = envelope("retried", {f"e2eMetric_retried({ago(0)})": "1"})
    sqs = boto3.client("sqs")
    for letter in (malformed | {"requestPayload": event}, malformed, event, event):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))
    wait_for("the malformed event to be given up again", lambda: len(stack.letters("EventsDeadLetterQueueUrl")) == 2)
    check(stack.letters("EventsDeadLetterQueueUrl") == [malformed] * 2, "the malformed event is not given up unchanged")

    code, said = redrive(dead)
    check(code == 0 and "About 2 messages would be moved" in said, f"cxtrace redrive ends with {code} and prints: {said}")
    check("conversationId" in said, f"cxtrace redrive does not print why the malformed event is there: {said}")
    # Published after the others, in the stream's order: when its count has arrived, all others have arrived.
    stack.put([envelope("last.3", {f"e2eMetric_last.3({ago(0)})": "1"})], BUS, "FlowMetrics", {ATTRIBUTES})
    wait_for("the last event's count", lambda: any(p["metric"].endswith("last.3") for p in points(intake)))
    series = ("genesys.flow.e2e.retried", "env:e2e", "flow:e2e", "metric:retried")
    compare(expected | {series: 1.0}, totals([point for point in points(intake) if ".last." not in point["metric"]]))
    print("the retry queue has the event of three messages counted once, and the malformed one given up")


def points(intake: str) -> list[dict]:
    with urllib.request.urlopen(f"{intake}/metrics") as answer:
        return json.load(answer)


def totals(metrics: list[dict]) -> dict[tuple, float]:
    """The sum of each series over all buckets, because the bucket of a late count depends on the clock."""
    sums: dict[tuple, float] = collections.defaultdict(float)
    for point in metrics:
        # Journeys have their own reckoning.
        if point["metric"] not in DEPENDS_ON_THE_CLOCK and not point["metric"].startswith("cxtrace.journey."):
            sums[(point["metric"], *sorted(point["tags"]))] += point["value"]
    return dict(sums)


def compare(expected: dict, arrived: dict) -> None:
    wrong = {series for series in expected.keys() | arrived.keys() if expected.get(series) != arrived.get(series)}
    for series in sorted(wrong):
        print(f"  {' '.join(series)}: expected {expected.get(series, 0):.0f}, got {arrived.get(series, 0):.0f}")
    check(not wrong, "Datadog's counts differ from the events on the bus: see above")


def settings(stack: Stack) -> None:
    """Checks settings that the emulator stores but does not implement."""
    delivery(stack, "EventsRetryQueueUrl", {f"attribute-events-{stack.unique}": BUS})
    own = stack.outputs["SpanBusName"]
    spans = {f"{rule}-{stack.unique}": own for rule in ("span-events", "platform-events")}
    delivery(stack, "JourneyRetryQueueUrl", {f"conversation-events-{stack.unique}": BUS, **spans})
    # Working functions show that their roles allow enough, but only if the emulator denies everything else.
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
        "set); TTL and point-in-time recovery of a table made by a stack (linted); the routes in the definition of an HTTP "
        "API (given to it from the template's expansion), and throttling (linted)"
    )


def delivery(stack: Stack, output: str, rules: dict[str, str]) -> None:
    """Rules retry for a day, then send the event to the dead-letter queue. Only they may write to it."""
    bus = boto3.client("events")
    url = stack.outputs[output]
    queue = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    allowed = set()
    for name, on in rules.items():
        allowed.add(bus.describe_rule(Name=name, EventBusName=on)["Arn"])
        (target,) = bus.list_targets_by_rule(Rule=name, EventBusName=on)["Targets"]
        check(target["DeadLetterConfig"]["Arn"] == queue["QueueArn"], f"the target of {name} does not end in the retry queue")
        day = target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86400
        check(day, f"the target of {name} does not retry for a day")
    (statement,) = json.loads(queue["Policy"])["Statement"]
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    sources = {sources} if isinstance(sources, str) else set(sources)
    check(sources == allowed, f"{sources} may use the queue of {allowed}")


def complete(expanded: str) -> None:
    api.complete(Stack(), expanded)


def output(name: str) -> None:
    """Prints an output of the deployed stack."""
    print(Stack().outputs[name])


def conversation() -> None:
    for event in journeys.samples():
        print(json.dumps(event))


def early() -> None:
    for delivery in [*platforms.early(), platforms.A_DAY_LATER]:
        print(json.dumps(delivery))


def seven() -> None:
    for delivery in [*platforms.recording(), platforms.A_DAY_LATER]:
        print(json.dumps(delivery))


if __name__ == "__main__":
    commands = {"prepare": prepare, "complete": complete, "events": events, "conversation": conversation}
    commands |= {"early": early, "seven": seven, "output": output, "run": run}
    commands[sys.argv[1]](*sys.argv[2:])

"""A storm on a deployed stack: many events, while functions are killed at random, Datadog and DynamoDB fail, items that nobody can
read lie in every shard, and the stack is upgraded. Afterwards the counts must be exact, the journeys those of a replay, and the
queues must hold nothing but the poison.

    storm.py run FOLDER INTAKE_URL UPGRADE...  the storm; UPGRADE is the command that deploys the new version
    storm.py leave                             delete the stack; print the parameters by which a new one takes its state
    storm.py again FOLDER INTAKE_URL           put events a second time; nothing may change

scripts/e2e calls it. storm_events.py makes the events, faults.py the faults and poison.py what cannot be read.
"""

import base64
import collections
import json
import subprocess
import sys
import threading
import time

import boto3

import deployed
import journeys
import poison
import storm_events
from alarms import Alarms
from faults import Kills, Limits, Outage, Visitors, answer_of, request
from stack import BUS, STACK, Stack, check, wait_for, waiting

RATE = 100  # events a second, at most
PATIENCE = 1800  # seconds from the last event until everything must be as expected
RETRIES = ("EventsRetryQueueUrl", "JourneyRetryQueueUrl")


def run(folder: str, intake: str, *upgrade: str) -> None:
    storm = Storm(folder, intake)
    with Kills(f"{folder}/faults") as kills, Visitors(storm.stack):
        storm.put_all(upgrade)
    killed = kills.by_function()
    say(f"all {len(storm.every)} events are on the buses, {len(storm.every) / time_since_start():.0f} a second")
    say(f"{sum(killed.values())} processes were killed: {killed}")
    storm.calm(poison.DEAD_LETTERS)
    for one in Alarms(storm.stack, storm.peaks).moved():
        say(f"the metric of an alarm has moved: {one}")


def again(folder: str, intake: str) -> None:
    """A second stack over the tables of the first takes 500 events that the first has counted, and a new one."""
    storm = Storm(folder, intake)
    rows = storm.rows()
    again, taken = storm.every[:500], lambda: storm.stack.ended("FlowMetrics") + storm.stack.ended("SpanCollector")
    storm.put(again)
    wait_for(f"the functions to take {len(again)} events", lambda: taken() >= len(again))
    # The stream keeps its order: when the new event is counted, whatever was counted before has arrived.
    storm.put([deployed.envelope("after", {f"e2eMetric_after({deployed.ago(0)})": "1"})])
    storm.expected[("genesys.flow.e2e.after", "env:e2e", "flow:e2e", "metric:after")] = 1.0
    storm.calm(dict.fromkeys(poison.DEAD_LETTERS, 0))
    check(storm.rows() == rows, f"there were {rows} journeys, and now there are {storm.rows()}")
    say("the new stack over the old tables counts the new event and nothing twice, and makes no second journey")


def leave() -> None:
    """Deletes the stack. Tables and key stay."""
    stack, dynamodb, secrets = Stack(), boto3.client("dynamodb"), boto3.client("secretsmanager")
    stream = lambda output: dynamodb.describe_table(TableName=stack.outputs[output])["Table"]["LatestStreamArn"]
    parameters = {
        "ExistingStateTableStreamArn": stream("StateTableName"),
        "ExistingCorrelationTableStreamArn": stream("CorrelationTableName"),
        "ExistingPseudonymKeySecretArn": secrets.describe_secret(SecretId=stack.physical("PseudonymKey"))["ARN"],
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    for name, value in parameters.items():
        print(f"{name}={value}")


class Storm:
    """What is put on the buses, and what must come of it."""

    def __init__(self, folder: str, intake: str) -> None:
        self.folder, self.intake, self.stack = folder, intake, Stack()
        with open(f"{folder}/storm.ndjson", encoding="utf-8") as file:
            self.every = [json.loads(line) for line in file]
        with open(f"{folder}/storm-expected.json", encoding="utf-8") as file:
            self.expected = deployed.totals(json.load(file)["metrics"])
        counted = sum(total for series, total in self.expected.items() if series[0].startswith("genesys.flow."))
        distinct = storm_events.distinct_attributes(self.every)
        check(counted == distinct, f"the replay counts {counted} metrics, and the events have {distinct} distinct attributes")
        self.of_poison = poison.events()
        self.expected[(poison.OF_LEDGER, "env:e2e", "flow:e2e", f"metric:{poison.POISON}ed")] = 1.0
        with open(f"{folder}/storm-journeys.json", encoding="utf-8") as file:
            self.journeys = {conversation_of(journey): journey for journey in json.load(file)["journeys"]}
        self.reached: set[str] = set()
        self.peaks: collections.Counter = collections.Counter()

    def put_all(self, upgrade: tuple[str, ...]) -> None:
        """Puts the poison and all events, while one thing after another fails and the stack is upgraded."""
        every, sixth, faults = self.every, len(self.every) // 6, f"{self.folder}/faults"
        outage = max(20, len(every) // 110)
        datadog, dynamodb = (Outage(f"{faults}/{name}", outage) for name in ("datadog", "dynamodb"))
        writes = Outage(f"{faults}/dynamodb-writes", 10)
        self.shorten_visibility()
        self.watch()

        poison.put(self.stack, min(self.journeys))
        self.put([*self.of_poison, *every[:sixth]])
        poison.put_in_ledger(self.stack)
        say(f"Datadog fails for {outage} s")
        datadog.begin()
        self.put(every[sixth : 2 * sixth])
        say("the stack is upgraded")
        with open(f"{self.folder}/upgrade.log", "w", encoding="utf-8") as log:
            upgrading = subprocess.Popen(upgrade, stdout=log, stderr=subprocess.STDOUT)
        self.put(every[2 * sixth : 4 * sixth])
        check(upgrading.wait() == 0, f"the upgrade failed: {self.folder}/upgrade.log")
        datadog.wait()
        say("DynamoDB throttles writes for 10 s, and the functions that take events have two instances each")
        writes.begin()
        with Limits(self.stack):
            self.put(every[4 * sixth : 5 * sixth])
        writes.wait()
        say(f"DynamoDB fails for {outage} s")
        dynamodb.begin()
        self.put(every[5 * sixth :])
        dynamodb.wait()

    def shorten_visibility(self) -> None:
        """A message whose batch was killed comes back after 20 s and not after 6 minutes, so that the test ends sooner."""
        for output in RETRIES:
            attributes = {"VisibilityTimeout": "20"}
            boto3.client("sqs").set_queue_attributes(QueueUrl=self.stack.outputs[output], Attributes=attributes)

    def watch(self) -> None:
        """Notes the longest state of each retry queue."""

        def look() -> None:
            while True:
                for output in RETRIES:
                    self.peaks[output] = max(self.peaks[output], waiting(self.stack, output))
                time.sleep(2)

        threading.Thread(target=look, daemon=True).start()

    def put(self, every: list[dict]) -> None:
        """Puts events on their buses, at most RATE a second."""
        bus, of_spans = boto3.client("events"), self.stack.outputs["SpanBusName"]
        began = time.monotonic()
        for start in range(0, len(every), 10):
            entries = [
                {
                    "EventBusName": of_spans if event["detail-type"] == journeys.SPAN else BUS,
                    "Source": event["source"],
                    "DetailType": event["detail-type"],
                    "Detail": json.dumps(event["detail"]),
                }
                for event in every[start : start + 10]
            ]
            check(bus.put_events(Entries=entries)["FailedEntryCount"] == 0, "the bus refuses events")
            time.sleep(max(0, began + start / RATE - time.monotonic()))

    # ---- Afterwards ----

    def calm(self, fewest_letters: dict[str, int]) -> None:
        """Waits until everything is as expected. Says what is not, if that takes too long."""
        began = said = time.monotonic()
        while wrong := self.wrong(fewest_letters):
            check(time.monotonic() < began + PATIENCE, f"after {PATIENCE} s: {'; '.join(wrong)}")
            if time.monotonic() > said + 15:
                said = time.monotonic()
                say("; ".join(wrong))
            time.sleep(2)
        say(f"everything is as expected {time.monotonic() - began:.0f} s after the last event")
        say(f"{len(self.expected)} series, {sum(self.expected.values()):.0f} counted: Datadog has exactly these")
        for metric in ("cxtrace.occurrences.late", "cxtrace.occurrences.uncertain"):
            value = sum(point["value"] for point in deployed.points(self.intake) if point["metric"] == metric)
            say(f"{metric}: {value:.0f}")
        say(f"{len(self.journeys)} journeys are settled and equal those of the replay")
        letters = {output: waiting(self.stack, output) for output in fewest_letters}
        say(f"the retry queues are empty, and the others hold the poison and nothing else: {letters}")
        if self.peaks:
            say(f"the retry queues had up to {dict(self.peaks)} messages")

    def wrong(self, fewest_letters: dict[str, int]) -> list[str]:
        arrived = deployed.totals([point for point in deployed.points(self.intake) if point["metric"] not in poison.COUNTED])
        series = arrived.keys() | self.expected.keys()
        differ = [one for one in series if arrived.get(one) != self.expected.get(one)]
        surplus = [one for one in differ if arrived.get(one, 0) > self.expected.get(one, 0)]
        check(not surplus, f"these are counted too often: {[(one, self.expected.get(one), arrived[one]) for one in surplus]}")
        missing = sum(self.expected[one] - arrived.get(one, 0) for one in differ)
        wrong = [f"{missing:.0f} counts are missing in {len(differ)} series"] if differ else []
        for output in RETRIES:
            if left := waiting(self.stack, output):
                wrong.append(f"{left} messages are in {output}")
        left = self.unequal()
        wrong += [f"{len(left)} journeys are not complete, such as {left[0]}"] if left else []
        for output, fewest in fewest_letters.items():
            found = self.letters(output)
            others = [letter for letter in found if not poison.is_poison(letter)]
            check(not others, f"{output} holds what can be read: {others[:3]}")
            if len(found) < max(fewest, waiting(self.stack, output)):
                wrong.append(f"{output} has {len(found)} messages, and {fewest} should be there")
        return wrong

    def letters(self, output: str) -> list[str]:
        """The messages of a dead-letter queue. They stay in it, and nobody sees them for a second."""
        sqs, found = boto3.client("sqs"), {}
        while messages := sqs.receive_message(
            QueueUrl=self.stack.outputs[output], MaxNumberOfMessages=10, VisibilityTimeout=1
        ).get("Messages"):
            found |= {message["MessageId"]: message["Body"] for message in messages}
        return list(found.values())

    def ask(self, path: str, query: str = "") -> dict:
        """The answer of the explorer to a person who has signed in."""
        answer = answer_of(self.stack.physical("JourneyExplorer"), request(path, query=query))
        if answer.get("statusCode") != 200:
            return {}
        return json.loads(base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"])

    def unequal(self) -> list[str]:
        """The conversations whose journeys are not yet those of the replay."""
        for conversation in sorted(self.journeys.keys() - self.reached):
            rows = self.ask("/api/journeys", f"id={conversation}").get("rows")
            journey = self.ask(f"/api/journeys/{rows[0]['id']}") if rows else {}
            expected = self.journeys[conversation]
            if not journey or not journeys.is_whole(journey, expected):
                break
            journeys.compare_lasting(expected, journey)
            self.reached.add(conversation)
        return sorted(self.journeys.keys() - self.reached)

    def rows(self) -> int:
        """The number of rows of journeys in the table."""
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.outputs["CorrelationTableName"])
        return sum(item["sk"]["S"] == "row" for page in pages for item in page["Items"])


def conversation_of(journey: dict) -> str:
    (found,) = [id["value"] for id in journey["ids"] if id["namespace"] == "genesys.conversation"]
    return found


BEGAN = time.monotonic()


def time_since_start() -> float:
    return time.monotonic() - BEGAN


def say(text: str) -> None:
    print(f"{time_since_start():5.0f} s  {text}", flush=True)


if __name__ == "__main__":
    commands = {"run": run, "leave": leave, "again": again}
    commands[sys.argv[1]](*sys.argv[2:])

"""The events of a storm: half are attributes of generated conversations, half are whole conversations with the reports of other
systems. And their number of distinct attributes, counted without Cxtrace.

    storm_events.py GENERATED COUNT FOLDER     write FOLDER/storm.ndjson and FOLDER/storm-journeys.ndjson

scripts/e2e calls it. storm.py puts the events on the buses.
"""

import datetime
import json
import random
import re
import sys
import uuid

import journeys
from stack import ATTRIBUTES, SOURCE

# A bucket closes after 55 minutes. A storm has late counts only if it lasts longer than the rest, in minutes.
OLDEST = 20


def write(generated: str, count: str, folder: str) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    fresh = (now - datetime.timedelta(minutes=OLDEST)).isoformat()
    with open(generated, encoding="utf-8") as file:
        attributes = [event for line in file if fresh < (event := json.loads(line))["detail"]["timestamp"] < now.isoformat()]
    attributes = [{**event, "source": SOURCE} for event in attributes[-int(count) // 2 :]]
    one = journeys.samples()
    copies = (int(count) - len(attributes)) // len(one)
    whole = [copied(event, number) for number in range(copies) for event in one]
    every = attributes + whole
    random.Random(7).shuffle(every)
    for name, lines in (("storm", every), ("storm-journeys", whole)):
        with open(f"{folder}/{name}.ndjson", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    print(f"{len(every)} events: {len(attributes)} of attributes, and {copies} conversations with reports of other systems")


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def copied(event: dict, number: int) -> dict:
    """The event of another customer's conversation: all ids, the customer's number and the code are others."""
    text = UUID.sub(lambda found: str(uuid.uuid5(uuid.UUID(found.group()), str(number))), json.dumps(event))
    for old, new in (
        ("2025550143", f"2025{600000 + number}"),
        ("0af7651916cd43dd8448eb211c80319c", uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex),
        ("500Hs00001abcde", f"500Hs{number:05}abcde"),
        ("a84b4c76e66710", f"a84b4c76e{number:05}"),
        ('"4711"', f'"{10000 + number}"'),
    ):
        text = text.replace(old, new)
    return json.loads(text)


METRIC = re.compile(r".+Metric_.+\((\d{4}-[^()]*:\d\d:\d\d[^()]*)\)")


def distinct_attributes(every: list[dict]) -> int:
    """The number of distinct attributes that name a metric with a time."""
    bodies = [event["detail"]["eventBody"] for event in every if event["detail-type"] == ATTRIBUTES]
    return len({(body["conversationId"], name) for body in bodies for name in body["attributes"] if is_metric(name)})


def is_metric(name: str) -> bool:
    found = METRIC.fullmatch(name)
    try:
        return bool(found and datetime.datetime.fromisoformat(found[1].upper()))
    except ValueError:
        return False


if __name__ == "__main__":
    write(*sys.argv[1:])

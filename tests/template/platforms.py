"""A customer's way through seven systems, delivered to a deployed stack as the vendors deliver it: signed webhooks through the
HTTP API, records of a Kinesis stream, and events on the buses. The result must be the journey that `cxtrace replay` makes of the
same recording, before and after the contact records that arrive 20 minutes late.
"""

import base64
import collections.abc
import hashlib
import hmac
import json
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3

import api
import journeys
from stack import BUS, SOURCE, Stack, check, wait_for

RECORDING = os.path.join(journeys.EVENTS, "stories/seven-systems.ndjson")
# The customer's conversation in that recording, by which the journey is found.
CONVERSATION = "genesys.conversation"
PUBLIC_URL = "https://hooks.example.com"
STREAM = "contact-records"
SECRETS = {
    "audiocodes": "sbc:e2e-password",
    "custom": "the-key-of-the-web-session",
    "twilio": "the-auth-token-of-the-account",
    "vapi": "the-token-of-the-assistant",
}
# An event of no journey that a replay reads last, so that its clock is past every source's delay, as the real one is.
A_DAY_LATER = {
    "version": "0",
    "id": "a-day-later",
    "detail-type": "Of no journey",
    "source": "cxtrace.lambda-bridge",
    "account": "123456789012",
    "time": "2026-03-06T15:00:00Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": {},
}
SYSTEMS = {"custom", "audiocodes", "vapi", "twilio", "genesys", "amazon-connect", "salesforce"}


def prepare() -> list[str]:
    """Makes the stream and the secret that the stack reads. Returns the stack's parameters."""
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    arn = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]
    secret = boto3.client("secretsmanager").create_secret(Name="webhooks", SecretString=json.dumps(SECRETS))
    return [f"ConnectRecordsStreamArn={arn}", f"WebhookSecretsArn={secret['ARN']}", f"WebhookPublicUrl={PUBLIC_URL}"]


def recording() -> list[dict]:
    with open(RECORDING, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def is_record(delivery: dict) -> bool:
    return delivery.get("transport") == "kinesis"


def early() -> list[dict]:
    """All deliveries but the late records."""
    return [delivery for delivery in recording() if not is_record(delivery)]


# ---- Delivering -----------------------------------------------------------------------------------------------------


class Hooks:
    """The webhooks behind their HTTP API. The emulator serves it under the API's name at its own address."""

    def __init__(self, stack: Stack) -> None:
        emulator = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
        self.address = emulator.geturl()
        self.host = f"{api.id_of(stack, 'WebhookUrl')}.execute-api.{emulator.netloc}"

    def post(self, delivery: dict, headers: dict[str, str]) -> int:
        path = f"/hooks/{delivery['source']}"
        query = "?" + urllib.parse.urlencode(of_json(delivery)) if delivery["source"] == "twilio" and of_json(delivery) else ""
        request = urllib.request.Request(
            self.address + path + query, data=delivery["body"].encode(), headers=headers | {"Host": self.host}
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code


def of_json(delivery: dict) -> dict[str, str]:
    """Twilio signs the hash of a JSON body, which it adds to the URL."""
    is_json = delivery["headers"]["Content-Type"].startswith("application/json")
    return {"bodySHA256": hashlib.sha256(delivery["body"].encode()).hexdigest()} if is_json else {}


def signed(delivery: dict) -> dict[str, str]:
    """The headers of a webhook as its vendor sends them."""
    source, body = delivery["source"], delivery["body"]
    secret = SECRETS[source]
    headers = {"Content-Type": delivery["headers"]["Content-Type"]}
    if source == "audiocodes":
        return headers | {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    if source == "vapi":
        return headers | {"X-Vapi-Secret": secret}
    if source == "custom":
        now = str(int(time.time()))
        tag = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
        return headers | {"X-Cxtrace-Timestamp": now, "X-Cxtrace-Signature": f"sha256={tag}"}
    url = f"{PUBLIC_URL}/hooks/twilio"
    if of_json(delivery):
        text = f"{url}?{urllib.parse.urlencode(of_json(delivery))}"
    else:
        text = url + "".join(name + value for name, value in sorted(urllib.parse.parse_qsl(body, keep_blank_values=True)))
    tag = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return headers | {"X-Twilio-Signature": base64.b64encode(tag).decode()}


def deliver(stack: Stack, hooks: Hooks, deliveries: collections.abc.Iterable[dict]) -> None:
    events, kinesis, functions = boto3.client("events"), boto3.client("kinesis"), boto3.client("lambda")
    for delivery in deliveries:
        if delivery.get("transport") == "webhook":
            status = hooks.post(delivery, signed(delivery))
            check(status == 204, f"a webhook of {delivery['source']} gets {status}: {delivery['body']}")
        elif is_record(delivery):
            kinesis.put_record(StreamName=STREAM, PartitionKey="contact", Data=json.dumps(delivery["data"]).encode())
        elif delivery["source"].startswith("aws.") and "genesys" not in delivery["source"]:
            # The emulator refuses these sources on any bus. EventBridge invokes the function in the same way.
            collector = stack.physical("SpanCollector")
            functions.invoke(FunctionName=collector, InvocationType="Event", Payload=json.dumps(delivery))
        else:
            genesys = "genesys" in delivery["source"]
            entry = {
                "EventBusName": BUS if genesys else stack.outputs["SpanBusName"],
                "Source": SOURCE if genesys else delivery["source"],
                "DetailType": delivery["detail-type"],
                "Detail": json.dumps(delivery["detail"]),
            }
            answer = events.put_events(Entries=[entry])
            check(answer["FailedEntryCount"] == 0, f"the bus refuses an event: {answer}")


# ---- The journey ----------------------------------------------------------------------------------------------------


def run(stack: Stack, engineers: journeys.Engineers, expected_early: dict, expected: dict) -> None:
    hooks, explorer, token = Hooks(stack), journeys.Explorer(stack), engineers.token()
    (conversation,) = {id["value"] for id in expected["ids"] if id["namespace"] == CONVERSATION}
    forged(explorer, token, hooks, conversation)

    # Each a second time, in an order that has nothing to do with time and is always the same.
    shuffled = early() * 2
    random.Random(7).shuffle(shuffled)
    deliver(stack, hooks, shuffled)
    before = reached(explorer, token, conversation, expected_early)
    records = [delivery for delivery in recording() if is_record(delivery)]
    deliver(stack, hooks, records[::-1] + records)
    after = reached(explorer, token, conversation, expected)
    check(after["id"] == before["id"], f"the late records made another journey: {before['id']}, then {after['id']}")
    check(after["revision"] > before["revision"], f"the late records made no revision: {after['revision']}")
    check(SYSTEMS <= set(after["platforms"]), f"a person sees {SYSTEMS}, the journey {after['platforms']}")
    print(
        f"{len(shuffled)} deliveries of seven systems, shuffled and doubled, and {len(records)} late records are one journey, "
        f"revision {after['revision']}: {after['summary']}"
    )


def forged(explorer: journeys.Explorer, token: str, hooks: Hooks, conversation: str) -> None:
    """A webhook that is not signed, or signed for another body, gets 401 and leaves nothing."""
    tried = 0
    for delivery in {delivery["source"]: delivery for delivery in early() if delivery.get("transport") == "webhook"}.values():
        other = {"twilio": "X-Twilio-Signature", "vapi": "X-Vapi-Secret", "custom": "X-Cxtrace-Signature"}
        name = other.get(delivery["source"], "Authorization")
        right = signed(delivery)
        wrong = right[name][:-2] + ("AA" if right[name][-2:] != "AA" else "BB")
        for headers in (right | {name: wrong}, {key: value for key, value in right.items() if key != name}):
            status = hooks.post(delivery, headers)
            check(status == 401, f"a webhook of {delivery['source']} with {name} {headers.get(name)} gets {status}")
            tried += 1
    status = hooks.post({"source": "nobody", "headers": {"Content-Type": "application/json"}, "body": "{}"}, {})
    check(status == 404, f"a webhook of a platform without definition gets {status}")
    check(not explorer.get(f"/api/journeys?id={conversation}", token)["rows"], "a webhook that was refused left something")
    print(f"{tried} webhooks with a wrong signature or none get 401 and leave nothing")


def reached(explorer: journeys.Explorer, token: str, conversation: str, expected: dict) -> dict:
    """The journey, when all facts are in and it is settled. Its lasting parts must be those of the replay."""
    row = wait_for("the journey over seven systems", lambda: explorer.get(f"/api/journeys?id={conversation}", token)["rows"])[0]
    seen = {}

    def whole() -> dict | None:
        seen["journey"] = explorer.get(f"/api/journeys/{row['id']}", token)
        return journeys.is_whole(seen["journey"], expected)

    try:
        journey = wait_for("all of the journey over seven systems to be settled", whole)
    except SystemExit:
        last = seen["journey"]
        print(f"it is {last['status']} and has {last['facts']} facts of {expected['facts']}, of {last['platforms']}")
        raise
    journeys.compare_lasting(expected, journey)
    return journey

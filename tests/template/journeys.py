"""Journeys through a deployed stack: a whole conversation with the reports of other systems. The journey must be settled,
announced on the journey bus, measured at Datadog, and readable after sign-in.

The conversation is that of the sample files, moved to now, shuffled and repeated. `cxtrace replay` of the same files
gives the expected journey (see scripts/e2e), and a person has counted the rest.
"""

import base64
import collections
import datetime
import glob
import json
import os
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib

import boto3

import api
from stack import ATTRIBUTES, BUS, SOURCE, Stack, check, wait_for

CONVERSATION = "279c39cf-15fa-48e9-b435-f9667f4f96ba"
CALLER = "+12025550143"
SPAN = "Cxtrace Span"
EVENTS = os.path.join(os.path.dirname(__file__), "../../events")

with open(os.path.join(os.path.dirname(__file__), "../../shared/store/src/dictionary-1.txt"), "rb") as file:
    DICTIONARY = file.read()
PASSWORD = f"Pw-{uuid.uuid4()}"

# The expected content of the samples' conversation, counted by a person.
SAMPLES = {"genesys": 14, "cxtrace": 4}
# A fact that they do not contain: when the customer left the web page.
LEFT = {
    "version": "0",
    "id": "by-hand",
    "detail-type": SPAN,
    "source": "example.telemetry",
    "account": "123456789012",
    "time": "2023-03-05T08:17:31Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": {
        "source": "web",
        "id": "web.session:5f2c1d7e-88a4-4f0b-9c1e-3a4b5c6d7e8f",
        "observed_at": "2023-03-05T08:17:30.900Z",
        "span": {"key": "help-page", "ended_at": "2023-03-05T08:17:30.000Z"},
    },
}
PLATFORMS = {"genesys", "crm", "sbc", "accounts-api", "web"}

# The parts of a journey that do not depend on the time of reading and on the number of settlements.
LASTING = (
    *("platforms", "ids", "legs", "spans", "gaps", "insights", "segments", "summary"),
    *("started_at", "ended_at", "duration_ms"),
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


# ---- Events ---------------------------------------------------------------------------------------------------------


def samples() -> list[dict]:
    """The conversation's events in the sample files, with times as close to now as possible."""
    of_conversation = []
    folders = [f"{EVENTS}/{folder}" for folder in ("cxtrace", "genesys")]
    for path in sorted(path for folder in folders for path in glob.glob(f"{folder}/**/*.json", recursive=True)):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        # The web session is named by the conversation, and not the other way round.
        if CONVERSATION in text or path.endswith("web-code-shown.json"):
            of_conversation.append(json.loads(text))
    found = collections.Counter("cxtrace" if event["detail-type"] == SPAN else "genesys" for event in of_conversation)
    check(found == SAMPLES, f"the samples have the conversation in {dict(found)} events")
    of_conversation.append(LEFT)
    every = [time for event in of_conversation for time in times(event)]
    by = datetime.datetime.now(datetime.timezone.utc) - max(every) - datetime.timedelta(seconds=5)
    # Whole seconds, because an envelope's time has no fractions.
    by = datetime.timedelta(seconds=int(by.total_seconds()))
    # The emulator refuses sources that begin with aws. The senders of the examples keep theirs: it says who they are.
    source = lambda event: SOURCE if event["source"].startswith("aws.") else event["source"]
    return [{**moved(event, by), "source": source(event)} for event in of_conversation]


def is_millis(value: object) -> bool:
    return isinstance(value, int) and 1_600_000_000_000 < value < 1_700_000_000_000


def read(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def times(value: object) -> list[datetime.datetime]:
    if isinstance(value, dict):
        return [time for inner in [*value.keys(), *value.values()] for time in times(inner)]
    if isinstance(value, list):
        return [time for inner in value for time in times(inner)]
    if is_millis(value):
        return [datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc)]
    return [read(found.group()) for found in TIME.finditer(value)] if isinstance(value, str) else []


def moved(value: object, by: datetime.timedelta) -> object:
    """The event with all times moved: in texts, in names of attributes, and in milliseconds."""
    if isinstance(value, dict):
        return {moved(name, by): moved(inner, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner, by) for inner in value]
    if is_millis(value):
        return value + int(by.total_seconds()) * 1000
    if isinstance(value, str):
        later = lambda found: (read(found.group()) + by).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return TIME.sub(later, value)
    return value


# ---- Signing in -----------------------------------------------------------------------------------------------------


class Engineers:
    """A user pool that signs tokens for the explorer, as Amazon Cognito does."""

    def __init__(self, pool: str, client: str) -> None:
        self.pool, self.client = pool, client

    @classmethod
    def founded(cls) -> "Engineers":
        cognito = boto3.client("cognito-idp")
        pool = cognito.create_user_pool(PoolName="engineers")["UserPool"]["Id"]
        cognito.admin_create_user(UserPoolId=pool, Username="engineer", MessageAction="SUPPRESS")
        return cls(pool, cls.new_client(pool))

    @staticmethod
    def new_client(pool: str) -> str:
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        answer = boto3.client("cognito-idp").create_user_pool_client(
            UserPoolId=pool, ClientName="explorer", ExplicitAuthFlows=flows
        )
        return answer["UserPoolClient"]["ClientId"]

    def parameters(self) -> list[str]:
        region = boto3.session.Session().region_name
        issuer = f"https://cognito-idp.{region}.amazonaws.com/{self.pool}"
        client = [f"SignInAudience={self.client}", f"SignInClientId={self.client}"]
        return [f"SignInIssuer={issuer}", *client, "AccessGrants=*=read,*=search,*=retract"]

    def token(self) -> str:
        cognito = boto3.client("cognito-idp")
        cognito.admin_set_user_password(UserPoolId=self.pool, Username="engineer", Password=PASSWORD, Permanent=True)
        answer = cognito.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "engineer", "PASSWORD": PASSWORD},
        )
        return answer["AuthenticationResult"]["IdToken"]

    def expired_token(self) -> str:
        """A genuine token of one second that has expired."""

        def valid(seconds: int) -> None:
            boto3.client("cognito-idp").update_user_pool_client(
                UserPoolId=self.pool,
                ClientId=self.client,
                IdTokenValidity=seconds,
                TokenValidityUnits={"IdToken": "seconds"},
            )

        valid(1)
        token = self.token()
        valid(3600)
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        check(claims["exp"] - claims["iat"] == 1, f"a token of one second is valid from {claims['iat']} to {claims['exp']}")
        while time.time() <= claims["exp"]:
            time.sleep(0.1)
        return token


class Explorer:
    """The explorer behind its HTTP API. The emulator serves it under the API's name at its own address."""

    def __init__(self, stack: Stack) -> None:
        emulator = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
        self.address = emulator.geturl()
        self.host = f"{api.id_of(stack)}.execute-api.{emulator.netloc}"

    def ask(self, path: str, token: str | None = None, body: dict | None = None) -> tuple[int, object]:
        headers = {"Host": self.host} | ({"Authorization": f"Bearer {token}"} if token else {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(
            self.address + path, headers=headers, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, content(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, content(refusal)

    def get(self, path: str, token: str) -> object:
        status, answer = self.ask(path, token)
        check(status == 200, f"GET {path} gets {status}: {answer}")
        return answer


def content(answer) -> object:
    text = answer.read().decode()
    return json.loads(text) if answer.headers.get("Content-Type", "").startswith("application/json") else text


# ---- The journey ----------------------------------------------------------------------------------------------------


class JourneyBus:
    """The events on the journey bus. A rule sends them to a queue."""

    def __init__(self, stack: Stack) -> None:
        sqs, events = boto3.client("sqs"), boto3.client("events")
        self.url = sqs.create_queue(QueueName="told")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        bus = stack.outputs["JourneyBusName"]
        pattern = json.dumps({"source": ["cxtrace"]})
        rule = events.put_rule(Name="told", EventBusName=bus, EventPattern=pattern)["RuleArn"]
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        events.put_targets(Rule="told", EventBusName=bus, Targets=[{"Id": "told", "Arn": queue}])
        self.heard: list[dict] = []

    def told(self) -> list[dict]:
        """All events so far."""
        sqs = boto3.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            self.heard += [json.loads(message["Body"]) for message in messages]
            for message in messages:
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.heard

    def settled(self) -> dict[tuple, dict]:
        """The summaries of settled journeys, by journey and revision. An event may occur twice."""
        lines = [event["detail"] for event in self.told() if event["detail-type"] == "Journey Settled"]
        return {(line["id"], line["revision"]): line for line in lines}

    def insights(self) -> dict[tuple, dict]:
        found = [event["detail"] for event in self.told() if event["detail-type"] == "Insight Detected"]
        return {(insight["journey"], insight["rule"]): insight for insight in found}


def run(stack: Stack, bus: JourneyBus, engineers: Engineers, path: str, expected: dict, intake: str) -> None:
    """Puts the conversation's events and checks all their results."""
    with open(path, encoding="utf-8") as file:
        every = [json.loads(line) for line in file]
    # Repeated, and in another order, which is always the same.
    every += every[::3]
    random.Random(7).shuffle(every)
    spans = [event for event in every if event["detail-type"] == SPAN]
    attributes = [event for event in every if event["detail-type"] == ATTRIBUTES]
    others = [event for event in every if event["detail-type"] not in (SPAN, ATTRIBUTES)]
    stack.put(others, BUS, "SpanCollector", {event["detail-type"] for event in others})
    stack.put(spans, stack.outputs["SpanBusName"], "SpanCollector", {SPAN})
    stack.put(attributes, BUS, "FlowMetrics", {ATTRIBUTES})

    explorer, token = Explorer(stack), engineers.token()
    found = lambda: explorer.get(f"/api/journeys?id={CONVERSATION}", token)["rows"]
    row = wait_for("the conversation's journey", found)[0]
    whole = lambda: is_whole(explorer.get(f"/api/journeys/{row['id']}", token), expected)
    # The schedule invokes the settler, not this test.
    journey = wait_for("all of the journey to be settled", whole)
    compare_lasting(expected, journey)
    check(set(journey["platforms"]) == PLATFORMS, f"a person sees {PLATFORMS}, the journey {journey['platforms']}")
    print(f"{len(every)} events are one settled journey, revision {journey['revision']}: {journey['summary']}")

    told(bus, journey)
    measured(bus, intake)
    searched(explorer, token, journey)
    kept_out(stack, explorer, engineers, token, journey)
    taken_apart(explorer, token, journey)
    aside(stack)


def compare_lasting(expected: dict, journey: dict) -> None:
    for part in LASTING:
        there, here = (nameless(of.get(part)) for of in (expected, journey))
        check(there == here, f"{part}: expected {there}, got {here}")


def nameless(part: object) -> object:
    """The document without hashes of concealed ids, which depend on the key, and without the consoles' addresses, which only the
    API adds."""
    if isinstance(part, list):
        return [nameless(inner) for inner in part]
    if isinstance(part, dict):
        return {name: nameless(inner) for name, inner in part.items() if name != "console"}
    return re.sub(r"~[0-9a-f]{32}", "~", part) if isinstance(part, str) else part


def is_whole(journey: dict, expected: dict) -> dict | None:
    """The journey, once it is complete and settled."""
    whole = journey["status"] == "settled" and journey["facts"] == expected["facts"]
    return journey if whole else None


def told(bus: JourneyBus, journey: dict) -> None:
    """The bus has an event for every revision and for each insight."""
    wanted = {(journey["id"], revision) for revision in range(1, journey["revision"] + 1)}
    lines = wait_for("the journey on the bus", lambda: (all_of := bus.settled()) and wanted <= all_of.keys() and all_of)
    last = lines[journey["id"], journey["revision"]]
    check(last["summary"] == journey["summary"], f"the bus was told {last}")
    rules = {insight["rule"] for insight in journey["insights"]}
    check(rules, "the journey has no insight")
    heard = {rule for (of, rule) in bus.insights() if of == journey["id"]}
    check(rules <= heard, f"the bus was told of {heard} and not of all of {rules}")
    print(f"the journey bus was told: Journey Settled, Insight Detected ({', '.join(sorted(rules))})")


def measured(bus: JourneyBus, intake: str) -> None:
    """Datadog matches the bus: each duration once for each revision, each insight once for each journey."""

    def wanted() -> tuple:
        durations = sorted(
            (line["platforms"][0] if line["platforms"] else "unknown", line["revision"], line["duration_ms"] / 1000)
            for line in bus.settled().values()
            if line.get("duration_ms") is not None
        )
        return durations, collections.Counter(rule for (_, rule) in bus.insights())

    def arrived() -> tuple:
        durations = sorted(
            (tag(point, "platform"), int(tag(point, "revision")), point["value"])
            for point in get(f"{intake}/distributions")
            if point["metric"] == "cxtrace.journey.duration"
        )
        counts = collections.Counter()
        for point in get(f"{intake}/metrics"):
            if point["metric"] == "cxtrace.journey.insights":
                counts[tag(point, "rule")] += int(point["value"])
        return durations, counts

    def same() -> bool:
        there, here = arrived(), wanted()
        return here if there == here else False

    durations, counts = wait_for("Datadog to have what the journey bus was told", same)
    measures = get(f"{intake}/distributions")
    segments = {tag(point, "segment") for point in measures if point["metric"] == "cxtrace.journey.segment"}
    check({"self_service", "queue", "agent", "total"} <= segments, f"Datadog has the segments {segments}")
    print(f"Datadog has {len(durations)} durations, and insights {dict(counts)}: those that the bus was told")


def tag(point: dict, name: str) -> str:
    return next((tag.split(":", 1)[1] for tag in point["tags"] if tag.startswith(f"{name}:")), "")


def get(url: str) -> list[dict]:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


# ---- The explorer ---------------------------------------------------------------------------------------------------


def searched(explorer: Explorer, token: str, journey: dict) -> None:
    """The journey is found by a number that is stored nowhere, and a cursor continues a list."""
    by_number = explorer.get(f"/api/journeys?phone={urllib.parse.quote(CALLER)}", token)["rows"]
    check(journey["id"] in [row["id"] for row in by_number], f"{CALLER} finds {by_number}")
    evidence = explorer.get(f"/api/journeys/{journey['id']}/evidence", token)
    check(evidence["edges"], "nothing says why the journey belongs together")
    first = explorer.get("/api/journeys?limit=1", token)
    cursor = first["next"]
    second = explorer.get(f"/api/journeys?limit=1&cursor={cursor}", token)
    check(first["rows"] != second["rows"], "a cursor leads to the same page")
    for at in (0, len(cursor) // 2, -1):
        broken = list(cursor)
        broken[at] = "A" if broken[at] != "A" else "B"
        status, answer = explorer.ask(f"/api/journeys?limit=1&cursor={''.join(broken)}", token)
        refused = status == 400 and answer["error"]["code"] == "invalid_cursor"
        check(refused, f"a cursor that was changed gets {status}: {answer}")
    print("the explorer finds it by its caller's number, shows why it belongs together, and refuses changed cursors")


def kept_out(stack: Stack, explorer: Explorer, engineers: Engineers, token: str, journey: dict) -> None:
    """The API requires a valid token; the page and its sign-in settings are public."""
    head, claims, signature = token.split(".")
    forged = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged["sub"] = "somebody-else"
    forged = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    of_others = {
        "no token": None,
        "a token that is none": "Bearer",
        "a token with other claims": f"{head}.{forged}.{signature}",
        "a token without a signature": f"{unsigned}.{claims}.",
        "an expired token": engineers.expired_token(),
        "a token for another application": Engineers(engineers.pool, Engineers.new_client(engineers.pool)).token(),
        "a token of other people": Engineers.founded().token(),
    }
    for what, other in of_others.items():
        for path in ("/api/journeys", f"/api/journeys/{journey['id']}", "/api/openapi.json"):
            status, answer = explorer.ask(path, other)
            check(status == 401, f"with {what}, GET {path} gets {status}: {answer}")
        status, answer = explorer.ask(f"/api/edges/{'0' * 32}/retract", other, {"journey": journey["id"], "reason": "other"})
        check(status == 401, f"with {what}, a retraction gets {status}: {answer}")
    for path in ("/", "/healthz", "/config.json"):
        status, answer = explorer.ask(path)
        check(status == 200, f"GET {path} gets {status}: {answer}")
    check(explorer.ask("/config.json")[1]["client_id"] == engineers.client, "the page does not know its client")

    # Behind the authoriser, the function itself also refuses callers without verified claims.
    request = {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": "/api/journeys",
        "rawQueryString": "",
        "headers": {"host": explorer.host},
        "requestContext": {"http": {"method": "GET", "path": "/api/journeys"}, "stage": "$default"},
        "isBase64Encoded": False,
    }
    verified = {"authorizer": {"jwt": {"claims": {"sub": "engineer"}, "scopes": None}}}
    for context, expected in (({}, 401), (verified, 200)):
        payload = request | {"requestContext": request["requestContext"] | context}
        answer = boto3.client("lambda").invoke(
            FunctionName=stack.physical("JourneyExplorer"), Payload=json.dumps(payload)
        )
        answer = json.load(answer["Payload"])
        check(answer.get("statusCode") == expected, f"an event with {context or 'no claims'} gets {answer}")
    print(f"the API answers 401 to {', '.join(of_others)}, and so does the function without claims")


def taken_apart(explorer: Explorer, token: str, journey: dict) -> None:
    """A retracted edge no longer joins."""
    edges = explorer.get(f"/api/journeys/{journey['id']}/evidence", token)["edges"]
    (edge,) = [edge for edge in edges if "crm.case" in json.dumps([edge["a"], edge["b"]])]
    status, answer = explorer.ask(f"/api/edges/{edge['id']}/retract", token, {"journey": journey["id"], "reason": "other"})
    check(status == 200 and answer["retracted"], f"a retraction gets {status}: {answer}")

    def apart() -> bool:
        rows = explorer.get(f"/api/journeys?id={CONVERSATION}", token)["rows"]
        return bool(rows) and "crm" not in rows[0]["platforms"]

    wait_for("the journey without the case", apart)
    print("a retracted edge takes the case out of the journey")


# What the samples say of a person. Each is a number or begins with a word, so that a part of a hash is none of them.
SECRETS = ("2025550143", "Acacia Avenue", "Alex", "Quillfeather", "ottoline")


def secrets_in(text: str) -> list[str]:
    """The secrets in `text`, in any case. A keyed hash in base64 has every four letters sooner or later, so a short name
    counts only where no other letter, digit, `-` or `_` stands beside it."""
    edges = {True: (r"(?<![\w-])", r"(?![\w-])"), False: ("", "")}
    pattern = {secret: re.escape(secret).join(edges[len(secret) < 6]) for secret in SECRETS}
    return [secret for secret in SECRETS if re.search(pattern[secret], text, re.IGNORECASE)]


def readable(value) -> str:
    """Everything in the attributes of DynamoDB `value` as text. Long texts are compressed there."""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {readable(part)}" for name, part in value.items())
    if isinstance(value, (list, set)):
        return "\n".join(map(readable, value))
    if not isinstance(value, bytes):
        return str(value)
    # The first byte says whether the dictionary of facts and summaries was used.
    dictionary = DICTIONARY if value[:1] == b"\x06" else b""
    decoder = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=dictionary)
    try:
        text = decoder.decompress(value[1:] if dictionary else value)
    except zlib.error:
        return value.decode(errors="replace")
    # Bytes that are not compressed may look like the beginning of something that is.
    return (text if decoder.eof else value).decode(errors="replace")


def concealed(stack: Stack, bus: JourneyBus, intake: str) -> None:
    """The callers' number and names are in no table, log, event or metric."""
    for text in ("name: Alex", '{"name":"ALEX Example"}', "+12025550143", "x-ottoline"):
        check(secrets_in(text), f"{text} counts as no secret")
    check(not secrets_in("h1-q2aLexR alex-7Kz"), "a part of a hash counts as a secret")

    dynamodb = boto3.client("dynamodb")
    tables = [stack.outputs["CorrelationTableName"], stack.outputs["StateTableName"]]
    pages = [page for table in tables for page in dynamodb.get_paginator("scan").paginate(TableName=table)]
    ingest = ("FlowMetrics", "SpanCollector", "WebhookReceiver")
    functions = (*ingest, "MetricsPublisher", "JourneyAssembler", "JourneySettler", "JourneyExplorer")
    places = {
        "the tables": "\n".join(readable(page["Items"]) for page in pages),
        "the logs": "\n".join(line for function in functions for line in stack.log(function)),
        "the journey bus": json.dumps(bus.told()),
        "Datadog": json.dumps([get(f"{intake}/metrics"), get(f"{intake}/distributions")]),
    }
    for place, text in places.items():
        check(text, f"there is nothing in {place}")
        check(not secrets_in(text), f"{secrets_in(text)} in {place}")
    check('"span"' in places["the tables"], "no fact in the tables can be read, so nothing was searched")
    print(f"neither the callers' number and names nor the agent's notes are in {', '.join(places)}")


# A span without a key.
MALFORMED = {
    "detail-type": SPAN,
    "source": "example.telemetry",
    "time": "2023-03-05T08:18:20Z",
    "detail": {"source": "crm", "id": "crm.case:c-1", "span": {"type": "crm"}},
}


def aside(stack: Stack) -> None:
    reason = stack.sets_aside("SpanCollector", MALFORMED, "JourneyDeadLetterQueueUrl")
    check("detail.span.key is missing" in reason, f"the reason does not name the field: {reason}")
    print(f"the malformed span is in the dead-letter queue, unchanged, because: {reason}")

"""Records requests of Python's OpenTelemetry SDK, as an application below a data action of the IVR sends them.

    pip install -r events/opentelemetry/requirements.txt
    python events/opentelemetry/record.py

The bytes are the SDK's own: its exporter sends them to a receiver in this process, which writes each request to a line of
`*.ndjson`. Ids and times are fixed, so that a second recording differs only where the SDK does. The events of Genesys in
`slow-database.ndjson` stay as they are.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

CONVERSATION = "279c39cf-15fa-48e9-b435-f9667f4f96ba"
# The conversation and the flow of slow-database.ndjson.
STORY = "d6159ef5-6247-4b43-8cf3-2068ab74c73a"
FLOW = f"genesys:{STORY}:flow:fe6894c8-492b-4919-9173-e16c392f2403"
HERE = pathlib.Path(__file__).parent
received = []
providers = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received.append((self.headers, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Ids(IdGenerator):
    """The ids that a service gives, the same in every recording."""

    def __init__(self, service):
        self.service, self.number = service, 0

    def digest(self):
        self.number += 1
        return hashlib.sha256(f"{self.service} {self.number}".encode()).digest()

    def generate_span_id(self):
        return int.from_bytes(self.digest()[:8], "big")

    def generate_trace_id(self):
        return int.from_bytes(self.digest()[:16], "big")


def at(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1_000) * 1_000_000


def tracer(service, region, port, **attributes):
    resource = Resource({"service.name": service, "service.version": "4.2.0", "cloud.region": region, **attributes})
    provider = TracerProvider(resource=resource, id_generator=Ids("/".join([attributes.get("service.namespace", ""), service]).lstrip("/")))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces")))
    providers.append(provider)
    return provider.get_tracer("accounts.http", "1.0.0")


def span(tracer, name, start, end, kind=SpanKind.INTERNAL, parent=None, attributes=None, error=None, links=None):
    """A span that started and ended at these times. It joins its batch when it ends, so children come first."""
    context = trace.set_span_in_context(parent) if parent else None
    made = tracer.start_span(name, context=context, kind=kind, attributes=attributes, start_time=at(start), links=links)
    if error:
        made.set_status(Status(StatusCode.ERROR, error))
    return made, at(end)


def recorded(received_at):
    """The requests that the SDK has sent since the last call, as recorded deliveries."""
    for provider in providers:
        provider.force_flush()
    lines = [
        {
            "transport": "otlp",
            "headers": {"Content-Type": headers["Content-Type"], "User-Agent": headers["User-Agent"].split(" ")[0]},
            "body": base64.b64encode(body).decode(),
            "body_base64": True,
            "received_at": received_at,
        }
        for headers, body in received
    ]
    received.clear()
    return lines


def write(name, lines):
    (HERE / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_port

# A data action of the flow asks for an account. The header x-interaction-id named the conversation, and the database was slow.
accounts = tracer("accounts-api", "eu-west-1", port)
entry, entry_end = span(
    accounts, "GET /accounts/{id}", "2023-03-05T08:18:05.100", "2023-03-05T08:18:09.900", SpanKind.SERVER,
    attributes={
        "interaction.id": CONVERSATION, "http.request.method": "GET", "http.route": "/accounts/{id}", "http.response.status_code": 200,
        "user_id": "ada.lovelace@example.com", "client.address": "198.51.100.7",
    },
)
query, query_end = span(
    accounts, "SELECT accounts", "2023-03-05T08:18:05.300", "2023-03-05T08:18:09.700", SpanKind.CLIENT, entry,
    {"db.system.name": "postgresql", "db.operation.name": "SELECT", "db.collection.name": "accounts",
     "db.query.text": "SELECT * FROM accounts WHERE phone = '+442079460958'"},
)
query.end(query_end)
entry.end(entry_end)
write("data-action.ndjson", recorded("2023-03-05T08:18:11.000Z"))

# A hop lost traceparent: the billing service started a trace of its own. It names the earlier one as the previous.
billing = tracer("billing-api", "eu-west-1", port)
lost, lost_end = span(
    billing, "POST /refunds", "2023-03-05T08:19:30.000", "2023-03-05T08:19:31.200", SpanKind.SERVER,
    attributes={
        "previous-trace-id": f"00-{entry.get_span_context().trace_id:032x}-{entry.get_span_context().span_id:016x}-01",
        "http.request.method": "POST", "http.route": "/refunds", "http.response.status_code": 502, "error.type": "502",
    }, error="upstream refused ada.lovelace@example.com",
)
lost.end(lost_end)
write("lost-traceparent.ndjson", recorded("2023-03-05T08:19:33.000Z"))

# Two regions. The second one's clock is 90 s ahead, so its span seems to begin after its caller has ended.
first = tracer("identity", "eu-west-1", port)
second = tracer("identity-replica", "us-east-1", port)
call, call_end = span(
    first, "POST /verify", "2023-03-05T08:18:12.000", "2023-03-05T08:18:12.800", SpanKind.SERVER,
    attributes={"interaction.id": CONVERSATION, "http.request.method": "POST", "http.route": "/verify"},
)
remote = NonRecordingSpan(SpanContext(call.get_span_context().trace_id, call.get_span_context().span_id, True, TraceFlags(1)))
ahead, ahead_end = span(
    second, "GET /replica", "2023-03-05T08:19:42.100", "2023-03-05T08:19:42.600", SpanKind.SERVER, remote,
    {"http.request.method": "GET", "http.route": "/replica", "http.response.status_code": 200},
    links=[Link(entry.get_span_context())],
)
ahead.end(ahead_end)
call.end(call_end)
write("two-regions.ndjson", recorded("2023-03-05T08:19:45.000Z"))

# A trace of the same service for nobody who calls. It leaves nothing.
batch, batch_end = span(accounts, "nightly report", "2023-03-05T08:20:00.000", "2023-03-05T08:20:01.000")
batch.end(batch_end)
write("unrelated.ndjson", recorded("2023-03-05T08:20:02.000Z"))
# The story of slow-database.ndjson. A data action of the flow asks a service for an account. Its database is slow, and it asks its
# replica in another region, whose clock is 2.7 s ahead.
NAMES = {"service.namespace": "shop", "service.version": "4.2.0"}
eu = {"cloud.region": "eu-west-1", "deployment.environment.name": "demo"}
us = {"cloud.region": "us-east-1", "deployment.environment.name": "demo"}


def minute(text):
    return f"2026-03-05T15:{text}"


def below(parent):
    """What a service in another process sees of its caller: the ids in `traceparent`."""
    context = parent.get_span_context()
    return NonRecordingSpan(SpanContext(context.trace_id, context.span_id, True, TraceFlags(1)))


def http(method, route, status=200):
    return {"http.request.method": method, "http.route": route, "http.response.status_code": status}


QUERY = {"db.system.name": "postgresql", "db.operation.name": "SELECT", "db.collection.name": "accounts",
         "db.query.text": "SELECT * FROM accounts WHERE phone = '+12025550147'"}
shop = {name: tracer(name, region["cloud.region"], port, **NAMES, **region) for name, region in [
    ("data-action-bridge", eu), ("accounts-api", eu), ("accounts-replica", us), ("agent-desktop", eu)]}
action, action_end = span(
    shop["data-action-bridge"], "POST /data-actions/find-account", minute("00:06.000"), minute("00:13.900"), SpanKind.SERVER,
    attributes={**http("POST", "/data-actions/find-account"), "interaction.id": STORY, "cx.parent": FLOW, "user_id": "ada.lovelace@example.com"},
)
asked, asked_end = span(
    shop["data-action-bridge"], "GET /accounts/{id}", minute("00:06.100"), minute("00:13.800"), SpanKind.CLIENT, action, http("GET", "/accounts/{id}"))
served, served_end = span(
    shop["accounts-api"], "GET /accounts/{id}", minute("00:06.180"), minute("00:13.720"), SpanKind.SERVER, below(asked),
    {**http("GET", "/accounts/{id}"), "client.address": "198.51.100.7"})
slow, slow_end = span(
    shop["accounts-api"], "SELECT accounts", minute("00:06.240"), minute("00:12.480"), SpanKind.CLIENT, served, QUERY)
twin, twin_end = span(
    shop["accounts-api"], "GET /accounts/{id}", minute("00:12.520"), minute("00:13.660"), SpanKind.CLIENT, served, http("GET", "/accounts/{id}"))
copy, copy_end = span(
    shop["accounts-replica"], "GET /accounts/{id}", minute("00:15.310"), minute("00:16.250"), SpanKind.SERVER, below(twin), http("GET", "/accounts/{id}"))
looked, looked_end = span(
    shop["accounts-replica"], "SELECT accounts", minute("00:15.350"), minute("00:16.210"), SpanKind.CLIENT, copy, QUERY)
for one, end in [(slow, slow_end), (twin, twin_end), (served, served_end), (asked, asked_end), (action, action_end)]:
    one.end(end)
story = recorded(minute("00:18.900Z"))
for one, end in [(looked, looked_end), (copy, copy_end)]:
    one.end(end)
story += recorded(minute("00:21.250Z"))

# The first agent transfers the call, and traceparent is lost. The desktop of the second agent starts a trace of its own. It knows
# the earlier one from an attribute of the conversation.
shown, shown_end = span(
    shop["agent-desktop"], "POST /screen-pop", minute("03:21.000"), minute("03:22.100"), SpanKind.SERVER,
    attributes={**http("POST", "/screen-pop"), "previous-trace-id": f"{action.get_span_context().trace_id:032x}"},
)
again, again_end = span(
    shop["agent-desktop"], "GET /accounts/{id}", minute("03:21.050"), minute("03:21.980"), SpanKind.CLIENT, shown, http("GET", "/accounts/{id}"))
again.end(again_end)
shown.end(shown_end)
story += recorded(minute("03:27.000Z"))
of_genesys = [line for line in map(json.loads, (HERE / "slow-database.ndjson").read_text().splitlines()) if "detail" in line]
moment = lambda line: line.get("received_at") or line["detail"]["timestamp"]
write("slow-database.ndjson", sorted(of_genesys + story, key=moment))
server.shutdown()

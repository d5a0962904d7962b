"""Records requests of Python's OpenTelemetry SDK, as an application below a data action of the IVR sends them.

    pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
    python events/opentelemetry/record.py

The bytes are the SDK's own: its exporter sends them to a receiver in this process, which writes each request to a line of
`*.ndjson`. Ids and times are fixed, so that a second recording differs only where the SDK does.
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
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1_000_000_000)


def tracer(service, region, port, **attributes):
    resource = Resource({"service.name": service, "service.version": "4.2.0", "cloud.region": region, **attributes})
    provider = TracerProvider(resource=resource, id_generator=Ids(service))
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


def write(name, received_at):
    for provider in providers:
        provider.force_flush()
    with open(HERE / name, "w") as file:
        for headers, body in received:
            line = {
                "transport": "otlp",
                "headers": {"Content-Type": headers["Content-Type"], "User-Agent": headers["User-Agent"].split(" ")[0]},
                "body": base64.b64encode(body).decode(),
                "body_base64": True,
                "received_at": received_at,
            }
            file.write(json.dumps(line) + "\n")
    received.clear()


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
write("data-action.ndjson", "2023-03-05T08:18:11.000Z")

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
write("lost-traceparent.ndjson", "2023-03-05T08:19:33.000Z")

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
write("two-regions.ndjson", "2023-03-05T08:19:45.000Z")

# A trace of the same service for nobody who calls. It leaves nothing.
batch, batch_end = span(accounts, "nightly report", "2023-03-05T08:20:00.000", "2023-03-05T08:20:01.000")
batch.end(batch_end)
write("unrelated.ndjson", "2023-03-05T08:20:02.000Z")
server.shutdown()

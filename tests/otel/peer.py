"""Exports the journeys of recorded events through rotel, and compares what arrives behind it with the journeys."""

import gzip
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import rotel
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

cxtrace, *events = sys.argv[1:]
arrived = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        arrived.append(request)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def value_of(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None


def attributes_of(pairs):
    return {pair.key: value_of(pair.value) for pair in pairs}


def spans():
    found = {}
    for request in arrived:
        for of in request.resource_spans:
            service = attributes_of(of.resource.attributes)["service.name"]
            for scope in of.scope_spans:
                assert scope.scope.name == "cxtrace", scope.scope
                for span in scope.spans:
                    found[span.trace_id, span.span_id] = (service, span, attributes_of(span.attributes))
    return found


def millis(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def check(encoding):
    arrived.clear()
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    port = free_port()
    agent = pathlib.Path(rotel.__file__).parent / "rotel-agent"
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w") as log:
        peer = subprocess.Popen(
            [agent, "start", "--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}",
             "--exporter", "otlp", "--otlp-exporter-endpoint", f"http://127.0.0.1:{receiver.server_port}",
             "--otlp-exporter-protocol", "http", "--traces-batch-timeout", "200ms"],
            stdout=log, stderr=log,
        )
        try:
            until(lambda: listens(port), "rotel does not listen", f"{folder}/log")
            environment = os.environ | {
                "OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTLP_ENCODING": encoding, "OTLP_MAX_AGE_HOURS": "8760",
            }
            replayed = subprocess.run([cxtrace, "replay", "--format", "json", *events], env=environment, capture_output=True, text=True)
            assert replayed.stdout, replayed.stderr
            journeys = [journey for journey in json.loads(replayed.stdout)["journeys"] if journey["status"] in ("settled", "revised")]
            expected = {(journey["id"], span["key"]) for journey in journeys for span in journey["spans"]}
            assert len(expected) > 20, f"only {len(expected)} spans are settled"

            def all_arrived():
                keys = {(found["cx.journey.id"], found.get("cx.span.key")) for _, _, found in spans().values()}
                return expected <= keys

            until(all_arrived, "not all spans arrived", f"{folder}/log")
        finally:
            peer.terminate()
            peer.wait()
            receiver.shutdown()
    compare(journeys, encoding)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_true, problem, log):
    deadline = time.monotonic() + 30
    while not is_true():
        if time.monotonic() > deadline:
            sys.exit(f"error: {problem}. The log of rotel:\n{pathlib.Path(log).read_text()}")
        time.sleep(0.1)


def compare(journeys, encoding):
    found = spans()
    by_key = {(of["cx.journey.id"], of["cx.span.key"]): (service, span, of) for service, span, of in found.values() if "cx.span.key" in of}
    compared = 0
    for journey in journeys:
        for expected in journey["spans"]:
            service, span, attributes = by_key[journey["id"], expected["key"]]
            what = f"{encoding}: {expected['key']}"
            assert service == expected["platform"], what
            assert span.name == expected["name"], what
            assert span.start_time_unix_nano == millis(expected["started_at"]) * 1_000_000, what
            end = expected.get("ended_at", expected["started_at"])
            assert span.end_time_unix_nano == millis(end) * 1_000_000, what
            assert attributes["cx.span.type"] == expected["type"], what
            assert attributes.get("cx.outcome") == expected.get("status"), what
            assert attributes.get("cx.end.reason") == expected.get("reason"), what
            assert span.status.code == {"ok": 1, "error": 2}.get(expected.get("status"), 0), what
            for name, value in expected["attributes"].items():
                assert str(attributes[name]) == value, (what, name)
            events_there = [(event.name, event.time_unix_nano // 1_000_000, attributes_of(event.attributes)) for event in span.events]
            events_here = [(event["name"], millis(event["at"]), event["attributes"]) for event in expected["events"]]
            assert events_there == events_here, (what, events_there, events_here)
            assert (span.trace_id, span.parent_span_id) in found, f"{what} has no parent"
            compared += 1
    roots = [of for _, span, of in found.values() if not span.parent_span_id]
    rules = {(of["cx.journey.id"], rule) for of in roots for rule in of.get("cx.journey.insights", [])}
    assert rules == {(journey["id"], insight["rule"]) for journey in journeys for insight in journey["insights"]}
    print(f"{encoding}: {compared} spans of {len(journeys)} journeys arrived through rotel as they are")


for encoding in ("protobuf", "json"):
    check(encoding)

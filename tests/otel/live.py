"""Sends spans of Python's and Node's OpenTelemetry SDKs to a running twin, directly and through rotel, and asserts that each trace is on
its own journey. It prints how long that took: on an idle machine less than five seconds after the last span has ended.

    live.py CXTRACE
"""

import datetime
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

import rotel

HERE = pathlib.Path(__file__).parent
SNIPPETS = HERE.parent.parent / "infra/otel/snippets"
NODE = pathlib.Path(os.environ["OTEL_NODE"])
TOKEN = secrets.token_hex(16)
# A deadline for a failure, and no measure: a busy machine is slow.
WITHIN = 90.0


def request(url, body=None, **headers):
    """The status and the body of an answer."""
    sent = urllib.request.Request(url, data=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def until(is_true, seconds, problem):
    deadline = time.monotonic() + seconds
    while not (found := is_true()):
        if time.monotonic() > deadline:
            sys.exit(f"error: {problem}")
        time.sleep(0.2)
    return found


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def call(conversation):
    """The event of Genesys that begins a call now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    topic = f"v2.detail.events.conversation.{conversation}.customer.start"
    body = {
        "eventTime": int(now.timestamp() * 1000), "conversationId": conversation, "participantId": str(uuid.uuid4()),
        "sessionId": str(uuid.uuid4()), "mediaType": "VOICE", "provider": "Edge", "direction": "INBOUND",
        "ani": "tel:+12025550143", "dnis": "tel:+12025550100",
    }
    text = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": "v2.detail.events.conversation.{id}.customer.start",
        "source": "aws.partner/genesys.com/cloud/7c0b5a3e-94d1-4f0e-8a52-1d6be7f0c9a4/cxtrace", "account": "123456789012",
        "time": text, "region": "eu-west-1", "resources": [],
        "detail": {"topicName": topic, "version": "2", "timestamp": text, "eventBody": body},
    }


class Twin:
    def __init__(self, base):
        self.base = base

    def spans(self, conversation):
        """The traces and spans of applications on the journey of a conversation."""
        status, body = request(f"{self.base}/api/journeys?id=genesys.conversation:{conversation}")
        rows = json.loads(body).get("rows", []) if status == 200 else []
        if not rows:
            return set()
        journey = json.loads(request(f"{self.base}/api/journeys/{rows[0]['id']}")[1])
        keys = [span["key"].split(":") for span in journey["spans"]]
        return {(key[2], key[3]) for key in keys if len(key) == 4 and key[:2] == ["otlp", "trace"]}


def send(sender, conversation, address, command, **environment):
    """Runs a sender. It prints a line with `trace`, `span` and `ended_at` (seconds since the epoch) for each span that it has ended."""
    variables = os.environ | {
        "OTEL_SERVICE_NAME": f"accounts-{sender.split()[0]}", "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{TOKEN}", "OTEL_BSP_SCHEDULE_DELAY": "500",
        "PYTHONPATH": str(SNIPPETS), "PYTHONDONTWRITEBYTECODE": "1",
    } | environment
    ended = subprocess.run([*command, conversation], env=variables, capture_output=True, text=True, timeout=60)
    if ended.returncode or not ended.stdout:
        sys.exit(f"error: {sender} failed:\n{ended.stdout}{ended.stderr}")
    return [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr


def are_all(shown, expected):
    """Whether the expected spans are shown. An id whose digits could be somebody's number is shown as a keyed hash."""
    hashed = [span for span in shown if any(part.startswith("~") for part in span)]
    return len(expected - shown) <= len(hashed)


def check(twin, senders):
    conversations = {sender: str(uuid.uuid4()) for sender, *_ in senders}
    for conversation in conversations.values():
        status, answer = request(f"{twin.base}/events", json.dumps(call(conversation)).encode(), content_type="application/json")
        assert status == 200, answer
    sent = {}
    for sender, address, command, environment in senders:
        conversation = conversations[sender]
        lines, log = send(sender, conversation, address, command, **environment)
        expected = {(line["trace"], line["span"]) for line in lines}
        until(lambda: are_all(twin.spans(conversation), expected), WITHIN, f"the spans of {sender} are not on their journey: {log}")
        after = time.time() - max(line["ended_at"] for line in lines)
        print(f"{sender}: {len(expected)} spans of {len({trace for trace, _ in expected})} traces are on their journey {after:.2f} s "
              "after the last has ended")
        sent[sender] = expected
    for sender, conversation in conversations.items():
        others = set().union(*(spans for other, spans in sent.items() if other != sender))
        assert not twin.spans(conversation) & others, f"the journey of {sender} has spans of another"


def main(cxtrace):
    with tempfile.TemporaryDirectory() as folder:
        agreed, port_file = pathlib.Path(folder, "secrets.json"), pathlib.Path(folder, "port")
        agreed.write_text(json.dumps({"otlp": TOKEN}))
        running = []
        try:
            with open(f"{folder}/twin.log", "w") as log:
                running.append(subprocess.Popen(
                    [cxtrace, "up", "--port", "0", "--port-file", port_file, "--webhook-secrets", agreed], stdout=log, stderr=log))
            port = until(lambda: port_file.exists() and port_file.read_text().strip(), 30, "the twin does not start")
            base = f"http://127.0.0.1:{port}"
            until(lambda: listens(int(port)), 30, "the twin does not listen")
            agent, agent_port = pathlib.Path(rotel.__file__).parent / "rotel-agent", free_port()
            with open(f"{folder}/rotel.log", "w") as log:
                running.append(subprocess.Popen(
                    [agent, "start", "--otlp-http-endpoint", f"127.0.0.1:{agent_port}", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}",
                     "--exporter", "otlp", "--otlp-exporter-endpoint", base, "--otlp-exporter-protocol", "http",
                     "--otlp-exporter-custom-headers", f"authorization=Bearer {TOKEN}", "--traces-batch-timeout", "200ms"],
                    stdout=log, stderr=log))
            until(lambda: listens(agent_port), 30, "rotel does not listen")
            twin, collector = Twin(base), f"http://127.0.0.1:{agent_port}"
            python = [sys.executable, HERE / "service.py"]
            node = ["node", "--import", NODE / "instrument.mjs", NODE / "service.mjs"]
            check(twin, [
                ("python", base, python, {}),
                ("python with gzip", base, python, {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}),
                ("python through rotel", collector, python, {}),
                ("node", base, node, {}),
                ("node in JSON", base, ["node", NODE / "json.mjs"], {}),
                ("node through rotel", collector, node, {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}),
            ])
            refused, _ = request(f"{base}/v1/traces", b"", content_type="application/x-protobuf", authorization="Bearer another")
            assert refused == 401, refused
            foreign, _ = request(f"{base}/v1/traces", b"", content_type="application/x-protobuf", origin="http://evil.example")
            assert foreign == 403, foreign
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()


main(sys.argv[1])

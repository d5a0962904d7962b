"""The faults of a storm: processes are killed, services fail for a while, and Datadog's answers are lost.

    faults.py INTAKE_URL FAULTS PORT_FILE      a proxy before the fake Datadog

The proxy answers 503 while the file FAULTS/datadog exists. emulator.py says what happens while other files exist.
"""

import collections
import gzip
import http.server
import itertools
import json
import os
import pathlib
import random
import sys
import threading
import urllib.error
import urllib.request

import boto3

import platforms
from poison import REFUSED
from stack import Stack


class Kills:
    """While it lasts, processes of functions are killed in the middle of what they do: see emulator.py."""

    def __init__(self, faults: str) -> None:
        self.file, self.list = pathlib.Path(f"{faults}/kill"), pathlib.Path(f"{faults}/killed")

    def __enter__(self) -> "Kills":
        self.file.touch()
        return self

    def __exit__(self, *_) -> None:
        self.file.unlink()

    def by_function(self) -> dict[str, int]:
        return dict(sorted(collections.Counter(self.list.read_text().split()).items()))


class Visitors(threading.Thread):
    """Ask the explorer for its list, send webhooks, and start the settler and the poller. The webhooks are a good one, one without a
    signature, and one that cannot be read."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        good = next(delivery for delivery in platforms.early() if delivery["source"] == "custom")
        bad = good | {"body": "{"}
        hook = lambda headers, body: request("/hooks/custom", "POST", headers=headers, body=body)
        self.visits = [
            ("JourneyExplorer", lambda: request("/api/journeys")),
            ("WebhookReceiver", lambda: hook(platforms.signed(good), good["body"])),
            ("WebhookReceiver", lambda: hook(good["headers"], good["body"])),
            ("WebhookReceiver", lambda: hook(platforms.signed(bad), bad["body"])),
            ("JourneySettler", dict),
            ("SourcePoller", dict),
        ]
        self.stack, self.over = stack, threading.Event()

    def run(self) -> None:
        for function, visit in itertools.cycle(self.visits):
            if self.over.wait(0.2):
                break
            answer_of(self.stack.physical(function), visit())

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_) -> None:
        self.over.set()
        self.join()


class Limits:
    """While they last, the functions that take events have two instances each, and the rest is throttled. The emulator ignores the
    reserved concurrency of a template."""

    FUNCTIONS = ("FlowMetrics", "SpanCollector")

    def __init__(self, stack: Stack) -> None:
        self.stack, self.lambdas = stack, boto3.client("lambda")

    def __enter__(self) -> None:
        for function in self.FUNCTIONS:
            self.lambdas.put_function_concurrency(FunctionName=self.stack.physical(function), ReservedConcurrentExecutions=2)

    def __exit__(self, *_) -> None:
        for function in self.FUNCTIONS:
            self.lambdas.delete_function_concurrency(FunctionName=self.stack.physical(function))


def request(path: str, method: str = "GET", query: str = "", headers: dict | None = None, body: str = "") -> dict:
    """A request as API Gateway passes it to a function, of a person who has signed in."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "storm", **{name.lower(): value for name, value in (headers or {}).items()}},
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "authorizer": {"jwt": {"claims": {"sub": "engineer"}, "scopes": None}},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def answer_of(function: str, payload: dict) -> dict:
    """The answer of a function to a request; without a status if the function died."""
    return json.load(boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))["Payload"])


class Outage:
    """A file that says that something fails."""

    def __init__(self, path: str, seconds: float) -> None:
        self.path, self.seconds, self.timer = pathlib.Path(path), seconds, None

    def begin(self) -> None:
        self.path.touch()
        self.timer = threading.Timer(self.seconds, self.path.unlink)
        self.timer.start()

    def wait(self) -> None:
        self.timer.join()


def proxy(intake: str, faults: str, port_file: str) -> None:
    """While Datadog fails, half of the requests reach it and their answers are lost; the others do not reach it. One series is
    refused as invalid whenever it comes."""
    chance = random.Random(7)

    class Proxy(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            fails = os.path.exists(f"{faults}/datadog")
            status, answer = 503, b"{}"
            if f'"{REFUSED}"'.encode() in plain:
                status, answer = (503, b"{}") if fails else (400, b'{"errors": ["this series is invalid"]}')
            elif not fails or chance.random() < 0.5:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                passed = urllib.request.Request(intake + self.path, data=body, headers=headers, method="POST")
                try:
                    with urllib.request.urlopen(passed) as given:
                        reached, answer = given.status, given.read()
                except urllib.error.HTTPError as refused:
                    reached, answer = refused.code, refused.read()
                status = 503 if fails else reached
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    pathlib.Path(port_file).write_text(str(server.server_address[1]))
    server.serve_forever()


if __name__ == "__main__":
    proxy(*sys.argv[1:])

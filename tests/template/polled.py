"""An API that sends no events, asked by the deployed function. Its answer is an object in a bucket of the emulator, which anybody may
read, as a test of the deployment has no server of its own.
"""

import json
import os

import boto3

import journeys
from stack import Stack, check, wait_for

BUCKET = "polled"
KEY = "v3/conversations"
# Both conversations name it, so they are one journey.
CONVERSATION = "5b0e7c4d-2f61-4a83-9d7e-0c1b2a394857"


def prepare() -> list[str]:
    """Makes the API and the secret with its key. Returns the stack's parameters."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.delete_public_access_block(Bucket=BUCKET)
    readable = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [readable]}))
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps({"conversations": [conversation(0), conversation(1)], "cursor": None}))
    secret = boto3.client("secretsmanager").create_secret(Name="polls", SecretString=json.dumps({"polyai": "the-key"}))
    address = f"{os.environ['AWS_ENDPOINT_URL']}/{BUCKET}/{KEY}"
    return [f"PollSources=polyai?url={address}", f"PollSecretsArn={secret['ARN']}"]


def conversation(number: int) -> dict:
    return {
        "id": f"polled-conversation-{number}",
        "started_at": f"2026-03-05T09:0{number}:00Z",
        "total_duration": 40,
        "in_progress": False,
        "handoff": False,
        "state": {"genesys_conversation_id": CONVERSATION},
    }


def run(stack: Stack, explorer: journeys.Explorer, token: str) -> None:
    """The schedule invokes the function each minute. Here the test does, which changes nothing if it was asked before."""
    poller = stack.physical("SourcePoller")
    answer = boto3.client("lambda").invoke(FunctionName=poller, Payload=b"{}")
    check("FunctionError" not in answer, f"source-poller fails: {answer['Payload'].read().decode()}")

    def both() -> dict | None:
        rows = explorer.get(f"/api/journeys?id={CONVERSATION}", token)["rows"]
        journey = explorer.get(f"/api/journeys/{rows[0]['id']}", token) if rows else {"spans": []}
        return journey if len(journey["spans"]) == 2 else None

    journey = wait_for("both polled conversations to be in one journey", both)
    check(journey["platforms"] == ["polyai"], f"the journey is of {journey['platforms']}")
    print(f"the deployed poller has read an API: {journey['summary']}")

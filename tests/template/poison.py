"""What nobody can read, and what Datadog refuses: one of each kind, in every shard. All of it names itself POISON, so that what is
in the dead-letter queues afterwards can be told from the rest.
"""

import base64
import json

import boto3

import deployed
import journeys
import platforms
from stack import Stack, wait_for

POISON = "poison"
ENCODED = base64.b64encode(POISON.encode()).decode()
# The metric that Datadog refuses, and the metric whose ledger has an unreadable item.
REFUSED = f"genesys.flow.e2e.{POISON}"
OF_LEDGER = f"genesys.flow.e2e.{POISON}ed"
# The metrics that count the poison itself.
COUNTED = {"cxtrace.items.unreadable"}
# The fewest messages that the poison leaves. A function that was killed after it had sent one sends it again.
DEAD_LETTERS = {"EventsDeadLetterQueueUrl": 2, "JourneyDeadLetterQueueUrl": 4, "RecordsDeadLetterQueueUrl": 3}


def events() -> list[dict]:
    """An event whose total Datadog refuses, and one whose ledger gets an unreadable item."""
    return [
        deployed.envelope("refused", {f"e2eMetric_{POISON}({deployed.ago(0)})": "1"}),
        deployed.envelope("ledger", {f"e2eMetric_{POISON}ed({deployed.ago(0)})": "1"}),
    ]


def put(stack: Stack, conversation: str) -> None:
    """An item in the stream of each table, among the facts of `conversation`, and due at the settler; a record in each shard of the
    stream of records; a message in each retry queue; an event of each function that takes events."""
    dynamodb, sqs, lambdas, kinesis = (boto3.client(name) for name in ("dynamodb", "sqs", "lambda", "kinesis"))
    text = lambda value: {"S": value}

    def item(table: str, pk: str, sk: str, **others: dict) -> None:
        dynamodb.put_item(TableName=stack.outputs[table], Item={"pk": text(pk), "sk": text(sk), **others})

    # The emulator's streams of tables have one shard each.
    item("StateTableName", f"bucket#{POISON}", "occurrence#1")
    item("CorrelationTableName", f"id#web.session:{POISON}", "fact#1")
    item("CorrelationTableName", f"id#genesys.conversation:{conversation}", f"fact#{POISON}")
    due = {"due": text("due"), "due_at": text("2023-11-15T00:00:00.000Z"), "version": text("newer")}
    item("CorrelationTableName", f"journey#{'0' * 32}", "row", **due)
    for queue in ("EventsRetryQueueUrl", "JourneyRetryQueueUrl"):
        sqs.send_message(QueueUrl=stack.outputs[queue], MessageBody=f"{POISON}, and no event")
    for function, event in (
        ("FlowMetrics", deployed.envelope({POISON: "not an id"}, {})),
        ("SpanCollector", {**journeys.MALFORMED, "id": POISON}),
    ):
        lambdas.invoke(FunctionName=stack.physical(function), InvocationType="Event", Payload=json.dumps(event))
    for shard in kinesis.list_shards(StreamName=platforms.STREAM)["Shards"]:
        place = shard["HashKeyRange"]["StartingHashKey"]
        kinesis.put_record(StreamName=platforms.STREAM, PartitionKey="contact", ExplicitHashKey=place, Data=POISON.encode())


def put_in_ledger(stack: Stack) -> None:
    """An item that cannot be read, in a ledger that counts."""
    dynamodb, table = boto3.client("dynamodb"), stack.outputs["StateTableName"]
    found = lambda: [
        item
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
        if item["sk"]["S"].startswith("occurrence#") and item.get("name", {}).get("S") == OF_LEDGER
    ]
    (counted,) = wait_for("the count in a ledger", found)
    dynamodb.put_item(TableName=table, Item=counted | {"sk": {"S": f"occurrence#{POISON}"}})


def is_poison(letter: str) -> bool:
    return POISON in letter or ENCODED in letter

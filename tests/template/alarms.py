"""Whether each alarm's metric has moved: the alarm must watch a metric that is written, with the dimensions of what was broken."""

import collections
import datetime
import functools
import json

import boto3

from stack import STACK, Stack, check, waiting

# The emulator does not write these metrics, and emulator.py does not, either: nothing in the emulator could cause them.
NOT_EMULATED = {
    *("FailedInvocations", "InvocationsFailedToBeSentToDlq", "DestinationDeliveryFailures"),
    *("WriteThrottleEvents of by-start CorrelationTable", "WriteThrottleEvents of by-due CorrelationTable"),
}
# The storm's table loses no records, and every count is younger than ten minutes.
# One publisher and one assembler run at a time, and the visitors come one after another. The API is polled once in a storm.
NOT_IN_A_STORM = {
    *(f"Throttles of {function}" for function in ("MetricsPublisher", "JourneyAssembler", "WebhookReceiver")),
    "LedgersUnpublished of MetricsPublisher",
    *(f"{metric} of SourcePoller" for metric in ("PollsRefused", "PollItemsUnreadable")),
}
QUEUES = {
    "EventsRetries": "EventsRetryQueueUrl",
    "JourneyRetries": "JourneyRetryQueueUrl",
    "EventsDeadLetters": "EventsDeadLetterQueueUrl",
    "JourneyDeadLetters": "JourneyDeadLetterQueueUrl",
    "RecordsDeadLetters": "RecordsDeadLetterQueueUrl",
}


class Alarms:
    """The alarms of a stack. `peaks` are the longest states of its queues."""

    def __init__(self, stack: Stack, peaks: collections.Counter) -> None:
        self.stack, self.peaks = stack, peaks

    def moved(self) -> list[str]:
        """The metrics that have moved, with their values. Fails if one has not and should have."""
        pages = boto3.client("cloudwatch").get_paginator("describe_alarms").paginate()
        moved, still = [], set()
        for alarm in [alarm for page in pages for alarm in page["MetricAlarms"]]:
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
            name = f"{alarm['MetricName']} of {self.logical(dimensions)}"
            value = self.value(alarm["Namespace"], alarm["MetricName"], dimensions)
            if value > 0:
                moved.append(f"{name} ({value:g})")
            elif alarm["MetricName"] not in NOT_EMULATED and name not in NOT_EMULATED:
                still.add(name)
        check(still <= NOT_IN_A_STORM, f"these metrics of alarms have not moved: {', '.join(sorted(still - NOT_IN_A_STORM))}")
        return sorted(moved)

    @functools.cached_property
    def names(self) -> dict[str, str]:
        """The logical names by physical ids."""
        pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        return {
            one["PhysicalResourceId"].rsplit("/", 1)[-1]: one["LogicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def logical(self, dimensions: dict[str, str]) -> str:
        return " ".join(sorted(self.names.get(value, value) for value in dimensions.values())[::-1])

    def value(self, namespace: str, metric: str, dimensions: dict[str, str]) -> float:
        """The sum of a metric, or the greatest value of an age."""
        if namespace == "AWS/SQS":
            output = QUEUES[self.logical(dimensions)]
            # A queue that was not empty had an oldest message.
            return self.peaks[output] if metric == "ApproximateAgeOfOldestMessage" else waiting(self.stack, output)
        if namespace == "Cxtrace":
            lines = [line for line in self.stack.log(self.logical(dimensions)) if f'"{metric}":' in line]
            values = [json.loads(line)[metric] for line in lines]
            return max(values, default=0) if metric.endswith("Seconds") else sum(values)
        now = datetime.datetime.now(datetime.timezone.utc)
        answer = boto3.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - datetime.timedelta(hours=2),
            EndTime=now + datetime.timedelta(minutes=1),
            Period=7200,
            Statistics=["Sum", "Maximum"],
        )
        statistic = "Maximum" if metric == "IteratorAge" else "Sum"
        return sum(point[statistic] for point in answer["Datapoints"])

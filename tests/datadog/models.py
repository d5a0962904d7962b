"""Checks dashboards, monitors and metric metadata against Datadog's published models.

    cxtrace datadog plan --format json | python3 models.py
    python3 models.py --self-test

The models are lenient: they keep what they do not know. Here every unknown member and every value that no model takes is an
error.
"""

import copy
import json
import sys

from datadog_api_client.configuration import Configuration
from datadog_api_client.model_utils import ModelComposed, ModelNormal, UnparsedObject, validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.metric_metadata import MetricMetadata
from datadog_api_client.v1.model.monitor import Monitor

CONFIGURATION = Configuration()


def faults(value, path):
    """What the models do not know in a value that they have read."""
    if isinstance(value, UnparsedObject):
        return [f"{path}: no model takes {json.dumps(value._data_store, default=str)[:200]}"]
    if isinstance(value, ModelComposed):
        # One of several models has read it.
        return [fault for instance in value._composed_instances for fault in faults(instance, path)]
    if getattr(value, "_unparsed", False) and not isinstance(value, ModelNormal):
        return [f"{path}: the model does not know the value {value}"]
    if isinstance(value, list):
        return [fault for n, item in enumerate(value) for fault in faults(item, f"{path}[{n}]")]
    if isinstance(value, dict):
        return [fault for name, item in value.items() for fault in faults(item, f"{path}.{name}")]
    found = []
    if isinstance(value, ModelNormal):
        for name, item in value._data_store.items():
            if name not in value.openapi_types:
                found.append(f"{path}: the model has no member {name}")
            found += faults(item, f"{path}.{name}")
    return found


def check(body, model, path):
    """The faults of one JSON document."""
    try:
        read = validate_and_convert_types(body, (model,), [path], True, True, configuration=CONFIGURATION)
    except Exception as error:  # the models raise errors of many kinds
        return [f"{path}: {error}"]
    return faults(read, path)


def check_all(document):
    found = []
    for body in document["dashboards"]:
        found += check(body, Dashboard, body["title"])
    for body in document["monitors"]:
        found += check(body, Monitor, body["name"])
    for name, body in document["metrics"].items():
        found += check(body, MetricMetadata, name)
    return found


def self_test(document):
    """Every kind of fault must be found out."""

    def broken(what, change):
        copied = copy.deepcopy(document)
        change(copied)
        if not check_all(copied):
            sys.exit(f"error: {what} passes the models")
        print(f"  found out: {what}")

    def first_widget(document):
        return document["dashboards"][0]["widgets"][0]["definition"]["widgets"]

    def a_request(document):
        return next(w for w in first_widget(document) if "requests" in w["definition"])["definition"]["requests"][0]

    broken("a dashboard without a layout", lambda d: d["dashboards"][0].pop("layout_type"))
    broken("a widget of a type that does not exist", lambda d: first_widget(d)[1]["definition"].update(type="timeserie"))
    broken("a member that no widget has", lambda d: first_widget(d)[1]["definition"].update(colour="red"))
    broken("a response format that does not exist", lambda d: a_request(d).update(response_format="list"))
    broken("a query of a data source that does not exist", lambda d: a_request(d)["queries"][0].update(data_source="metric"))
    broken("a monitor without a query", lambda d: d["monitors"][0].pop("query"))
    broken("an option that no monitor has", lambda d: d["monitors"][0]["options"].update(renotify="1h"))
    broken("an answer to missing data that does not exist", lambda d: d["monitors"][0]["options"].update(on_missing_data="zero"))
    broken("a unit that is a number", lambda d: next(iter(d["metrics"].values())).update(unit=7))


def main():
    document = json.load(sys.stdin)
    found = check_all(document)
    if found:
        sys.exit("error: these do not pass Datadog's models:\n" + "\n".join(found))
    count = len(document["dashboards"]) + len(document["monitors"]) + len(document["metrics"])
    print(f"{count} objects pass Datadog's models")
    if sys.argv[1:] == ["--self-test"]:
        self_test(document)


main()

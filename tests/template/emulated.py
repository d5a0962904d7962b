#!/usr/bin/env python3
"""Removes the resources that the emulator does not know from a built template, in place.

    emulated.py template.yaml

Tests of the template check these resources. If one is gone from the template, this fails, so that the list stays short.
"""

import sys

from samcli.yamlhelper import yaml_dump, yaml_parse

UNKNOWN = ["AWS::Events::EventBusPolicy"]


def emulated(template: dict) -> dict:
    resources = template["Resources"]
    for kind in UNKNOWN:
        names = [name for name, resource in resources.items() if resource["Type"] == kind]
        if not names:
            sys.exit(f"error: the template has no {kind} any more. Remove it from the list in {__file__}.")
        for name in names:
            del resources[name]
    return template


if __name__ == "__main__":
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        template = emulated(yaml_parse(file.read()))
    with open(path, "w", encoding="utf-8") as file:
        file.write(yaml_dump(template))

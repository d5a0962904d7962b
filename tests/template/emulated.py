#!/usr/bin/env python3
"""Removes what the emulator cannot take from a template, in place.

    emulated.py template.yaml              a built template
    emulated.py template.yaml BUILD        one whose functions are built already, in the folder BUILD

Tests and linters check these parts of the template. If one is gone from the template, this fails, so that the list stays
short.
"""

import sys

from samcli.yamlhelper import yaml_dump, yaml_parse

# Types that the emulator does not know.
UNKNOWN = ["AWS::Events::EventBusPolicy"]
# Properties by type. The emulator keeps a parameter's number as text there, and then compares it with a number.
MISREAD = {"AWS::Lambda::EventSourceMapping": "ScalingConfig"}


def emulated(template: dict) -> dict:
    resources = template["Resources"]
    for kind in UNKNOWN:
        names = [name for name, resource in resources.items() if resource["Type"] == kind]
        if not names:
            sys.exit(f"error: the template has no {kind} any more. Remove it from the list in {__file__}.")
        for name in names:
            del resources[name]
    for kind, misread in MISREAD.items():
        every = [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]
        holders = [properties for properties in every if misread in properties]
        if not holders:
            sys.exit(f"error: no {kind} has {misread} any more. Remove it from the list in {__file__}.")
        for properties in holders:
            del properties[misread]
    return template


if __name__ == "__main__":
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        template = emulated(yaml_parse(file.read()))
    if len(sys.argv) > 2:
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = f"{sys.argv[2]}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(yaml_dump(template))

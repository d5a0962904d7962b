#!/usr/bin/env python3
"""Expands a SAM template to the CloudFormation template that AWS makes of it, for linting.

    expand.py template.yaml > expanded.json

Linters look hardly inside AWS::Serverless resources. The expansion is AWS's own (samtranslator); code
that is still local is replaced by a place in S3, as packaging would.
"""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.public.translator import Translator
from samtranslator.parser.parser import Parser


def expand(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://packaged/function.zip"
    return Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, parameter_values={})


if __name__ == "__main__":
    json.dump(expand(sys.argv[1]), sys.stdout, indent=2)

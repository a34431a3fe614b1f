"""Prints each sample of metrics as a list of JSON: by the parser of OpenMetrics, or by that of the Prometheus text format."""

import json
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text_format

parser = {"openmetrics": openmetrics, "text": text_format}[sys.argv[1]]
for family in parser.text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps([family.type, sample.name, sample.labels, sample.value, sample.timestamp]))

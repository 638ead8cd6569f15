"""otlp_json: a record is a span, a log record or a data point.

Resources and scopes without any are no records. A span whose ids are neither hex nor base64 is broken;
so are an enum's name that does not exist, and a value past what JSON can hold. Points are those of all
kinds of metrics.
"""

import base64
import binascii
import re

from common import ASIDE, BROKEN, RECORD, main, values

ROOTS = re.compile(r"(resource_?(spans|logs|metrics)|batches|scope_?spans)$", re.I)
ENUMS = {
    "kind": re.compile(r"(SPAN_KIND_)?(UNSPECIFIED|INTERNAL|SERVER|CLIENT|PRODUCER|CONSUMER)$"),
    "severityNumber": re.compile(r"(SEVERITY_NUMBER_)?(UNSPECIFIED|(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)[234]?)$"),
    "aggregationTemporality": re.compile(r"(AGGREGATION_TEMPORALITY_)?(UNSPECIFIED|DELTA|CUMULATIVE)$"),
}


def is_enum(holder, key):
    value = holder.get(key)
    return not isinstance(value, str) or value.isdigit() or bool(ENUMS[key].match(value))


def is_id(value):
    if not isinstance(value, str) or re.fullmatch(r"[0-9a-fA-F]+", value):
        return isinstance(value, str)
    try:
        return len(base64.b64decode(value, validate=True)) in (8, 16)
    except binascii.Error:
        return False


def members(value, *names):
    for name in names:
        if isinstance(value.get(name), list):
            yield from value[name]


def judged(value):
    if isinstance(value, dict):
        for span in members(value, "spans"):
            sound = is_id(span.get("traceId", span.get("trace_id")))
            sound = sound and is_id(span.get("spanId", span.get("span_id"))) and is_enum(span, "kind")
            yield (RECORD, "span") if sound else (BROKEN, "span")
        for log in members(value, "logRecords", "log_records", "logs"):
            yield (RECORD, "log") if is_enum(log, "severityNumber") else (BROKEN, "log")
        points = list(members(value, "dataPoints", "data_points"))
        sound = is_enum(value, "aggregationTemporality")
        for _ in points:
            yield (RECORD, "point") if sound else (BROKEN, "point")
        if points:
            return
        for key, inner in value.items():
            if key not in ("spans", "logRecords", "log_records", "attributes", "resource", "scope"):
                yield from judged(inner)
    elif isinstance(value, list):
        for element in value:
            yield from judged(element)


def count(data):
    for value, why in values(data):
        if why:
            yield BROKEN, why
            continue
        messages = value if isinstance(value, list) else [value]
        for message in messages:
            if isinstance(message, dict) and any(ROOTS.match(key) for key in message):
                yield from judged(message)
            else:
                yield ASIDE, "no OTLP"


if __name__ == "__main__":
    main(count)

"""jaeger: a record is a span that has its ids and a start and a duration that are times.

The spans of `data[].spans`, of `spans`, of an array, of Elasticsearch's `hits.hits[]._source`, or one
document. A duration is a number of µs, or text such as `1500000ns`.
"""

import re

from common import ASIDE, BROKEN, RECORD, main, values


def spans(value):
    if isinstance(value, list):
        for element in value:
            yield from spans(element)
    elif isinstance(value, dict):
        value = value.get("_source", value)
        if "spanID" in value or "spanId" in value:
            yield value
            return
        for key in ("data", "spans", "hits"):
            if key in value:
                yield from spans(value[key])


def is_time(value):
    return isinstance(value, (int, float)) or bool(re.match(r"\d", str(value or "")))


def count(data):
    for value, why in values(data):
        if why:
            yield BROKEN, why
            continue
        found = False
        for span in spans(value):
            found = True
            sound = is_time(span.get("startTime")) and is_time(span.get("duration"))
            yield (RECORD, "span") if sound else (BROKEN, "span without times")
        if not found:
            yield ASIDE, "no spans"


if __name__ == "__main__":
    main(count)

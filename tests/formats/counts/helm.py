"""helm: a record is a revision: an element with `revision`, in JSON, in YAML, or a table's row; or the
release of `helm status` (`name` and `info`), which is its latest revision."""

import re

from common import ASIDE, RECORD, each, lines, main, text


def judge(entry):
    if {"name", "info"} <= entry.keys():
        return RECORD, "release"
    return (RECORD, str(entry.get("status"))) if "revision" in entry else (ASIDE, "other")


def count(data):
    body = text(data).lstrip()
    if body[:1] in "{[":
        yield from each(data, judge)
    elif body.startswith("REVISION"):
        for line in lines(data)[1:]:
            yield (RECORD, "row") if re.match(r"\d+\s", line) else (ASIDE, "other")
    else:
        for _ in re.findall(r"^(?:- |  )revision: \d+\s*$", body, re.M):
            yield RECORD, "entry"


if __name__ == "__main__":
    main(count)

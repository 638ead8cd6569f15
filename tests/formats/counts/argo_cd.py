"""argo_cd: a record is an Application. Its history's entries belong to it.

JSON by `kind`, a List by its items; YAML by `kind:` at the top of a document, or in an item.
"""

import re

from common import ASIDE, RECORD, each, main, text


def judge(thing):
    return (RECORD, "Application") if thing.get("kind") == "Application" else (ASIDE, "other")


def count(data):
    body = text(data).lstrip()
    if body[:1] in "{[":
        yield from each(data, judge, ("items",))
    else:
        for _ in re.findall(r"^(?:- |  )?kind: Application\s*$", body, re.M):
            yield RECORD, "Application"


if __name__ == "__main__":
    main(count)

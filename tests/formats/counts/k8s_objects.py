"""k8s_objects: a record is an object: an item of a List, a document, a YAML document.

Every kind counts, whether or not the program has a table for it. YAML is counted by its lines: a
document opens at the top with `kind:`, and items of a List stand as `- apiVersion:` below `items:`.
"""

import re

from common import ASIDE, RECORD, each, main, text


def judge(thing):
    return (RECORD, str(thing["kind"])) if "kind" in thing else (ASIDE, "other")


def count(data):
    body = text(data).lstrip()
    if body[:1] in "{[":
        yield from each(data, judge, ("items",))
        return
    for document in re.split(r"^---.*$", body, flags=re.M):
        items = re.search(r"^items:\s*$", document, re.M)
        if items:
            for _ in re.findall(r"^(?:  )?- apiVersion:", document[items.end() :], re.M):
                yield RECORD, "item"
        else:
            for kind in re.findall(r"^kind:\s*(\S+)", document, re.M):
                yield RECORD, kind


if __name__ == "__main__":
    main(count)

"""vault_audit: a record is a call, told by its response.

A request is a record only where the file has no response of its `request.id`: the call was made, and
nobody knows how it ended. Values may be pretty-printed, or stand behind a prefix on their line.
"""

import json

from common import ASIDE, BROKEN, RECORD, main, text, values


def count(data):
    entries = []
    if text(data).lstrip()[:1] == "{":
        read = values(data)
    else:
        read = ((json.loads(line[line.index("{") :]), None) for line in text(data).splitlines() if "{" in line)
    for entry, why in read:
        if why:
            yield BROKEN, why
        elif isinstance(entry, dict) and entry.get("type") in ("request", "response"):
            entries.append((entry["type"], (entry.get("request") or {}).get("id")))
        else:
            yield ASIDE, "no entry"
    answered = {request for kind, request in entries if kind == "response"}
    for kind, request in entries:
        half = kind == "request" and request in answered
        yield (ASIDE, "request half") if half else (RECORD, kind)


if __name__ == "__main__":
    main(count)

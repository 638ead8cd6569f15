"""k8s_audit: a record is a request, told by its last stage in the file.

`ResponseComplete` and `Panic` are outcomes. `RequestReceived` is a record only where nothing else of
its `auditID` is in the file; so is `ResponseStarted` (a watch, exec or log that was still open). The
same stage of the same request twice is once. `EventList`, CloudWatch and AKS wrappings are opened.
"""

import json

from common import ASIDE, BROKEN, RECORD, main, objects

RANK = {"RequestReceived": 0, "ResponseStarted": 1, "ResponseComplete": 2, "Panic": 2}


def opened(value):
    """The event inside a log's wrapping."""
    for path in (("message",), ("properties", "log")):
        inner = value
        for key in path:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, str) and '"auditID"' in inner:
            return json.loads(inner)
    return value


def count(data):
    best, events = {}, []
    for value, why in objects(data, ("items", "events", "logEvents", "records")):
        if why or not isinstance(value, dict):
            yield BROKEN, why or "no object"
            continue
        value = opened(value)
        if value.get("stage") not in RANK:
            yield ASIDE, "no audit event"
            continue
        request = value.get("auditID", len(events))
        rank = RANK[value["stage"]]
        events.append((request, rank, value))
        best[request] = max(best.get(request, 0), rank)
    told = set()
    for request, rank, value in events:
        once = json.dumps(value, sort_keys=True)
        if rank < best[request]:
            yield ASIDE, "earlier stage"
        elif once in told:
            yield ASIDE, "the same event again"
        else:
            yield RECORD, value["stage"]
        told.add(once)


if __name__ == "__main__":
    main(count)

"""cloudtrail: a record is an event, with keys in whatever case (`eventName`).

The elements of `Records`, of `Events` (the event is a text inside), of an array, or lines. Copies are
not told apart here: in the samples ids like `1` and `abc-123` stand for many events.
"""

import json

from common import ASIDE, RECORD, each, main


def judge(event):
    if isinstance(event.get("CloudTrailEvent"), str):
        event = json.loads(event["CloudTrailEvent"])
    if isinstance(event.get("detail"), dict):
        event = event["detail"]
    keys = {key.lower() for key in event}
    return (RECORD, "event") if "eventname" in keys else (ASIDE, "other")


def count(data):
    yield from each(data, judge, ("Records", "Events"))


if __name__ == "__main__":
    main(count)

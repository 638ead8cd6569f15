"""cdevents: a record is an event: `context` and `subject`, bare or as `data` of a CloudEvent."""

from common import ASIDE, RECORD, each, main


def judge(event):
    event = event.get("data", event)
    if isinstance(event, dict) and "context" in event and "subject" in event:
        return RECORD, str(event["context"].get("type"))
    return ASIDE, "other"


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

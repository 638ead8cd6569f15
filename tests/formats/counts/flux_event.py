"""flux_event: a record is an event."""

from common import ASIDE, RECORD, each, main


def judge(event):
    named = "involvedObject" in event and "reportingController" in event
    return (RECORD, str(event.get("reason"))) if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

"""azure_devops_event: a record is a payload of a service hook (`eventType` and `resource`)."""

from common import ASIDE, RECORD, each, main


def judge(event):
    return (RECORD, str(event["eventType"])) if {"eventType", "resource"} <= event.keys() else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

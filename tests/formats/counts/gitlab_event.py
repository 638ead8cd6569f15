"""gitlab_event: a record is a payload (`object_kind`)."""

from common import ASIDE, RECORD, each, main


def judge(event):
    return (RECORD, str(event["object_kind"])) if "object_kind" in event else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

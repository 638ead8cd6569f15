"""github_event: a record is a payload.

Every payload tells of something that happened, whether or not the program has a table for it.
"""

from common import ASIDE, RECORD, each, main


def judge(event):
    if "repository" in event or "organization" in event or "sender" in event:
        return RECORD, "event"
    return ASIDE, "other"


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

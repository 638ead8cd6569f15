"""bitbucket_event: a record is a payload (`actor` and `repository`, and `push` or `pullrequest`, …)."""

from common import ASIDE, RECORD, each, main


def judge(event):
    return (RECORD, "event") if {"actor", "repository"} <= event.keys() else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

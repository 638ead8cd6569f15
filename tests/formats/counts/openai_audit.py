"""openai_audit: a record is an event (`id`, `type`, `effective_at`)."""

from common import ASIDE, RECORD, each, main


def judge(event):
    named = {"id", "type", "effective_at"} <= event.keys()
    return (RECORD, "event") if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge, ("data",))


if __name__ == "__main__":
    main(count)

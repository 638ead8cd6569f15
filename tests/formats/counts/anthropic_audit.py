"""anthropic_audit: a record is an activity (`id`, `type`, `created_at`)."""

from common import ASIDE, RECORD, each, main


def judge(activity):
    named = {"id", "type", "created_at"} <= activity.keys()
    return (RECORD, "activity") if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge, ("data",))


if __name__ == "__main__":
    main(count)

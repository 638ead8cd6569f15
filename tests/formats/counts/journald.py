"""journald: a record is an entry (`__REALTIME_TIMESTAMP`)."""

from common import ASIDE, RECORD, each, main


def judge(entry):
    return (RECORD, "entry") if "__REALTIME_TIMESTAMP" in entry else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

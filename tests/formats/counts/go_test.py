"""go_test: a record is the outcome of a test: `pass`, `fail`, `skip` or `bench` with a `Test`.

The outcome of a package repeats that of its tests; starts, pauses and lines of output are no records.
"""

from common import ASIDE, RECORD, each, main


def judge(event):
    action = event.get("Action")
    if action in ("pass", "fail", "skip", "bench") and "Test" in event:
        return RECORD, action
    return ASIDE, f"{action} of a package" if "Test" not in event else str(action)


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

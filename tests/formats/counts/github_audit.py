"""github_audit: a record is an entry with an `action` and one who did it.

An object of nothing but an `action` says nothing of anything.
"""

from common import ASIDE, RECORD, each, main


def judge(entry):
    if "action" in entry and len(entry) > 1:
        return RECORD, "entry"
    return ASIDE, "fragment"


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

"""copilot_session: a record is an event line (`type`, `data`, `id`, `timestamp`).

The opening `session.start` is one too: it alone says which session this is.
"""

from common import ASIDE, RECORD, each, main


def judge(line):
    return (RECORD, str(line["type"])) if "type" in line and "data" in line else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

"""tetragon: a record is an event: an object with one `process_…` member.

`process_throttle` and `rate_limit_info` say that events are missing: no event themselves.
"""

from common import ASIDE, RECORD, each, main


def judge(line):
    kinds = [key for key in line if key.startswith("process_")]
    if not kinds or "process_throttle" in kinds:
        return ASIDE, "other"
    return RECORD, kinds[0]


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

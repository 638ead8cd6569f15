"""cursor_session: a record is a line with `role` and `message`."""

from common import ASIDE, RECORD, each, main


def judge(line):
    return (RECORD, str(line["role"])) if "role" in line and "message" in line else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

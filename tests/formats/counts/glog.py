"""glog: a record is a line that opens with level, month and day, and time (`I0102 03:04:05.678901`).

A line that does not goes on with the one before.
"""

import re

from common import ASIDE, RECORD, lines, main


def count(data):
    for line in lines(data):
        if re.match(r"[IWEF]\d{4} \d\d:\d\d:\d\d", line):
            yield RECORD, line[0]
        else:
            yield ASIDE, "goes on"


if __name__ == "__main__":
    main(count)

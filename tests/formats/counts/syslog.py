"""syslog: a record is a line that opens with a priority, or with the time of RFC 3164. Others go on
with the one before."""

import re

from common import ASIDE, RECORD, lines, main


def count(data):
    for line in lines(data):
        opens = re.match(r"<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ", line)
        yield (RECORD, "line") if opens else (ASIDE, "goes on")


if __name__ == "__main__":
    main(count)

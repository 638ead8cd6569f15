"""access_log: a record is a line with the bracketed time and the quoted request of the common format."""

import re

from common import BROKEN, RECORD, lines, main


def count(data):
    for line in lines(data):
        sound = re.search(r'\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "', line)
        yield (RECORD, "request") if sound else (BROKEN, "no request")


if __name__ == "__main__":
    main(count)

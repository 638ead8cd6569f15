"""promtool_dump: a record is a line `{labels} value milliseconds`."""

import re

from common import BROKEN, RECORD, lines, main


def count(data):
    for line in lines(data):
        sound = re.match(r"\{.*\} \S+ -?\d+\s*$", line)
        yield (RECORD, "sample") if sound else (BROKEN, "no sample")


if __name__ == "__main__":
    main(count)

"""logfmt: a record is a line with at least two `key=value` pairs. Others go on with the one before."""

import re

from common import ASIDE, RECORD, lines, main


def count(data):
    for line in lines(data):
        pairs = re.findall(r'(?:^|\s)[\w.\-/@]+=(?:"(?:[^"\\]|\\.)*"|\S*)', line)
        yield (RECORD, "line") if len(pairs) >= 2 else (ASIDE, "goes on")


if __name__ == "__main__":
    main(count)

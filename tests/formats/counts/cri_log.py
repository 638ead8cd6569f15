"""cri_log: a record is a line of the container: `F` ends one, the `P` pieces before it belong to it."""

import re

from common import ASIDE, BROKEN, RECORD, lines, main


def count(data):
    for line in lines(data):
        found = re.match(r"\S+ (stdout|stderr) ([FP])(?: |$)", line)
        if not found:
            yield BROKEN, "no line of CRI"
        else:
            yield (RECORD, found[1]) if found[2] == "F" else (ASIDE, "piece")


if __name__ == "__main__":
    main(count)

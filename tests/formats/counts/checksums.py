"""checksums: a record is a line with a digest, which may stand alone, and perhaps a file's name."""

import re

from common import ASIDE, BROKEN, RECORD, lines, main

DIGEST = r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})"


def count(data):
    for line in lines(data):
        found = re.search(rf"(?<![0-9a-fA-F]){DIGEST}(?![0-9a-fA-F])", line)
        if not found:
            yield BROKEN, "no digest"
        else:
            # MD5 says nothing of what a file is.
            yield (ASIDE, "MD5") if len(found[0]) == 32 else (RECORD, "digest")


if __name__ == "__main__":
    main(count)

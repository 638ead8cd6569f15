"""git_log: a record is a commit.

The export opens each with RS (0x1e) and a full hash; RS does not occur in messages of the samples.
In JSON made by `--format` a record is a line with a full hash, whether or not it is sound JSON.
"""

import re

from common import BROKEN, RECORD, main


def count(data):
    if b"\x1e" in data:
        for part in data.split(b"\x1e")[1:]:
            sound = re.match(rb"[0-9a-f]{40}([0-9a-f]{24})?\x1f", part)
            yield (RECORD, "commit") if sound else (BROKEN, "RS without a hash")
        return
    for line in data.split(b"\n"):
        if line.strip():
            sound = re.search(rb'"[0-9a-f]{40}"', line)
            yield (RECORD, "commit") if sound else (BROKEN, "line without a hash")


if __name__ == "__main__":
    main(count)

"""git_patch: a record is a commit.

A header is at the line's start; messages, notes and diffs cannot forge it, for they are indented or
have a sign before them. A mail of `format-patch` opens with `From <hash> Mon Sep 17 00:00:00 2001`.
A header of an annotated tag (`tag v1`) is no commit.
"""

import re

from common import ASIDE, RECORD, main


def count(data):
    for line in data.split(b"\n"):
        if re.match(rb"commit [0-9a-f]{40}|From [0-9a-f]{40} Mon Sep 17 00:00:00 2001", line):
            yield RECORD, "commit"
        elif re.match(rb"tag \S+$", line):
            yield ASIDE, "annotated tag"


if __name__ == "__main__":
    main(count)

"""git_ai_notes: a record is a note.

`git cat-file --batch` puts `<blob> <commit> <size>` before each; a size says where it ends. Alone, a
file is one note if it has the line `---` and a schema version after it. A missing object, and a note
of another tool, are no records.
"""

import re

from common import ASIDE, RECORD, main

HEAD = re.compile(rb"[0-9a-f]{40}(?: [0-9a-f]{40})? (\d+)\n")


def judge(note):
    _, rule, after = (b"\n" + note).partition(b"\n---\n")
    if rule and b'"schema_version"' in after and b"authorship/" in after:
        return RECORD, "note"
    return ASIDE, "no note of git-ai"


def count(data):
    if not HEAD.match(data):
        yield judge(data)
        return
    at = 0
    while at < len(data):
        head = HEAD.match(data, at)
        if head:
            size = int(head.group(1))
            yield judge(data[head.end() : head.end() + size])
            at = head.end() + size + 1
        else:
            at = data.find(b"\n", at) + 1 or len(data)
            yield ASIDE, "missing object"


if __name__ == "__main__":
    main(count)

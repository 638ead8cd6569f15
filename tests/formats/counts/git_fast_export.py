"""git_fast_export: a record is a `commit` command.

The stream is walked by its `data <n>` counts, so a message that imitates a command stays a message.
`reset`, `blob`, `tag` and file changes are no records.
"""

from common import ASIDE, RECORD, main


def count(data):
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line, at = data[at:end], end + 1
        if line.startswith(b"data "):
            at += int(line[5:])
        elif line.startswith(b"commit "):
            yield RECORD, "commit"
        elif line.startswith((b"reset ", b"blob", b"tag ")):
            yield ASIDE, line.split()[0].decode()


if __name__ == "__main__":
    main(count)

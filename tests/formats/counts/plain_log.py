"""plain_log: a record is a line that starts with no blank; lines that do (a stack trace) go on."""

from common import ASIDE, RECORD, lines, main


def count(data):
    for line in lines(data):
        yield (ASIDE, "goes on") if line[0] in " \t" else (RECORD, "line")


if __name__ == "__main__":
    main(count)

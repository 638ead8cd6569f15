"""vpc_flow: a record is a line of a flow. The header is none, and neither are `NODATA` and `SKIPDATA`
lines: they say that nothing was seen, or not all."""

from common import ASIDE, RECORD, lines, main


def count(data):
    for line in lines(data):
        words = line.split()
        if "account-id" in words or "srcaddr" in words:
            yield ASIDE, "header"
        elif {"NODATA", "SKIPDATA"} & set(words):
            yield ASIDE, "gap"
        else:
            yield RECORD, "flow"


if __name__ == "__main__":
    main(count)

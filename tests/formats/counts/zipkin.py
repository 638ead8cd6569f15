"""zipkin: a record is a span: an element of the array, or of the arrays in it.

Client and server of one call may share an id; each is a record.
"""

from common import ASIDE, RECORD, each, main


def judge(span):
    return (RECORD, "span") if "traceId" in span and "id" in span else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

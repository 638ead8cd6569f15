"""loki: a record is a line: each pair of a stream's `values`, or an object with `line` of logcli."""

from common import ASIDE, BROKEN, RECORD, main, values


def count(data):
    for answer, why in values(data):
        if why:
            yield BROKEN, why
        elif "line" in answer:
            yield RECORD, "line"
        else:
            inner = answer.get("data", answer)
            for stream in inner.get("result", inner.get("streams")) or []:
                for _ in stream.get("values") or []:
                    yield RECORD, "line"
            if not inner:
                yield ASIDE, "empty"


if __name__ == "__main__":
    main(count)

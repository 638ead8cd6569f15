"""docker_log: a record is a line of the container: objects with `log`, joined until one ends with a
newline. A line of a stack trace is a line; whether lines belong together is the reader's business."""

from common import ASIDE, BROKEN, RECORD, main, objects


def count(data):
    pending = {}
    for entry, why in objects(data):
        if why or not isinstance(entry, dict) or "log" not in entry:
            yield BROKEN, why or "no log"
            continue
        stream = entry.get("stream")
        if entry["log"].endswith("\n"):
            yield RECORD, str(stream)
            pending.pop(stream, None)
        else:
            yield ASIDE, "piece of a line"
            pending[stream] = True
    # The file ends inside these lines.
    for stream in pending:
        yield RECORD, str(stream)


if __name__ == "__main__":
    main(count)

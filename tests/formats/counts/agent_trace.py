"""agent_trace: a record is a trace record: a document or line with `files` or, flat, `file_path`."""

from common import ASIDE, RECORD, each, main


def judge(trace):
    return (RECORD, "trace") if "files" in trace or "file_path" in trace else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

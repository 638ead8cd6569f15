"""entire_checkpoint: a record is a `metadata.json`: a checkpoint, or a session in one."""

from common import ASIDE, RECORD, each, main


def judge(meta):
    if "checkpoint_id" not in meta:
        return ASIDE, "other"
    return RECORD, "session" if "session_id" in meta else "checkpoint"


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

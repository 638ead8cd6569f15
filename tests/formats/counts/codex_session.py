"""codex_session: a record is a `response_item`, or in the old form a bare item (`message`,
`function_call`, `function_call_output`, `reasoning`, …).

No records: the session's head, a turn's context, `event_msg` (it repeats what the items say, but for
token counts), what was compacted, and `record_type` lines of state.
"""

from common import ASIDE, RECORD, each, main

WRAPPED = {"session_meta", "turn_context", "event_msg", "compacted"}


def judge(line):
    kind = line.get("type")
    if kind == "response_item":
        return RECORD, str((line.get("payload") or {}).get("type"))
    if kind is None or kind in WRAPPED or "record_type" in line:
        return ASIDE, str(kind)
    return RECORD, kind


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

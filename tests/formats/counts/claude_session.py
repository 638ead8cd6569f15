"""claude_session: a record is a line that holds a message or an event of the system.

`user` and `assistant` lines, `system` lines, lines stripped to `message` with its usage, and the
message of a subagent inside `progress` (its own file may be missing). No records: other progress,
file snapshots, queued input, summaries and other notes on the session, lines of other types, and a
line whose `uuid` was there before (a resumed session copies lines; a subagent's message is reported
more than once). A system line that only says how long a turn took, or that a hook ran, is one: the
transcript has no other word of it.
"""

from common import ASIDE, BROKEN, RECORD, main, objects


def count(data):
    seen = set()
    for line, why in objects(data, ("loglines",)):
        if why:
            yield BROKEN, why
            continue
        if not isinstance(line, dict):
            yield BROKEN, "no object"
            continue
        kind = line.get("type")
        inner = line.get("data") if isinstance(line.get("data"), dict) else {}
        if kind == "progress" and inner.get("type") == "agent_progress":
            line = inner.get("message") or {}
            kind = line.get("type")
        uuid = line.get("uuid")
        message = line.get("message") if isinstance(line.get("message"), dict) else {}
        if kind in ("user", "assistant") or (kind is None and "role" in message):
            if not {"content", "usage"} & message.keys():
                yield BROKEN, "message without content"
                continue
        elif kind != "system":
            yield ASIDE, str(kind)
            continue
        if uuid and uuid in seen:
            yield ASIDE, "repeated line"
        else:
            yield RECORD, kind or "message"
            seen.add(uuid)


if __name__ == "__main__":
    main(count)

"""agent_session: a record is a message of Droid, Pi or Continue, or a step of Windsurf.

The line that opens a session, a list of tasks, a change of model and an agent's summaries are none.
"""

from common import ASIDE, RECORD, each, main


def judge(line):
    kind = line.get("type")
    if "message" in line and kind in (None, "message"):
        return RECORD, "message"
    # Windsurf says what was done, and has it under that name, where there was anything to tell.
    if "status" in line and kind:
        return (RECORD, "step") if kind in line else (ASIDE, "step without content")
    return ASIDE, str(kind)


def count(data):
    yield from each(data, judge, ("history",))


if __name__ == "__main__":
    main(count)

"""chainloop_session: a record is a session document, wrapped or bare.

The lines of `raw_session` inside are the agent's own transcript, not counted here.
"""

from common import ASIDE, RECORD, each, main


def judge(document):
    data = document.get("data", document)
    return (RECORD, "session") if "session" in data and "agent" in data else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

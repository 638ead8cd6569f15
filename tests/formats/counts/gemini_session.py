"""gemini_session: a record is a message.

The elements of `messages`, or lines with `id` and `type`. The session's own fields and a `$set` line
are no records; a message's tool calls belong to it.
"""

from common import ASIDE, RECORD, each, main


def judge(message):
    return (RECORD, "message") if "type" in message and "id" in message else (ASIDE, "note")


def count(data):
    yield from each(data, judge, ("messages",))


if __name__ == "__main__":
    main(count)

"""in_toto_statement: a record is a statement (`_type` of in-toto). Its subjects belong to it."""

from common import ASIDE, RECORD, each, main


def judge(statement):
    named = str(statement.get("_type", "")).startswith("https://in-toto.io/Statement/")
    return (RECORD, str(statement.get("predicateType"))) if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

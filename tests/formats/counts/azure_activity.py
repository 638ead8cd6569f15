"""azure_activity: a record is an entry with an operation or a category, keys in whatever case."""

from common import ASIDE, RECORD, each, main


def judge(entry):
    keys = {key.lower() for key in entry}
    return (RECORD, "entry") if keys & {"operationname", "category"} else (ASIDE, "other")


def count(data):
    yield from each(data, judge, ("records", "value"))


if __name__ == "__main__":
    main(count)

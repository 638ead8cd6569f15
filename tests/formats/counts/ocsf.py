"""ocsf: a record is an event (`class_uid` and `category_uid`, or `type_uid`)."""

from common import ASIDE, RECORD, each, main


def judge(event):
    return (RECORD, str(event.get("class_uid"))) if "class_uid" in event else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

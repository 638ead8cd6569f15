"""inspektor_gadget: a record is an event with its `runtime` or `k8s`. Types other than normal
(`ready`, `err`, `debug`) are the gadget's own words."""

from common import ASIDE, RECORD, each, main


def judge(event):
    if event.get("type", "normal") != "normal" or not ({"runtime", "k8s"} & event.keys()):
        return ASIDE, "other"
    return RECORD, "event"


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

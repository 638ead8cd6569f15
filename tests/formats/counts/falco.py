"""falco: a record is an alert. What Falco says of itself (`Falco internal: …`) is none."""

from common import ASIDE, RECORD, each, main


def judge(alert):
    rule = str(alert.get("rule", ""))
    if not rule:
        return ASIDE, "other"
    return (ASIDE, rule) if rule.startswith("Falco internal:") else (RECORD, rule)


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

"""asff: a record is a finding. The same finding in several states is several records."""

from common import ASIDE, RECORD, each, main


def judge(finding):
    named = "ProductArn" in finding and "Id" in finding
    return (RECORD, str(finding.get("RecordState"))) if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge, ("Findings",))


if __name__ == "__main__":
    main(count)

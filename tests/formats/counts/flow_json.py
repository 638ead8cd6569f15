"""flow_json: a record is a flow, or a query that Route 53's resolver answered.

An event of OCSF that a data lake keeps beside them is another format's.
"""

from common import ASIDE, RECORD, each, main


def judge(entry):
    if "class_uid" in entry:
        return ASIDE, "OCSF"
    told = "query_name" in entry or {"srcaddr", "dstaddr"} <= entry.keys()
    google = "connection" in (entry.get("jsonPayload") or {})
    return (RECORD, "entry") if told or google else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

"""hubble: a record is a flow that is no reply.

A reply (`is_reply` true, or `reply` as old clients wrote) is the other direction of a flow that is there as well; null means that
Hubble does not know, and stays a record. `lost_events` and `node_status` are no flows. Both ends of
one connection and the steps of a redirect are flows of their own: telling them apart needs a clock.
"""

from common import ASIDE, RECORD, each, main


def judge(line):
    flow = line.get("flow", line)
    if "verdict" not in flow:
        return ASIDE, "other"
    reply = flow.get("is_reply") or flow.get("reply")
    return (ASIDE, "reply") if reply else (RECORD, str(flow["verdict"]))


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

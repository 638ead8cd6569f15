"""dsse: a record is an envelope: `payload`, `payloadType` and `signatures` in one object, wherever.

A payload of a foreign type is an envelope too. A copy of the statement beside it is none.
"""

from common import BROKEN, RECORD, main, values


def envelopes(value):
    if isinstance(value, dict):
        if {"payload", "payloadType", "signatures"} <= value.keys():
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from envelopes(element)


def count(data):
    for value, why in values(data):
        if why:
            yield BROKEN, why
            continue
        for envelope in envelopes(value):
            yield RECORD, str(envelope["payloadType"])


if __name__ == "__main__":
    main(count)

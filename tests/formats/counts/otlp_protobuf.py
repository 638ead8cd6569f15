"""otlp_protobuf: a record is a span, a log record or a data point.

The bytes are walked by wire type alone: message → resource (1) → scope (2) → item (2). What an item is
shows by its fields: a span has fixed 64-bit times at 7 and 8, a log record at 1 or 11, and a metric
has one of its data (5, 7, 9, 10, 11), whose points are field 1. Lengths of four bytes, high byte
first, may stand before each message.
"""

import struct

from common import BROKEN, RECORD, main


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def fields(data):
    """(number, wire type, bytes or int) of each field."""
    at = 0
    while at < len(data):
        key, at = number(data, at)
        wire = key & 7
        if wire == 0:
            value, at = number(data, at)
        elif wire == 1:
            value, at = data[at : at + 8], at + 8
        elif wire == 2:
            size, at = number(data, at)
            value, at = data[at : at + size], at + size
        elif wire == 5:
            value, at = data[at : at + 4], at + 4
        else:
            raise ValueError(f"wire type {wire}")
        if at > len(data):
            raise ValueError("cut off")
        yield key >> 3, wire, value


def inner(data, wanted):
    return [value for field, wire, value in fields(data) if field == wanted and wire == 2]


def judged(item):
    shape = {(field, wire) for field, wire, _ in fields(item)}
    if {(7, 1), (8, 1)} & shape:
        yield RECORD, "span"
    elif {(1, 1), (11, 1)} & shape:
        yield RECORD, "log"
    else:
        for kind in (5, 7, 9, 10, 11):
            for body in inner(item, kind):
                for _ in inner(body, 1):
                    yield RECORD, "point"


def messages(data):
    """The bytes cut by their lengths, if that comes out even; else the bytes."""
    at, parts = 0, []
    while at + 4 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        parts.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return parts if at == len(data) and parts else [data]


def count(data):
    try:
        for message in messages(data):
            for resource in inner(message, 1):
                for scope in inner(resource, 2):
                    for item in inner(scope, 2):
                        yield from judged(item)
    except (ValueError, IndexError) as error:
        yield BROKEN, str(error)


if __name__ == "__main__":
    main(count)

"""git_bundle: a record is a commit or an annotated tag in the pack.

The pack is walked here, without git: a delta is of the kind of its base. Trees and blobs are
no records, and neither are the references at the top.
"""

import hashlib
import struct
import zlib

from common import ASIDE, RECORD, main

KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}


def varint(data, at):
    """The size in a delta's head."""
    size = shift = 0
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return size, at


def patched(base, delta):
    _, at = varint(delta, 0)
    _, at = varint(delta, at)
    out = bytearray()
    while at < len(delta):
        op = delta[at]
        at += 1
        if op & 0x80:
            numbers = []
            for bits, width in ((range(4), 4), (range(4, 7), 3)):
                number = 0
                for place, bit in enumerate(bits):
                    if op & (1 << bit):
                        number |= delta[at] << (8 * place)
                        at += 1
                numbers.append(number)
            start, size = numbers[0], numbers[1] or 0x10000
            out += base[start : start + size]
        else:
            out += delta[at : at + op]
            at += op
    return bytes(out)


def count(data):
    pack = data.index(b"\n\nPACK") + 2
    (objects,) = struct.unpack(">I", data[pack + 8 : pack + 12])
    at, whole, named = pack + 12, {}, {}
    for _ in range(objects):
        start = at
        byte = data[at]
        at += 1
        kind = (byte >> 4) & 7
        while byte & 0x80:
            byte = data[at]
            at += 1
        base = None
        if kind == 6:
            byte = data[at]
            at += 1
            back = byte & 0x7F
            while byte & 0x80:
                byte = data[at]
                at += 1
                back = ((back + 1) << 7) | (byte & 0x7F)
            base = whole[start - back]
        elif kind == 7:
            base = named.get(data[at : at + 20])
            at += 20
        inflate = zlib.decompressobj()
        body = inflate.decompress(data[at:])
        at = len(data) - len(inflate.unused_data)
        if kind in (6, 7):
            if base is None:
                yield ASIDE, "delta on an object that is not in the pack"
                continue
            kind, body = base[0], patched(base[1], body)
        whole[start] = (kind, body)
        head = f"{KINDS[kind]} {len(body)}\0".encode()
        named[hashlib.sha1(head + body).digest()] = whole[start]
        yield (RECORD if kind in (1, 4) else ASIDE), KINDS[kind]


if __name__ == "__main__":
    main(count)

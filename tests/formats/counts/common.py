"""What the counts share: opening files, walking JSON, and printing.

Nothing here knows a format. A count is a generator over a file's bytes that says of each thing it
meets what it is: a RECORD that a careful reader would want kept, something ASIDE that is rightly no
record (the first half of a pair, a note, an empty shell), or something BROKEN.
"""

import gzip
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter

RECORD, ASIDE, BROKEN = "record", "aside", "broken"


def unpacked(data):
    """The bytes inside gzip, zstd or a zip (its members one after another), else the bytes."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        run = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True)
        return run.stdout
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    return data


def text(data):
    return data.decode("utf-8-sig", "replace")


def lines(data):
    """Lines with something in them. Only the newline ends one."""
    return [line for line in text(data).split("\n") if line.strip()]


def values(data):
    """Each JSON value of the bytes, several of them in a row as well as one; (value, None), or
    (None, why) where none begins or one breaks. Goes on at the next line that opens a value."""
    body, decoder, at = text(data), json.JSONDecoder(), 0
    blank = re.compile(r"[ \t\r\n]*")
    opening = re.compile(r"^[ \t]{0,1}[{\[]", re.M)
    while True:
        at = blank.match(body, at).end()
        if at >= len(body):
            return
        try:
            value, at = decoder.raw_decode(body, at)
            yield value, None
        except (ValueError, RecursionError) as error:
            yield None, str(error)
            newline = body.find("\n", at)
            found = opening.search(body, newline + 1) if newline >= 0 else None
            if not found:
                return
            at = found.start()


def objects(data, inside=()):
    """The JSON objects of the bytes, those of arrays and of the lists under `inside` one by one."""
    for value, why in values(data):
        if why:
            yield None, why
            continue
        yield from unfolded(value, inside)


def unfolded(value, inside):
    if isinstance(value, list):
        for element in value:
            yield from unfolded(element, inside)
        return
    if isinstance(value, dict):
        for key in inside:
            if isinstance(value.get(key), list):
                for element in value[key]:
                    yield from unfolded(element, inside)
                return
    yield value, None


def each(data, judge, inside=()):
    """Judges each object; what is broken or no object is said here."""
    for value, why in objects(data, inside):
        if why:
            yield BROKEN, why
        elif not isinstance(value, dict):
            yield BROKEN, "no object"
        else:
            yield judge(value)


def total(count, path):
    """Records in the file at `path`."""
    with open(path, "rb") as file:
        return sum(verdict == RECORD for verdict, _ in count(unpacked(file.read())))


def tally(count, path):
    with open(path, "rb") as file:
        return Counter(count(unpacked(file.read())))


def main(count):
    """`count.py FILE` prints the records; `--detail` prints what else was met, and why."""
    names = [name for name in sys.argv[1:] if name != "--detail"]
    if len(names) != 1:
        sys.exit(f"usage: {sys.argv[0]} [--detail] FILE")
    if "--detail" in sys.argv:
        for (verdict, what), n in sorted(tally(count, names[0]).items()):
            print(f"{verdict}\t{n}\t{what}")
    else:
        print(total(count, names[0]))

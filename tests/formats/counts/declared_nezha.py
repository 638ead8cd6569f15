"""declared/nezha: a record is a row below the header. Quoted cells may hold newlines."""

import csv
import io

from common import BROKEN, RECORD, main, text


def count(data):
    rows = csv.reader(io.StringIO(text(data), newline=""))
    header = next(rows)
    for row in rows:
        if row:
            yield (RECORD, "row") if len(row) == len(header) else (BROKEN, "cells missing")


if __name__ == "__main__":
    main(count)

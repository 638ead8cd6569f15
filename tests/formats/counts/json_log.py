"""json_log: a record is an object, with any keys, also behind a prefix on its line (`caddy  | {…}`).

A bad time or level does not unmake a record.
"""

import json

from common import BROKEN, RECORD, lines, main, text, values


def count(data):
    if text(data).lstrip()[:1] in "{[":
        for value, why in values(data):
            if why:
                yield BROKEN, why
            else:
                for element in value if isinstance(value, list) else [value]:
                    yield RECORD, "object"
        return
    for line in lines(data):
        try:
            json.loads(line[line.index("{") :])
            yield RECORD, "object behind a prefix"
        except ValueError as error:
            yield BROKEN, str(error)


if __name__ == "__main__":
    main(count)

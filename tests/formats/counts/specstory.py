"""specstory: a record is a turn: a line `_**User (…)**_` or `_**Agent (…)**_` and what follows.

Tool uses inside a turn belong to it.
"""

import re

from common import RECORD, main


def count(data):
    for who in re.findall(rb"^_\*\*(User|Agent)\b[^\n]*\*\*_\s*$", data, re.M):
        yield RECORD, who.decode()


if __name__ == "__main__":
    main(count)

"""openmetrics: a record is a sample: a line that is no comment.

`# HELP`, `# TYPE`, `# UNIT` and `# EOF` are no samples. `_created` lines are: whether a time of birth
is a sample is the program's choice. An exemplar belongs to its sample.
"""

from common import ASIDE, RECORD, lines, main


def count(data):
    for line in lines(data):
        yield (ASIDE, "comment") if line.lstrip().startswith("#") else (RECORD, "sample")


if __name__ == "__main__":
    main(count)

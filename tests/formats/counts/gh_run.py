"""gh_run: a record is a run: an object or element with `databaseId` or `headSha`. Its jobs belong to it."""

from common import ASIDE, RECORD, each, main


def judge(run):
    named = {"databaseId", "headSha", "workflowName"} & run.keys()
    return (RECORD, str(run.get("conclusion"))) if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

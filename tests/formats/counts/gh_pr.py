"""gh_pr: a record is a pull request: an object or element of `gh pr … --json`, or the
`pullRequest` (or each of `pullRequests.nodes`) in GraphQL's answer."""

from common import ASIDE, RECORD, each, main


def judge(answer):
    repository = (answer.get("data") or {}).get("repository") if "data" in answer else None
    if repository is not None:
        return (RECORD, "pull request") if "pullRequest" in repository else (ASIDE, "other")
    if "number" in answer or "headRefName" in answer:
        return RECORD, "pull request"
    return ASIDE, "other"


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

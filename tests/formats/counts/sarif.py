"""sarif: a record is a result of a run. `runs` and `results` may be empty, null or absent.

Notifications of the tool, its rules and its taxonomies are no results.
"""

from common import ASIDE, BROKEN, RECORD, main, values


def count(data):
    for document, why in values(data):
        if why:
            yield BROKEN, why
            continue
        for run in document.get("runs") or []:
            for result in run.get("results") or []:
                yield RECORD, str(result.get("level", "warning"))
            for invocation in run.get("invocations") or []:
                for key in ("toolExecutionNotifications", "toolConfigurationNotifications"):
                    for _ in invocation.get(key) or []:
                        yield ASIDE, "notification"


if __name__ == "__main__":
    main(count)

"""gcp_audit: a record is an audit entry, an operation that was logged twice being one.

An entry has `protoPayload`, in whatever case, or says by its log's name that it is one (the samples
have entries whose payload was cut off). Of one `operation.id`, the `first` entry is no record where
the `last` one is in the file. An object of a lone `methodName` is a fragment.
"""

from common import ASIDE, BROKEN, RECORD, main, objects


def count(data):
    entries = []
    for entry, why in objects(data, ("entries",)):
        if why or not isinstance(entry, dict):
            yield BROKEN, why or "no object"
            continue
        folded = {key.lower(): value for key, value in entry.items()}
        if "protopayload" not in folded and "cloudaudit" not in str(folded.get("logname")):
            yield ASIDE, "fragment"
            continue
        entries.append(folded.get("operation") or {})
    ended = {operation.get("id") for operation in entries if operation.get("last")}
    for operation in entries:
        started = operation.get("first") and not operation.get("last")
        if started and operation.get("id") in ended:
            yield ASIDE, "start of an operation whose end is there"
        else:
            yield RECORD, "entry"


if __name__ == "__main__":
    main(count)

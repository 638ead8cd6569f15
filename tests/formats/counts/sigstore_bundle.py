"""sigstore_bundle: a record is a bundle: an object whose `mediaType` says so, wherever it stands.

A bundle of an unknown version, or without its material, is still one bundle.
"""

from common import BROKEN, RECORD, main, values


def bundles(value):
    if isinstance(value, dict):
        if str(value.get("mediaType", "")).startswith("application/vnd.dev.sigstore.bundle"):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from bundles(element)


def count(data):
    for value, why in values(data):
        if why:
            yield BROKEN, why
            continue
        for bundle in bundles(value):
            yield RECORD, "envelope" if "dsseEnvelope" in bundle else "message"


if __name__ == "__main__":
    main(count)

"""spdx: a record is a package: of `packages` (2.3), or of `@graph` with a type of Package (3)."""

from common import BROKEN, RECORD, main, values


def count(data):
    for document, why in values(data):
        if why:
            yield BROKEN, why
            continue
        for _ in document.get("packages") or []:
            yield RECORD, "package"
        for element in document.get("@graph") or []:
            if str(element.get("type", element.get("@type"))).endswith("Package"):
                yield RECORD, "package"


if __name__ == "__main__":
    main(count)

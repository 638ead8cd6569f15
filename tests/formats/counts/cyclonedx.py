"""cyclonedx: a record is a component, nested ones as well.

`metadata.component` is what the document is about, not what is in it.
"""

from common import ASIDE, BROKEN, RECORD, main, values


def components(holder):
    for component in holder.get("components") or []:
        yield component
        yield from components(component)


def count(data):
    for document, why in values(data):
        if why or document.get("bomFormat") != "CycloneDX":
            yield BROKEN, why or "no bill of materials"
            continue
        if "component" in document.get("metadata", {}):
            yield ASIDE, "the component that the document is about"
        for component in components(document):
            yield RECORD, str(component.get("type"))


if __name__ == "__main__":
    main(count)

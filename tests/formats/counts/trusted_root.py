"""trusted_root: a record is a root document. Its keys and authorities belong to it."""

from common import ASIDE, RECORD, each, main


def judge(root):
    media = str(root.get("mediaType", ""))
    named = media.startswith("application/vnd.dev.sigstore.trustedroot")
    return (RECORD, media) if named else (ASIDE, "other")


def count(data):
    yield from each(data, judge)


if __name__ == "__main__":
    main(count)

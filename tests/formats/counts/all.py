"""Counts all labelled samples: `python3 all.py [--samples DIR]` writes `path<TAB>format<TAB>count`.

`-` stands where nothing is to be counted (`none`). `--detail` adds two columns: things that are rightly
no records, and broken ones. `--freeze` writes what `--detail` says of the files that are something to
../counts.tsv, which the tests of the formats read. `--labels` sums up files and records for each label instead. `--check` only
checks labels.toml: each file covered once, each entry as many files as it says, each label told and
used, each with a count. The samples are looked for at ../shared/samples beside the project, or at
$SHIPWAKE_SAMPLES.
"""

import importlib
import os
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from common import ASIDE, BROKEN, RECORD, tally  # noqa: E402


def pattern(glob):
    """`*` is within a folder, `**/` is any number of folders."""
    out = ""
    for part in re.split(r"(\*\*/|\*)", glob):
        out += {"**/": "(?:[^/]+/)*", "*": "[^/]*"}.get(part, re.escape(part))
    return re.compile(out + r"\Z")


def samples():
    if "--samples" in sys.argv:
        return Path(sys.argv[sys.argv.index("--samples") + 1])
    if "SHIPWAKE_SAMPLES" in os.environ:
        return Path(os.environ["SHIPWAKE_SAMPLES"])
    return HERE.parents[2].parent / "shared" / "samples"


def labelled(paths):
    """{path: entry}, and what is wrong with labels.toml."""
    table = tomllib.loads((HERE.parent / "labels.toml").read_text())
    labels, wrong, found = table["labels"], [], {}
    for entry in table["files"]:
        globs = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
        covered = 0
        for glob in globs:
            hits = [path for path in paths if pattern(glob).match(path)]
            covered += len(hits)
            if not hits:
                wrong.append(f"{glob}: covers nothing")
            for path in hits:
                if path in found:
                    wrong.append(f"{path}: covered twice, the second time by {glob}")
                found[path] = entry
        if covered != entry["files"]:
            wrong.append(f"{globs[0]}: covers {covered} files, says {entry['files']}")
        if entry["format"] not in labels:
            wrong.append(f"{globs[0]}: label {entry['format']} is not told")
        if entry["format"] == "none" and "why" not in entry:
            wrong.append(f"{globs[0]}: none without a reason")
    wrong += [f"{path}: covered by nothing" for path in paths if path not in found]
    used = {entry["format"] for entry in table["files"]}
    wrong += [f"label {label} is not used" for label in labels if label not in used]
    counts = {script(entry) for entry in table["files"] if entry["format"] != "none"}
    wrong += [f"{file.name}: there is no such count" for file in counts if not file.exists()]
    return found, wrong


def script(entry):
    return HERE / (entry.get("count", entry["format"]).replace("/", "_") + ".py")


def main():
    root = samples()
    if not root.is_dir():
        print(f"skipped: no samples at {root}", file=sys.stderr)
        return 0
    paths = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    found, wrong = labelled(paths)
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong or "--check" in sys.argv:
        return 1 if wrong else 0
    files, records = Counter(), Counter()
    frozen = []
    for path in paths:
        label = found[path]["format"]
        files[label] += 1
        row = [path, label, "-", "-", "-"]
        if label != "none":
            met = Counter()
            for (verdict, _), n in tally(importlib.import_module(script(found[path]).stem).count, root / path).items():
                met[verdict] += n
            records[label] += met[RECORD]
            row[2:] = [str(met[verdict]) for verdict in (RECORD, ASIDE, BROKEN)]
        if label != "none":
            frozen.append("\t".join(row) + "\n")
        if "--labels" not in sys.argv and "--freeze" not in sys.argv:
            print("\t".join(row if "--detail" in sys.argv else row[:3]))
    if "--freeze" in sys.argv:
        (HERE.parent / "counts.tsv").write_text("".join(frozen))
    if "--labels" in sys.argv:
        for label, n in sorted(files.items()):
            print(f"{label}\t{n}\t{records[label] if label != 'none' else '-'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

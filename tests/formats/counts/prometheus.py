"""prometheus: a record is a sample: each pair of a matrix's `values`, or a vector's `value`.

Scalars and native histograms are no samples of a series.
"""

from common import ASIDE, BROKEN, RECORD, main, values


def count(data):
    for answer, why in values(data):
        if why:
            yield BROKEN, why
            continue
        result = answer.get("data", answer).get("result") if isinstance(answer, dict) else answer
        for series in result or []:
            if not isinstance(series, dict):
                yield ASIDE, "scalar"
                continue
            for _ in series.get("values") or ([series["value"]] if "value" in series else []):
                yield RECORD, "sample"
            for _ in series.get("histograms") or ([series["histogram"]] if "histogram" in series else []):
                yield ASIDE, "native histogram"


if __name__ == "__main__":
    main(count)

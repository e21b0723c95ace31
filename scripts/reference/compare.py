#!/usr/bin/env python3
"""Compares the values of r_reference.R with the exact ones and stores them in the expected JSON.

Usage: compare.py R_VALUES.tsv [--write] [ROOT]     (ROOT is the top of the source tree; default: two folders up)

A value agrees if it is within 1e-12 of the exact one, relative. One that is not must lie within what rounding the
data and the sums to doubles can do (`rounding_bound`); it is then printed, and anything beyond that is a failure.
"""
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

TOLERANCE = Fraction(1, 10**12)
HALF_ULP = 2.0**-53


def fraction(value):
    return Fraction(value["decimal"] if "decimal" in value else value["exact"])


def rounding_bound(statistic, column):
    """Largest error to expect from doubles; the data alone carry an error of HALF_ULP * max|x|."""
    n = column["n"]
    top = max(abs(column["min"]["double"]), abs(column["max"]["double"]))
    spread = 0.0 if n < 2 else column["stdev"]["double"]
    data = 4 * HALF_ULP * top
    return {"count": 0.0, "sum": n * data, "mean": data, "variance": 2 * data * spread + data * data,
            "stdev": data, "gini": 4 * n * HALF_ULP}.get(statistic, n * data)


def read_values(path):
    lines = [line.split("\t") for line in Path(path).read_text().splitlines()]
    return lines[0][1], {tuple(line[:3]): line[3] for line in lines[1:]}


def statistics(column):
    """Yields (name as R prints it, the JSON object) of each statistic."""
    for name, value in column.items():
        if name == "quantile":
            yield from ((f"quantile {q}", v) for q, v in value.items())
        elif name not in ("n", "missing"):
            yield name, value


def judge(value, text, statistic, column):
    """Returns (verdict, relative error)."""
    missing = "exact" in value and value["exact"] is None
    if missing or text in ("NA", "NaN"):
        return ("agrees" if missing and text in ("NA", "NaN") else "FAIL"), math.nan
    exact = fraction(value)
    error = abs(Fraction(float(text)) - exact)
    relative = float(error / abs(exact)) if exact else (math.inf if error else 0.0)
    if error <= TOLERANCE * abs(exact):
        return "agrees", relative
    return ("doubles" if error <= rounding_bound(statistic, column) else "FAIL"), relative


def main():
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    root = Path(arguments[1] if len(arguments) > 1 else Path(__file__).resolve().parents[2])
    version, values = read_values(arguments[0])
    counts, worst = {"agrees": 0, "doubles": 0, "FAIL": 0}, 0.0
    used = set()
    for path in sorted((root / "tests/data").glob("*/*.json")):
        document = json.loads(path.read_text())
        if "columns" not in document:
            continue
        for name, column in document["columns"].items():
            for statistic, value in statistics(column):
                key = (path.name, name, statistic)
                text = values.get(key, "not computed")
                used.add(key)
                verdict, relative = ("FAIL", math.nan) if text == "not computed" else judge(
                    value, text, statistic, column)
                counts[verdict] += 1
                if verdict == "agrees" and not math.isnan(relative):
                    worst = max(worst, relative)
                elif verdict != "agrees":
                    print(f"{verdict:8} {path.name} {name} {statistic}: R {text}, relative error {relative:.1e}")
                value["r"] = None if text == "NA" else text
        if "--write" in sys.argv:
            columns = document.pop("columns")
            document["r"] = {"version": version}
            document["columns"] = columns
            path.write_text(json.dumps(document, indent=1) + "\n")
    stray = set(values) - used
    print(f"R {version}: {counts['agrees']} agree to 1e-12 (worst {worst:.1e}), {counts['doubles']} as far as doubles "
          f"allow, {counts['FAIL']} failures, {len(stray)} values of R without an expected one")
    sys.exit(1 if counts["FAIL"] or stray else 0)


if __name__ == "__main__":
    main()

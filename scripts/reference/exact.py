#!/usr/bin/env python3
"""Computes every statistic of every numeric column as an exact rational and writes the expected JSON.

Usage: exact.py [--check] [ROOT]   (ROOT is the top of the source tree; default: two folders up)
       --check writes nothing, and fails when a committed file holds anything but what would be written.

Only the standard library is used and no floating point before the last step: each column is scaled to integers, the
statistics are fractions of integers, and `double` is the fraction rounded once. Values of R that are already in a
file are kept if its exact part did not change. The NIST tables are also checked against their certified digits.
"""
import csv
import json
import platform
import re
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from pathlib import Path

QUANTILES = ("0", "0.01", "0.1", "0.25", "0.333", "0.5", "0.75", "0.9", "1")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MULTIPLIER, MODULUS = 2654435761, 2**32
FORMULAS = [(n, shift) for n in (65535, 65536, 65537) for shift in (0, 24)] + [(100000, 1)]
EXAMPLES = ("us_states_1977", "old_faithful")
WRONG = [  # name, file, column, what the ancestor answered, statistic
    ("median wraps beyond the fixed-point range", "wrong_three_salaries", "salary", "-25536", "median"),
    ("median of a thousand large values wraps", "wrong_large_values", "value", "-625 (for other values near 1.09e9)", "median"),
    ("999 is a value, not a mark of a missing one", "wrong_sentinel_999", "value", "6", "median"),
    ("median of an even count is not rounded", "wrong_even_count", "value", "6", "median"),
    ("Gini of 100000 values of 31 bits overflows", "formula_100000_shift_1", "x", "a negative number", "gini"),
]


def exact_text(value):
    """Terminating decimal if there is one, else p/q in lowest terms; the sign comes first."""
    p, q = value.numerator, value.denominator
    twos = fives = 0
    while q % 2 == 0:
        q, twos = q // 2, twos + 1
    while q % 5 == 0:
        q, fives = q // 5, fives + 1
    if q != 1:
        return f"{p}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(p) * 10**places // value.denominator).rjust(places + 1, "0")
    return ("-" if p < 0 else "") + (digits[:-places] + "." + digits[-places:] if places else digits)


def root_digits(value, digits=40):
    """The square root of a fraction, correctly rounded to `digits` significant digits."""
    wide = Context(prec=3 * digits)
    root = wide.sqrt(wide.divide(Decimal(value.numerator), Decimal(value.denominator)))
    return format(Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(root).normalize(), "f")


def known(value):
    return {"exact": exact_text(value), "double": value.numerator / value.denominator}


def unknown(reason):
    return {"exact": None, "reason": reason}


def quantile(ordered, q):
    """R type 7: position (n - 1) q, counted from 0, with linear interpolation."""
    position = (len(ordered) - 1) * q
    k = position.numerator // position.denominator
    low, high = ordered[k], ordered[min(k + 1, len(ordered) - 1)]
    return low + (position - k) * (high - low)


def describe(cells):
    """All statistics of one column; `cells` holds decimal text, "" where the value is missing."""
    texts = [c for c in cells if c != ""]
    n = len(texts)
    scale = 10 ** max((len(t.partition(".")[2]) for t in texts), default=0)
    ordered = sorted(int(Fraction(t) * scale) for t in texts)
    out = {"n": n, "missing": len(cells) - n, "count": known(Fraction(n))}
    total = sum(ordered)
    out["sum"] = known(Fraction(total, scale))
    if n == 0:
        for name in ("mean", "min", "max", "median", "variance", "stdev", "gini"):
            out[name] = unknown("no values")
        out["quantile"] = {q: unknown("no values") for q in QUANTILES}
        return out
    out["mean"] = known(Fraction(total, n * scale))
    out["min"], out["max"] = known(Fraction(ordered[0], scale)), known(Fraction(ordered[-1], scale))
    out["median"] = known(quantile(ordered, Fraction(1, 2)) / scale)
    if n == 1:
        out["variance"] = out["stdev"] = unknown("fewer than two values")
    else:
        # variance = (n sum x^2 - (sum x)^2) / (n (n - 1))
        variance = Fraction(n * sum(x * x for x in ordered) - total * total, n * (n - 1) * scale * scale)
        out["variance"] = known(variance)
        text = root_digits(variance)
        out["stdev"] = {"decimal": text, "double": float(text)}
    if ordered[0] < 0:
        out["gini"] = unknown("negative value")
    elif total == 0:
        out["gini"] = unknown("sum is zero")
    else:
        weighted = sum(i * x for i, x in enumerate(ordered, 1))
        out["gini"] = known(Fraction(2 * weighted, n * total) - Fraction(n + 1, n))
    out["quantile"] = {q: known(quantile(ordered, Fraction(q)) / scale) for q in QUANTILES}
    return out


def numeric_columns(path):
    """Columns without a cell that is neither empty nor a plain decimal; a column of empty cells counts."""
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    for i, name in enumerate(header):
        cells = [row[i] for row in rows]
        if all(c == "" or NUMBER.fullmatch(c) for c in cells):
            yield name, cells


def formula_cells(n, shift):
    return [str((i * MULTIPLIER % MODULUS) >> shift) for i in range(1, n + 1)]


def expected(source, columns):
    return {**source, "generator": {"script": "exact.py", "python": platform.python_version()},
            "columns": {name: describe(cells) for name, cells in columns}}


def documents(root):
    """Yields (path of the JSON, its content)."""
    data = root / "tests/data"
    for table in sorted(data.glob("*/*.csv")):
        yield table.with_suffix(".json"), expected({"table": table.name}, numeric_columns(table))
    for name in EXAMPLES:
        source = {"table": f"../../../examples/{name}.csv"}
        yield data / f"statistics/{name}.json", expected(source, numeric_columns(root / f"examples/{name}.csv"))
    for n, shift in FORMULAS:
        source = {"formula": {"text": "x_i = (i * multiplier mod modulus) >> shift, i = 1..n", "multiplier": MULTIPLIER,
                              "modulus": MODULUS, "shift": shift, "n": n}}
        yield (data / f"statistics/formula_{n}_shift_{shift}.json",
               expected(source, [("x", formula_cells(n, shift))]))


def wrong_answers(written):
    """The table of the ancestor's wrong answers with the right ones, taken from the documents."""
    cases = []
    for name, file, column, wrong, statistic in WRONG:
        right = written[f"{file}.json"]["columns"][column][statistic]
        cases.append({"name": name, "expected": f"{file}.json", "column": column, "statistic": statistic,
                      "right": right["exact"], "ancestor": wrong})
    return {"cases": cases}


def without_r(node):
    if isinstance(node, dict):
        return {k: without_r(v) for k, v in node.items() if k not in ("r", "generator")}
    return node


def lag1(values):
    mean = Fraction(sum(values), len(values))
    d = [v - mean for v in values]
    return sum(a * b for a, b in zip(d, d[1:])) / sum(a * a for a in d)


def agrees(value, certified):
    """True if `value` rounded to the number of digits that NIST prints is what NIST prints."""
    want = Decimal(certified)
    return value.quantize(want, rounding=ROUND_HALF_EVEN, context=Context(prec=60)) == want


def check_nist(root, written):
    failures = []
    certified = json.loads((root / "tests/data/nist/certified.json").read_text())
    for name, want in certified.items():
        got = written[f"{name}.json"]["columns"]["y"]
        values = [Fraction(c) for c in dict(numeric_columns(root / f"tests/data/nist/{name}.csv"))["y"]]
        mean = Fraction(sum(values), len(values))
        wide = Context(prec=60)
        r1 = lag1(values)
        facts = {"n": got["n"] == want["n"],
                 "mean": agrees(wide.divide(mean.numerator, mean.denominator), want["mean"]),
                 "stdev": agrees(Decimal(got["stdev"]["decimal"]), want["stdev"]),
                 "lag1": agrees(wide.divide(r1.numerator, r1.denominator), want["lag1_autocorrelation"])}
        print(f"NIST {name}: " + ", ".join(f"{k} {'agrees' if v else 'DIFFERS'}" for k, v in facts.items()))
        failures += [f"{name} {k}" for k, v in facts.items() if not v]
    return failures


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    root = Path(arguments[0] if arguments else Path(__file__).resolve().parents[2])
    check = "--check" in sys.argv
    written, failures = {}, []
    for path, document in documents(root):
        written[path.name] = document
        old = json.loads(path.read_text()) if path.exists() else None
        same = old is not None and without_r(old) == without_r(document)
        if check and not same:
            failures.append(f"{path.name} differs")
        elif not check and not same:
            path.write_text(json.dumps(document, indent=1) + "\n")
    wrong = root / "tests/data/statistics/ancestor_wrong.json"
    text = json.dumps(wrong_answers(written), indent=1) + "\n"
    if check and (not wrong.exists() or wrong.read_text() != text):
        failures.append("ancestor_wrong.json differs")
    elif not check:
        wrong.write_text(text)
    failures += check_nist(root, written)
    for failure in failures:
        print("FAIL", failure)
    print(f"{len(written)} tables, {len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

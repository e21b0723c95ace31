#!/usr/bin/env python3
"""Computes the calls of statistics with several columns, numbers or values, as exact fractions where there is one.

Usage: calls.py [--check | --calls] [R_VALUES.tsv] [ROOT]
       --calls prints "table<TAB>statistic<TAB>columns<TAB>numbers" for calls.R; --check compares with the committed file.

Each call is written with the rows in which none of its columns is missing. Roots are rounded to 40 digits; logarithms are
`decimal` of Python. p-values and confidence limits need distributions that Python's library does not have: they are R's,
and are marked so. All other values of R must agree with the ones here to 1e-9.
"""
import csv
import json
import platform
import sys
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path

WIDE = Context(prec=120)
SHORT = Context(prec=40)
STATES, FAITHFUL = "../../../examples/us_states_1977.csv", "../../../examples/old_faithful.csv"
EDGES = ("10", "20.5", "60")
PAIRS = [  # table, x, y
    (STATES, "income_usd", "illiteracy_pct"), (STATES, "illiteracy_pct", "murder_per_100k"),
    (STATES, "population_thousands", "area_sq_mi"), (FAITHFUL, "eruptions", "waiting"),
    ("random_65.csv", "age", "balance"), ("random_65.csv", "balance", "change"), ("random_3.csv", "age", "change"),
    ("random_1000.csv", "age", "change"), ("ties.csv", "grade", "signed_grade"), ("missing.csv", "some", "ends"),
    ("missing.csv", "some", "two_left"), ("missing.csv", "some", "none_left"), ("constant.csv", "whole", "cents"),
    ("negative.csv", "below_zero", "both_signs"), ("mixed_scales.csv", "short", "long"), ("one_value.csv", None, None),
    ("extreme.csv", "top", "alternating"), ("extreme.csv", "spread", "bottom"), ("incomes.csv", "usual", "unequal")]
SINGLES = [(STATES, "income_usd"), (STATES, "life_exp_years"), (FAITHFUL, "eruptions"), ("random_1.csv", "age"),
           ("random_2.csv", "balance"), ("random_3.csv", "change"), ("random_64.csv", "age"), ("random_65.csv", "balance"),
           ("ties.csv", "grade"), ("ties.csv", "signed_grade"), ("missing.csv", "some"), ("missing.csv", "one_left"),
           ("missing.csv", "none_left"), ("constant.csv", "whole"), ("negative.csv", "both_signs"),
           ("mixed_scales.csv", "short"), ("incomes.csv", "unequal"), ("zeros.csv", "zero"), ("random_1000.csv", "age")]
GROUPS = [(STATES, "income_usd", "frost_days", "0", "20"), ("random_1000.csv", "balance", "age", "30", "40"),
          ("ties.csv", "signed_grade", "grade", "1", "2"), ("ties.csv", "grade", "grade", "1", "2"),
          ("random_3.csv", "change", "age", "0", "1")]
MULTIPLE = [(STATES, ("income_usd", "illiteracy_pct", "hs_grad_pct", "frost_days", "life_exp_years")),
            ("random_65.csv", ("age", "balance", "change")), ("constant.csv", ("whole", "cents")),
            ("longley.csv", ("gnp_deflator", "gnp", "unemployed", "armed_forces", "population", "year", "employed")),
            ("extreme.csv", ("top", "bottom", "spread"))]


class Undefined(Exception):
    pass


def root(square, sign=1):
    value = WIDE.sqrt(WIDE.divide(Decimal(square.numerator), Decimal(square.denominator)))
    return Root(Decimal(sign) * SHORT.plus(value))


class Root(Decimal):
    """A decimal that is rounded: it has no exact fraction."""


class FromR(str):
    """The name under which R has the value."""


def central(x, y):
    return len(x) * sum(a * b for a, b in zip(x, y)) - sum(x) * sum(y)


def need(condition, reason):
    if not condition:
        raise Undefined(reason)


def at_least_two(x):
    need(x, "no values")
    need(len(x) > 1, "fewer than two values")


def covariance(x, y):
    at_least_two(x)
    return {"": central(x, y) / (len(x) * (len(x) - 1))}


def correlation_of(x, y):
    square = central(x, x) * central(y, y)
    need(square != 0, "a column is constant")
    xy = central(x, y)
    return {"": root(xy * xy / square, 1 if xy >= 0 else -1)}


def correlation(x, y):
    at_least_two(x)
    return correlation_of(x, y)


def ranks(x):
    ordered = sorted(x)
    first = {v: i for i, v in reversed(list(enumerate(ordered, 1)))}
    last = {v: i for i, v in enumerate(ordered, 1)}
    return [Fraction(first[v] + last[v], 2) for v in x]


def spearman(x, y):
    at_least_two(x)
    return correlation_of(ranks(x), ranks(y))


def linear_regression(x, y):
    at_least_two(x)
    need(central(x, x) != 0, "x is constant")
    slope = central(x, y) / central(x, x)
    return {"slope": slope, "intercept": (sum(y) - slope * sum(x)) / len(x)}


def weighted_mean(x, w):
    need(x, "no values")
    need(sum(w) != 0, "the weights are all zero")
    return {"": sum(a * b for a, b in zip(x, w)) / sum(w)}


def weighted_total(x, w):
    return {"": Fraction(sum(a * b for a, b in zip(x, w)))}


def pvariance(x):
    need(x, "no values")
    return {"": central(x, x) / len(x) ** 2}


def pstdev(x):
    return {"": root(pvariance(x)[""])}


def moment(x, k):
    mean = sum(x) / len(x)
    return sum((v - mean) ** k for v in x) / len(x)


def skewness(x):
    need(x, "no values")
    need(moment(x, 2) != 0, "all values are equal")
    third = moment(x, 3)
    return {"": root(third**2 / moment(x, 2) ** 3, 1 if third >= 0 else -1)}


def kurtosis(x):
    need(x, "no values")
    need(moment(x, 2) != 0, "all values are equal")
    return {"": moment(x, 4) / moment(x, 2) ** 2 - 3}


def quantile_of(x, q, kind):
    """Hyndman and Fan: x_j + g (x_(j+1) - x_j), counted from 1, with both ends repeated for ever."""
    need(x, "no values")
    ordered, n = sorted(x), len(x)
    place = n * q if kind <= 2 else n * q - Fraction(1, 2)
    if kind >= 4:
        a, b = {4: (0, 1), 5: (Fraction(1, 2),) * 2, 6: (0, 0), 7: (1, 1), 8: (Fraction(1, 3),) * 2,
                9: (Fraction(3, 8),) * 2}[kind]
        place = a + q * (n + 1 - a - b)
    j = place.numerator // place.denominator
    g = place - j
    if kind == 1:
        g = Fraction(g > 0)
    elif kind == 2:
        g = Fraction(1) if g > 0 else Fraction(1, 2)
    elif kind == 3:
        g = Fraction(0) if g == 0 and j % 2 == 0 else Fraction(1)
    low, high = (ordered[min(max(k, 1), n) - 1] for k in (j, j + 1))
    return low + g * (high - low)


def quantile(x, q, kind=Fraction(7)):
    return {"": quantile_of(x, q, int(kind))}


def iqr(x):
    return {"": quantile_of(x, Fraction(3, 4), 7) - quantile_of(x, Fraction(1, 4), 7)}


def value_range(x):
    need(x, "no values")
    return {"": max(x) - min(x)}


def mode(x):
    need(x, "no values")
    most = max(x.count(v) for v in set(x))
    return {"": min(v for v in set(x) if x.count(v) == most)}


def trimmed_mean(x, p):
    need(x, "no values")
    cut = int(len(x) * p)
    middle = sorted(x)[cut:len(x) - cut]
    return {"": sum(middle) / len(middle)}


def short(value):
    text = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def histogram(x, *edges):
    names = ["below " + short(edges[0])]
    names += [f"{short(a)} to below {short(b)}" for a, b in zip(edges, edges[1:])] + [short(edges[-1]) + " or more"]
    places = [sum(e <= v for e in edges) for v in x]
    return {name: Fraction(places.count(i)) for i, name in enumerate(names)}


def frequency(x, *values):
    counts = {short(v): Fraction(x.count(v)) for v in values}
    return {**counts, "other": len(x) - sum(counts.values())}


def shares(x, reason="sum is zero"):
    need(x, "no values")
    need(min(x) >= 0, "not negative")
    need(sum(x) != 0, reason)


def top_share(x, k):
    shares(x)
    return {"": sum(sorted(x, reverse=True)[:int(k)]) / sum(x)}


def lorenz(x, *points):
    shares(x)
    ordered, out = sorted(x) + [0], {}
    for p in points:
        place = p * len(x)
        whole = int(place)
        out[short(p)] = (sum(ordered[:whole]) + (place - whole) * ordered[whole]) / sum(x)
    return out


def geometric_mean(x):
    need(x, "no values")
    need(min(x) >= 0, "not negative")
    if min(x) == 0:
        return {"": Fraction(0)}
    logs = sum((WIDE.ln(WIDE.divide(Decimal(v.numerator), Decimal(v.denominator))) for v in x), Decimal(0))
    return {"": Root(SHORT.plus(WIDE.exp(WIDE.divide(logs, Decimal(len(x))))))}


def harmonic_mean(x):
    need(x, "no values")
    need(min(x) >= 0, "not negative")
    return {"": Fraction(0) if min(x) == 0 else len(x) / sum(1 / v for v in x)}


def mean_interval(x, level=None):
    at_least_two(x)
    return {"low": FromR("low"), "high": FromR("high")}


def variance_interval(x, level=None):
    at_least_two(x)
    return {"low": FromR("low"), "high": FromR("high")}


def correlation_interval(x, y, level=None):
    need(len(x) > 3, "fewer than four values")
    need(central(x, x) * central(y, y) != 0, "a column is constant")
    return {"low": FromR("low"), "high": FromR("high")}


def slope_interval(x, y, level=None):
    need(len(x) > 2, "fewer than three values")
    need(central(x, x) != 0, "x is constant")
    return {"low": FromR("low"), "high": FromR("high")}


def split(x, group, a, b):
    return [v for v, g in zip(x, group) if g == a], [v for v, g in zip(x, group) if g == b]


def welch_t(x, group, a, b):
    a, b = split(x, group, a, b)
    need(len(a) > 1 and len(b) > 1, "fewer than two values in a group")
    va, vb = (central(s, s) / (len(s) ** 2 * (len(s) - 1)) for s in (a, b))
    need(va + vb != 0, "both groups are constant")
    distance = sum(a) / len(a) - sum(b) / len(b)
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return {"t": root(distance**2 / (va + vb), 1 if distance >= 0 else -1), "degrees of freedom": freedom,
            "p value": FromR("p value")}


def welch_interval(x, group, a, b, level=None):
    welch_t(x, group, a, b)  # is undefined where it is
    return {"low": FromR("low"), "high": FromR("high")}


def mann_whitney(x, group, a, b):
    a, b = split(x, group, a, b)
    need(a and b, "a group is empty")
    of = ranks(a + b)
    return {"U": sum(of[:len(a)]) - Fraction(len(a) * (len(a) + 1), 2), "p value": FromR("p value")}


def chi_squared(x, y, r, c):
    cells = {(i, j): Fraction(sum(u == i and v == j for u, v in zip(x, y))) for i in range(int(r)) for j in range(int(c))}
    rows = [sum(n for (i, _), n in cells.items() if i == k) for k in range(int(r))]
    columns = [sum(n for (_, j), n in cells.items() if j == k) for k in range(int(c))]
    need(all(rows) and all(columns), "a value of x or y does not occur")
    total = sum(rows)
    return {"chi squared": total * (sum(n * n / (rows[i] * columns[j]) for (i, j), n in cells.items()) - 1),
            "degrees of freedom": (r - 1) * (c - 1), "p value": FromR("p value")}


def inverse(a):
    p = len(a)
    a = [row + [Fraction(i == j) for j in range(p)] for i, row in enumerate(a)]
    for c in range(p):
        pivot = next((r for r in range(c, p) if a[r][c] != 0), None)
        need(pivot is not None, "the columns are linearly dependent")
        a[c], a[pivot] = a[pivot], a[c]
        a[c] = [v / a[c][c] for v in a[c]]
        for r in range(p):
            if r != c and a[r][c] != 0:
                a[r] = [v - a[r][c] * w for v, w in zip(a[r], a[c])]
    return [row[p:] for row in a]


def multiple_regression_from_sums(*columns):
    *xs, y = columns
    n, p = len(y), len(xs)
    need(n, "no values")
    need(n > p, "fewer values than coefficients")
    design = [[Fraction(1)] * n, *xs]
    inner = [[sum(a * b for a, b in zip(u, v)) for v in design] for u in design]
    inverted = inverse(inner)
    right = [sum(a * b for a, b in zip(u, y)) for u in design]
    beta = [sum(a * b for a, b in zip(row, right)) for row in inverted]
    out = {f"slope {i}": beta[i] for i in range(1, p + 1)}
    out["intercept"] = beta[0]
    if n == p + 1:
        return out
    residual = sum((v - sum(b * u[k] for b, u in zip(beta, design))) ** 2 for k, v in enumerate(y)) / (n - p - 1)
    for i in range(1, p + 1):
        out[f"standard error of slope {i}"] = root(residual * inverted[i][i])
    out["standard error of intercept"] = root(residual * inverted[0][0])
    out["residual standard deviation"] = root(residual)
    if central(y, y) != 0:
        out["R squared"] = 1 - residual * (n - p - 1) * n / central(y, y)
    return out


def multiple_regression(*columns):
    try:
        return multiple_regression_from_sums(*columns)
    except Undefined as why:
        need(str(why) != "the columns are linearly dependent",
             "the columns are linearly dependent, or too nearly so; ask multiple_regression_from_sums")
        raise


def cross_table(x, y, r, c):
    counts = {f"{i}, {j}": Fraction(sum(u == i and v == j for u, v in zip(x, y)))
              for i in range(int(r)) for j in range(int(c))}
    return {**counts, "other": len(x) - sum(counts.values())}


STATISTICS = {f.__name__: f for f in (
    covariance, correlation, spearman, linear_regression, weighted_mean, weighted_total, pvariance, pstdev, skewness,
    kurtosis, quantile, iqr, mode, trimmed_mean, histogram, frequency, top_share, lorenz, geometric_mean, harmonic_mean,
    mean_interval, variance_interval, correlation_interval, slope_interval, welch_t, welch_interval, mann_whitney,
    chi_squared, cross_table, multiple_regression, multiple_regression_from_sums)} | {"range": value_range}


def calls():
    """Yields (table, statistic, columns, numbers as text)."""
    for table, x, y in PAIRS:
        if x is None:
            continue
        for name in ("covariance", "correlation", "spearman", "linear_regression", "weighted_mean", "weighted_total"):
            yield table, name, (x, y), ()
        if table != "extreme.csv":  # R is not asked about it
            yield table, "correlation_interval", (x, y), ()
            yield table, "correlation_interval", (x, y), ("0.999",)
            yield table, "slope_interval", (x, y), ()
            yield table, "slope_interval", (x, y), ("0.999999",)
    for table, x in SINGLES:
        for name in ("pvariance", "pstdev", "skewness", "kurtosis", "iqr", "range", "mode", "geometric_mean",
                     "harmonic_mean", "mean_interval", "variance_interval"):
            yield table, name, (x,), ()
        for q in ("0", "0.05", "0.5", "0.75", "1"):
            for kind in "123456789":
                yield table, "quantile", (x,), (q, kind)
        for numbers, name in ((("0.1",), "trimmed_mean"), (("0.49",), "trimmed_mean"), (EDGES, "histogram"),
                              (("1", "2", "36.71"), "frequency"), (("1",), "top_share"), (("10",), "top_share"),
                              (("0", "0.1", "0.5", "0.99", "1"), "lorenz"), (("0.9",), "mean_interval"),
                              (("0.99",), "variance_interval")):
            yield table, name, (x,), numbers
    for table, x, group, a, b in GROUPS:
        yield table, "welch_t", (x, group), (a, b)
        yield table, "welch_interval", (x, group), (a, b)
        yield table, "welch_interval", (x, group), (a, b, "0.999999")
        yield table, "mann_whitney", (x, group), (a, b)
    yield "ties.csv", "chi_squared", ("grade", "grade"), ("5", "5")
    yield "wrong_even_count.csv", "chi_squared", ("value", "value"), ("2", "2")
    yield "cross.csv", "chi_squared", ("smoker", "illness"), ("2", "2")
    yield "cross.csv", "chi_squared", ("smoker", "region"), ("2", "3")
    yield "cross.csv", "cross_table", ("smoker", "illness"), ("2", "2")
    yield "cross.csv", "cross_table", ("smoker", "region"), ("2", "3")
    yield "cross.csv", "cross_table", ("region", "illness"), ("2", "2")
    yield "ties.csv", "cross_table", ("grade", "signed_grade"), ("3", "4")
    yield "missing.csv", "cross_table", ("some", "none_left"), ("2", "2")
    for table, columns in MULTIPLE:
        yield table, "multiple_regression_from_sums", columns, ()
        yield table, "multiple_regression", columns, ()


def read(path):
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


def quoted(name):
    return name if name.replace("_", "").isalnum() else '"' + name + '"'


def part(name, value, r):
    out = {"name": name} if name else {}
    if isinstance(value, FromR):
        if r is None:
            return {**out, "exact": None}
        return {**out, "double": float(r), "source": "R"}
    if isinstance(value, Root):
        return {**out, "decimal": format(value.normalize(SHORT), "f"), "double": float(value)}
    value = Fraction(value)
    return {**out, "exact": f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator),
            "double": value.numerator / value.denominator}


def document(root_folder, r_values):
    out, tables = [], {}
    for table, name, columns, numbers in calls():
        path = root_folder / "tests/data/statistics" / table
        if table not in tables:
            tables[table] = read(path)
        if any(c not in tables[table] for c in columns):
            sys.exit(f"{table} has no column {columns}")
        rows = [row for row in zip(*(tables[table][c] for c in columns)) if "" not in row]
        data = [[Fraction(row[i]) for row in rows] for i in range(len(columns))]
        expression = f"{name}({', '.join([quoted(c) for c in columns] + list(numbers))})"
        one = {"table": table, "expr": expression, "n": len(rows)}
        try:
            values = STATISTICS[name](*data, *(Fraction(v) for v in numbers))
            one["parts"] = [part(k, v, r_values.get((table, expression, k))) for k, v in values.items()]
        except Undefined as why:
            one["reason"] = str(why)
        out.append(one)
    return {"generator": {"script": "calls.py", "python": platform.python_version()}, "calls": out}


def compare(made, r_values):
    """Every value of R must be known here and agree to 1e-9."""
    failures, agreed = [], 0
    for one in made["calls"]:
        for each in one.get("parts", []):
            key = (one["table"], one["expr"], each.get("name", ""))
            text = r_values.pop(key, None)
            if text in (None, "NA", "NaN") or "double" not in each:
                continue
            want, got = each["double"], float(text)
            if abs(got - want) > 1e-9 * max(abs(want), 1e-6):
                failures.append(f"{key}: R {got}, here {want}")
            else:
                agreed += 1
    failures += [f"{key}: only R has it" for key, text in r_values.items() if text not in ("NA", "NaN")]
    return failures, agreed


def main():
    flags = [a for a in sys.argv[1:] if a.startswith("--")]
    rest = [a for a in sys.argv[1:] if not a.startswith("--")]
    values = next((a for a in rest if a.endswith(".tsv")), None)
    folder = Path(next((a for a in rest if not a.endswith(".tsv")), Path(__file__).resolve().parents[2]))
    if "--calls" in flags:
        for table, name, columns, numbers in calls():
            expression = f"{name}({', '.join([quoted(c) for c in columns] + list(numbers))})"
            print(table, name, "|".join(columns), "|".join(numbers), expression, sep="\t")
        return
    path = folder / "tests/data/statistics/calls.json"
    r_values, version = {}, None
    if values:
        lines = [line.split("\t") for line in Path(values).read_text().splitlines()]
        version = lines[0][1]
        r_values = {tuple(line[:3]): line[3] for line in lines[1:]}
    old = json.loads(path.read_text()) if path.exists() else None
    if old is not None and not values:
        for one in old["calls"]:
            for each in one.get("parts", []):
                if each.get("source") == "R":
                    r_values[(one["table"], one["expr"], each.get("name", ""))] = repr(each["double"])
        version = old.get("r", {}).get("version")
    made = document(folder, r_values)
    made["r"] = {"version": version}
    failures, agreed = compare(made, dict(r_values)) if values else ([], 0)
    if "--check" in flags:
        if old is None or {**old, "generator": None} != {**made, "generator": None}:
            failures.append("calls.json differs")
    else:
        lines = [json.dumps(one) for one in made.pop("calls")]
        head = json.dumps(made)[:-1]
        path.write_text(head + ', "calls": [\n' + ",\n".join(lines) + "\n]}\n")
        print(f"{len(lines)} calls, {agreed} values of R agree to 1e-9")
    for failure in failures:
        print("FAIL", failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the made-up input tables of tests/data and the generated NIST sets, always the same bytes.

Usage: make_tables.py [ROOT]     (ROOT is the top of the source tree; default: two folders up)

Numbers come from a fixed integer recurrence, never from Python's `random`, so that a table does not depend on the
Python version. The NIST sets that were observed (Lottery, Lew, Mavro, Michelso) are stored and not written here.
"""
import csv
import sys
from decimal import Decimal, getcontext
from pathlib import Path

NAMES = ["Ana", "Bo", "Chidi", "Dana", "Emre", "Fay", "Goran", "Hana", "Ivo", "Lee, Kim"]
TOP = 999_999_999_999_999_999  # the largest value of 18 digits


class Stream:
    """Knuth's 64-bit linear congruential generator; only the upper 32 bits are used."""

    def __init__(self, seed):
        self.state = seed

    def bits32(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> 32

    def below(self, bound):
        return (self.bits32() << 32 | self.bits32()) * bound >> 64

    def between(self, low, high):
        return low + self.below(high - low + 1)


def fixed(units, places):
    """units / 10^places as text with all its places: fixed(-5, 2) is "-0.05"."""
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(places + 1, "0")
    return sign + (digits[:-places] + "." + digits[-places:] if places else digits)


def random_table(n):
    s = Stream(1000 + n)
    return [(s.between(18, 90), fixed(s.between(0, 10**7), 2), s.between(-10**6, 10**6)) for _ in range(n)]


def extreme_table():
    s = Stream(18)
    rows = []
    for i in range(64):
        near = TOP - s.below(1000)
        huge = TOP if i == 37 else 0
        rows.append((near, -near, near if i % 2 == 0 else -near, huge, s.between(-TOP, TOP)))
    return rows


def incomes(n, sigma, seed):
    """Lognormal incomes in cents: exp(10.3 + sigma z), z the centred sum of twelve uniforms."""
    getcontext().prec = 40
    s = Stream(seed)
    for _ in range(n):
        z = Decimal(sum(s.bits32() for _ in range(12))) / 2**32 - 6
        yield fixed(int((100 * (Decimal("10.3") + Decimal(sigma) * z).exp()).to_integral_value()), 2)


def missing_table():
    s = Stream(404)
    rows = []
    for i in range(200):
        value = str(s.between(0, 5000))
        rows.append((
            f"r{i + 1}",
            "" if s.below(10) < 3 else value,               # about 30 % missing
            value if i in (57, 113) else "",                # two values left
            value if i == 100 else "",                      # one value left
            "",                                             # none left
            "" if i in (0, 199) else fixed(s.between(-9999, 9999), 2),  # first and last missing
        ))
    return rows


def mixed_scale_table():
    s = Stream(7)
    rows = [("0.1", "0.000001"), ("12.345", "999999"), ("7", "0.5")]
    for _ in range(47):
        places = s.below(4)
        rows.append((fixed(s.between(0, 20 * 10**places), places), fixed(s.between(-10**9, 10**9), s.below(7))))
    return rows


def cross_table():
    """200 people: whether they smoke, whether they are ill (likelier for smokers), one of three regions."""
    s = Stream(200)
    rows = []
    for i in range(200):
        smoker = s.below(10) < 3
        ill = s.below(10) < (4 if smoker else 2)
        rows.append((int(smoker), "" if i % 50 == 7 else int(ill), s.below(3)))
    return rows


def numacc(whole):
    """NumAcc2 to NumAcc4: whole + 0.2, then five hundred times (whole + 0.1, whole + 0.3)."""
    return [(f"{whole}.2",)] + [(f"{whole}.{d}",) for _ in range(500) for d in (1, 3)]


def tables():
    """Yields (path below tests/data, header, rows)."""
    for n in (1, 2, 3, 63, 64, 65, 1000):
        yield f"statistics/random_{n}.csv", ("age", "balance", "change"), random_table(n)
    s = Stream(5)
    yield "statistics/constant.csv", ("name", "whole", "cents", "negative"), [
        (NAMES[i % 10], 42, "19.99", "-7.5") for i in range(50)]
    yield "statistics/extreme.csv", ("top", "bottom", "alternating", "single_huge", "spread"), extreme_table()
    yield "statistics/ties.csv", ("grade", "signed_grade"), [
        ((1, 2, 5)[s.below(3)], ("-1", "0", "2.5")[s.below(3)]) for _ in range(500)]
    yield "statistics/missing.csv", ("id", "some", "two_left", "one_left", "none_left", "ends"), missing_table()
    s = Stream(6)
    yield "statistics/negative.csv", ("name", "below_zero", "both_signs", "zero_sum"), [
        (NAMES[i % 10], s.between(-5000, -1), fixed(s.between(-50000, 50000), 1), (i // 2 + 1) * (-1) ** i)
        for i in range(100)]
    yield "statistics/mixed_scales.csv", ("short", "long"), mixed_scale_table()
    yield "statistics/incomes.csv", ("even", "usual", "unequal"), list(
        zip(incomes(750, "0.2", 81), incomes(750, "0.7", 82), incomes(750, "1.6", 83)))
    yield "statistics/cross.csv", ("smoker", "illness", "region"), cross_table()
    yield "statistics/zeros.csv", ("zero", "zero_places"), [("0", "0.00")] * 20
    yield "statistics/two_equal.csv", ("whole", "places"), [("8", "2.50"), ("8", "2.50")]
    yield "statistics/one_value.csv", ("positive", "negative", "zero"), [("123.45", "-3", "0")]

    s = Stream(9)
    yield "statistics/wrong_three_salaries.csv", ("salary",), [(v,) for v in (40000, 30000, 50000)]
    yield "statistics/wrong_large_values.csv", ("value",), [
        (s.between(1_080_000_000, 1_100_000_000),) for _ in range(1000)]
    yield "statistics/wrong_sentinel_999.csv", ("value",), [(v,) for v in (1000, 999, 5, 7, 3)]
    yield "statistics/wrong_even_count.csv", ("value",), [(v,) for v in range(1, 11)]

    yield "nist/NumAcc1.csv", ("y",), [(10000001,), (10000003,), (10000002,)]
    yield "nist/NumAcc2.csv", ("y",), numacc(1)
    yield "nist/NumAcc3.csv", ("y",), numacc(1000000)
    yield "nist/NumAcc4.csv", ("y",), numacc(10000000)
    for number, y in enumerate(wampler(), 1):
        yield f"nist/Wampler{number}.csv", ("y", "x"), [(f"{v:.5f}" if number == 2 else v, x) for x, v in enumerate(y)]


def wampler():
    """The five sets of Wampler: two polynomials, and the first one with errors of three sizes, orthogonal to its powers."""
    # As NIST prints them; they are the same forwards and backwards.
    half = (759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048)
    errors = (*half, 2048, *reversed(half))
    first = [1 + x + x**2 + x**3 + x**4 + x**5 for x in range(21)]
    second = [sum(Decimal(x**k) / 10**k for k in range(6)) for x in range(21)]
    return [first, second] + [[y + size * e for y, e in zip(first, errors)] for size in (1, 100, 10000)]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    for path, header, rows in tables():
        with open(root / "tests/data" / path, "w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)


if __name__ == "__main__":
    main()

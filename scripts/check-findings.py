#!/usr/bin/env python3
"""docs/what-went-wrong.md: each row names a test that is in the tree, or says that it waits for the notary."""

import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

PAGE = "docs/what-went-wrong.md"
WAITS = "waits for the notary"

_NAME = re.compile(r"`([A-Z]\w*\.[A-Z]\w*)`")
_TEST = re.compile(
    r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+)", re.MULTILINE
)
_HEAD = ("it was so that", "---")


def tests_of(root):
    names = set()
    for path in lintlib.cpp_files(root, ("src", "tests")):
        names |= {f"{suite}.{name}" for suite, name in _TEST.findall(lintlib.read(path))}
    return names


def check(root):
    page = root / PAGE
    if not page.exists():
        return [f"{PAGE}: is missing"]
    text = lintlib.read(page)
    names = tests_of(root)
    found = []
    rows = 0
    for number, line in enumerate(text.splitlines(), 1):
        found += [f"{PAGE}:{number}: there is no test {name}" for name in _NAME.findall(line) if name not in names]
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in _HEAD:
            continue
        rows += 1
        if len(cells) != 2 or not cells[0]:
            found.append(f"{PAGE}:{number}: a row says what it was, and what holds it")
        elif not _NAME.search(cells[1]) and WAITS not in cells[1]:
            found.append(f"{PAGE}:{number}: the row names no test")
    if rows == 0:
        found.append(f"{PAGE}: has no row")
    return found


def _case(description, row, expected=None):
    page = "| it was so that | here |\n| --- | --- |\n" + row
    tests = "TEST(Open, Fails) {}\nTEST_F(Close, Ends) {}\nRC_GTEST_PROP(Row,\n  Holds, (int a)) {}\n"
    return (description, {PAGE: page, "src/a_test.cc": tests}, expected)


CASES = [
    _case("a test", "| a | `Open.Fails` |\n"),
    _case("tests of other kinds", "| a | `Close.Ends`, and `Row.Holds` |\n"),
    _case("what waits", "| a | waits for the notary |\n"),
    _case("no test of that name", "| a | `Open.Works` |\n", "no test Open.Works"),
    _case("no test in a row", "| a | it is fine |\n", "names no test"),
    _case("a name outside of a row", "| a | `Open.Fails` |\n\nSee `Open.Nothing`.\n", "no test Open.Nothing"),
    _case("no row", "", "has no row"),
    _case("a cell too many", "| a | b | `Open.Fails` |\n", "a row says"),
    ("no page", {"src/a_test.cc": ""}, "is missing"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

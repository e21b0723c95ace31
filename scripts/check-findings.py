#!/usr/bin/env python3
"""Pages whose rows name the tests that hold them: each test is in the tree, and each row has one or says what it waits for."""

import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

# The page, and what a row without a test may say.
PAGES = {
    "docs/what-went-wrong.md": "waits for the notary",
    "docs/attacks-tested.md": "waits for mode mpc",
}

_NAME = re.compile(r"`([A-Z]\w*\.[A-Z]\w*)`")
_TEST = re.compile(
    r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+)", re.MULTILINE
)
_HEAD = ("it was so that", "what is tried", "---")


def tests_of(root):
    names = set()
    for path in lintlib.cpp_files(root, ("src", "tests")):
        names |= {f"{suite}.{name}" for suite, name in _TEST.findall(lintlib.read(path))}
    return names


def check_page(root, page_name, waits, names):
    page = root / page_name
    if not page.exists():
        return [f"{page_name}: is missing"]
    found = []
    rows = 0
    for number, line in enumerate(lintlib.read(page).splitlines(), 1):
        found += [f"{page_name}:{number}: there is no test {name}" for name in _NAME.findall(line) if name not in names]
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in _HEAD:
            continue
        rows += 1
        if len(cells) != 2 or not cells[0]:
            found.append(f"{page_name}:{number}: a row says what it was, and what holds it")
        elif not _NAME.search(cells[1]) and waits not in cells[1]:
            found.append(f"{page_name}:{number}: the row names no test")
    if rows == 0:
        found.append(f"{page_name}: has no row")
    return found


def check(root):
    names = tests_of(root)
    return [fault for page, waits in PAGES.items() for fault in check_page(root, page, waits, names)]


_TESTS = "TEST(Open, Fails) {}\nTEST_F(Close, Ends) {}\nRC_GTEST_PROP(Row,\n  Holds, (int a)) {}\n"
_WRONG, _ATTACKS = PAGES
_GOOD = {
    _WRONG: "| it was so that | here |\n| --- | --- |\n| a | `Open.Fails` |\n",
    _ATTACKS: "| what is tried | what holds |\n| --- | --- |\n| a | `Close.Ends` |\n",
    "src/a_test.cc": _TESTS,
}


def _case(description, row, expected=None, page=_WRONG):
    head = "| it was so that | here |" if page == _WRONG else "| what is tried | what holds |"
    return (description, {**_GOOD, page: head + "\n| --- | --- |\n" + row}, expected)


CASES = [
    _case("a test", "| a | `Open.Fails` |\n"),
    _case("tests of other kinds", "| a | `Close.Ends`, and `Row.Holds` |\n"),
    _case("what waits", "| a | waits for the notary |\n"),
    _case("an attack that waits", "| a | waits for mode mpc |\n", page=_ATTACKS),
    _case("an attack that waits for what is there", "| a | waits for the notary |\n", "names no test", page=_ATTACKS),
    _case("no test of that name", "| a | `Open.Works` |\n", "no test Open.Works"),
    _case("no test of an attack's name", "| a | `Open.Works` |\n", "no test Open.Works", page=_ATTACKS),
    _case("no test in a row", "| a | it is fine |\n", "names no test"),
    _case("a name outside of a row", "| a | `Open.Fails` |\n\nSee `Open.Nothing`.\n", "no test Open.Nothing"),
    _case("no row", "", "has no row"),
    _case("a cell too many", "| a | b | `Open.Fails` |\n", "a row says"),
    ("no page", {"src/a_test.cc": _TESTS, _WRONG: _GOOD[_WRONG]}, "is missing"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

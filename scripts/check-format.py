#!/usr/bin/env python3
"""clang-format-19 would change nothing in src, apps, tests, bench, fuzz and examples. Other versions differ."""

import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

FORMATTER = "clang-format-19"
_STYLE = pathlib.Path(__file__).resolve().parent.parent / ".clang-format"


def check(root):
    if not shutil.which(FORMATTER):
        return [f"{FORMATTER} is missing: run scripts/setup.sh test"]
    files = lintlib.cpp_files(root)
    if not files:
        return []
    run = subprocess.run(
        [FORMATTER, f"--style=file:{_STYLE}", "--dry-run", "-Werror", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return []
    # One line a file: the fix is the same command for all of them.
    places = [line.split(": error:")[0] for line in run.stderr.splitlines() if ": error:" in line]
    first = {}
    for place in places:
        first.setdefault(place.rsplit(":", 2)[0], place)
    found = [f"{pathlib.Path(p).relative_to(root)}: not formatted: {FORMATTER} -i" for p in first.values()]
    return found or [f"{FORMATTER} failed: {run.stderr.strip()}"]


CASES = [
    ("formatted", {"src/a.cc": "int main() { return 0; }\n"}, None),
    ("not ours to format", {"docs/a.cc": "int  main( ) {}\n"}, None),
    ("two spaces", {"src/a.cc": "int  main() { return 0; }\n"}, "src/a.cc:1:"),
    ("a header", {"tests/a.h": "int f( int a );\n"}, "tests/a.h:1:"),
    ("line too long", {"apps/a.cc": "int a = 1" + " + 1" * 30 + ";\n"}, "apps/a.cc:1:"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

#!/usr/bin/env python3
"""Includes point down only: a folder of src/mpcstats may include itself and the folders that stand before it.

apps, tests, bench and fuzz may include every folder in the list. Inside src, includes are written from the
root ("mpcstats/wire/frame.h"), so that this check sees them all.
"""

import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

FLOORS = (
    "base crypto wire table language attestation net field circuit survey engine stats query zktls store service cli"
).split()

# Whoever verifies an attestation should have to read little: fewer folders than its floor would allow.
NARROWER = {"attestation": {"base", "crypto", "wire"}}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def _allowed(folder):
    below = set(FLOORS[: FLOORS.index(folder)])
    return NARROWER.get(folder, below) | {folder}


def _fault(owner, quote, target):
    """`owner` is the including folder of src/mpcstats, or None for a folder that may include every floor."""
    parts = target.split("/")
    if parts[0] != "mpcstats":
        if owner and quote == '"':
            return f'"{target}" is not written from the root ("mpcstats/...")'
        if ".." in parts:
            return f'"{target}" leaves its folder; write it from the root ("mpcstats/...")'
        return None
    if len(parts) < 3 or parts[1] not in FLOORS or ".." in parts:
        return f"{target} is in no folder of the list in scripts/check-floors.py"
    if owner and parts[1] not in _allowed(owner):
        return f"{owner} may not include {parts[1]} ({target})"
    return None


def check(root):
    found = []
    for path in lintlib.cpp_files(root):
        name = path.relative_to(root)
        owner = None
        if name.parts[0] == "src":
            if len(name.parts) < 4 or name.parts[1] != "mpcstats" or name.parts[2] not in FLOORS:
                found.append(f"{name}: not in a folder of the list in scripts/check-floors.py")
                continue
            owner = name.parts[2]
        text = _COMMENT.sub(lambda m: "\n" * m[0].count("\n"), lintlib.read(path))
        for match in _INCLUDE.finditer(text):
            if reason := _fault(owner, match[1], match[2]):
                found.append(f"{name}:{lintlib.line_of(text, match.start())}: {reason}")
    return found


def _case(name, include, expected=None):
    return (f"{name} with {include}", {name: f"// x\n#include {include}\n"}, expected)


CASES = [
    _case("src/mpcstats/engine/open.cc", '"mpcstats/engine/open.h"'),
    _case("src/mpcstats/engine/open.cc", '"mpcstats/base/error.h"'),
    _case("src/mpcstats/engine/open.cc", "<vector>"),
    _case("src/mpcstats/attestation/a.cc", '"mpcstats/wire/a.h"'),
    _case("apps/mpcstats.cc", '"mpcstats/cli/main.h"'),
    _case("tests/a.cc", '"harness.h"'),
    _case("src/mpcstats/engine/open.cc", '"mpcstats/stats/mean.h"', "engine may not include stats"),
    _case("src/mpcstats/base/a.h", "<mpcstats/crypto/hash.h>", "base may not include crypto"),
    _case("src/mpcstats/base/a_test.cc", ' "mpcstats/cli/main.h"', "base may not include cli"),
    _case("src/mpcstats/attestation/a.cc", '"mpcstats/table/a.h"', "attestation may not include table"),
    _case("src/mpcstats/engine/open.cc", '"mpcstats/utils/a.h"', "no folder of the list"),
    _case("src/mpcstats/engine/open.cc", '"mpcstats/base/../stats/a.h"', "no folder of the list"),
    _case("src/mpcstats/engine/open.cc", '"../stats/mean.h"', "not written from the root"),
    _case("tests/a.cc", '"../src/mpcstats/engine/open.h"', "leaves its folder"),
    _case("apps/mpcstats.cc", '"mpcstats/utils/a.h"', "no folder of the list"),
    _case("src/mpcstats/utils/a.cc", "<vector>", "not in a folder of the list"),
    _case("src/mpcstats/a.cc", "<vector>", "not in a folder of the list"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

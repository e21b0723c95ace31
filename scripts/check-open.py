#!/usr/bin/env python3
"""Only listed files of the engine may queue bytes to a peer.

`QueueSend` is the engine's only way to a peer, and share components must not leave a party but by the
multiplication, the verification, the shuffle and the one function that opens. So the identifier may stand
only in the files listed, each with its reason, in scripts/data/queue-send-allowed.txt (path, tab, reason;
a line that starts with `#` is a comment).
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

ALLOWED = pathlib.PurePosixPath("scripts/data/queue-send-allowed.txt")
FOLDER = "src/mpcstats/engine/"
_QUEUE_SEND = re.compile(r"\bQueueSend\b")


def _read_allowed(root):
    """({path: line number}, findings) of the list."""
    allowed, found = {}, []
    if not (root / ALLOWED).is_file():
        return allowed, [f"{ALLOWED}: the list is missing"]
    for number, line in enumerate(lintlib.read(root / ALLOWED).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        path, _, reason = line.partition("\t")
        if not reason.strip():
            found.append(f"{ALLOWED}:{number}: no reason after a tab: {path}")
        if not path.startswith(FOLDER) or ".." in path:
            found.append(f"{ALLOWED}:{number}: not a file of {FOLDER}: {path}")
        if path in allowed:
            found.append(f"{ALLOWED}:{number}: listed twice: {path}")
        allowed[path] = number
    return allowed, found


def check(root):
    allowed, found = _read_allowed(root)
    users = set()
    for path in lintlib.cpp_files(root):
        name = path.relative_to(root).as_posix()
        text = lintlib.blank(lintlib.read(path))
        for match in _QUEUE_SEND.finditer(text):
            users.add(name)
            if name not in allowed:
                place = f"{name}:{lintlib.line_of(text, match.start())}"
                found.append(f"{place}: may not queue bytes to a peer ({ALLOWED})")
    for name, number in allowed.items():
        if name not in users:
            found.append(f"{ALLOWED}:{number}: {name} does not use QueueSend: take it off the list")
    return found


_LIST = "# a comment\nsrc/mpcstats/engine/open.cc\tthe fence stands before it\n"
_OPEN = {"src/mpcstats/engine/open.cc": "round.QueueSend(peer, x);\n", str(ALLOWED): _LIST}

CASES = [
    ("only the listed file", _OPEN, None),
    ("in a comment", _OPEN | {"src/mpcstats/stats/a.cc": "// QueueSend is not for us\n"}, None),
    ("another identifier", _OPEN | {"src/mpcstats/net/a.cc": "QueueSendTwice();\n"}, None),
    ("another of the engine", _OPEN | {"src/mpcstats/engine/sort.cc": "r.QueueSend(p, x);\n"}, "sort.cc:1:"),
    ("another folder", _OPEN | {"src/mpcstats/stats/a.cc": "\nr.QueueSend(p, x);\n"}, "stats/a.cc:2:"),
    ("a pointer to it", _OPEN | {"apps/a.cc": "auto send = &Round::QueueSend;\n"}, "apps/a.cc:1:"),
    ("no list", {"src/mpcstats/engine/open.cc": "int a;\n"}, "the list is missing"),
    ("no reason", _OPEN | {str(ALLOWED): "src/mpcstats/engine/open.cc\n"}, "no reason"),
    ("listed twice", _OPEN | {str(ALLOWED): _LIST + _LIST}, "listed twice"),
    ("outside the engine", _OPEN | {str(ALLOWED): _LIST + "src/mpcstats/stats/a.cc\tx\n"}, "not a file of"),
    ("stale", _OPEN | {str(ALLOWED): _LIST + "src/mpcstats/engine/gone.cc\tx\n"}, "take it off the list"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

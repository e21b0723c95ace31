#!/usr/bin/env python3
"""What may not be in the tree: long sources, nobody's TODOs, private keys, one machine's paths, tests off.

Fails on a source over 600 lines; only warns over 300 (.cc) and 150 (.h).
"""

import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

LIMIT = 600
WARN = {".cc": 300, ".h": 150}
KEY_SUFFIXES = (".key", ".p12", ".pfx")
CODE = (*lintlib.CODE_FOLDERS, "cmake", "scripts", "deploy", "web", ".ci")

# Put together from halves, so that this file does not find itself.
_TODO = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b(?!\(#[0-9]+\))")
# The header alone is what a test of a parser writes; a key has its base64 close behind.
_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.{1,200}?[A-Za-z0-9+/]{40}", re.DOTALL)
_PATH = re.compile(r"(?<![\w.~$}-])/(?:" + r"home|root|Users)/[\w.{$-]")
_DISABLED = re.compile(r"\bDISABLED" + r"_\w+")


def _lines(pattern, text):
    return sorted({lintlib.line_of(text, m.start()) for m in pattern.finditer(text)})


def check(root, warn=lambda _: None):
    found = []
    for path in lintlib.all_files(root):
        name = path.relative_to(root)
        if path.suffix in KEY_SUFFIXES:
            found.append(f"{name}: looks like a private key; make keys at first start, or in the test")
        text = lintlib.read(path)
        found += [f"{name}:{n}: a private key" for n in _lines(_KEY, text)]
        found += [f"{name}:{n}: a path of one machine" for n in _lines(_PATH, text)]
        if name.parts[0] in CODE or name.name == "CMakeLists.txt":
            found += [f"{name}:{n}: name the issue: TO" + "DO(#12): ..." for n in _lines(_TODO, text)]
        if path.suffix in (".cc", ".h"):
            found += [f"{name}:{n}: a disabled test: mend or delete it" for n in _lines(_DISABLED, text)]
        if name.parts[0] == "src" and path.suffix in WARN:
            count = text.count("\n")
            if count > LIMIT:
                found.append(f"{name}: {count} lines; the limit is {LIMIT}")
            elif count > WARN[path.suffix]:
                warn(f"warning: {name}: {count} lines; aim for {WARN[path.suffix]}")
    return found


def check_and_warn(root):
    return check(root, lambda message: print(message, file=sys.stderr))


def _file(name, text, expected=None):
    return (name + ": " + text[:40].strip(), {name: text}, expected)


_PEM = "-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n"

CASES = [
    _file("src/a.cc", "// TO" + "DO(#142): batch the two openings.\n"),
    _file("src/a.cc", "int a;\n" * 600),
    _file("docs/a.md", "See https://example.org/ho" + "me/page and a TO" + "DO.\n"),
    _file("src/a.cc", 'Open("/var/lib/mpcstats/key");\n'),
    _file("src/a.cc", "// TO" + "DO: batch the two openings.\n", "name the issue"),
    _file("scripts/a.sh", "# FIX" + "ME later\n", "name the issue"),
    _file("src/a.cc", "int a;\n" * 601, "601 lines"),
    _file("docs/a.md", _PEM.format("MC4CAQAwBQYDK2VwBCIE" * 3), "a private key"),
    _file("src/a_test.cc", 'kKey = "' + _PEM.format('\\n"\n    "' + "aB3/" * 10), "a private key"),
    _file("src/a_test.cc", _PEM.format("rubbish")),
    _file("tests/data/party0.key", "x", "private key"),
    _file("scripts/a.sh", "cd /ho" + "me/me/mpcstats\n", "a path of one machine"),
    _file("src/a_test.cc", 'Open("/ro' + 'ot/data.csv");\n', "a path of one machine"),
    _file("src/a_test.cc", "TEST(Open, DISABLED" + "_Fails) {}\n", "a disabled test"),
]

if __name__ == "__main__":
    lintlib.main(check if "--self-test" in sys.argv else check_and_warn, CASES)

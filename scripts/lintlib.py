"""What the lints share: the list of files, C++ without comments and literals, the frame of a lint program.

A lint is a function from a tree's root to a list of findings. Its program runs on this repository, or with
`--self-test` on trees made from its own cases, good and bad, and fails when a bad one passes.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

CODE_FOLDERS = ("src", "apps", "tests", "bench", "fuzz", "examples")
_SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__", "node_modules"}

# Order matters: raw strings before plain ones; a quote inside a number (1'000) belongs to the number.
_TO_BLANK = re.compile(
    r"""
      (?P<comment> //(?:\\\n|[^\n])* | /\*.*?\*/ )
    | (?P<raw> \b(?:u8|u|U|L)?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)" )
    | (?P<string> "(?:\\.|[^"\\\n])*" )
    | (?P<number> \b[0-9](?:'?[0-9A-Za-z_.])* )
    | (?P<char> '(?:\\.|[^'\\\n])+' )
    """,
    re.VERBOSE | re.DOTALL,
)


def blank(text):
    """`text` without comments and the insides of literals, with the same line numbers."""

    def replace(match):
        if match.lastgroup == "number":
            return match[0]
        lines = "\n" * match[0].count("\n")
        return lines or " " if match["comment"] else '""' + lines

    return _TO_BLANK.sub(replace, text)


def all_files(root):
    """Every file that git has or would add; every file but the built ones where there is no git."""
    root = pathlib.Path(root)
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    ) if (root / ".git").exists() else None
    if listed is not None and listed.returncode == 0:
        paths = {root / name for name in listed.stdout.decode().split("\0") if name}
    else:
        paths = {p for p in root.rglob("*") if not _SKIPPED_FOLDERS & set(p.relative_to(root).parts)}
    return sorted(p for p in paths if p.is_file() and not p.is_symlink())


def cpp_files(root, folders=CODE_FOLDERS):
    root = pathlib.Path(root)
    return [
        p
        for p in all_files(root)
        if p.suffix in (".cc", ".h") and p.relative_to(root).parts[0] in folders
    ]


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def _report(findings):
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


def _self_test(check, cases):
    """`cases`: (description, {path: text}, expected), expected being None or a part of the finding."""
    wrong = []
    for description, files, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            findings = check(pathlib.Path(folder))
        right = not findings if expected is None else any(expected in f for f in findings)
        if not right:
            want = "no finding" if expected is None else repr(expected)
            wrong.append(f"self-test: {description}: expected {want}, got {findings}")
    if not any(expected is not None for _, _, expected in cases):
        wrong.append("self-test: no case that must fail")
    return _report(wrong)


def main(check, cases):
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(_self_test(check, cases))
    if sys.argv[1:]:
        print(f"usage: {sys.argv[0]} [--self-test]", file=sys.stderr)
        sys.exit(2)
    sys.exit(_report(check(pathlib.Path(__file__).resolve().parent.parent)))

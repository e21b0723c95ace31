#!/usr/bin/env python3
"""Groups source files that can be compiled as one: no name of an unnamed namespace of one is a name of another.

  unity-groups.py MOST_FILES MOST_LINES FILE...    prints lines of GROUP FILE; a file that must stand alone has none

Read as text, in the form that the formatter leaves: what it takes for a name may be none (then a group is smaller than it
could be); a name that it misses is a redefinition that the compiler reports, and never a program that means something else:
two things of one name in one scope do not compile, or are overloads that their own calls choose between.
"""
import pathlib
import re
import sys

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|[A-Za-z_]\w*|[^\s\w]|\d[\w\']*', re.S)
UNNAMED, NAMED, OTHER = "unnamed", "named", "other"


def names(text):
    """Names of the unnamed namespaces, and those of the named ones."""
    found = {UNNAMED: set(), NAMED: set()}
    scopes = [NAMED]
    parens = 0
    statement = []
    for match in TOKEN.finditer(text):
        token = match.group()
        if token[:2] in ("//", "/*") or token[0] in "\"'" or token[:2] == 'R"':
            continue
        if token in "([":
            if parens == 0 and token == "(" and statement and scopes[-1] != OTHER and statement[-1].isidentifier():
                found[scopes[-1]].add(statement[-1])
            parens += 1
        elif token in ")]":
            parens -= 1
        elif parens > 0:
            continue
        elif token == "{":
            if "namespace" in statement:
                index = statement.index("namespace")
                scopes.append(NAMED if len(statement) > index + 1 else UNNAMED)
                if UNNAMED in scopes:
                    scopes[-1] = UNNAMED
            else:
                declared(statement, scopes[-1], found)
                scopes.append(OTHER)
            statement = []
            continue
        elif token == "}":
            if len(scopes) > 1:
                scopes.pop()
            statement = []
            continue
        elif token == ";":
            declared(statement, scopes[-1], found)
            statement = []
            continue
        elif token == "=":
            declared(statement, scopes[-1], found)
        statement.append(token)
    return found


def declared(statement, scope, found):
    if scope == OTHER or "=" in statement:
        return
    for index, token in enumerate(statement[:-1]):
        if token in ("struct", "class", "enum", "union", "using", "concept") and statement[index + 1] not in ("class", "namespace"):
            found[scope].add(statement[index + 1])
    if statement and statement[-1].isidentifier():
        found[scope].add(statement[-1])


def types_of_headers():
    """A file that calls something of its own as a header calls a type may be compiled after one that includes the header."""
    found = set()
    for path in (pathlib.Path(__file__).parent.parent / "src").rglob("*.h"):
        found |= set(re.findall(r"^(?:struct|class|enum class|enum|using) (\w+)", path.read_text(encoding="utf-8"), re.M))
    return found


def main():
    most_files, most_lines = int(sys.argv[1]), int(sys.argv[2])
    types = types_of_headers()
    groups = []
    for path in sys.argv[3:]:
        text = open(path, encoding="utf-8").read()
        # What it defines would reach the files after it; what a definition changes may be compiled once more by an executable that
        # defines it, and then stands for this file's object alone in the library (tests/unfenced).
        if re.search(r"^\s*#\s*(define|if)", text, re.M):
            continue
        found = names(text)
        if found[UNNAMED] & types:
            continue
        lines = text.count("\n")
        for group in groups:
            if len(group["files"]) >= most_files or group["lines"] + lines > most_lines:
                continue
            if found[UNNAMED] & group["all"] or group[UNNAMED] & (found[UNNAMED] | found[NAMED]):
                continue
            break
        else:
            group = {"files": [], "lines": 0, UNNAMED: set(), "all": set()}
            groups.append(group)
        group["files"].append(path)
        group["lines"] += lines
        group[UNNAMED] |= found[UNNAMED]
        group["all"] |= found[UNNAMED] | found[NAMED]
    for number, group in enumerate(groups):
        if len(group["files"]) > 1:
            for path in group["files"]:
                print(number, path)


main()

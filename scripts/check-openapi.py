#!/usr/bin/env python3
"""docs/openapi.json holds together, and says what the services do.

Inside the document: every $ref resolves, every component is used, every operation has an operationId of its own, responses
and tags, every name in a path is a parameter. Against the code: the routes and the stable words of problems are the same.
"""

import json
import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

DOCUMENT = "docs/openapi.json"
SERVICES = "src/mpcstats/service"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
ROLES = {"party": "party_", "coordinator": "coordinator_", "publisher": "publish_", "notary": "notary_"}
URN = "urn:mpcstats:problem:"

_ROUTE = re.compile(r'\b(router\.Add|AddSurveyRoute)\(\s*"([A-Z]+)",\s*"([^"]*)"')
_SLUGS = (
    re.compile(r'\bProblem\(\s*\d+,\s*"([a-z-]+)"'),
    re.compile(r'\bProblemOf\([^;{}]*?,\s*"([a-z-]+)"\)'),
    re.compile(r'[={(]\s*\{\s*[45]\d\d,\s*"([a-z-]+)"'),
    re.compile(r'return \{\s*[45]\d\d,\s*"([a-z-]+)"'),
)


def _nodes(value, path="#"):
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _nodes(item, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _nodes(item, f"{path}/{i}")


def _operations(document):
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _references(document):
    places = dict(_nodes(document))
    used = set()
    for place, node in places.items():
        target = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(target, str):
            continue
        used.add(target)
        if target not in places:
            yield f"{place}: {target} is not in the document"
    for group, items in document.get("components", {}).items():
        for name in items:
            if f"#/components/{group}/{name}" not in used:
                yield f"#/components/{group}/{name}: nothing refers to it"


def _resolved(document, node):
    places = dict(_nodes(document))
    return places.get(node["$ref"], {}) if "$ref" in node else node


def _inside(document):
    yield from _references(document)
    seen = set()
    declared = {tag["name"] for tag in document.get("tags", [])}
    for path, method, operation in _operations(document):
        where = f"{method.upper()} {path}"
        name = operation.get("operationId")
        if not name or name in seen:
            yield f"{where}: has no operationId of its own"
        seen.add(name)
        if not any(code.startswith("2") for code in operation.get("responses", {})):
            yield f"{where}: has no response of success"
        if not operation.get("tags") or not set(operation["tags"]) <= declared:
            yield f"{where}: has no tag that the document declares"
        for code, response in operation.get("responses", {}).items():
            if not _resolved(document, response).get("description"):
                yield f"{where}: response {code} has no description"
        parameters = [_resolved(document, p) for p in operation.get("parameters", [])]
        in_path = sorted(p.get("name") for p in parameters if p.get("in") == "path")
        if in_path != sorted(re.findall(r"\{(\w+)\}", path)):
            yield f"{where}: its parameters are not the names in its path"


def _sources(root, folders):
    for path in lintlib.cpp_files(root, ("src",)):
        name = path.relative_to(root).as_posix()
        tested = name.endswith("_test.cc") or "testing" in path.name
        if path.suffix == ".cc" and not tested and name.startswith(tuple(f + "/" for f in folders)):
            yield path


def _unnamed(path):
    return re.sub(r"\{\w+\}", "{}", path)


def _routes(root):
    for path in _sources(root, [SERVICES]):
        for role, prefix in ROLES.items():
            if not path.name.startswith(prefix):
                continue
            for call, method, target in _ROUTE.findall(lintlib.read(path)):
                full = target if call == "router.Add" else "/v1/surveys/{survey}" + target
                yield role, method.lower(), _unnamed(full)


def _against_code(document, root):
    built = set(_routes(root))
    written = {
        (tag, method, _unnamed(path))
        for path, method, operation in _operations(document)
        for tag in operation.get("tags", [])
    }
    for role, method, path in sorted(built - written):
        yield f"{method.upper()} {path} of the {role} is not in the document"
    for role, method, path in sorted(written - built):
        yield f"{method.upper()} {path}: no {role} has it"

    used = set()
    for path in _sources(root, [SERVICES, "src/mpcstats/net"]):
        text = lintlib.read(path)
        for pattern in _SLUGS:
            used.update(pattern.findall(text))
    problem = document.get("components", {}).get("schemas", {}).get("Problem", {})
    listed = {t.removeprefix(URN) for t in problem.get("properties", {}).get("type", {}).get("enum", [])}
    for slug in sorted(used - listed):
        yield f"Problem: {URN}{slug} is used and not listed"
    words = set(document.get("components", {}).get("schemas", {}).get("Refusal", {}).get("enum", []))
    for slug in sorted(listed - used - words):
        yield f"Problem: {URN}{slug} is listed and not used"


def check(root):
    path = root / DOCUMENT
    if not path.is_file():
        return [f"{DOCUMENT}: is missing"]
    try:
        document = json.loads(lintlib.read(path))
    except json.JSONDecodeError as error:
        return [f"{DOCUMENT}:{error.lineno}: {error.msg}"]
    findings = [*_inside(document), *_against_code(document, root)]
    return [f"{DOCUMENT}: {finding}" for finding in findings]


def _tree(edit=lambda document: None, code='router.Add("GET", "/a/{x}", f); Problem(404, "no-a", "");'):
    problem = {"properties": {"type": {"enum": [URN + "no-a"]}}}
    operation = {
        "operationId": "a",
        "tags": ["party"],
        "parameters": [{"name": "id", "in": "path"}],
        "responses": {
            "200": {"description": "Fine."},
            "default": {"description": "A problem.", "schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }
    document = {
        "tags": [{"name": "party"}],
        "paths": {"/a/{id}": {"get": operation}},
        "components": {"schemas": {"Problem": problem}},
    }
    edit(document)
    return {DOCUMENT: json.dumps(document), SERVICES + "/party_views.cc": code}


def _operation(document):
    return document["paths"]["/a/{id}"]["get"]


CASES = [
    ("a document that fits", _tree(), None),
    ("no document", {SERVICES + "/party_views.cc": ""}, "is missing"),
    ("no JSON", {DOCUMENT: "{"}, "openapi.json:1"),
    ("a reference to nothing", _tree(lambda d: d.update(x={"$ref": "#/components/schemas/No"})), "is not in"),
    ("a schema for nobody", _tree(lambda d: d["components"]["schemas"].update(B={})), "nothing refers to it"),
    ("no operationId", _tree(lambda d: _operation(d).pop("operationId")), "operationId"),
    ("no responses", _tree(lambda d: _operation(d).update(responses={})), "no response of success"),
    ("a tag of nobody", _tree(lambda d: _operation(d).update(tags=["notary"])), "no tag"),
    ("a response without words", _tree(lambda d: _operation(d)["responses"].update({"304": {}})), "304"),
    ("a path without its parameter", _tree(lambda d: _operation(d).pop("parameters")), "the names in its path"),
    ("a route that is not written down", _tree(code='router.Add("GET", "/a/{x}", f); Problem(404, "no-a", "");'
                                               'AddSurveyRoute("POST", "/jobs", f);'), "is not in the document"),
    ("a route that is not built", _tree(code='Problem(404, "no-a", "");'), "no party has it"),
    ("a problem that is not listed", _tree(code='router.Add("GET", "/a/{x}", f); Problem(404, "no-a", "");'
                                           'ProblemOf(Error(x, ""), "no-b")'), "no-b is used"),
    ("a problem that is not used", _tree(code='router.Add("GET", "/a/{x}", f);'), "no-a is listed"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

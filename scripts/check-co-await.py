#!/usr/bin/env python3
"""Where co_await may stand (docs/adr/0001-compiler.md says why).

  auto x = co_await F(a);                          the whole right side of a declaration
  co_await F(a);                                   a statement of its own
  CO_RETURN_IF_ERROR(co_await F(a));               the macros of base/error.h
  CO_ASSIGN_OR_RETURN(auto x, co_await F(a));

Nowhere else: no condition, no argument, no part of an expression, not after co_return; and no `{`, `[` or `?`
between co_await and the `;`.
"""

import re
import sys

sys.dont_write_bytecode = True
import lintlib  # noqa: E402

_TOKEN = re.compile(r"[A-Za-z_]\w*|[0-9](?:'?[\w.])*|\"\"|::|->|&&|\|\||[-+*/%&|^!=<>]=|\+\+|--|\S")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
_OPEN = {"(": ")", "[": "]", "{": "}"}
_CONDITIONS = ("if", "while", "for", "switch")


def _is_name(token):
    return token[0].isalpha() or token[0] == "_"


class _Level:
    """An open bracket: its index, and where the statement that is being read inside it starts."""

    def __init__(self, opener, index):
        self.opener = opener
        self.index = index
        self.start = index + 1


def _skip_brackets(tokens, i):
    """The index after the bracket that closes tokens[i]."""
    depth = 0
    while i < len(tokens):
        if tokens[i] in _OPEN:
            depth += 1
        elif tokens[i] in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    return i


def _skip_template(tokens, i):
    """The index after the `>` that closes tokens[i] == `<`, or None when it is a comparison."""
    depth = 0
    while i < len(tokens) and tokens[i] not in (";", "{", "}", ")", "&&", "||"):
        if tokens[i] == "(":
            i = _skip_brackets(tokens, i)
            continue
        depth += {"<": 1, ">": -1}.get(tokens[i], 0)
        i += 1
        if depth == 0:
            return i
    return None


def _strip_control(prefix):
    """`prefix` without what may stand before a statement: if (...), else, do, labels."""
    while prefix:
        if prefix[0] in ("else", "do"):
            prefix = prefix[1:]
        elif prefix[0] in _CONDITIONS:
            at = prefix.index("(") if "(" in prefix else len(prefix)
            prefix = prefix[_skip_brackets(prefix, at) :]
        elif prefix[0] in ("case", "default") and ":" in prefix:
            prefix = prefix[prefix.index(":") + 1 :]
        elif len(prefix) >= 2 and _is_name(prefix[0]) and prefix[1] == ":":
            prefix = prefix[2:]
        else:
            break
    return prefix


def _is_declaration(prefix):
    """Whether `prefix` reads `type name =`, as against an assignment to something that exists."""
    if len(prefix) < 3 or prefix[-1] != "=":
        return False
    before = prefix[:-1]
    if before[:2] == ["[", "["]:
        before = before[_skip_brackets(before, 0) :]
    if before and before[-1] == "]":
        opening = len(before) - 1 - before[::-1].index("[")
        kind = [t for t in before[:opening] if t not in ("const", "&", "&&")]
        return kind == ["auto"]
    if len(before) < 2 or not _is_name(before[-1]):
        return False
    kind = before[:-1]
    if kind[-1] in ("&", "&&", "*") and len(kind) > 1:
        kind = kind[:-1]
    return (_is_name(kind[-1]) or kind[-1] == ">") and kind[0] not in ("co_return", "return", "throw")


def _after_operand(tokens, i):
    """The index after the one call (or name) that begins at i."""
    while i < len(tokens) and tokens[i] == "*":
        i += 1
    while i < len(tokens):
        if tokens[i] == "(":
            i = _skip_brackets(tokens, i)
        elif _is_name(tokens[i]) or tokens[i] in ("::", ".", "->"):
            i += 1
        elif tokens[i] == "<" and _is_name(tokens[i - 1]) and (after := _skip_template(tokens, i)):
            i = after
        else:
            break
    return i


def _fault(tokens, i, levels):
    """Why the co_await at tokens[i] may not stand there, or None."""
    level = levels[-1]
    opened_by = tokens[level.index - 1] if level.index > 0 else ""
    if level.opener == "(" and opened_by in (*_CONDITIONS, "constexpr"):
        return f"co_await in the condition of `{opened_by}`"
    end = i
    depth = 0
    while end < len(tokens) and not (tokens[end] == ";" and depth <= 0):
        if tokens[end] in ("{", "[", "?"):
            return f"`{tokens[end]}` between co_await and `;`"
        if tokens[end] == "}":
            return "co_await inside a braced list"
        depth += {"(": 1, ")": -1}.get(tokens[end], 0)
        end += 1

    if level.opener == "(":
        macro = opened_by
        outer = levels[-2]
        before_macro = tokens[outer.start : level.index - 1]
        inside = tokens[level.index + 1 : i]
        if macro == "CO_RETURN_IF_ERROR":
            if inside:
                return "co_await is not the whole argument of CO_RETURN_IF_ERROR"
            before_macro = _strip_control(before_macro)
        elif macro == "CO_ASSIGN_OR_RETURN":
            if len(inside) < 2 or inside[-1] != ",":
                return "co_await is not the whole second argument of CO_ASSIGN_OR_RETURN"
        else:
            return "co_await inside parentheses or as an argument"
        if before_macro or outer.opener not in ("", "{"):
            return f"{macro} is not a statement of its own in a block"
        after = _after_operand(tokens, i + 1)
        if tokens[after : after + 2] != [")", ";"]:
            return f"co_await is not the whole argument of {macro}"
        return None

    if level.opener == "[":
        return "co_await inside brackets"
    if level.opener == "{" and opened_by == "(":
        return "co_await in a statement expression or a braced list"
    prefix = _strip_control(tokens[level.start : i])
    if prefix and not _is_declaration(prefix):
        if prefix[0] == "co_return":
            return "co_await after co_return: give the value a name first"
        if prefix[-1] == "=" and len(prefix) > 1:
            return "co_await in an assignment: declare a variable"
        return "co_await is a part of an expression"
    if _after_operand(tokens, i + 1) != end:
        return "co_await is not the whole " + ("right side" if prefix else "statement")
    return None


def findings_in(text):
    """(line, reason) for each co_await that stands where it may not."""
    text = lintlib.blank(text)
    found = []
    for directive in _DIRECTIVE.finditer(text):
        if re.search(r"\bco_await\b", directive[0]):
            found.append((lintlib.line_of(text, directive.start()), "co_await inside a macro"))
    text = _DIRECTIVE.sub(lambda m: "\n" * m[0].count("\n"), text)
    matches = list(_TOKEN.finditer(text))
    tokens = [m[0] for m in matches]
    levels = [_Level("", -1)]
    for i, token in enumerate(tokens):
        if token == "co_await" and (i == 0 or tokens[i - 1] != "operator"):
            if reason := _fault(tokens, i, levels):
                found.append((lintlib.line_of(text, matches[i].start()), reason))
        if token in _OPEN:
            levels.append(_Level(token, i))
        elif token in (")", "]", "}"):
            if len(levels) > 1:
                levels.pop()
            if token == "}":
                levels[-1].start = i + 1
        elif token == ";":
            levels[-1].start = i + 1
    return found


def check(root):
    return [
        f"{path.relative_to(root)}:{line}: {reason}"
        for path in lintlib.cpp_files(root)
        for line, reason in findings_in(lintlib.read(path))
    ]


def _case(body, expected=None):
    return (body, {"src/a.cc": "Task<Status> F() {\n" + body + "\n}\n"}, expected)


CASES = [
    _case("co_await G();"),
    _case("auto x = co_await G(1, h(2));"),
    _case("const auto& x =\n    co_await a::b<int, 3>(1,\n  2);"),
    _case("Result<std::vector<int>> x = co_await std::move(task).Run();"),
    _case("auto [a, b] = co_await G();"),
    _case("[[maybe_unused]] Foo* x = co_await session_->G();"),
    _case("if (a) co_await G(); else { co_await H(); }"),
    _case("for (int i = 0; i < 3; ++i) co_await G(i);"),
    _case("switch (a) { case 1: co_await G(); break; default: co_await H(); }"),
    _case("CO_RETURN_IF_ERROR(co_await G(a, 1'000));"),
    _case("CO_ASSIGN_OR_RETURN(auto x,\n                    co_await G(\n  a));"),
    _case("if (a) CO_RETURN_IF_ERROR(co_await G());"),
    _case("// if (co_await G())\nlog(\"co_await (a ? b : c)\");"),
    _case("/* co_return co_await G(); */ co_await G('}');"),
    _case("auto l = [&](int k) -> Task<int> { auto v = co_await G(k); co_return v; };"),
    _case("Run([&]() -> Task<int> { co_await G(); co_return 1; });"),
    _case("std::vector<int> v{1, 2};\nco_await G(v);"),
    _case("}\nauto operator co_await() && noexcept { return Awaiter{this};"),
    _case('auto s = R"(co_await { [ ?)";\nco_await G(s);'),
    _case("if (co_await G()) co_return 5;", "condition of `if`"),
    _case("while (!co_await G()) {}", "condition of `while`"),
    _case("for (auto x : co_await G()) {}", "condition of `for`"),
    _case("for (int i = 0; co_await G(); ++i) {}", "condition of `for`"),
    _case("if (auto x = co_await G(); x) {}", "condition of `if`"),
    _case("switch (co_await G()) {}", "condition of `switch`"),
    _case("co_return co_await G();", "after co_return"),
    _case("x = co_await G();", "assignment"),
    _case("x.y = co_await G();", "assignment"),
    _case("x[1] = co_await G();", "assignment"),
    _case("*x = co_await G();", "assignment"),
    _case("x += co_await G();", "part of an expression"),
    _case("H(co_await G());", "as an argument"),
    _case("auto x = H(co_await G());", "as an argument"),
    _case("auto x = 1 + co_await G();", "part of an expression"),
    _case("auto x = !co_await G();", "part of an expression"),
    _case("auto x = co_await G() + 1;", "not the whole right side"),
    _case("auto x = co_await G() < 3;", "not the whole right side"),
    _case("co_await G(), H();", "not the whole statement"),
    _case("co_await G(co_await H());", "as an argument"),
    _case("auto x = co_await\n    (c ? G() : H());", "`?` between"),
    _case("auto x = c ? co_await G() : 1;", "part of an expression"),
    _case("co_await G(Options{\n.a = 1});", "`{` between"),
    _case("co_await G({1, 2});", "`{` between"),
    _case("co_await [k]() -> Task<int> { co_return k; }();", "`[` between"),
    _case("co_await G(v[1]);", "`[` between"),
    _case("std::vector<int> v{co_await G(), co_await H()};", "braced list"),
    _case("int x = ({ co_await G(); });", "statement expression"),
    _case("CO_RETURN_IF_ERROR(H(co_await G()));", "as an argument"),
    _case("CO_RETURN_IF_ERROR(!co_await G());", "not the whole argument"),
    _case("CO_RETURN_IF_ERROR((co_await G()).x);", "inside parentheses"),
    _case("CO_ASSIGN_OR_RETURN(auto x, co_await G(Foo{1}));", "`{` between"),
    _case("CO_ASSIGN_OR_RETURN(auto x, co_await G() + 1);", "not the whole argument"),
    _case("if (a) CO_ASSIGN_OR_RETURN(x, co_await G());", "not a statement of its own"),
    _case("auto r = CO_RETURN_IF_ERROR(co_await G());", "not a statement of its own"),
    _case("RETURN_IF_ERROR(co_await G());", "as an argument"),
    _case("EXPECT_TRUE(co_await G());", "as an argument"),
    _case("}\n#define AWAIT(x) co_await x\nvoid g() {", "inside a macro"),
]

if __name__ == "__main__":
    lintlib.main(check, CASES)

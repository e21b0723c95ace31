#include "mpcstats/language/syntax.h"

#include <algorithm>

#include "mpcstats/language/lexer.h"

namespace mpcstats {

namespace {

// Characters of a line that an error shows, and how many of them stand before the caret at most.
constexpr std::size_t kShown = 200;
constexpr std::size_t kShownBefore = 120;

// `count` characters of UTF-8 text from the one at `first`, fewer where it ends.
std::string Characters(std::string_view text, std::size_t first, std::size_t count) {
  std::string out;
  std::size_t character = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++character;
    if (character > first && character <= first + count) out.push_back(c);
  }
  return out;
}

std::string InQuotes(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  return quoted + quote;
}

bool IsPlainName(std::string_view name) { return !name.empty() && std::ranges::all_of(name, IsNameByte); }

std::string NameText(const std::string& name) {
  const bool digits = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  return IsPlainName(name) && !digits && !IsKeyword(name) ? name : InQuotes(name, '"');
}

std::string_view Symbol(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual: return "=";
    case Comparison::kNotEqual: return "<>";
    case Comparison::kLess: return "<";
    case Comparison::kLessOrEqual: return "<=";
    case Comparison::kGreater: return ">";
    case Comparison::kGreaterOrEqual: return ">=";
  }
  return "=";
}

// How tightly a node binds; an operand that binds less stands in parentheses.
int Tightness(const Node& node) {
  switch (node.kind) {
    case NodeKind::kOr: return 1;
    case NodeKind::kAnd: return 2;
    case NodeKind::kNot: return 3;
    case NodeKind::kCompare:
    case NodeKind::kIn:
    case NodeKind::kBetween:
    case NodeKind::kIsNull: return 4;
    case NodeKind::kAdd:
    case NodeKind::kSubtract: return 5;
    case NodeKind::kMultiply: return 6;
    case NodeKind::kNegate: return 7;
    default: return 8;
  }
}

std::string Operand(const Node& node, int least) {
  const bool negative = node.kind == NodeKind::kNumber && node.number.units < 0;
  const std::string text = ToText(node);
  return (negative ? 7 : Tightness(node)) < least ? "(" + text + ")" : text;
}

std::string Chain(const Node& node, std::string_view between, int least_left, int least_right) {
  std::string text = Operand(node.children[0], least_left);
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    text += std::string(between) + Operand(node.children[i], least_right);
  }
  return text;
}

std::string InText(const Node& node) {
  std::string text = Operand(node.children[0], 5) + (node.negated ? " NOT IN (" : " IN (");
  for (std::size_t i = 1; i < node.children.size(); ++i)
    text += (i == 1 ? "" : ", ") + ToText(node.children[i]);
  return text + ")";
}

// The first argument of a call may be any name, as it has been from the beginning.
std::string ArgumentText(const Node& node, bool first) {
  if (first && node.kind == NodeKind::kColumn && node.table.empty() && IsPlainName(node.text))
    return node.text;
  return ToText(node);
}

}  // namespace

std::string ColumnText(const std::string& table, const std::string& name) {
  return table.empty() ? NameText(name) : NameText(table) + "." + NameText(name);
}

std::string LiteralText(std::string_view text) { return InQuotes(text, '\''); }

std::string ToText(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNumber: return FormatDecimal(node.number);
    case NodeKind::kText: return LiteralText(node.text);
    case NodeKind::kNull: return "NULL";
    case NodeKind::kColumn: return ColumnText(node.table, node.text);
    case NodeKind::kNegate: return "-" + Operand(node.children[0], 8);
    case NodeKind::kAdd: return Chain(node, " + ", 5, 6);
    case NodeKind::kSubtract: return Chain(node, " - ", 5, 6);
    case NodeKind::kMultiply: return Chain(node, " * ", 6, 7);
    case NodeKind::kCompare: return Chain(node, " " + std::string(Symbol(node.comparison)) + " ", 5, 5);
    case NodeKind::kIn: return InText(node);
    case NodeKind::kBetween:
      return Operand(node.children[0], 5) + (node.negated ? " NOT BETWEEN " : " BETWEEN ") +
             Operand(node.children[1], 5) + " AND " + Operand(node.children[2], 5);
    case NodeKind::kIsNull:
      return Operand(node.children[0], 5) + (node.negated ? " IS NOT NULL" : " IS NULL");
    case NodeKind::kNot: return "NOT " + Operand(node.children[0], 3);
    case NodeKind::kAnd: return Chain(node, " AND ", 3, 3);
    case NodeKind::kOr: return Chain(node, " OR ", 2, 2);
  }
  return {};
}

std::string ToText(const Call& call) {
  if (call.of_rows) return call.statistic + "(*)";
  std::string text = call.statistic + "(";
  for (std::size_t i = 0; i < call.arguments.size(); ++i)
    text += (i == 0 ? "" : ", ") + ArgumentText(call.arguments[i], i == 0);
  return text + ")";
}

std::string ToText(const Grouping& grouping) {
  if (!grouping.by_bucket()) return ToText(grouping.value);
  std::string text = "bucket(" + ToText(grouping.value);
  for (const Decimal& edge : grouping.edges) text += ", " + FormatDecimal(edge);
  return text + ")";
}

std::string ToText(const Query& query) {
  std::string text = query.explain ? "EXPLAIN SELECT " : "SELECT ";
  for (std::size_t i = 0; i < query.items.size(); ++i) text += (i == 0 ? "" : ", ") + ToText(query.items[i]);
  // Beside figures a key says nothing; alone it stands, so that the text still reads back.
  for (std::size_t i = 0; query.items.empty() && i < query.keys.size(); ++i)
    text += (i == 0 ? "" : ", ") + ToText(query.keys[i]);
  text += " FROM " + NameText(query.table);
  if (query.join) {
    text += " JOIN " + NameText(query.join->table) + " ON " + ToText(query.join->left_key) + " = " +
            ToText(query.join->right_key);
  }
  if (query.where) text += " WHERE " + ToText(*query.where);
  if (query.group_by) text += " GROUP BY " + ToText(*query.group_by);
  return text;
}

std::vector<std::string> BucketLabels(const std::vector<Decimal>& edges) {
  std::vector<std::string> labels;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const std::string edge = FormatDecimal(edges[e]);
    labels.push_back(e == 0 ? "below " + edge : FormatDecimal(edges[e - 1]) + " to below " + edge);
  }
  if (!edges.empty()) labels.push_back(FormatDecimal(edges.back()) + " and above");
  return labels;
}

std::size_t CharacterAt(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::ranges::count_if(
                 text.substr(0, at), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string CaretLines(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string line(text.substr(begin, end - begin));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  const std::size_t caret = CharacterAt(line, at - begin) - 1;
  const std::size_t first = caret < kShownBefore ? 0 : caret - kShownBefore;
  const std::string shown = Characters(line, first, kShown);
  const std::string lead = first == 0 ? "  " : "  ...";
  const bool cut = Characters(line, first, kShown + 1).size() > shown.size();
  return lead + shown + (cut ? "...\n" : "\n") + std::string(lead.size() + caret - first, ' ') + "^\n";
}

}  // namespace mpcstats

#include "mpcstats/query/evaluate.h"

#include <algorithm>
#include <optional>

#include "mpcstats/base/check.h"
#include "mpcstats/query/bind.h"
#include "mpcstats/query/join_tables.h"

namespace mpcstats {

namespace {

// The column's name in the table; of `joined` unless null.
std::string NameOf(const Node& node, const Query* joined) {
  return joined == nullptr ? node.text : StoredName(*joined, node);
}

// Follows the tree as SQL reads it, row by row, with NULL as nothing; shares no code with BindQuery.
class Row {
 public:
  Row(const Table& table, std::size_t row, const Query* joined) : table_(table), row_(row), joined_(joined) {}

  [[nodiscard]] std::optional<Rational> Number(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kNumber: return Rational::FromDecimal(node.number);
      case NodeKind::kColumn: {
        const NumericColumn& column = table_.columns[Column(node, ColumnContent::kNumber)];
        if (column.valid[row_] == 0) return std::nullopt;
        return Rational(column.units[row_]) * Rational::PowerOfTen(-static_cast<int>(column.type.scale));
      }
      case NodeKind::kNegate: {
        const auto value = Number(node.children[0]);
        return value ? std::optional(-*value) : std::nullopt;
      }
      case NodeKind::kAdd:
      case NodeKind::kSubtract:
      case NodeKind::kMultiply: {
        const auto left = Number(node.children[0]);
        const auto right = Number(node.children[1]);
        if (!left || !right) return std::nullopt;
        if (node.kind == NodeKind::kMultiply) return *left * *right;
        return node.kind == NodeKind::kAdd ? *left + *right : *left - *right;
      }
      default: return std::nullopt;
    }
  }

  [[nodiscard]] std::optional<std::string> Text(const Node& node) const {
    if (node.kind == NodeKind::kText) return node.text;
    if (node.kind != NodeKind::kColumn) return std::nullopt;
    const std::size_t c = Column(node, ColumnContent::kCategory);
    if (table_.columns[c].valid[row_] == 0) return std::nullopt;
    return table_.readings[c].categories[static_cast<std::size_t>(table_.columns[c].units[row_])];
  }

  [[nodiscard]] std::optional<bool> Truth(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kNot: {
        const auto inner = Truth(node.children[0]);
        return inner ? std::optional(!*inner) : std::nullopt;
      }
      case NodeKind::kAnd: return Joined(node, false);
      case NodeKind::kOr: return Joined(node, true);
      case NodeKind::kIsNull: return IsNull(node.children[0]) != node.negated;
      case NodeKind::kCompare: return Compare(node, node.children[0], node.comparison, node.children[1]);
      case NodeKind::kBetween: {
        const auto low = Compare(node, node.children[0], Comparison::kGreaterOrEqual, node.children[1]);
        const auto high = Compare(node, node.children[0], Comparison::kLessOrEqual, node.children[2]);
        return Negated(And(low, high), node.negated);
      }
      case NodeKind::kIn: {
        std::optional<bool> any = false;
        for (std::size_t i = 1; i < node.children.size(); ++i)
          any = Or(any, Compare(node, node.children[0], Comparison::kEqual, node.children[i]));
        return Negated(any, node.negated);
      }
      default: CHECK(false);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool IsNull(const Node& node) const {
    if (node.kind == NodeKind::kText) return false;
    if (node.kind != NodeKind::kColumn) return !Number(node);
    const NumericColumn* column = table_.Find(NameOf(node, joined_));
    CHECK(column != nullptr);
    return column->valid[row_] == 0;
  }

 private:
  [[nodiscard]] std::size_t Column(const Node& node, ColumnContent content) const {
    const std::optional<std::size_t> column = table_.Find(NameOf(node, joined_), content);
    CHECK(column.has_value());
    return *column;
  }

  static std::optional<bool> And(std::optional<bool> a, std::optional<bool> b) {
    if (a == false || b == false) return false;
    return a && b ? std::optional(true) : std::nullopt;
  }
  static std::optional<bool> Or(std::optional<bool> a, std::optional<bool> b) {
    if (a == true || b == true) return true;
    return a && b ? std::optional(false) : std::nullopt;
  }
  static std::optional<bool> Negated(std::optional<bool> a, bool negated) {
    return a ? std::optional(*a != negated) : std::nullopt;
  }

  [[nodiscard]] std::optional<bool> Joined(const Node& node, bool any) const {
    std::optional<bool> all = !any;
    for (const Node& child : node.children) all = any ? Or(all, Truth(child)) : And(all, Truth(child));
    return all;
  }

  template <typename T>
  static bool Holds(Comparison comparison, const T& a, const T& b) {
    switch (comparison) {
      case Comparison::kEqual: return a == b;
      case Comparison::kNotEqual: return !(a == b);
      case Comparison::kLess: return a < b;
      case Comparison::kLessOrEqual: return !(b < a);
      case Comparison::kGreater: return b < a;
      case Comparison::kGreaterOrEqual: return !(a < b);
    }
    return false;
  }

  [[nodiscard]] std::optional<bool> Compare(const Node& whole, const Node& left, Comparison comparison,
                                            const Node& right) const {
    const bool texts =
        std::ranges::any_of(whole.children, [](const Node& child) { return child.kind == NodeKind::kText; });
    if (texts) {
      const auto a = Text(left);
      const auto b = Text(right);
      return a && b ? std::optional(Holds(comparison, *a, *b)) : std::nullopt;
    }
    const auto a = Number(left);
    const auto b = Number(right);
    return a && b ? std::optional(Holds(comparison, *a, *b)) : std::nullopt;
  }

  const Table& table_;
  std::size_t row_;
  const Query* joined_;
};

// The group of each row; `labels` becomes their names.
std::vector<std::size_t> GroupOfRows(const Grouping& grouping, const Table& table, const Query* joined,
                                     std::vector<std::string>* labels) {
  std::vector<std::size_t> group(table.rows);
  bool has_missing = false;
  std::vector<std::uint8_t> missing(table.rows);
  if (grouping.by_bucket()) {
    const std::vector<Decimal>& edges = grouping.edges;
    labels->push_back("below " + FormatDecimal(edges[0]));
    for (std::size_t e = 1; e < edges.size(); ++e)
      labels->push_back(FormatDecimal(edges[e - 1]) + " to below " + FormatDecimal(edges[e]));
    labels->push_back(FormatDecimal(edges.back()) + " and above");
    for (std::size_t r = 0; r < table.rows; ++r) {
      const auto value = Row(table, r, joined).Number(grouping.value);
      missing[r] = value ? 0 : 1;
      for (const Decimal& edge : edges) group[r] += value && !(*value < Rational::FromDecimal(edge)) ? 1 : 0;
    }
  } else {
    const std::optional<std::size_t> c = table.Find(NameOf(grouping.value, joined), ColumnContent::kCategory);
    CHECK(c.has_value());
    *labels = table.readings[*c].categories;
    for (std::size_t r = 0; r < table.rows; ++r) {
      missing[r] = table.columns[*c].valid[r] == 0 ? 1 : 0;
      group[r] = static_cast<std::size_t>(table.columns[*c].units[r]);
    }
  }
  has_missing = std::ranges::find(missing, 1) != missing.end();
  for (std::size_t r = 0; r < table.rows; ++r) {
    if (missing[r] != 0) group[r] = labels->size();
  }
  if (has_missing) labels->emplace_back("NULL");
  return group;
}

// An argument of a statistic as a column of integers: the values with the most decimals that any of them has.
struct Argument {
  ColumnType type;
  std::vector<std::int64_t> units;
  std::vector<std::uint8_t> valid;
  std::vector<std::string> categories = {};
};

Argument TextsOf(const Node& node, const Table& table, const std::vector<std::uint8_t>& where,
                 const Query* joined) {
  const std::optional<std::size_t> c = table.Find(NameOf(node, joined), ColumnContent::kCategory);
  CHECK(c.has_value());
  const NumericColumn& column = table.columns[*c];
  Argument out{column.type, column.units, column.valid, table.readings[*c].categories};
  for (std::size_t r = 0; r < table.rows; ++r) out.valid[r] = where[r] != 0 && column.valid[r] != 0 ? 1 : 0;
  return out;
}

unsigned ScaleOf(const Node& node, const Table& table, const Query* joined) {
  if (node.kind == NodeKind::kNumber) return node.number.scale;
  if (node.kind == NodeKind::kColumn) {
    const std::optional<std::size_t> c = table.Find(NameOf(node, joined), ColumnContent::kNumber);
    return c ? table.columns[*c].type.scale : 0;
  }
  unsigned scale = 0;
  for (const Node& child : node.children) {
    const unsigned below = ScaleOf(child, table, joined);
    scale = node.kind == NodeKind::kMultiply ? scale + below : std::max(scale, below);
  }
  return scale;
}

Argument ArgumentOf(const Node& node, const Table& table, const std::vector<std::uint8_t>& where,
                    bool presence, const Query* joined) {
  Argument out;
  out.type.scale = presence ? 0 : ScaleOf(node, table, joined);
  std::uint64_t most = 0;
  bool negative = false;
  for (std::size_t r = 0; r < table.rows; ++r) {
    const Row row(table, r, joined);
    std::int64_t units = 0;
    bool there = where[r] != 0 && !row.IsNull(node);
    if (there && !presence) {
      const Rational scaled = *row.Number(node) * Rational::PowerOfTen(static_cast<int>(out.type.scale));
      CHECK(scaled.IsInteger());
      units = std::stoll(scaled.ToExact());
      most = std::max(most, static_cast<std::uint64_t>(units < 0 ? -units : units));
      negative |= units < 0;
    }
    out.units.push_back(units);
    out.valid.push_back(there ? 1 : 0);
  }
  out.type = ColumnType::For(most, negative, out.type.scale);
  return out;
}

const Query* JoinedOf(const Query& query) { return query.join ? &query : nullptr; }

std::vector<std::uint8_t> Fulfilling(const Node& condition, const Table& table, const Query* joined) {
  std::vector<std::uint8_t> rows(table.rows);
  for (std::size_t r = 0; r < table.rows; ++r)
    rows[r] = Row(table, r, joined).Truth(condition) == true ? 1 : 0;
  return rows;
}

std::vector<Decimal> NumbersIn(const Call& call) {
  std::vector<Decimal> numbers;
  for (const Node& node : call.arguments) {
    if (node.kind == NodeKind::kNumber) numbers.push_back(node.number);
  }
  return numbers;
}

std::vector<std::string> TextsIn(const Call& call) {
  std::vector<std::string> texts;
  for (const Node& node : call.arguments) {
    if (node.kind == NodeKind::kText) texts.push_back(node.text);
  }
  return texts;
}

class Items {
 public:
  Items(const Query& query, const Table& table, const std::vector<std::uint8_t>& where) : query_(query) {
    for (const Call& call : query.items) {
      std::vector<Argument> arguments;
      const bool counts = call.statistic == "count";
      for (std::size_t a = 0; a < call.arguments.size(); ++a) {
        const Node& node = call.arguments[a];
        if (node.kind == NodeKind::kNumber || node.kind == NodeKind::kText) continue;
        arguments.push_back(ReadsTexts(call, a) ? TextsOf(node, table, where, JoinedOf(query))
                                                : ArgumentOf(node, table, where, counts, JoinedOf(query)));
      }
      if (call.of_rows) arguments.push_back({{.bits = 1}, std::vector<std::int64_t>(table.rows, 0), where});
      arguments_.push_back(std::move(arguments));
    }
  }

  // Over the rows of which `in` is one.
  [[nodiscard]] PlainGroup Over(const std::vector<std::uint8_t>& in) const {
    PlainGroup out;
    for (std::size_t i = 0; i < query_.items.size(); ++i) {
      const Call& call = query_.items[i];
      const std::vector<Argument>& arguments = arguments_[i];
      std::vector<std::vector<std::int64_t>> units(arguments.size());
      std::vector<ColumnType> types;
      for (const Argument& argument : arguments) types.push_back(argument.type);
      for (std::size_t r = 0; r < in.size(); ++r) {
        const bool there = in[r] != 0 && std::ranges::all_of(arguments, [r](const Argument& argument) {
                             return argument.valid[r] != 0;
                           });
        for (std::size_t a = 0; there && a < arguments.size(); ++a) units[a].push_back(arguments[a].units[r]);
      }
      std::vector<std::vector<std::string>> categories;
      for (const Argument& argument : arguments) categories.push_back(argument.categories);
      const std::vector<Decimal> numbers =
          *NumbersOf(call.statistic, categories, NumbersIn(call), TextsIn(call));
      const Statistic* statistic = FindStatistic(call.statistic);
      CHECK(statistic != nullptr);
      out.counts.push_back(units[0].size());
      Figure figure = statistic->Plain(units, types, numbers);
      if (statistic->name_parts != nullptr && !figure.parts.empty()) {
        statistic->name_parts(categories, numbers, &figure);
      }
      out.figures.push_back(std::move(figure));
    }
    return out;
  }

 private:
  const Query& query_;
  std::vector<std::vector<Argument>> arguments_;
};

}  // namespace

std::vector<std::uint8_t> RowsWhere(const Node& condition, const Table& table) {
  return Fulfilling(condition, table, nullptr);
}

std::vector<PlainGroup> EvaluatePlain(const Query& query, const Table& table) {
  const std::vector<std::uint8_t> where = query.where ? Fulfilling(*query.where, table, JoinedOf(query))
                                                      : std::vector<std::uint8_t>(table.rows, 1);
  const Items items(query, table, where);
  if (!query.group_by) return std::vector<PlainGroup>(1, items.Over(where));
  std::vector<std::string> labels;
  const std::vector<std::size_t> group = GroupOfRows(*query.group_by, table, JoinedOf(query), &labels);
  std::vector<PlainGroup> groups;
  for (std::size_t g = 0; g < labels.size(); ++g) {
    std::vector<std::uint8_t> in(table.rows);
    for (std::size_t r = 0; r < table.rows; ++r) in[r] = where[r] != 0 && group[r] == g ? 1 : 0;
    groups.push_back(items.Over(in));
    groups.back().label = labels[g];
  }
  return groups;
}

}  // namespace mpcstats

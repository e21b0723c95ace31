#include "mpcstats/query/bind.h"

#include <algorithm>
#include <utility>

#include "mpcstats/query/bind_values.h"
#include "mpcstats/query/join_tables.h"

namespace mpcstats {

namespace {

using binding::Constant;
using binding::FloorDivide;
using binding::Int;
using binding::IsConstant;
using binding::kFarthest;
using binding::Magnitude;
using binding::Power10;
using binding::ValueBinder;

// Categories of GROUP BY: each is a row of the result for each item.
constexpr std::size_t kMaxGroups = 1024;

Condition Fixed(ConditionKind kind) {
  Condition condition;
  condition.kind = kind;
  return condition;
}

Comparison Opposite(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual: return Comparison::kNotEqual;
    case Comparison::kNotEqual: return Comparison::kEqual;
    case Comparison::kLess: return Comparison::kGreaterOrEqual;
    case Comparison::kLessOrEqual: return Comparison::kGreater;
    case Comparison::kGreater: return Comparison::kLessOrEqual;
    case Comparison::kGreaterOrEqual: return Comparison::kLess;
  }
  return comparison;
}

Comparison Mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess: return Comparison::kGreater;
    case Comparison::kLessOrEqual: return Comparison::kGreaterOrEqual;
    case Comparison::kGreater: return Comparison::kLess;
    case Comparison::kGreaterOrEqual: return Comparison::kLessOrEqual;
    default: return comparison;
  }
}

bool Holds(Comparison comparison, Int left, Int right) {
  switch (comparison) {
    case Comparison::kEqual: return left == right;
    case Comparison::kNotEqual: return left != right;
    case Comparison::kLess: return left < right;
    case Comparison::kLessOrEqual: return left <= right;
    case Comparison::kGreater: return left > right;
    case Comparison::kGreaterOrEqual: return left >= right;
  }
  return false;
}

// Whether all texts are numbers whose order is not that of the texts, as '9' and '10'.
bool AscendOtherwiseAsNumbers(const std::vector<std::string>& texts) {
  bool otherwise = false;
  std::optional<Rational> last;
  for (const std::string& text : texts) {
    const auto number = ParseDecimal(text);
    if (!number) return false;
    const Rational value = Rational::FromDecimal(*number);
    otherwise |= last && value < *last;
    last = value;
  }
  return otherwise;
}

class Binder : private ValueBinder {
 public:
  using ValueBinder::ValueBinder;

  Result<BoundQuery> Run() {
    if (query_.join) RETURN_IF_ERROR(CheckJoin(query_, text_, fault_at_));
    BoundQuery bound;
    if (query_.where) {
      ASSIGN_OR_RETURN(bound.where, Bind(*query_.where, false));
    }
    if (query_.group_by) {
      ASSIGN_OR_RETURN(bound.groups, BindGroups(*query_.group_by));
    }
    for (const Grouping& key : query_.keys) RETURN_IF_ERROR(CheckKey(key));
    if (query_.items.empty()) {
      return Refuse(text_.size(), "there is nothing to compute; add a figure such as count(*)");
    }
    for (const Call& call : query_.items) RETURN_IF_ERROR(BindCall(call, &bound));
    return bound;
  }

 private:
  // --- conditions ------------------------------------------------------------------------------------------------
  // What is true exactly where `node` (with `negate`: NOT node) is true in three-valued logic.
  Result<Condition> Bind(const Node& node, bool negate) {
    switch (node.kind) {
      case NodeKind::kNot: return Bind(node.children[0], !negate);
      case NodeKind::kAnd: return BindJoined(node, negate, negate);
      case NodeKind::kOr: return BindJoined(node, negate, !negate);
      case NodeKind::kCompare: {
        const Comparison comparison = negate ? Opposite(node.comparison) : node.comparison;
        return BindComparison(node, node.children[0], comparison, node.children[1]);
      }
      case NodeKind::kBetween: return BindBetween(node, negate != node.negated);
      case NodeKind::kIn: return BindIn(node, negate != node.negated);
      default: return BindIsNull(node, negate != node.negated);
    }
  }

  Result<Condition> BindJoined(const Node& node, bool negate, bool any) {
    std::vector<Condition> parts;
    for (const Node& child : node.children) {
      ASSIGN_OR_RETURN(Condition part, Bind(child, negate));
      parts.push_back(std::move(part));
    }
    return Join(std::move(parts), any);
  }

  static Condition Join(std::vector<Condition> parts, bool any) {
    const ConditionKind decides = any ? ConditionKind::kAlways : ConditionKind::kNever;
    Condition out = Fixed(any ? ConditionKind::kAny : ConditionKind::kAll);
    for (Condition& part : parts) {
      if (part.kind == decides) return Fixed(decides);
      if (part.kind == ConditionKind::kAlways || part.kind == ConditionKind::kNever) continue;
      out.children.push_back(std::move(part));
    }
    if (out.children.empty()) return Fixed(any ? ConditionKind::kNever : ConditionKind::kAlways);
    if (out.children.size() > 1) return out;
    Condition only = std::move(out.children[0]);
    return only;
  }

  Result<Condition> BindBetween(const Node& node, bool outside) {
    const Comparison low = outside ? Comparison::kLess : Comparison::kGreaterOrEqual;
    const Comparison high = outside ? Comparison::kGreater : Comparison::kLessOrEqual;
    std::vector<Condition> parts(2);
    ASSIGN_OR_RETURN(parts[0], BindComparison(node, node.children[0], low, node.children[1]));
    ASSIGN_OR_RETURN(parts[1], BindComparison(node, node.children[0], high, node.children[2]));
    return Join(std::move(parts), outside);
  }

  // x IN (a, b) is x = a OR x = b; its negation is never true when the list has a NULL.
  Result<Condition> BindIn(const Node& node, bool outside) {
    std::vector<Condition> parts;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Node& element = node.children[i];
      const bool constant = element.kind == NodeKind::kText || element.kind == NodeKind::kNull ||
                            element.kind == NodeKind::kNumber;
      if (!constant) {
        return Refuse(element.begin, "IN takes numbers, texts and NULL; compare with = and OR instead");
      }
      ASSIGN_OR_RETURN(Condition part,
                       BindComparison(node, node.children[0],
                                      outside ? Comparison::kNotEqual : Comparison::kEqual, element));
      parts.push_back(std::move(part));
    }
    if (!outside) Merge(&parts);
    return Join(std::move(parts), !outside);
  }

  // The leaf of an equality, which may stand beside the presence of its columns; else null.
  static Condition* AmongOf(Condition* part) {
    Condition* leaf = part->kind == ConditionKind::kAll ? &part->children[0] : part;
    return leaf->kind == ConditionKind::kAmong ? leaf : nullptr;
  }

  // The equalities of one value as one leaf.
  static void Merge(std::vector<Condition>* parts) {
    std::vector<Condition> merged;
    Condition* leaf = nullptr;
    for (Condition& part : *parts) {
      Condition* next = AmongOf(&part);
      if (leaf != nullptr && next != nullptr) {
        leaf->among.push_back(next->among[0]);
        continue;
      }
      if (part.kind == ConditionKind::kNever) continue;
      merged.reserve(parts->size());  // `leaf` points into it
      merged.push_back(std::move(part));
      if (next != nullptr) leaf = AmongOf(&merged.back());
    }
    if (leaf != nullptr) {
      std::ranges::sort(leaf->among);
      leaf->among.erase(std::unique(leaf->among.begin(), leaf->among.end()), leaf->among.end());
    }
    *parts = std::move(merged);
  }

  Result<Condition> BindIsNull(const Node& node, bool present) {
    std::vector<std::size_t> columns;
    if (node.children[0].kind == NodeKind::kColumn) {
      ASSIGN_OR_RETURN(const std::size_t c, FindAny(node.children[0]));
      columns.push_back(c);
    } else if (node.children[0].kind != NodeKind::kText) {
      ASSIGN_OR_RETURN(const std::optional<Value> value, BindValue(node.children[0]));
      if (!value) return Fixed(present ? ConditionKind::kNever : ConditionKind::kAlways);
      columns = MentionedIn(node.children[0]);
    }
    std::erase_if(columns, [&](std::size_t c) { return !columns_[c].may_be_missing; });
    if (columns.empty()) return Fixed(present ? ConditionKind::kAlways : ConditionKind::kNever);
    Condition condition = Fixed(present ? ConditionKind::kPresent : ConditionKind::kMissing);
    condition.columns = std::move(columns);
    return condition;
  }

  Result<Condition> BindComparison(const Node& node, const Node& left, Comparison comparison,
                                   const Node& right) {
    if (right.kind == NodeKind::kText) return BindText(left, comparison, right);
    if (left.kind == NodeKind::kText) return BindText(right, Mirrored(comparison), left);
    if (right.kind == NodeKind::kColumn) RETURN_IF_ERROR(FindAny(right));
    if (left.kind == NodeKind::kColumn && FindContent(left) == ColumnContent::kCategory) {
      return right.kind == NodeKind::kNull ? Result<Condition>(Fixed(ConditionKind::kNever))
                                           : NotANumber(left);
    }
    ASSIGN_OR_RETURN(std::optional<Value> a, BindValue(left));
    ASSIGN_OR_RETURN(std::optional<Value> b, BindValue(right));
    if (!a || !b) return Fixed(ConditionKind::kNever);
    std::vector<std::size_t> columns = MentionedIn(left);
    const std::vector<std::size_t> more = MentionedIn(right);
    columns.insert(columns.end(), more.begin(), more.end());
    if (IsConstant(*a)) {
      std::swap(a, b);
      comparison = Mirrored(comparison);
    }
    if (!IsConstant(*b)) {
      // a < b is a - b < 0; a > b is b - a < 0, so that the sign alone decides.
      const bool swap = comparison == Comparison::kGreater || comparison == Comparison::kLessOrEqual;
      if (swap) {
        std::swap(a, b);
        comparison = Mirrored(comparison);
      }
      ASSIGN_OR_RETURN(Value difference, Sum(node, std::move(*a), std::move(*b), true));
      return Test(std::move(difference), comparison, Constant(0, 0), std::move(columns));
    }
    return Test(std::move(*a), comparison, *b, std::move(columns));
  }

  std::optional<ColumnContent> FindContent(const Node& node) const {
    const std::string name = StoredName(query_, node);
    const auto found = std::ranges::find(columns_, name, &ColumnInfo::name);
    if (found == columns_.end()) return std::nullopt;
    for (const ColumnInfo& info : columns_) {
      if (info.name == name && info.content == ColumnContent::kNumber) return ColumnContent::kNumber;
    }
    return found->content;
  }

  std::unexpected<Error> NotANumber(const Node& column) {
    return Refuse(column.begin, ToText(column) + " holds texts; compare it with a text in single quotes");
  }

  // value (units of 10^-scale) against a constant, as integers: exact, whatever the constant's scale.
  Condition Test(Value value, Comparison comparison, const Value& constant,
                 std::vector<std::size_t> columns) const {
    Int floor = constant.low;
    bool whole = true;
    if (constant.scale > value.scale) {
      const Int divisor = Power10(constant.scale - value.scale);
      floor = FloorDivide(constant.low, divisor);
      whole = floor * divisor == constant.low;
    } else {
      // Beyond kFarthest every value lies on the same side.
      for (unsigned i = value.scale - constant.scale;
           i > 0 && Magnitude(floor) < static_cast<unsigned __int128>(kFarthest); --i)
        floor *= 10;
    }
    // In whole units: < c is < ceil(c); <= c is < floor(c) + 1.
    switch (comparison) {
      case Comparison::kLess:
        return Below(std::move(value), whole ? floor : floor + 1, false, std::move(columns));
      case Comparison::kGreaterOrEqual:
        return Below(std::move(value), whole ? floor : floor + 1, true, std::move(columns));
      case Comparison::kLessOrEqual: return Below(std::move(value), floor + 1, false, std::move(columns));
      case Comparison::kGreater: return Below(std::move(value), floor + 1, true, std::move(columns));
      default: break;
    }
    const bool negated = comparison == Comparison::kNotEqual;
    if (!whole || floor < value.low || floor > value.high) return Decided(negated, std::move(columns));
    if (value.low == value.high) return Decided(Holds(comparison, value.low, floor), std::move(columns));
    Condition test = Fixed(ConditionKind::kAmong);
    test.negated = negated;
    test.among.push_back(floor);
    test.value = std::move(value);
    return WherePresent(std::move(test), std::move(columns));
  }

  Condition Below(Value value, Int threshold, bool negated, std::vector<std::size_t> columns) const {
    if (value.high < threshold) return Decided(!negated, std::move(columns));
    if (value.low >= threshold) return Decided(negated, std::move(columns));
    Condition test = Fixed(ConditionKind::kBelow);
    test.negated = negated;
    test.threshold = threshold;
    test.value = std::move(value);
    return WherePresent(std::move(test), std::move(columns));
  }

  // Known without looking at the value, where it is there.
  Condition Decided(bool outcome, std::vector<std::size_t> columns) const {
    if (!outcome) return Fixed(ConditionKind::kNever);
    return WherePresent(Fixed(ConditionKind::kAlways), std::move(columns));
  }

  // The condition where none of `columns` is missing.
  Condition WherePresent(Condition condition, std::vector<std::size_t> columns) const {
    std::erase_if(columns, [&](std::size_t c) { return !columns_[c].may_be_missing; });
    std::ranges::sort(columns);
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    if (columns.empty()) return condition;
    Condition present = Fixed(ConditionKind::kPresent);
    present.columns = std::move(columns);
    std::vector<Condition> both;
    both.push_back(std::move(condition));
    both.push_back(std::move(present));
    return Join(std::move(both), false);
  }

  Result<Condition> BindText(const Node& column, Comparison comparison, const Node& literal) {
    if (column.kind == NodeKind::kNull) return Fixed(ConditionKind::kNever);
    if (column.kind != NodeKind::kColumn) {
      return Refuse(literal.begin,
                    "a text is compared with a column alone, such as region = " + LiteralText(literal.text));
    }
    ASSIGN_OR_RETURN(const std::size_t c, Find(column, ColumnContent::kCategory));
    const std::vector<std::string>& categories = columns_[c].categories;
    // A survey's categories are in an order of its own, in which < says nothing about texts.
    const bool ascending = std::ranges::is_sorted(categories);
    const bool equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
    if (!ascending && !equality) {
      return Refuse(column.begin,
                    ToText(column) + " has categories in an order of their own; compare it with =, <> or IN");
    }
    if (!equality && AscendOtherwiseAsNumbers(categories)) {
      return Refuse(literal.begin, ToText(column) +
                                       " holds numbers, which are in another order as texts; write " +
                                       LiteralText(literal.text) + " without quotes");
    }
    const auto at = ascending ? std::ranges::lower_bound(categories, literal.text)
                              : std::ranges::find(categories, literal.text);
    const bool known = at != categories.end() && *at == literal.text;
    const Int index = at - categories.begin();
    // A text between two categories is above the lower of them: index - 1/2.
    const Value place = known ? Constant(index, 0) : Constant(10 * index - 5, 1);
    std::vector<std::size_t> columns(1, c);
    if (categories.empty()) return Fixed(ConditionKind::kNever);
    return Test(ValueOfColumn(c, columns_[c]), comparison, place, std::move(columns));
  }

  // --- groups and items ------------------------------------------------------------------------------------------
  Result<std::optional<Groups>> BindGroups(const Grouping& grouping) {
    Groups groups;
    groups.text = ToText(grouping);
    if (grouping.by_bucket()) {
      RETURN_IF_ERROR(BindBucket(grouping, &groups));
    } else {
      ASSIGN_OR_RETURN(const std::size_t c, Find(grouping.value, ColumnContent::kCategory));
      groups.value = ValueOfColumn(c, columns_[c]);
      groups.labels = columns_[c].categories;
    }
    for (const std::size_t c : ColumnsIn(groups.value)) groups.has_missing |= columns_[c].may_be_missing;
    if (groups.has_missing) groups.labels.emplace_back(kMissingLabel);
    if (groups.labels.size() * query_.items.size() > kMaxGroups) {
      return Refuse(
          grouping.begin,
          ToText(grouping) + " has " + std::to_string(groups.labels.size()) +
              " groups, and figures times groups may be 1024 at most; use bucket(), or fewer figures");
    }
    return groups;
  }

  Status BindBucket(const Grouping& grouping, Groups* groups) {
    ASSIGN_OR_RETURN(std::optional<Value> value, BindValue(grouping.value));
    if (!value || IsConstant(*value)) {
      return Refuse(grouping.begin, "a bucket needs a column, such as bucket(age, 18, 65)");
    }
    if (MentionedIn(grouping.value) != ColumnsIn(*value)) {
      return Refuse(grouping.begin, "a bucket of a column times 0 has no groups; take the factor out");
    }
    groups->by_bucket = true;
    const std::vector<Decimal>& edges = grouping.edges;
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (e > 0 && !(Rational::FromDecimal(edges[e - 1]) < Rational::FromDecimal(edges[e]))) {
        return Refuse(grouping.begin, "the edges of a bucket ascend, and " + FormatDecimal(edges[e]) +
                                          " does not; sort them");
      }
      // The condition value < edge has the threshold in units.
      const Condition below = Test(*value, Comparison::kLess, Constant(edges[e].units, edges[e].scale), {});
      const bool above_all = below.kind == ConditionKind::kAlways;
      groups->thresholds.push_back(below.kind == ConditionKind::kBelow ? below.threshold
                                   : above_all                         ? value->high + 1
                                                                       : value->low);
    }
    groups->labels = BucketLabels(edges);
    groups->value = std::move(*value);
    return {};
  }

  // Of one table a column may be written with it or without.
  std::string WithoutTable(Grouping grouping) const {
    if (!query_.join) grouping.value.table.clear();
    return ToText(grouping);
  }

  Status CheckKey(const Grouping& key) {
    if (query_.group_by && WithoutTable(key) == WithoutTable(*query_.group_by)) return {};
    return Refuse(key.begin,
                  ToText(key) +
                      " is no statistic, and a row's value is never shown; write one such as mean(" +
                      ToText(key.value) + "), or add GROUP BY " + ToText(key));
  }

  Status BindCall(const Call& call, BoundQuery* bound) {
    Expression expression;
    expression.text = ToText(call);
    expression.statistic = call.statistic;
    expression.of_values = true;
    if (call.of_rows) {
      expression.columns.push_back("*");
      AddArgument(Argument{Constant(0, 0), {"*", ColumnType{.bits = 1}}}, bound);
    }
    const bool counts = call.statistic == "count" && call.arguments.size() == 1;
    std::vector<std::vector<std::string>> categories;
    std::vector<std::string> texts;
    std::size_t last = call.begin;
    for (std::size_t a = 0; a < call.arguments.size(); ++a) {
      const Node& argument = call.arguments[a];
      if (argument.kind == NodeKind::kNumber || argument.kind == NodeKind::kText) {
        if (argument.kind == NodeKind::kNumber) expression.numbers.push_back(argument.number);
        if (argument.kind == NodeKind::kText && !expression.numbers.empty()) {
          return Refuse(argument.begin, "texts stand before the numbers; write them in that order");
        }
        if (argument.kind == NodeKind::kText) texts.push_back(argument.text);
        last = argument.begin;
        continue;
      }
      if (!expression.numbers.empty() || !texts.empty()) {
        return Refuse(argument.begin,
                      "columns stand before the numbers; write " + call.statistic + "(column, 0.5)");
      }
      const bool by_text = ReadsTexts(call, a);
      ASSIGN_OR_RETURN(Argument made, by_text ? BindTexts(argument) : BindArgument(argument, counts));
      categories.push_back(made.info.categories);
      expression.columns.push_back(made.info.name);
      expression.written.push_back(ToText(argument));
      AddArgument(std::move(made), bound);
    }
    if (expression.columns.empty()) {
      return Refuse(call.begin, call.statistic + " needs a column; write " + call.statistic +
                                    "(income), and a column whose name is a number in double quotes");
    }
    const bool leaves_numbers = expression.numbers.empty() && texts.empty();
    Result<std::vector<Decimal>> numbers =
        NumbersOf(call.statistic, categories, std::move(expression.numbers), texts);
    if (!numbers) return Refuse(last, numbers.error().message());
    expression.numbers = std::move(*numbers);
    if (leaves_numbers) RETURN_IF_ERROR(CheckTexts(call, categories, expression.numbers));
    bound->expressions.push_back(std::move(expression));
    return {};
  }

  // Numbers that nobody wrote are those of a column's texts: too many of these are the fault.
  Status CheckTexts(const Call& call, const std::vector<std::vector<std::string>>& categories,
                    const std::vector<Decimal>& numbers) {
    const Statistic* statistic = FindStatistic(call.statistic);
    if (statistic == nullptr || numbers.empty()) return {};
    const auto& [least, most, ranges] = statistic->numbers;
    const Statistic::Number& range = ranges.back();
    const Rational low = Rational::FromDecimal(range.low);
    const Rational high = Rational::FromDecimal(range.high);
    const bool fit = std::ranges::all_of(numbers, [&](Decimal number) {
      const Rational value = Rational::FromDecimal(number);
      return low <= value && value <= high;
    });
    if (fit && numbers.size() <= most) return {};
    std::string has;
    for (std::size_t a = 0; a < categories.size(); ++a) {
      if (categories[a].empty()) continue;
      has += (has.empty() ? "" : ", ") + ToText(call.arguments[a]) + " has " +
             std::to_string(categories[a].size());
    }
    const std::string takes =
        fit ? "at most " + std::to_string(most) : low.ToExact() + " to " + high.ToExact();
    return Refuse(call.begin, call.statistic + " takes columns of " + takes + " different texts, and " + has +
                                  "; choose another column");
  }

  // Beside the same column as numbers it is another argument.
  Result<Argument> BindTexts(const Node& node) {
    ASSIGN_OR_RETURN(const std::size_t c, Find(node, ColumnContent::kCategory));
    const ColumnInfo& column = columns_[c];
    return Argument{ValueOfColumn(c, column),
                    {ToText(node) + " as text", column.type, ColumnContent::kCategory, column.categories}};
  }

  Result<Argument> BindArgument(const Node& node, bool counts) {
    if (counts && node.kind == NodeKind::kColumn) {
      ASSIGN_OR_RETURN(const std::size_t c, FindAny(node));
      return Argument{ValueOfColumn(c, columns_[c]), {ToText(node), columns_[c].type}};
    }
    ASSIGN_OR_RETURN(std::optional<Value> value, BindValue(node));
    if (!value || IsConstant(*value)) {
      return Refuse(node.begin, ToText(node) + " is the same for every row; name a column");
    }
    if (MentionedIn(node) != ColumnsIn(*value)) {
      return Refuse(node.begin, ToText(node) + " has a column times 0; take it out");
    }
    const Int end = kDecimalUnitsEnd;
    if (value->kind == ValueKind::kColumn)
      return Argument{*value, {ToText(node), columns_[value->column].type}};
    if (value->low <= -end || value->high >= end || value->scale > kMaxDecimalDigits) return TooWide(node);
    const ColumnType type = TypeOf(*value);
    return Argument{std::move(*value), {ToText(node), type}};
  }

  static void AddArgument(Argument argument, BoundQuery* bound) {
    const bool there = std::ranges::any_of(
        bound->arguments, [&](const Argument& one) { return one.info.name == argument.info.name; });
    if (!there) bound->arguments.push_back(std::move(argument));
  }
};

}  // namespace

Result<BoundQuery> BindQuery(const Query& query, const std::vector<ColumnInfo>& columns,
                             std::string_view text, std::size_t* fault_at) {
  return Binder(query, columns, text, fault_at).Run();
}

}  // namespace mpcstats

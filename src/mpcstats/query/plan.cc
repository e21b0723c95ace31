#include "mpcstats/query/plan.h"

#include <algorithm>

#include "mpcstats/crypto/sha256.h"

namespace mpcstats {

namespace {

std::string StatisticNames() {
  std::string names;
  for (const Statistic* statistic : AllStatistics()) {
    if (!names.empty()) names += ", ";
    names += statistic->name;
  }
  return names;
}

Result<const Statistic*> Find(const Expression& expression) {
  const Statistic* statistic = FindStatistic(expression.statistic);
  if (statistic == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "there is no statistic " + expression.statistic + " (in " +
                                                 expression.text + "); choose one of " + StatisticNames());
  }
  return statistic;
}

Rational ValueOf(Decimal decimal) { return Rational::FromDecimal(decimal); }

Result<Decimal> NumberOf(const Expression& expression, const Statistic& statistic) {
  if (!statistic.number) {
    if (!expression.number) return Decimal();
    return Fail(ErrorCode::kInvalidArgument,
                expression.text + ": " + std::string(statistic.name) + " takes no number; write " +
                    ExpressionText(statistic.name, expression.column, std::nullopt));
  }
  const auto [low, high] = *statistic.number;
  const std::string range = ValueOf(low).ToExact() + " to " + ValueOf(high).ToExact();
  if (!expression.number) {
    return Fail(ErrorCode::kInvalidArgument,
                expression.text + ": " + std::string(statistic.name) + " needs a number from " + range +
                    "; write " + ExpressionText(statistic.name, expression.column, Decimal{5, 1}));
  }
  const Decimal number = *expression.number;
  if (ValueOf(number) < ValueOf(low) || ValueOf(number) > ValueOf(high)) {
    return Fail(ErrorCode::kInvalidArgument, expression.text + ": the number must be from " + range);
  }
  if (number.scale > high.scale) {
    return Fail(ErrorCode::kInvalidArgument, expression.text + ": the number may have at most " +
                                                 std::to_string(high.scale) + " decimals");
  }
  return number;
}

Status CheckCount(const std::vector<std::string>& expressions) {
  if (expressions.size() <= kMaxExpressions) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "there are " + std::to_string(expressions.size()) +
                  " expressions and 1024 are the most; compute them in two runs");
}

}  // namespace

Result<std::vector<std::string>> ColumnsOf(const std::vector<std::string>& expressions) {
  if (expressions.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "there is nothing to compute; add an expression such as mean(income)");
  }
  RETURN_IF_ERROR(CheckCount(expressions));
  std::vector<std::string> columns;
  for (const std::string& text : expressions) {
    ASSIGN_OR_RETURN(const Expression expression, ParseExpression(text));
    ASSIGN_OR_RETURN(const Statistic* statistic, Find(expression));
    RETURN_IF_ERROR(NumberOf(expression, *statistic));
    if (std::find(columns.begin(), columns.end(), expression.column) == columns.end()) {
      columns.push_back(expression.column);
    }
  }
  return columns;
}

Result<Plan> MakePlan(const std::vector<std::string>& expressions, std::vector<ColumnInfo> columns,
                      std::size_t rows) {
  if (rows > kMaxRows) {
    return Fail(ErrorCode::kInvalidArgument, "the table has " + std::to_string(rows) + " rows and at most " +
                                                 std::to_string(kMaxRows) + " are possible; split it");
  }
  RETURN_IF_ERROR(CheckCount(expressions));
  Plan plan;
  plan.rows = rows;
  plan.needs.assign(columns.size(), 0);
  for (const std::string& text : expressions) {
    PlanItem item;
    ASSIGN_OR_RETURN(item.expression, ParseExpression(text));
    ASSIGN_OR_RETURN(item.statistic, Find(item.expression));
    ASSIGN_OR_RETURN(item.number, NumberOf(item.expression, *item.statistic));
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const ColumnInfo& c) { return c.name == item.expression.column; });
    if (found == columns.end()) {
      return Fail(ErrorCode::kNotFound,
                  item.expression.text + ": there is no column " + item.expression.column);
    }
    item.column = static_cast<std::size_t>(found - columns.begin());
    if (item.statistic->fits != nullptr) {
      if (Status fits = item.statistic->fits(found->type, rows); !fits) {
        return Fail(fits.error().code(), item.expression.text + ": " + std::string(item.statistic->name) +
                                             " " + fits.error().message());
      }
    }
    plan.needs[item.column] |= item.statistic->needs;
    if (item.statistic->needs_for != nullptr)
      plan.needs[item.column] |= item.statistic->needs_for(found->type, rows);
    plan.items.push_back(std::move(item));
  }
  plan.columns = std::move(columns);
  return plan;
}

Bytes32 Plan::Hash() const {
  Sha256Stream hash("mpcstats/v1/plan");
  hash.AddU64(rows).AddU64(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    hash.AddString(columns[c].name).AddU64(columns[c].type.bits).AddU64(columns[c].type.is_signed ? 1 : 0);
    hash.AddU64(columns[c].type.scale).AddU64(needs[c]);
  }
  hash.AddU64(items.size());
  for (const PlanItem& item : items) hash.AddString(item.expression.text).AddU64(item.column);
  return hash.Finish();
}

std::uint64_t Plan::EstimatedGates() const {
  std::uint64_t gates = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    gates += rows * (columns[c].type.bits + 1);
    if ((needs[c] & (kField | kLimbs)) != 0) gates += rows * (2 * columns[c].type.bits + 129);
  }
  for (const PlanItem& item : items) {
    if (item.statistic->cost != nullptr)
      gates += item.statistic->cost(columns[item.column].type, rows).and_gates;
  }
  return gates;
}

}  // namespace mpcstats

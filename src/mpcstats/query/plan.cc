#include "mpcstats/query/plan.h"

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/language/syntax.h"

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

// What other programs call them.
std::string_view UsualName(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"avg", "mean"},
                                                                             {"average", "mean"},
                                                                             {"std", "stdev"},
                                                                             {"stddev", "stdev"},
                                                                             {"stddev_samp", "stdev"},
                                                                             {"sd", "stdev"},
                                                                             {"stddev_pop", "pstdev"},
                                                                             {"var", "variance"},
                                                                             {"var_samp", "variance"},
                                                                             {"var_pop", "pvariance"},
                                                                             {"corr", "correlation"},
                                                                             {"cor", "correlation"},
                                                                             {"cov", "covariance"},
                                                                             {"covar_samp", "covariance"},
                                                                             {"percentile", "quantile"},
                                                                             {"percentile_cont", "quantile"},
                                                                             {"minimum", "min"},
                                                                             {"maximum", "max"},
                                                                             {"number", "count"},
                                                                             {"lm", "multiple_regression"},
                                                                             {"t_test", "welch_t"},
                                                                             {"chisq", "chi_squared"},
                                                                             {"wilcoxon", "mann_whitney"}};
  for (const auto& [other, ours] : kNames) {
    if (other == name) return ours;
  }
  return {};
}

Result<const Statistic*> Find(const Expression& expression) {
  const Statistic* statistic = FindStatistic(expression.statistic);
  if (statistic == nullptr) {
    const std::string_view usual = UsualName(expression.statistic);
    const std::string meant = usual.empty() ? "" : ", did you mean " + std::string(usual) + "?";
    return Fail(ErrorCode::kInvalidArgument,
                "there is no statistic " + expression.statistic + " (in " + expression.text + ")" +
                    (meant.empty() ? "; " : meant + " ") + "choose one of " + StatisticNames());
  }
  return statistic;
}

Rational ValueOf(Decimal decimal) { return Rational::FromDecimal(decimal); }

// An expression as an error names it: a thousand numbers help nobody.
std::string Named(const Expression& expression) {
  constexpr std::size_t kLongest = 200;
  if (expression.text.size() <= kLongest) return expression.text;
  std::size_t end = kLongest;
  while ((static_cast<unsigned char>(expression.text[end]) & 0xc0) == 0x80) --end;  // between characters
  return expression.text.substr(0, end) + "...";
}

std::unexpected<Error> Refuse(const Expression& expression, const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, Named(expression) + ": " + why);
}

// As the user would write it: columns of a query stand there as texts already.
std::string CallText(const Expression& expression, const std::vector<std::string>& columns,
                     const std::vector<Decimal>& numbers) {
  if (!expression.of_values) return ExpressionText(expression.statistic, columns, numbers);
  std::string text = expression.statistic + "(";
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const bool written = c < expression.written.size() && columns[c] == expression.columns[c];
    text += (c == 0 ? "" : ", ") + (written ? expression.written[c] : columns[c]);
  }
  for (const Decimal& number : numbers) text += ", " + FormatDecimal(number);
  return text + ")";
}

std::string HowMany(std::size_t count, std::string_view what) {
  constexpr std::string_view kWords[] = {"no",  "one",   "two",   "three", "four", "five",
                                         "six", "seven", "eight", "nine",  "ten"};
  const std::string number = count < std::size(kWords) ? std::string(kWords[count]) : std::to_string(count);
  return number + " " + std::string(what) + (count == 1 ? "" : "s");
}

Status CheckColumns(const Expression& expression, const Statistic& statistic) {
  const auto [min, max] = statistic.columns;
  const std::size_t given = expression.columns.size();
  if (given >= min && given <= max) return {};
  std::vector<std::string> example(
      expression.columns.begin(),
      expression.columns.begin() + static_cast<std::ptrdiff_t>(std::min(given, max)));
  for (std::size_t i = given; i < min; ++i) example.push_back("column_" + std::to_string(i + 1));
  const std::string wanted =
      min == max ? HowMany(min, "column") : HowMany(min, "column") + " or more, up to " + std::to_string(max);
  return Refuse(expression, std::string(statistic.name) + " takes " + wanted + "; write " +
                                CallText(expression, example, statistic.ExampleNumbers()));
}

Status CheckNumber(const Expression& expression, Decimal number, const Statistic::Number& range) {
  if (ValueOf(number) < ValueOf(range.low) || ValueOf(range.high) < ValueOf(number)) {
    return Refuse(expression, "the number must be from " + ValueOf(range.low).ToExact() + " to " +
                                  ValueOf(range.high).ToExact());
  }
  if (number.scale > range.decimals) {
    return Refuse(expression, range.decimals == 0 ? "the number must be whole"
                                                  : "the number may have at most " +
                                                        std::to_string(range.decimals) + " decimals");
  }
  return {};
}

Status CheckNumbers(const Expression& expression, const Statistic& statistic, PlanFault* fault) {
  const Statistic::Numbers& wanted = statistic.numbers;
  const std::size_t given = expression.numbers.size();
  const auto example = [&](const std::vector<Decimal>& numbers) {
    return "; write " + CallText(expression, expression.columns, numbers);
  };
  if (given < wanted.min) {
    const Statistic::Number& range = wanted.ranges[std::min(given, wanted.ranges.size() - 1)];
    return Refuse(expression, std::string(statistic.name) + " needs a number from " +
                                  ValueOf(range.low).ToExact() + " to " + ValueOf(range.high).ToExact() +
                                  example(statistic.ExampleNumbers()));
  }
  if (given > wanted.max) {
    fault->number = wanted.max;
    const std::vector<Decimal> kept(expression.numbers.begin(),
                                    expression.numbers.begin() + static_cast<std::ptrdiff_t>(wanted.max));
    return Refuse(expression,
                  std::string(statistic.name) + " takes " +
                      (wanted.max == 0 ? "no number" : "at most " + HowMany(wanted.max, "number")) +
                      example(kept));
  }
  for (std::size_t i = 0; i < given; ++i) {
    fault->number = i;
    RETURN_IF_ERROR(
        CheckNumber(expression, expression.numbers[i], wanted.ranges[std::min(i, wanted.ranges.size() - 1)]));
  }
  fault->number.reset();
  return {};
}

/// The item with all that does not depend on the columns' types.
Result<PlanItem> ReadItem(Expression expression, PlanFault* fault) {
  PlanItem item;
  item.expression = std::move(expression);
  ASSIGN_OR_RETURN(item.statistic, Find(item.expression));
  RETURN_IF_ERROR(CheckColumns(item.expression, *item.statistic));
  if (!item.expression.texts.empty()) {
    return Refuse(item.expression, LiteralText(item.expression.texts[0]) +
                                       " is a text where a number should be; write it in a query");
  }
  RETURN_IF_ERROR(CheckNumbers(item.expression, *item.statistic, fault));
  item.numbers = item.expression.numbers;
  return item;
}

Status FindColumns(const std::vector<ColumnInfo>& columns, PlanItem* item) {
  for (const std::string& name : item->expression.columns) {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const ColumnInfo& c) { return c.name == name; });
    if (found == columns.end()) {
      return Fail(ErrorCode::kNotFound, item->expression.text + ": there is no column " + name);
    }
    item->columns.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
  return {};
}

std::size_t JointOf(Plan* plan, std::vector<std::size_t> columns) {
  const auto found = std::find_if(plan->joints.begin(), plan->joints.end(),
                                  [&](const JointColumns& joint) { return joint.columns == columns; });
  if (found != plan->joints.end()) return static_cast<std::size_t>(found - plan->joints.begin());
  plan->joints.push_back({columns, std::vector<unsigned>(columns.size(), 0)});
  return plan->joints.size() - 1;
}

// What the columns must bring for the item, and where: alone, or joined with the others.
void AddNeeds(const StatisticCall& call, Plan* plan, PlanItem* item) {
  std::vector<std::size_t> distinct = item->columns;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() > 1) item->joint = JointOf(plan, distinct);
  for (std::size_t position = 0; position < item->columns.size(); ++position) {
    const std::size_t c = item->columns[position];
    const unsigned needs = item->statistic->NeedsOf(call, position);
    if (!item->joint) {
      plan->counted[c] = 1;
      plan->needs[c] |= needs;
      continue;
    }
    plan->needs[c] |= needs & (kField | kLimbs);
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), c) - distinct.begin();
    plan->joints[*item->joint].needs[static_cast<std::size_t>(at)] |= needs;
  }
}

std::vector<ColumnType> TypesOf(const Plan& plan, const PlanItem& item) {
  std::vector<ColumnType> types;
  for (const std::size_t c : item.columns) types.push_back(plan.columns[c].type);
  return types;
}

Status CheckCount(std::size_t expressions) {
  if (expressions <= kMaxExpressions) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "there are " + std::to_string(expressions) +
                  " expressions and 1024 are the most; compute them in two runs");
}

}  // namespace

Result<std::vector<std::string>> ColumnsOf(const std::vector<std::string>& expressions) {
  if (expressions.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "there is nothing to compute; add an expression such as mean(income)");
  }
  RETURN_IF_ERROR(CheckCount(expressions.size()));
  std::vector<std::string> columns;
  for (const std::string& text : expressions) {
    ASSIGN_OR_RETURN(Expression expression, ParseExpression(text));
    PlanFault fault;
    ASSIGN_OR_RETURN(const PlanItem item, ReadItem(std::move(expression), &fault));
    for (const std::string& column : item.expression.columns) {
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
    }
  }
  return columns;
}

Result<Plan> MakePlan(const std::vector<std::string>& expressions, std::vector<ColumnInfo> columns,
                      std::size_t rows) {
  RETURN_IF_ERROR(CheckCount(expressions.size()));
  std::vector<Expression> parsed;
  for (const std::string& text : expressions) {
    ASSIGN_OR_RETURN(Expression expression, ParseExpression(text));
    parsed.push_back(std::move(expression));
  }
  return PlanExpressions(std::move(parsed), std::move(columns), rows);
}

Result<Plan> PlanExpressions(std::vector<Expression> expressions, std::vector<ColumnInfo> columns,
                             std::size_t rows, PlanFault* fault) {
  PlanFault unwatched;
  if (fault == nullptr) fault = &unwatched;
  if (rows > kMaxRows) {
    return Fail(ErrorCode::kInvalidArgument, "the table has " + std::to_string(rows) + " rows and at most " +
                                                 std::to_string(kMaxRows) + " are possible; split it");
  }
  RETURN_IF_ERROR(CheckCount(expressions.size()));
  Plan plan;
  plan.rows = rows;
  plan.columns = std::move(columns);
  plan.needs.assign(plan.columns.size(), 0);
  plan.counted.assign(plan.columns.size(), 0);
  for (Expression& expression : expressions) {
    fault->expression = plan.items.size();
    ASSIGN_OR_RETURN(PlanItem item, ReadItem(std::move(expression), fault));
    RETURN_IF_ERROR(FindColumns(plan.columns, &item));
    const std::vector<ColumnType> types = TypesOf(plan, item);
    const StatisticCall call{types, rows, item.numbers};
    if (Status fits = item.statistic->FitsCall(call); !fits) {
      return Fail(fits.error().code(), Named(item.expression) + ": " + std::string(item.statistic->name) +
                                           " " + fits.error().message());
    }
    AddNeeds(call, &plan, &item);
    plan.items.push_back(std::move(item));
  }
  *fault = PlanFault();
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
  for (const PlanItem& item : items) {
    hash.AddString(item.expression.text).AddU64(item.columns.size());
    for (const std::size_t column : item.columns) hash.AddU64(column);
  }
  return hash.Finish();
}

std::uint64_t Plan::EstimatedGates() const {
  std::uint64_t gates = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    gates += rows * (columns[c].type.bits + 1);
    if ((needs[c] & kField) != 0) gates += FieldGates(columns[c].type.bits, rows);
    if ((needs[c] & kLimbs) != 0) gates += 2 * FieldGates(columns[c].type.bits / 2 + 1, rows);
  }
  for (const JointColumns& joint : joints) gates += rows * (joint.columns.size() + 1);
  for (const PlanItem& item : items) {
    const std::vector<ColumnType> types = TypesOf(*this, item);
    gates += item.statistic->CostOf({types, rows, item.numbers}).and_gates;
  }
  return gates;
}

}  // namespace mpcstats

#include "mpcstats/query/query_plan.h"

#include <algorithm>
#include <bit>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/join_tables.h"
#include "mpcstats/query/shuffle_parts.h"

namespace mpcstats {

namespace {

// Of one column, and a sum at most: with a mask, sums of these are formed by counting the ones of masked bits.
bool IsCounted(const PlanItem& item) {
  const std::string_view name = item.statistic->name;
  return name == "count" || name == "sum" || name == "mean";
}

// ANDs a row of what is done for every row: the nodes of values and conditions, roughly.
std::uint64_t GatesOf(const Value& value) {
  std::uint64_t gates = 0;
  const unsigned width = WidthOf(value.low, value.high);
  if (value.kind == ValueKind::kAdd || value.kind == ValueKind::kSubtract) gates = width;
  if (value.kind == ValueKind::kMultiply) gates = 2 * width * width / 4;
  if (value.kind == ValueKind::kTimes) gates = 2 * width;
  for (const Value& child : value.children) gates += GatesOf(child);
  return gates;
}

std::uint64_t GatesOf(const Condition& condition) {
  std::uint64_t gates = 1;
  if (condition.kind == ConditionKind::kBelow || condition.kind == ConditionKind::kAmong) {
    const std::uint64_t width = WidthOf(condition.value.low, condition.value.high);
    gates += GatesOf(condition.value) + width * std::max<std::size_t>(1, condition.among.size());
  }
  for (const Condition& child : condition.children) gates += GatesOf(child);
  return gates;
}

// Of columns that are those of StackTables.
Result<JoinPlan> JoinOf(const Query& query, const std::vector<ColumnInfo>& columns) {
  const Join& join = *query.join;
  const bool in_order = join.left_key.table == query.table;
  JoinPlan plan;
  plan.left_columns = ColumnsOfTable(query, query.table).size();
  plan.left_key = ToText(in_order ? join.left_key : join.right_key);
  plan.right_key = ToText(in_order ? join.right_key : join.left_key);
  const std::size_t expected = plan.left_columns + ColumnsOfTable(query, join.table).size() + 2;
  if (columns.size() != expected || columns[expected - 2].name != kJoinKey ||
      columns[expected - 1].name != kJoinLeft || columns[expected - 1].type != ColumnType{.bits = 1}) {
    return Fail(ErrorCode::kInvalidArgument, "a query with JOIN needs both tables under each other");
  }
  return plan;
}

// Shuffle, n log2 n comparisons of key, side and index, and the scan of the right table's bits.
std::uint64_t JoinGates(const QueryPlan& plan) {
  const std::uint64_t log_rows = std::bit_width(plan.rows);
  std::uint64_t planes = 0;
  for (const ColumnInfo& column : plan.columns) planes += column.type.bits + 1;
  const std::uint64_t key = plan.columns[plan.columns.size() - 2].type.bits + 2 + log_rows;
  return plan.rows * (log_rows * key + 2 * planes);
}

// Of the call, or of one of its numbers.
std::size_t PlaceOf(const Call& call, std::optional<std::size_t> number) {
  if (!number) return call.begin;
  for (const Node& argument : call.arguments) {
    if (argument.kind == NodeKind::kNumber && (*number)-- == 0) return argument.begin;
  }
  return call.begin;
}

Result<Plan> RestOf(const Plan& figures) {
  std::vector<Expression> rest;
  for (const PlanItem& item : figures.items) {
    if (!IsCounted(item)) rest.push_back(item.expression);
  }
  return PlanExpressions(std::move(rest), figures.columns, figures.rows);
}

}  // namespace

std::vector<ColumnInfo> InfoOf(const Table& table) {
  std::vector<ColumnInfo> infos;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const NumericColumn& column = table.columns[c];
    const bool missing = std::ranges::find(column.valid, 0) != column.valid.end();
    infos.push_back(
        {column.name, column.type, table.readings[c].content, table.readings[c].categories, missing});
  }
  return infos;
}

Result<QueryPlan> PlanQuery(const Query& query, const std::vector<ColumnInfo>& columns, std::size_t rows,
                            std::string_view source, std::size_t* fault_at) {
  if (query.items.size() > kMaxExpressions) {
    return Fail(ErrorCode::kInvalidArgument, "there are " + std::to_string(query.items.size()) +
                                                 " figures and 1024 are the most; compute them in two runs");
  }
  ASSIGN_OR_RETURN(BoundQuery bound, BindQuery(query, columns, source, fault_at));
  QueryPlan plan;
  Query without_explain = query;
  without_explain.explain = false;
  plan.text = ToText(without_explain);
  if (plan.text.size() > kLongestQuery) {
    return Fail(ErrorCode::kInvalidArgument,
                "the query is longer than 100000 bytes when it is written out; compute it in two");
  }
  plan.rows = rows;
  plan.columns = columns;
  if (query.join) {
    ASSIGN_OR_RETURN(plan.join, JoinOf(query, columns));
  }
  plan.where = std::move(bound.where);
  plan.groups = std::move(bound.groups);
  std::vector<ColumnInfo> infos;
  for (Argument& argument : bound.arguments) {
    plan.values.push_back(std::move(argument.value));
    infos.push_back(std::move(argument.info));
  }
  PlanFault fault;
  Result<Plan> figures = PlanExpressions(std::move(bound.expressions), std::move(infos), rows, &fault);
  if (!figures) {
    if (fault_at != nullptr && fault.expression)
      *fault_at = PlaceOf(query.items[*fault.expression], fault.number);
    return std::unexpected(figures.error());
  }
  plan.figures = std::move(*figures);
  if (!plan.takes_all_rows()) {
    for (const PlanItem& item : plan.figures.items) plan.counted.push_back(IsCounted(item) ? 1 : 0);
    ASSIGN_OR_RETURN(plan.rest, RestOf(plan.figures));
  }
  return plan;
}

Result<QueryPlan> PlanQueryText(std::string_view text, const std::vector<ColumnInfo>& columns,
                                std::size_t rows) {
  ASSIGN_OR_RETURN(const Query query, ParseQuery(text, nullptr));
  return PlanQuery(query, columns, rows, text, nullptr);
}

Result<Query> QueryOf(const std::vector<std::string>& expressions) {
  Query query;
  query.table = kDefaultTable;
  if (expressions.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "there is nothing to compute; add an expression such as mean(income)");
  }
  for (const std::string& text : expressions) {
    ASSIGN_OR_RETURN(Call call, ParseCall(text, nullptr));
    query.items.push_back(std::move(call));
  }
  return query;
}

Bytes32 QueryPlan::Hash() const {
  Sha256Stream hash("mpcstats/v1/query-plan");
  hash.AddString(text).AddU64(rows).AddU64(columns.size());
  for (const ColumnInfo& column : columns) {
    hash.AddString(column.name).AddU64(column.type.bits).AddU64(column.type.is_signed ? 1 : 0);
    hash.AddU64(column.type.scale).AddU64(static_cast<std::uint64_t>(column.content));
    hash.AddU64(column.may_be_missing ? 1 : 0).AddU64(column.categories.size());
    for (const std::string& category : column.categories) hash.AddString(category);
  }
  return hash.Add(figures.Hash()).Finish();
}

std::uint64_t QueryPlan::EstimatedGates() const {
  const std::uint64_t joined = join ? JoinGates(*this) : 0;
  std::uint64_t per_row = GatesOf(where);
  for (const Value& value : values) per_row += GatesOf(value);
  if (takes_all_rows()) return rows * per_row + figures.EstimatedGates();
  std::vector<std::uint8_t> shuffled(values.size());
  for (const ShufflePart& part : ShuffleParts(*this)) {
    per_row += AndsAfterShuffle(part, *this);
    for (const ShuffledColumn& one : part.columns) shuffled[one.column] = 1;
  }
  std::uint64_t per_group = std::bit_width(group_count());
  for (std::size_t c = 0; c < figures.columns.size(); ++c) {
    if (shuffled[c] != 0) continue;
    // Masked and counted bits, if something sums them up.
    const bool summed = std::ranges::any_of(figures.items, [&](const PlanItem& item) {
      return IsCounted(item) && item.columns[0] == c && item.statistic->name != "count";
    });
    per_group += 1 + (summed ? 2 * figures.columns[c].type.bits : 0);
  }
  return joined + rows * (per_row + group_count() * per_group) +
         (rest.items.empty() ? 0 : group_count() * rest.EstimatedGates());
}

std::vector<std::string> Disclosures(const QueryPlan& plan) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < plan.figures.items.size(); ++i) {
    const PlanItem& item = plan.figures.items[i];
    std::string text;
    for (const std::string_view label : item.statistic->discloses) {
      if (!plan.takes_all_rows() && plan.counted[i] != 0 && item.statistic->name == "sum" && label == "n")
        continue;
      text += (text.empty() ? "" : ", ") + std::string(label);
    }
    all.push_back(std::move(text));
  }
  return all;
}

}  // namespace mpcstats

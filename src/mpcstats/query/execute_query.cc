#include "mpcstats/query/execute_query.h"

#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/query/group_sums.h"
#include "mpcstats/query/join_rows.h"
#include "mpcstats/query/rows.h"

namespace mpcstats {

namespace {

// Up to so many rows in all groups the groups' other statistics run side by side and share rounds; beyond, one group after
// the other, so that memory does not grow with the groups.
constexpr std::size_t kRowsSideBySide = std::size_t{1} << 15;

// The values as columns, valid where nothing in them is missing.
Task<StoredColumn> ColumnOf(Ctx& ctx, const QueryRows& rows, const Value& value, ColumnType type) {
  Ctx value_ctx = ctx.Fork();
  Ctx present_ctx = ctx.Fork();
  auto [encoded, present] =
      co_await Par(rows.Encoded(value_ctx, value, type), rows.PresentFor(present_ctx, value));
  StoredColumn column;
  column.encoded = std::move(encoded);
  column.valid = present;
  column.prepared = !rows.MayBeMissing(value);  // nothing to hide
  co_return column;
}

Task<std::vector<StoredColumn>> ColumnsOfValues(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows) {
  std::vector<Ctx> contexts;
  for (std::size_t v = 0; v < plan.values.size(); ++v) contexts.push_back(ctx.Fork());
  std::vector<Task<StoredColumn>> tasks;
  for (std::size_t v = 0; v < plan.values.size(); ++v) {
    tasks.push_back(ColumnOf(contexts[v], rows, plan.values[v], plan.figures.columns[v].type));
  }
  std::vector<StoredColumn> columns = co_await Par(std::move(tasks));
  co_return columns;
}

// The statistics that are not counted, for one group.
Task<PlanOutcome> RestOfGroup(Ctx& ctx, const QueryPlan& plan, const std::vector<StoredColumn>& values,
                              BitPlane mask) {
  std::vector<StoredColumn> masked;
  for (const StoredColumn& value : values) {
    StoredColumn column;
    column.encoded = value.encoded;
    BitPlane valid = co_await And(ctx, value.valid, mask);
    column.valid = valid;
    masked.push_back(std::move(column));
  }
  std::vector<ColumnShares> shares = co_await PrepareColumns(ctx, plan.rest, std::move(masked));
  PlanOutcome outcome = co_await ExecutePlan(ctx, plan.rest, &shares);
  co_return outcome;
}

Task<std::vector<PlanOutcome>> RestOfGroups(Ctx& ctx, const QueryPlan& plan,
                                            const std::vector<StoredColumn>& values, const BitPlanes& masks) {
  std::vector<PlanOutcome> outcomes;
  if (plan.rest.items.empty()) co_return outcomes;
  std::vector<Ctx> contexts;
  for (std::size_t g = 0; g < masks.size(); ++g) contexts.push_back(ctx.Fork());
  if (plan.rows * masks.size() <= kRowsSideBySide) {
    std::vector<Task<PlanOutcome>> tasks;
    for (std::size_t g = 0; g < masks.size(); ++g)
      tasks.push_back(RestOfGroup(contexts[g], plan, values, masks[g]));
    std::vector<PlanOutcome> all = co_await Par(std::move(tasks));
    co_return all;
  }
  for (std::size_t g = 0; g < masks.size(); ++g) {
    Ctx& group_ctx = contexts[g];
    const BitPlane& mask = masks[g];
    PlanOutcome one = co_await RestOfGroup(group_ctx, plan, values, mask);
    outcomes.push_back(std::move(one));
  }
  co_return outcomes;
}

// Each mask is a group; without GROUP BY there is one, of WHERE. The same for both, except in dry runs.
struct GroupedRows {
  BitPlanes counted;  // of the counted items
  BitPlanes rest;
};

// Every `groups`th row from the one at `first`, and after them the next ones up to `least` rows.
BitPlane EveryFew(PartyIndex self, std::size_t rows, std::size_t first, std::size_t groups,
                  std::size_t least) {
  std::vector<std::uint64_t> bits(WordsFor(rows));
  std::size_t taken = 0;
  const auto take = [&](std::size_t row) {
    std::uint64_t& word = bits[row / 64];
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    taken += (word & bit) == 0 ? 1 : 0;
    word |= bit;
  };
  for (std::size_t row = first; row < rows; row += groups) take(row);
  for (std::size_t row = 0; row < rows && taken < least; ++row) take(row);
  return XorPublic(self, Zero(rows), bits);
}

// For dry runs, whose made-up rows may be in any number of groups: as many rows in each, for costs may depend on the groups'
// sizes. The other statistics see enough for a figure where groups are many, and not quite all where there is one: to leave a
// row out costs more than to take all, and to leave out many does not cost less of most.
GroupedRows MadeUpGroups(PartyIndex self, std::size_t rows, std::size_t groups) {
  constexpr std::size_t kEnough = 16;
  GroupedRows made;
  for (std::size_t g = 0; g < groups; ++g) {
    made.counted.push_back(EveryFew(self, rows, g, groups, 0));
    made.rest.push_back(groups == 1 && rows > 2 ? EveryFew(self, rows, 1, 1, 0)
                                                : EveryFew(self, rows, g, groups, kEnough));
  }
  return made;
}

Task<QueryOutcome> ExecuteMasked(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows,
                                 const GroupedRows& masks) {
  const std::vector<StoredColumn> values = co_await ColumnsOfValues(ctx, plan, rows);
  const std::vector<GroupSums> sums = co_await SumGroups(ctx, plan, rows, values, masks.counted);
  const std::vector<PlanOutcome> rest = co_await RestOfGroups(ctx, plan, values, masks.rest);
  QueryOutcome outcome;
  for (std::size_t g = 0; g < sums.size(); ++g) {
    std::size_t next_rest = 0;
    for (std::size_t i = 0; i < plan.figures.items.size(); ++i) {
      if (plan.counted[i] == 0) {
        outcome.figures.push_back(rest[g].figures[next_rest]);
        outcome.counts.emplace_back(rest[g].counts[next_rest]);
        ++next_rest;
        continue;
      }
      const GroupSums& sum = sums[g];
      outcome.figures.push_back(FigureOf(plan.figures.items[i], plan.figures.columns, sum));
      outcome.counts.push_back(plan.figures.items[i].statistic->name == "sum"
                                   ? std::nullopt
                                   : sum.count[plan.figures.items[i].columns[0]]);
    }
  }
  co_return outcome;
}

// The rows of WHERE, among those of a join.
Task<BitPlane> WhereAmong(Ctx& ctx, const QueryRows& rows, const Condition& where,
                          std::optional<BitPlane> matched) {
  BitPlane mask = co_await rows.Where(ctx, where);
  if (!matched) co_return mask;
  BitPlane both = co_await And(ctx, std::move(mask), *matched);
  co_return both;
}

QueryOutcome OutcomeOf(PlanOutcome from) {
  QueryOutcome outcome;
  outcome.figures = std::move(from.figures);
  outcome.counts.assign(from.counts.begin(), from.counts.end());
  return outcome;
}

}  // namespace

Task<Done> PrepareQuery(Ctx& ctx, const QueryPlan& plan, QueryState* state) {
  if (!plan.takes_all_rows()) co_return Done();
  const QueryRows rows(ctx.session().self(), plan.columns, state->stored, plan.rows);
  std::vector<StoredColumn> values = co_await ColumnsOfValues(ctx, plan, rows);
  std::vector<ColumnShares> prepared = co_await PrepareColumns(ctx, plan.figures, std::move(values));
  state->prepared = std::move(prepared);
  state->stored.clear();
  co_return Done();
}

Task<QueryOutcome> ExecuteQuery(Ctx& ctx, const QueryPlan& plan, QueryState* state) {
  if (plan.takes_all_rows()) {
    PlanOutcome whole = co_await ExecutePlan(ctx, plan.figures, &state->prepared);
    co_return OutcomeOf(std::move(whole));
  }
  std::optional<BitPlane> where;
  if (plan.join) {
    JoinedRows joined =
        co_await JoinStacked(ctx, plan.columns, *plan.join, std::move(state->stored), state->dry_run);
    state->stored = std::move(joined.columns);
    where = joined.matched;
  }
  const QueryRows rows(ctx.session().self(), plan.columns, state->stored, plan.rows);
  if (plan.where.kind != ConditionKind::kAlways) {
    BitPlane mask = co_await WhereAmong(ctx, rows, plan.where, where);
    where = mask;
  }
  BitPlanes masks;
  if (plan.groups) {
    BitPlanes of_groups = co_await GroupMasks(ctx, *plan.groups, rows, where);
    masks = std::move(of_groups);
  } else {
    masks.push_back(*where);
  }
  GroupedRows grouped{masks, masks};
  if (state->dry_run) grouped = MadeUpGroups(ctx.session().self(), plan.rows, masks.size());
  QueryOutcome outcome = co_await ExecuteMasked(ctx, plan, rows, grouped);
  co_return outcome;
}

}  // namespace mpcstats

#include "mpcstats/query/execute.h"

#include <algorithm>
#include <iterator>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/stats/joint.h"

namespace mpcstats {

namespace {

constexpr unsigned kLimbBits = 30;
// Rows that are converted at the same time, in all columns: a conversion in flight holds some hundred bytes a row, and
// goes through long columns in pieces of kPieceRows. Rounds are shared by the columns that go side by side.
constexpr std::size_t kRowsInFlight = std::size_t{1} << 19;
constexpr std::size_t kPieceRows = std::size_t{1} << 17;

// The encoding as 30 low bits and the rest, zero where the cell is missing: moments do not feel the shift.
Task<Done> AddLimbs(Ctx& ctx, ColumnShares* column, BitColumn encoded) {
  BitPlanes present = co_await AndEach(ctx, std::move(encoded.planes), column->valid);
  const BitColumn whole(std::move(present));
  BitColumn low = SelectPlanes(whole, 0, kLimbBits);
  BitColumn high = SelectPlanes(whole, kLimbBits, whole.bits() > kLimbBits ? whole.bits() - kLimbBits : 1);
  ArithColumn<Fp127> low_field = co_await BitsToField(ctx, std::move(low));
  ArithColumn<Fp127> high_field = co_await BitsToField(ctx, std::move(high));
  column->low = low_field;
  column->high = high_field;
  co_return Done();
}

Task<ColumnShares> Prepare(Ctx& ctx, ColumnType type, unsigned needs, StoredColumn stored) {
  ColumnShares column;
  column.type = type;
  column.rows = stored.valid.rows();
  column.valid = stored.valid;
  column.bits = std::move(stored.encoded);
  if (!stored.prepared) {
    BitColumn zeroed = co_await ZeroWhereMissing(ctx, type, column.bits, column.valid);
    column.bits = std::move(zeroed);
  }
  if ((needs & kField) != 0) {
    column.units = std::move(stored.units);
    if (!stored.prepared || column.units.rows() != column.rows) {
      ArithColumn<Fp127> units = co_await UnitsInField(ctx, type, column.bits);
      column.units = std::move(units);
    }
  }
  if ((needs & kLimbs) != 0) co_await AddLimbs(ctx, &column, column.bits);
  co_await ctx.session().Fence();
  co_return column;
}

// Where columns hold texts, so do the names of what is counted.
void NameParts(const Plan& plan, const PlanItem& item, Figure* figure) {
  if (item.statistic->name_parts == nullptr || figure->parts.empty()) return;
  std::vector<std::vector<std::string>> texts;
  for (const std::size_t c : item.columns) texts.push_back(plan.columns[c].categories);
  item.statistic->name_parts(texts, item.numbers, figure);
}

}  // namespace

Task<ArithColumn<Fp127>> UnitsInField(Ctx& ctx, ColumnType type, BitColumn encoded) {
  const ArithColumn<Fp127> field = co_await BitsToField(ctx, std::move(encoded));
  if (!type.is_signed) co_return field;
  co_return AddPublic(ctx.session().self(), field, -Fp127::FromU64(type.Offset()));
}

Task<std::vector<ColumnShares>> PrepareColumns(Ctx& ctx, const Plan& plan, std::vector<StoredColumn> stored) {
  CHECK(stored.size() == plan.columns.size());
  std::vector<Ctx> contexts;
  for (std::size_t c = 0; c < stored.size(); ++c) contexts.push_back(ctx.Fork());
  const std::size_t at_once = kRowsInFlight / std::clamp<std::size_t>(plan.rows, 1, kPieceRows);
  std::vector<ColumnShares> columns;
  for (std::size_t first = 0; first < stored.size(); first += at_once) {
    std::vector<Task<ColumnShares>> tasks;
    for (std::size_t c = first; c < std::min(first + at_once, stored.size()); ++c) {
      tasks.push_back(Prepare(contexts[c], plan.columns[c].type, plan.needs[c], std::move(stored[c])));
    }
    std::vector<ColumnShares> prepared = co_await Par(std::move(tasks));
    std::ranges::move(prepared, std::back_inserter(columns));
  }
  co_return columns;
}

Task<PlanOutcome> ExecutePlan(Ctx& ctx, const Plan& plan, std::vector<ColumnShares>* shares) {
  std::vector<ColumnShares>& columns = *shares;
  CHECK(columns.size() == plan.columns.size());
  std::vector<Ctx> contexts;
  const std::size_t sets = columns.size() + plan.joints.size();
  for (std::size_t i = 0; i < sets + plan.items.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<Done>> completions;
  std::vector<std::vector<ColumnShares>> joined(plan.joints.size());
  // How many still want a column as it is; the last one takes it, so that what a restriction replaces is not held twice.
  std::vector<std::size_t> wanted(columns.size(), 0);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (plan.counted[c] == 0) continue;
    ++wanted[c];
    completions.push_back(CompleteColumn(contexts[c], plan.needs[c], &columns[c]));
  }
  for (const JointColumns& joint : plan.joints) {
    for (const std::size_t c : joint.columns) ++wanted[c];
  }
  for (std::size_t j = 0; j < plan.joints.size(); ++j) {
    for (const std::size_t c : plan.joints[j].columns) {
      joined[j].push_back(--wanted[c] == 0 ? std::move(columns[c]) : columns[c]);
    }
    completions.push_back(JoinColumns(contexts[columns.size() + j], plan.joints[j].needs, &joined[j]));
  }
  co_await Par(std::move(completions));
  // What the statistics see; lives until they are done.
  std::vector<std::vector<const ColumnShares*>> arguments(plan.items.size());
  std::vector<Task<Figure>> tasks;
  PlanOutcome outcome;
  for (std::size_t i = 0; i < plan.items.size(); ++i) {
    const PlanItem& item = plan.items[i];
    for (const std::size_t c : item.columns) {
      if (!item.joint) {
        arguments[i].push_back(&columns[c]);
        continue;
      }
      const std::vector<std::size_t>& set = plan.joints[*item.joint].columns;
      const auto at = std::lower_bound(set.begin(), set.end(), c) - set.begin();
      arguments[i].push_back(&joined[*item.joint][static_cast<std::size_t>(at)]);
    }
    outcome.counts.push_back(arguments[i][0]->count);
    tasks.push_back(item.statistic->Compute(contexts[sets + i], arguments[i], item.numbers));
  }
  std::vector<Figure> figures = co_await Par(std::move(tasks));
  for (std::size_t i = 0; i < figures.size(); ++i) NameParts(plan, plan.items[i], &figures[i]);
  outcome.figures = std::move(figures);
  co_return outcome;
}

}  // namespace mpcstats

#include "mpcstats/query/execute.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/sort.h"

namespace mpcstats {

namespace {

constexpr unsigned kLimbBits = 30;

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

// Opens the count and adds what the statistics share.
Task<Done> Complete(Ctx& ctx, unsigned needs, ColumnShares* column) {
  BitColumn count = co_await Popcount(ctx, column->valid);
  const unsigned __int128 opened = co_await OpenNumber(ctx, std::move(count), "n");
  column->count = static_cast<std::uint64_t>(opened);
  if ((needs & kSorted) == 0) co_return Done();
  BitColumn sorted = co_await Sort(ctx, column->bits, column->valid);
  column->sorted = sorted;
  if ((needs & kSortedField) != 0) {
    ArithColumn<Fp127> units = co_await BitsToField(ctx, std::move(sorted));
    column->sorted_units = units;
  }
  co_return Done();
}

}  // namespace

Task<BitColumn> ZeroWhereMissing(Ctx& ctx, ColumnType type, BitColumn encoded, BitPlane valid) {
  // ((x ^ offset) & valid) ^ offset
  const BitColumn offset = ConstantColumn(ctx.session().self(), type.Offset(), type.bits, valid.rows());
  BitPlanes moved = Xor(encoded.planes, offset.planes);
  BitPlanes present = co_await AndEach(ctx, std::move(moved), std::move(valid));
  co_return BitColumn(Xor(present, offset.planes));
}

Task<ArithColumn<Fp127>> UnitsInField(Ctx& ctx, ColumnType type, BitColumn encoded) {
  const ArithColumn<Fp127> field = co_await BitsToField(ctx, std::move(encoded));
  if (!type.is_signed) co_return field;
  co_return AddPublic(ctx.session().self(), field, -Fp127::FromU64(type.Offset()));
}

Task<std::vector<ColumnShares>> PrepareColumns(Ctx& ctx, const Plan& plan, std::vector<StoredColumn> stored) {
  CHECK(stored.size() == plan.columns.size());
  std::vector<Ctx> contexts;
  for (std::size_t c = 0; c < stored.size(); ++c) contexts.push_back(ctx.Fork());
  std::vector<Task<ColumnShares>> tasks;
  for (std::size_t c = 0; c < stored.size(); ++c) {
    tasks.push_back(Prepare(contexts[c], plan.columns[c].type, plan.needs[c], std::move(stored[c])));
  }
  std::vector<ColumnShares> columns = co_await Par(std::move(tasks));
  co_return columns;
}

Task<std::vector<Figure>> ExecutePlan(Ctx& ctx, const Plan& plan, std::vector<ColumnShares>* shares) {
  std::vector<ColumnShares>& columns = *shares;
  CHECK(columns.size() == plan.columns.size());
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < columns.size() + plan.items.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<Done>> completions;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    completions.push_back(Complete(contexts[c], plan.needs[c], &columns[c]));
  }
  co_await Par(std::move(completions));
  std::vector<Task<Figure>> tasks;
  for (std::size_t i = 0; i < plan.items.size(); ++i) {
    const PlanItem& item = plan.items[i];
    tasks.push_back(item.statistic->compute(contexts[columns.size() + i], columns[item.column], item.number));
  }
  std::vector<Figure> figures = co_await Par(std::move(tasks));
  co_return figures;
}

}  // namespace mpcstats

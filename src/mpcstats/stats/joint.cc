#include "mpcstats/stats/joint.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/sort.h"

namespace mpcstats {

namespace {

Task<std::uint64_t> OpenCount(Ctx& ctx, BitPlane valid) {
  BitColumn count = co_await Popcount(ctx, std::move(valid));
  const unsigned __int128 opened = co_await OpenNumber(ctx, std::move(count), "n");
  co_return static_cast<std::uint64_t>(opened);
}

Task<Done> AddSorted(Ctx& ctx, unsigned needs, ColumnShares* column) {
  if ((needs & kSorted) == 0) co_return Done();
  BitColumn sorted = co_await Sort(ctx, column->bits, column->valid);
  column->sorted = sorted;
  if ((needs & kSortedField) != 0) {
    ArithColumn<Fp127> units = co_await BitsToField(ctx, std::move(sorted));
    column->sorted_units = units;
  }
  co_return Done();
}

// Hides what stands in the rows that are no longer valid.
Task<Done> Restrict(Ctx& ctx, unsigned needs, BitPlane valid, ArithColumn<Fp127> valid_field,
                    ColumnShares* column) {
  Ctx bits_ctx = ctx.Fork();
  BitColumn bits = co_await ZeroWhereMissing(bits_ctx, column->type, column->bits, valid);
  column->bits = bits;
  column->valid = valid;
  if ((needs & kField) != 0) {
    ArithColumn<Fp127> units = co_await Multiply<Fp127>(ctx, column->units, valid_field);
    column->units = units;
  }
  if ((needs & kLimbs) != 0) {
    ArithColumn<Fp127> low = co_await Multiply<Fp127>(ctx, column->low, valid_field);
    column->low = low;
    ArithColumn<Fp127> high = co_await Multiply<Fp127>(ctx, column->high, valid_field);
    column->high = high;
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

Task<Done> CompleteColumn(Ctx& ctx, unsigned needs, ColumnShares* column) {
  const std::uint64_t count = co_await OpenCount(ctx, column->valid);
  column->count = count;
  co_await AddSorted(ctx, needs, column);
  co_return Done();
}

Task<Done> JoinColumns(Ctx& ctx, std::vector<unsigned> needs, std::vector<ColumnShares>* columns) {
  CHECK(!columns->empty() && needs.size() == columns->size());
  BitPlanes all;
  for (const ColumnShares& column : *columns) all.push_back(column.valid);
  const BitPlane valid = co_await AllOf(ctx, std::move(all));
  const std::uint64_t count = co_await OpenCount(ctx, valid);
  if (count != valid.rows()) {
    bool in_field = false;
    for (const unsigned need : needs) in_field |= (need & (kField | kLimbs)) != 0;
    ArithColumn<Fp127> valid_field;
    if (in_field) {
      ArithColumn<Fp127> converted = co_await BitToField(ctx, valid);
      valid_field = converted;
    }
    std::vector<Ctx> contexts;
    for (std::size_t c = 0; c < columns->size(); ++c) contexts.push_back(ctx.Fork());
    std::vector<Task<Done>> tasks;
    for (std::size_t c = 0; c < columns->size(); ++c) {
      tasks.push_back(Restrict(contexts[c], needs[c], valid, valid_field, &(*columns)[c]));
    }
    co_await Par(std::move(tasks));
  }
  std::vector<Ctx> contexts;
  for (std::size_t c = 0; c < columns->size(); ++c) contexts.push_back(ctx.Fork());
  std::vector<Task<Done>> sorts;
  for (std::size_t c = 0; c < columns->size(); ++c) {
    (*columns)[c].count = count;
    sorts.push_back(AddSorted(contexts[c], needs[c], &(*columns)[c]));
  }
  co_await Par(std::move(sorts));
  co_return Done();
}

}  // namespace mpcstats

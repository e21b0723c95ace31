// trimmed_mean(x, p): the mean without the floor(n p) smallest and as many of the largest values, as R's mean(x, trim = p);
// exact. The sum of the middle is opened, which is the figure times a public number.
#include <numeric>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

struct Middle {
  std::uint64_t first;
  std::uint64_t count;
};
// p < 1/2, so that at least one value is left.
Middle MiddleOf(std::uint64_t count, Decimal p) {
  std::uint64_t denominator = 1;
  for (unsigned i = 0; i < p.scale; ++i) denominator *= 10;
  const auto cut = static_cast<std::uint64_t>(static_cast<unsigned __int128>(count) *
                                              static_cast<std::uint64_t>(p.units) / denominator);
  return {cut, count - 2 * cut};
}

Figure MeanOf(const Rational& sum, std::uint64_t count, const ColumnType& type) {
  return Figure::Exact(Unscale(sum / Rational(count), type));
}

Task<Figure> Compute(Ctx& ctx, const ColumnShares& column, Decimal p) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const Middle middle = MiddleOf(column.count, p);
  const ArithColumn<Fp127> sum = SumRows(column.sorted_units.Slice(middle.first, middle.count));
  const std::vector<Fp127> opened = co_await Open(ctx, sum, "trimmed sum");
  const Rational offset = Rational(column.type.Offset()) * Rational(middle.count);
  co_return MeanOf(Rational(opened[0].value()) - offset, middle.count, column.type);
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal p) {
  if (units.empty()) return Figure::Undefined("no values");
  const std::vector<std::int64_t> sorted = Ascending(units);
  const Middle middle = MiddleOf(units.size(), p);
  const auto first = sorted.begin() + static_cast<std::ptrdiff_t>(middle.first);
  const __int128 sum = std::accumulate(first, first + static_cast<std::ptrdiff_t>(middle.count), __int128{0});
  return MeanOf(Rational(sum), middle.count, type);
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  return {SortCost(type, rows).and_gates + FieldGates(type.bits, rows)};
}

REGISTER_STATISTIC(Statistic{.name = "trimmed_mean",
                             .summary = "mean without a share p of the values at each end, exact",
                             .numbers = {.min = 1, .max = 1, .ranges = {{{0, 6}, {499999, 6}, {1, 1}}}},
                             .discloses = {"n", "trimmed sum"},
                             .degree = 1,
                             .shows_one_value = true,
                             .needs = kSorted | kSortedField,
                             .cost = Cost,
                             .compute = Compute,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats

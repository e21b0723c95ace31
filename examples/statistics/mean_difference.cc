// mean_difference(x): how far apart two people are on average, Gini's mean difference:
// sum_{i<j} |x_i - x_j| / (n (n - 1) / 2), exact. Unlike the variance it is in the unit of x, and one far value moves it little.
//
// Only the sum of all differences is opened, which is the figure times a public number. With values in ascending order it is
// sum_i (2i - n - 1) x_(i), i from 1. No two values are ever compared in the open.
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

constexpr const char* kTooFew = "fewer than two values";

// How often x_(i) is the larger of two values, less how often it is the smaller; i from 0.
__int128 WeightOf(std::size_t i, std::size_t n) {
  return 2 * static_cast<__int128>(i) + 1 - static_cast<__int128>(n);
}

Figure FigureOf(const Rational& differences, std::size_t n, const ColumnType& type) {
  const Rational pairs = Rational(static_cast<__int128>(n)) * Rational(static_cast<__int128>(n) - 1);
  return Figure::Exact(Unscale(Rational(2) * differences / pairs, type));
}

Task<Figure> Compute(Ctx& ctx, const ColumnShares& column, Decimal) {
  const std::size_t n = column.count;
  if (n < 2) co_return Figure::Undefined(kTooFew);
  // `sorted_units` holds encodings, which are the values plus one public offset; the weights add up to zero, so it cancels.
  // n^2 / 4 differences of at most 2^60 stay below 2^114 up to 2^28 rows: nothing wraps in F_p.
  const ArithColumn<Fp127> differences = MapShares<Fp127>(1, [&](std::size_t, bool next) {
    Fp127::Accumulator total;
    for (std::size_t i = 0; i < n; ++i) {
      total.AddProduct(ComponentOf(column.sorted_units, next)[i], Fp127::FromSigned(WeightOf(i, n)));
    }
    return total.Reduce();
  });
  const std::vector<Fp127> opened = co_await Open(ctx, differences, "sum of differences");
  co_return FigureOf(Rational(SignedValue(opened[0])), n, column.type);
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.size() < 2) return Figure::Undefined(kTooFew);
  const std::vector<std::int64_t> sorted = Ascending(units);
  Rational differences(0);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    differences = differences + Rational(WeightOf(i, sorted.size()) * sorted[i]);
  }
  return FigureOf(differences, sorted.size(), type);
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  return {SortCost(type, rows).and_gates + FieldGates(type.bits, rows)};
}

REGISTER_STATISTIC(Statistic{.name = "mean_difference",
                             .summary = "mean distance of two people's values, exact",
                             .discloses = {"n", "sum of differences"},
                             .degree = 1,
                             .needs = kSorted | kSortedField,
                             .cost = Cost,
                             .compute = Compute,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats

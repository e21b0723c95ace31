// weighted_mean(x, w): sum of w x by the sum of w, to 24 significant binary digits. The weights' sum stays secret.
#include <bit>
#include <numeric>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/weighted.h"

namespace mpcstats {
namespace {

constexpr char kNoWeight[] = "the weights are all zero";

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& weights = *columns[1];
  if (x.count == 0) co_return Figure::Undefined("no values");
  const ArithColumn<Fp127> total = co_await WeightedTotal(ctx, x, weights);
  const ArithColumn<Fp127> weight = SumRows(weights.units);
  // Row 0: the total; row 1: the weights' sum.
  const ArithColumn<Fp127> both = MapShares<Fp127>(
      2, [&](std::size_t row, bool next) { return ComponentOf(row == 0 ? total : weight, next)[0]; });
  const BitColumn bits = co_await FieldToSigned(ctx, both);
  const unsigned weight_bits = weights.type.bits + static_cast<unsigned>(std::bit_width(x.rows));
  const BitColumn below = Trimmed(RowOf(bits, 1), weight_bits);
  const Magnitude above = co_await AbsoluteValue(ctx, RowOf(bits, 0));
  Ctx divide_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [quotient, no_weight] =
      co_await Par(DivideToFloat(divide_ctx, above.value, below, kFloatDigits), IsZero(zero_ctx, below));
  // Without weights the total is zero too, and so the quotient is a function of that alone.
  BitPlanes digits = co_await FloatPlanes(ctx, quotient, above.negative);
  std::vector<BitPlanes> numbers;
  numbers.push_back(std::move(digits));
  numbers.push_back(BitPlanes(1, no_weight));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(numbers), "weighted mean");
  if (opened[1] != 0) co_return Figure::Undefined(kNoWeight);
  co_return FloatFigure(ReadFloat(opened[0], quotient), -static_cast<int>(x.type.scale));
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  if (columns[0].empty()) return Figure::Undefined("no values");
  const Rational weight(std::accumulate(columns[1].begin(), columns[1].end(), __int128{0}));
  if (weight.Sign() == 0) return Figure::Undefined(kNoWeight);
  return Nearest(Unscale(PlainWeightedTotal(columns[0], columns[1]) / weight, types[0]));
}

REGISTER_STATISTIC(Statistic{.name = "weighted_mean",
                             .summary = "mean of the values by their weights, to within 2^-24 of itself",
                             .columns = {2, 2},
                             .discloses = {"n", "weighted mean"},
                             .needs = kField,
                             .fits_call = WeightedFits,
                             .cost_call = WeightedCost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

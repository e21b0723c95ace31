// weighted_total(x, w): sum of w x, exact.
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/weighted.h"

namespace mpcstats {
namespace {

Figure FigureOf(const Rational& total, const ColumnType& x, const ColumnType& weights) {
  return Figure::Exact(Unscale(Unscale(total, x), weights));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& weights = *columns[1];
  ArithColumn<Fp127> total = co_await WeightedTotal(ctx, x, weights);
  const std::vector<Fp127> opened = co_await Open(ctx, std::move(total), "weighted total");
  co_return FigureOf(Rational(SignedValue(opened[0])), x.type, weights.type);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  return FigureOf(PlainWeightedTotal(columns[0], columns[1]), types[0], types[1]);
}

REGISTER_STATISTIC(Statistic{.name = "weighted_total",
                             .summary = "sum of the values times their weights, exact",
                             .columns = {2, 2},
                             .discloses = {"n", "weighted total"},
                             .needs = kField,
                             .fits_call = WeightedFits,
                             .cost_call = WeightedCost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

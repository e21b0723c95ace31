// quantile(x, q): R's type 7 (linear interpolation), exact; 0 <= q <= 1 with up to six decimals.
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

Task<Figure> Quantile(Ctx& ctx, const ColumnShares& column, Decimal q) {
  Figure figure = co_await QuantileFigure(ctx, column, q, "quantile");
  co_return figure;
}

REGISTER_STATISTIC(Statistic{.name = "quantile",
                             .summary = "quantile q, R type 7",
                             .numbers = {.min = 1, .max = 1, .ranges = {{{0, 6}, {1000000, 6}, {5, 1}}}},
                             .discloses = {"n", "quantile"},
                             .shows_one_value = true,
                             .needs_for = RankNeeds,
                             .cost = RankCost,
                             .compute = Quantile,
                             .plain = PlainQuantile});

}  // namespace
}  // namespace mpcstats

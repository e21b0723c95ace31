// median(x): the middle value, or the mean of the two middle values, of which only the mean is opened.
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

constexpr Decimal kHalf{5, 1};

Task<Figure> Median(Ctx& ctx, const ColumnShares& column, Decimal) {
  Figure figure = co_await QuantileFigure(ctx, column, kHalf, 7, "median");
  co_return figure;
}

Figure PlainMedian(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return PlainQuantile(units, type, kHalf, 7);
}

REGISTER_STATISTIC(Statistic{.name = "median",
                             .summary = "middle value, or the mean of the two middle values",
                             .discloses = {"n", "median"},
                             .degree = 1,
                             .shows_one_value = true,
                             .needs_for = RankNeeds,
                             .cost = RankCost,
                             .compute = Median,
                             .plain = PlainMedian});

}  // namespace
}  // namespace mpcstats

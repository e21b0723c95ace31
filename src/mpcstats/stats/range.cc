// range(x): largest minus smallest value. Neither end is opened.
#include <algorithm>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

Task<Figure> Range(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  Ctx high_ctx = ctx.Fork();
  Ctx low_ctx = ctx.Fork();
  auto [high, low] = co_await Par(LargestValue(high_ctx, column), SmallestValue(low_ctx, column));
  Difference range = co_await Subtract(ctx, high, low);
  const unsigned __int128 opened = co_await OpenNumber(ctx, range.value, "range");
  co_return Figure::Exact(Unscale(Rational(opened), column.type));
}

Figure PlainRange(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  const auto [low, high] = std::minmax_element(units.begin(), units.end());
  return Figure::Exact(Unscale(Rational(static_cast<__int128>(*high) - *low), type));
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  const std::uint64_t one = ExtremeCost(type, rows).and_gates;
  return {rows <= kSortForRanksRows ? one : 2 * one};
}

REGISTER_STATISTIC(Statistic{.name = "range",
                             .summary = "largest minus smallest value",
                             .discloses = {"n", "range"},
                             .degree = 1,
                             .shows_one_value = true,
                             .needs_for = RankNeeds,
                             .cost = Cost,
                             .compute = Range,
                             .plain = PlainRange});

}  // namespace
}  // namespace mpcstats

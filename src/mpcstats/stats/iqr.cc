// iqr(x): the upper quartile minus the lower one, R type 7, exact. Neither quartile is opened.
#include <numeric>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

struct Quartiles {
  Position low;
  Position high;
  std::uint64_t denominator;  // of both
};
Quartiles QuartilesOf(std::uint64_t count) {
  const Position low = QuantilePosition(count, {25, 2}, 7);
  const Position high = QuantilePosition(count, {75, 2}, 7);
  return {low, high, std::lcm(low.denominator, high.denominator)};
}

Task<Figure> Range(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const Quartiles at = QuartilesOf(column.count);
  Ctx low_ctx = ctx.Fork();
  Ctx high_ctx = ctx.Fork();
  const auto [low, high] = co_await Par(ValueAt(low_ctx, column, at.low), ValueAt(high_ctx, column, at.high));
  // The offsets of both encodings cancel.
  const ArithColumn<Fp127> range =
      Subtract(MultiplyPublic(high, Fp127::FromU64(at.denominator / at.high.denominator)),
               MultiplyPublic(low, Fp127::FromU64(at.denominator / at.low.denominator)));
  const std::vector<Fp127> opened = co_await Open(ctx, range, "iqr");
  co_return Figure::Exact(Unscale(Rational(opened[0].value()) / Rational(at.denominator), column.type));
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  const std::vector<std::int64_t> sorted = Ascending(units);
  const Quartiles at = QuartilesOf(units.size());
  return Figure::Exact(Unscale(PlainValueAt(sorted, at.high) - PlainValueAt(sorted, at.low), type));
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  const StatisticCost one = RankCost(type, rows);
  return rows <= kSortForRanksRows ? one : StatisticCost{2 * one.and_gates};
}

REGISTER_STATISTIC(Statistic{.name = "iqr",
                             .summary = "interquartile range, R type 7",
                             .discloses = {"n", "iqr"},
                             .degree = 1,
                             .shows_one_value = true,
                             .needs_for = RankNeeds,
                             .cost = Cost,
                             .compute = Range,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats

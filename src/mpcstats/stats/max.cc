// max(x): one person's exact value by definition; surveys turn it on explicitly.
#include <algorithm>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

Task<Figure> Maximum(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  BitColumn value = co_await LargestValue(ctx, column);
  const unsigned __int128 opened = co_await OpenNumber(ctx, value, "max");
  co_return Figure::Exact(
      Unscale(Rational(column.type.Decode(static_cast<std::uint64_t>(opened))), column.type));
}

Figure PlainMaximum(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  return Figure::Exact(Unscale(Rational(*std::max_element(units.begin(), units.end())), type));
}

REGISTER_STATISTIC(Statistic{.name = "max",
                             .summary = "largest value",
                             .discloses = {"n", "max"},
                             .degree = 1,
                             .shows_one_value = true,
                             .needs_for = RankNeeds,
                             .cost = ExtremeCost,
                             .compute = Maximum,
                             .plain = PlainMaximum});

}  // namespace
}  // namespace mpcstats

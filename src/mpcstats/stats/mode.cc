// mode(x): the most frequent value; among equally frequent ones the smallest. How often it occurs is not opened.
#include <algorithm>

#include "mpcstats/engine/boolean/scan.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

Task<Figure> Mode(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  // Rows from `count` on are missing.
  BitColumn values;
  for (const BitPlane& plane : column.sorted->planes) values.planes.push_back(plane.Slice(0, column.count));
  BitColumn mode = co_await ValueOfLongestRun(ctx, std::move(values));
  const unsigned __int128 opened = co_await OpenNumber(ctx, std::move(mode), "mode");
  co_return Figure::Exact(
      Unscale(Rational(column.type.Decode(static_cast<std::uint64_t>(opened))), column.type));
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  const std::vector<std::int64_t> sorted = Ascending(units);
  std::size_t longest = 0;
  std::int64_t mode = 0;
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::upper_bound(at, sorted.end(), *at);
    if (static_cast<std::size_t>(end - at) > longest) {
      longest = static_cast<std::size_t>(end - at);
      mode = *at;
    }
    at = end;
  }
  return Figure::Exact(Unscale(Rational(mode), type));
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  return {SortCost(type, rows).and_gates + rows * (2 * type.bits + 20)};
}

REGISTER_STATISTIC(Statistic{.name = "mode",
                             .summary = "most frequent value; the smallest of equally frequent ones",
                             .discloses = {"n", "mode"},
                             .shows_one_value = true,
                             .needs = kSorted,
                             .cost = Cost,
                             .compute = Mode,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats

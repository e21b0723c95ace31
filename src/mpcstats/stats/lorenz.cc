// lorenz(x, p, ...): points of the Lorenz curve, the share of the sum that the lowest p of the people hold, each to within
// 2^-21. Between two people the curve is a straight line.
#include <numeric>

#include "mpcstats/stats/counts.h"
#include "mpcstats/stats/shares.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostPoints = 100;

std::vector<PartOfPeople> PartsOf(std::uint64_t count, std::span<const Decimal> points) {
  std::vector<PartOfPeople> parts;
  for (const Decimal& p : points) {
    std::uint64_t denominator = 1;
    for (unsigned i = 0; i < p.scale; ++i) denominator *= 10;
    const unsigned __int128 scaled =
        static_cast<unsigned __int128>(count) * static_cast<std::uint64_t>(p.units);
    const auto rest = static_cast<std::uint64_t>(scaled % denominator);
    const std::uint64_t common = std::gcd(rest, denominator);
    parts.push_back({static_cast<std::uint64_t>(scaled / denominator), rest / common, denominator / common});
  }
  return parts;
}

Figure CurveOf(std::vector<Figure> figures, std::span<const Decimal> points) {
  if (!figures[0].undefined.empty()) return figures[0];
  for (std::size_t i = 0; i < figures.size(); ++i) figures[i].name = ShortDecimal(points[i]);
  return Figure::Of(std::move(figures));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> points) {
  const ColumnShares& x = *columns[0];
  if (x.count == 0) co_return Figure::Undefined("no values");
  std::vector<Figure> figures =
      co_await ShareFigures(ctx, x, PartsOf(x.count, points), From::kLowest, "lorenz curve");
  co_return CurveOf(std::move(figures), points);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType>,
             std::span<const Decimal> points) {
  if (columns[0].empty()) return Figure::Undefined("no values");
  return CurveOf(PlainShares(columns[0], PartsOf(columns[0].size(), points), From::kLowest), points);
}

std::size_t OpenedNumbers(const StatisticCall& call) { return call.numbers.size(); }

REGISTER_STATISTIC(Statistic{
    .name = "lorenz",
    .summary = "share of the sum that the lowest p of the people hold, each to within 2^-21",
    .numbers = {.min = 1, .max = kMostPoints, .ranges = {{{0, 6}, {1'000'000, 6}, {5, 1}}}},
    .discloses = {"n", "lorenz curve"},
    .shows_one_value = true,
    .has_parts = true,
    .in_units = false,
    .opened_numbers = OpenedNumbers,
    .needs = kSorted | kSortedField,
    .fits_call = SharesFit,
    .cost_call = SharesCost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

// top_share(x, k): the share of the sum that the k largest values hold, to within 2^-21. All of them when k is more than n.
#include <algorithm>

#include "mpcstats/stats/shares.h"

namespace mpcstats {
namespace {

std::vector<PartOfPeople> PartOf(std::uint64_t count, Decimal k) {
  return {{std::min(count, static_cast<std::uint64_t>(k.units)), 0, 1}};
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  if (x.count == 0) co_return Figure::Undefined("no values");
  std::vector<PartOfPeople> part = PartOf(x.count, numbers[0]);
  const std::vector<Figure> figures =
      co_await ShareFigures(ctx, x, std::move(part), From::kHighest, "top share");
  co_return figures[0];
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType>,
             std::span<const Decimal> numbers) {
  if (columns[0].empty()) return Figure::Undefined("no values");
  return PlainShares(columns[0], PartOf(columns[0].size(), numbers[0]), From::kHighest)[0];
}

REGISTER_STATISTIC(Statistic{
    .name = "top_share",
    .summary = "share of the sum that the k largest values hold, to within 2^-21",
    .numbers = {.min = 1, .max = 1, .ranges = {{{1, 0}, {1'000'000'000, 0}, {10, 0}}}},
    .discloses = {"n", "top share"},
    .degree = 1,
    .shows_one_value = true,
    .in_units = false,
    .needs = kSorted | kSortedField,
    .fits_call = SharesFit,
    .cost_call = SharesCost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

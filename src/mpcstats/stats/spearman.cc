// spearman(x, y): Pearson's correlation of the ranks, where tied values share the mean of their ranks; to within 2^-21.
//
// Rows are sorted by x with y beside them, ranked, and sorted by y with the ranks beside them: no rank is opened, and no tie.
#include <algorithm>
#include <bit>

#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scan.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/sort.h"
#include "mpcstats/stats/correlation.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

constexpr std::string_view kConstant = "a column is constant";

BitColumn FirstRows(const BitColumn& x, std::size_t rows) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(plane.Slice(0, rows));
  return out;
}

struct RankedPairs {
  BitColumn x;
  BitColumn y;
};

// Doubled ranks of both columns, in an order that nobody knows.
Task<RankedPairs> RankBoth(Ctx& ctx, const ColumnShares& x, const ColumnShares& y) {
  const std::size_t n = x.count;
  const SortedTable by_x = co_await SortWith(ctx, x.bits, x.valid, y.bits);
  BitPlane x_starts = co_await RunStarts(ctx, FirstRows(by_x.values, n));
  BitColumn x_ranks = co_await DoubleRanks(ctx, std::move(x_starts));
  const BitPlane all = Constant(ctx.session().self(), true, n);
  const SortedTable by_y = co_await SortWith(ctx, FirstRows(by_x.payload, n), all, std::move(x_ranks));
  BitPlane y_starts = co_await RunStarts(ctx, by_y.values);
  BitColumn y_ranks = co_await DoubleRanks(ctx, std::move(y_starts));
  co_return RankedPairs(by_y.payload, y_ranks);
}

Task<Figure> Spearman(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const ColumnShares& first = *columns[0];
  const ColumnShares& second = *columns[1];
  const std::uint64_t n = first.count;
  if (std::optional<Figure> none = NoMoment(n, Divisor::kSample)) co_return *none;
  const RankedPairs ranks = co_await RankBoth(ctx, first, second);
  Ctx x_ctx = ctx.Fork();
  Ctx y_ctx = ctx.Fork();
  const auto [x, y] = co_await Par(BitsToField(x_ctx, ranks.x), BitsToField(y_ctx, ranks.y));
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(x, y);
  pairs.emplace_back(x, x);
  pairs.emplace_back(y, y);
  const ArithColumn<Fp127> dots = co_await Dot<Fp127>(ctx, std::move(pairs));
  // The doubled ranks add up to n (n + 1): n sum(xy) - n^2 (n + 1)^2.
  const Fp127 sum = Fp127::FromU64(n) * Fp127::FromU64(n + 1);
  const ArithColumn<Fp127> products =
      AddPublic(ctx.session().self(), MultiplyPublic(dots, Fp127::FromU64(n)), -(sum * sum));
  const BitColumn bits = co_await FieldToSigned(ctx, products);
  BitColumn xy = RowOf(bits, 0);
  BitColumn xx = RowOf(bits, 1);
  BitColumn yy = RowOf(bits, 2);
  Figure figure =
      co_await CorrelationFigure(ctx, std::move(xy), std::move(xx), std::move(yy), kConstant, "spearman");
  co_return figure;
}

std::vector<std::int64_t> PlainDoubleRanks(const std::vector<std::int64_t>& values) {
  const std::vector<std::int64_t> sorted = Ascending(values);
  std::vector<std::int64_t> ranks;
  for (const std::int64_t x : values) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), x);
    ranks.push_back((low - sorted.begin()) + 1 + (high - sorted.begin()));
  }
  return ranks;
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType>,
             std::span<const Decimal>) {
  if (std::optional<Figure> none = NoMoment(columns[0].size(), Divisor::kSample)) return *none;
  const std::vector<std::int64_t> x = PlainDoubleRanks(columns[0]);
  const std::vector<std::int64_t> y = PlainDoubleRanks(columns[1]);
  return PlainCorrelation(PlainCentralProduct(x, y), PlainCentralProduct(x, x), PlainCentralProduct(y, y),
                          kConstant);
}

StatisticCost Cost(const StatisticCall& call) {
  std::uint64_t gates = 0;
  for (const ColumnType& type : call.types) {
    const auto rank_bits = static_cast<unsigned>(std::bit_width(call.rows));
    gates += SortCost(type, call.rows).and_gates + call.rows * (type.bits + 5 * rank_bits) +
             FieldGates(rank_bits, call.rows);
  }
  return {gates + 100'000};
}

REGISTER_STATISTIC(Statistic{
    .name = "spearman",
    .summary = "Spearman's rank correlation with mean ranks of ties, to within 2^-21",
    .columns = {2, 2},
    .discloses = {"n", "spearman"},
    .fits_call = CentralProductFits,
    .cost_call = Cost,
    .compute_columns = Spearman,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

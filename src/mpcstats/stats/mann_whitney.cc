// mann_whitney(x, group, a, b): U of group a against group b, with the two-sided p-value of the normal approximation
// (corrected for ties and continuity, as R's wilcox.test with exact = FALSE).
//
// Opened are the sizes of the groups, the sum of the doubled ranks of group a, and the sum of the squares of all doubled
// ranks, which says how much is tied: the p-value needs it.
#include <algorithm>
#include <bit>
#include <cmath>

#include "mpcstats/engine/boolean/scan.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/sort.h"
#include "mpcstats/stats/groups.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

constexpr char kEmpty[] = "a group is empty";

// From the doubled ranks: their sum in group a and the sum of all squares.
Figure FigureOf(std::uint64_t a, std::uint64_t b, const Rational& rank_sum, const Rational& squares) {
  const Rational n_a(a), n_b(b), n = n_a + n_b;
  const Rational u = rank_sum / Rational(2) - n_a * (n_a + Rational(1)) / Rational(2);
  std::vector<Figure> parts;
  parts.push_back(Figure::Exact(u).Named("U"));
  // Ranks with mean (n + 1) / 2: the variance of U is n_a n_b / (n (n - 1)) times their sum of squares about it.
  const Rational spread = squares / Rational(4) - n * (n + Rational(1)) * (n + Rational(1)) / Rational(4);
  if (spread.Sign() == 0) {
    parts.push_back(Figure::Undefined("all values are equal").Named("p value"));
    return Figure::Of(std::move(parts));
  }
  const Rational variance = n_a * n_b * spread / (n * (n - Rational(1)));
  Rational distance = u - n_a * n_b / Rational(2);
  if (distance.Sign() < 0) distance = -distance;
  // A half towards the mean.
  if (distance.Sign() > 0) distance = distance - Rational(1) / Rational(2);
  const double z = distance.ToDouble() / variance.SqrtToDouble();
  const double p = std::min(1.0, distance.Sign() < 0 ? 2 - NormalP(z) : NormalP(z));
  parts.push_back(Figure({}, p, 1e-12, {}).Named("p value"));
  return Figure::Of(std::move(parts));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& group = *columns[1];
  const Decimal code_a = numbers[0];
  const Decimal code_b = numbers[1];
  const TwoGroups groups = co_await SplitGroups(ctx, group, code_a, code_b);
  if (groups.size_a == 0 || groups.size_b == 0) co_return Figure::Undefined(kEmpty);
  const std::size_t n = groups.size_a + groups.size_b;
  const BitColumn payload(BitPlanes(1, groups.a));
  const SortedTable sorted = co_await SortWith(ctx, x.bits, Xor(groups.a, groups.b), payload);
  BitColumn values;
  for (const BitPlane& plane : sorted.values.planes) values.planes.push_back(plane.Slice(0, n));
  const BitPlane in_a = sorted.payload.planes.front().Slice(0, n);
  BitPlane starts = co_await RunStarts(ctx, std::move(values));
  BitColumn ranks = co_await DoubleRanks(ctx, std::move(starts));
  const ArithColumn<Fp127> field = co_await BitsToField(ctx, std::move(ranks));
  const ArithColumn<Fp127> member = co_await BitToField(ctx, in_a);
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(field, member);
  pairs.emplace_back(field, field);
  const ArithColumn<Fp127> sums = co_await Dot<Fp127>(ctx, std::move(pairs));
  const std::vector<Fp127> opened = co_await Open(ctx, sums, "rank sum and ties");
  co_return FigureOf(groups.size_a, groups.size_b, Rational(opened[0].value()), Rational(opened[1].value()));
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const PlainGroups groups = PlainSplit(columns, types[1], numbers[0], numbers[1]);
  if (groups.a.empty() || groups.b.empty()) return Figure::Undefined(kEmpty);
  std::vector<std::int64_t> all = groups.a;
  all.insert(all.end(), groups.b.begin(), groups.b.end());
  const std::vector<std::int64_t> sorted = Ascending(all);
  Rational sum(0), squares(0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), all[i]);
    const Rational rank((low - sorted.begin()) + 1 + (high - sorted.begin()));
    if (i < groups.a.size()) sum = sum + rank;
    squares = squares + rank * rank;
  }
  return FigureOf(groups.a.size(), groups.b.size(), sum, squares);
}

StatisticCost Cost(const StatisticCall& call) {
  const auto rank_bits = static_cast<unsigned>(std::bit_width(call.rows));
  return {SortCost(call.types[0], call.rows).and_gates +
          call.rows * (call.types[0].bits + 2 * call.types[1].bits + 5 * rank_bits) +
          FieldGates(rank_bits, call.rows)};
}

// The sum of ranks, the ties, and two sizes.
std::size_t OpenedNumbers(const StatisticCall&) { return 4; }

REGISTER_STATISTIC(Statistic{.name = "mann_whitney",
                             .summary = "Mann-Whitney U of two groups, with its p-value",
                             .columns = {2, 2},
                             .numbers = {.min = 2, .max = 2, .ranges = {kGroupA, kGroupB}},
                             .discloses = {"n", "group sizes", "rank sum and ties"},
                             .has_parts = true,
                             .in_units = false,
                             .opened_numbers = OpenedNumbers,
                             .classes = GroupClasses,
                             .categories = 2,
                             .numbers_of_categories = TwoCategories,
                             .fits_call = GroupsDiffer,
                             .cost_call = Cost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

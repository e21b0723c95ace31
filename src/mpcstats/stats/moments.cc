#include "mpcstats/stats/moments.h"

#include <algorithm>
#include <bit>
#include <set>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {

namespace {

constexpr unsigned kLimbBits = 30;
constexpr unsigned kWideBits = 192;
constexpr std::string_view kLabel = "second moment";

// ANDs of one product put together from limbs. Dot products take none, whatever the rows.
constexpr std::uint64_t kJoinedLimbs = 8600;

using Pairs = std::vector<DotOperands<Fp127>>;

// The different columns of some pairs, and where each pair's are among them.
struct Paired {
  std::vector<ArithColumn<Fp127>> columns;
  std::vector<std::pair<std::size_t, std::size_t>> at;
};

Paired ColumnsOf(const Pairs& pairs) {
  Paired out;
  const auto find = [&](const ArithColumn<Fp127>& column) {
    const auto known = std::ranges::find_if(out.columns, [&](const ArithColumn<Fp127>& one) {
      return one.store() == column.store() && one.offset() == column.offset();
    });
    const auto at = static_cast<std::size_t>(known - out.columns.begin());
    if (known == out.columns.end()) out.columns.push_back(column);
    return at;
  };
  for (const auto& pair : pairs) {
    const std::size_t x = find(pair.x);
    const std::size_t y = find(pair.y);
    out.at.emplace_back(std::max(x, y), std::min(x, y));
  }
  return out;
}

// Whether they are all pairs of their columns, each once. What columns are the same is a matter of the plan.
bool AreAllPairs(const Paired& paired) {
  std::set<std::pair<std::size_t, std::size_t>> different(paired.at.begin(), paired.at.end());
  const std::size_t d = paired.columns.size();
  return different.size() == paired.at.size() && different.size() == d * (d + 1) / 2;
}

// S(uv) for each pair. All pairs of some columns are proved together.
Task<ArithColumn<Fp127>> Dots(Ctx& ctx, Pairs pairs, Paired paired) {
  if (!AreAllPairs(paired)) {
    ArithColumn<Fp127> dots = co_await Dot<Fp127>(ctx, std::move(pairs));
    co_return dots;
  }
  const ArithColumn<Fp127> all = co_await Gram(ctx, paired.columns);
  co_return MapShares<Fp127>(pairs.size(), [&](std::size_t p, bool next) {
    const auto [i, j] = paired.at[p];
    return ComponentOf(all, next)[i * (i + 1) / 2 + j];
  });
}

// n S(uv) - S(u) S(v) for each pair, in the field.
Task<ArithColumn<Fp127>> InField(Ctx& ctx, Pairs pairs, std::uint64_t count) {
  const std::size_t n = pairs.size();
  const Paired paired = ColumnsOf(pairs);
  std::vector<ArithColumn<Fp127>> sums;
  for (const auto& column : paired.columns) sums.push_back(SumRows(column));
  auto left = std::make_shared<SharedElements<Fp127>>(n);
  auto right = std::make_shared<SharedElements<Fp127>>(n);
  for (std::size_t d = 0; d < n; ++d) {
    const ArithColumn<Fp127>& u = sums[paired.at[d].first];
    const ArithColumn<Fp127>& v = sums[paired.at[d].second];
    left->own[d] = u.own()[0];
    left->next[d] = u.next()[0];
    right->own[d] = v.own()[0];
    right->next[d] = v.next()[0];
  }
  const ArithColumn<Fp127> sums_left(std::move(left));
  const ArithColumn<Fp127> sums_right(std::move(right));
  Ctx dot_ctx = ctx.Fork();
  Ctx multiply_ctx = ctx.Fork();
  auto [dots, products] = co_await Par(Dots(dot_ctx, std::move(pairs), paired),
                                       Multiply<Fp127>(multiply_ctx, sums_left, sums_right));
  co_return Subtract(MultiplyPublic(dots, Fp127::FromU64(count)), products);
}

// By what is public about the columns, not by what they happen to hold: another statistic may have wanted limbs.
bool NeedLimbs(const std::vector<CentralPair>& pairs) {
  const auto wide = [](const ColumnShares& column) { return !SecondMomentFits(column.type, column.rows); };
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const CentralPair& pair) { return wide(*pair.x) || wide(*pair.y); });
}

// With x = 2^30 h + l and y likewise, the central product is 2^60 A(hh) + 2^30 (A(hl) + A(lh)) + A(ll), where a limb has
// at most 31 bits, so that |A| < 2^62 n^2 < 2^125 for n < 2^31. Moments do not feel the offset that the limbs contain.
void AddLimbPairs(const CentralPair& pair, Pairs* pairs) {
  pairs->emplace_back(pair.x->high, pair.y->high);
  pairs->emplace_back(pair.x->high, pair.y->low);
  pairs->emplace_back(pair.x->low, pair.y->high);
  pairs->emplace_back(pair.x->low, pair.y->low);
}

// The terms of pair `p` stand in rows 4 p to 4 p + 3. |x y| < 2^122 and n^2 < 2^57: 2^192 holds the total with its sign.
Task<BitColumn> JoinLimbs(Ctx& ctx, BitColumn terms, std::size_t p) {
  constexpr unsigned kPlaces[4] = {2 * kLimbBits, kLimbBits, kLimbBits, 0};
  std::vector<BitColumn> summands;
  for (std::size_t t = 0; t < 4; ++t) {
    const BitColumn term = ShiftedUp(RowOf(terms, 4 * p + t), kPlaces[t]);
    summands.push_back(SignExtended(term, kWideBits));
  }
  BitColumn total = co_await AddMany(ctx, std::move(summands), kWideBits);
  co_return total;
}

}  // namespace

bool SecondMomentFits(const ColumnType& type, std::size_t rows) {
  return 2 * (type.MagnitudeBits() + static_cast<unsigned>(std::bit_width(rows))) <= 125;
}

unsigned MomentNeeds(const ColumnType& type, std::size_t rows) {
  return SecondMomentFits(type, rows) ? kField : kLimbs;
}

unsigned CentralProductNeeds(const StatisticCall& call, std::size_t) {
  const bool fit = std::all_of(call.types.begin(), call.types.end(),
                               [&](const ColumnType& type) { return SecondMomentFits(type, call.rows); });
  return fit ? kField : kLimbs;
}

Status MomentFits(const ColumnType&, std::size_t rows) {
  if (rows >= 2) return {};
  return Fail(ErrorCode::kInvalidArgument, "needs at least two rows and the table has " +
                                               std::to_string(rows) + "; add rows, or ask for the mean");
}

Status CentralProductFits(const StatisticCall& call) { return MomentFits(call.types[0], call.rows); }

StatisticCost MomentCost(const ColumnType& type, std::size_t rows) {
  return {SecondMomentFits(type, rows) ? 0 : kJoinedLimbs};
}

StatisticCost CentralProductCost(const StatisticCall& call) {
  const std::uint64_t pairs = call.types.size() * (call.types.size() + 1) / 2;
  return {CentralProductNeeds(call, 0) == kField ? 0 : pairs * kJoinedLimbs};
}

Task<std::vector<BitColumn>> CentralProducts(Ctx& ctx, std::vector<CentralPair> pairs) {
  const bool limbs = NeedLimbs(pairs);
  const std::uint64_t count = pairs.front().x->count;
  Pairs operands;
  for (const CentralPair& pair : pairs) {
    if (limbs) {
      AddLimbPairs(pair, &operands);
    } else {
      operands.emplace_back(pair.x->units, pair.y->units);
    }
  }
  ArithColumn<Fp127> terms = co_await InField(ctx, std::move(operands), count);
  const BitColumn bits = co_await FieldToSigned(ctx, std::move(terms));
  std::vector<BitColumn> products;
  if (!limbs) {
    for (std::size_t p = 0; p < pairs.size(); ++p) products.push_back(RowOf(bits, p));
    co_return products;
  }
  std::vector<Ctx> contexts;
  for (std::size_t p = 0; p < pairs.size(); ++p) contexts.push_back(ctx.Fork());
  std::vector<Task<BitColumn>> joins;
  for (std::size_t p = 0; p < pairs.size(); ++p) joins.push_back(JoinLimbs(contexts[p], bits, p));
  std::vector<BitColumn> joined = co_await Par(std::move(joins));
  co_return joined;
}

Task<std::vector<Rational>> OpenCentralProducts(Ctx& ctx, std::vector<CentralPair> pairs,
                                                std::string_view label) {
  std::vector<Rational> values;
  if (NeedLimbs(pairs)) {
    const std::vector<BitColumn> wide = co_await CentralProducts(ctx, std::move(pairs));
    std::vector<Rational> opened = co_await OpenSigned(ctx, wide, label);
    co_return opened;
  }
  const std::uint64_t count = pairs.front().x->count;
  Pairs operands;
  for (const CentralPair& pair : pairs) operands.emplace_back(pair.x->units, pair.y->units);
  const ArithColumn<Fp127> products = co_await InField(ctx, std::move(operands), count);
  const std::vector<Fp127> opened = co_await Open(ctx, products, label);
  for (const Fp127 value : opened) values.emplace_back(SignedValue(value));
  co_return values;
}

Task<Rational> OpenCentralProduct(Ctx& ctx, const ColumnShares& x, const ColumnShares& y,
                                  std::string_view label) {
  std::vector<CentralPair> pairs(1, CentralPair(&x, &y));
  const std::vector<Rational> opened = co_await OpenCentralProducts(ctx, std::move(pairs), label);
  co_return opened[0];
}

std::optional<Figure> NoMoment(std::uint64_t count, Divisor divisor) {
  if (count == 0) return Figure::Undefined("no values");
  if (count == 1 && divisor == Divisor::kSample) return Figure::Undefined("fewer than two values");
  return std::nullopt;
}

Rational MomentOf(const Rational& product, std::uint64_t count, Divisor divisor, const ColumnType& x,
                  const ColumnType& y) {
  const std::uint64_t by = divisor == Divisor::kSample ? count - 1 : count;
  return Unscale(Unscale(product / Rational(count) / Rational(by), x), y);
}

Task<Figure> VarianceFigure(Ctx& ctx, const ColumnShares& column, Divisor divisor) {
  if (std::optional<Figure> none = NoMoment(column.count, divisor)) co_return *none;
  const Rational product = co_await OpenCentralProduct(ctx, column, column, kLabel);
  co_return Figure::Exact(MomentOf(product, column.count, divisor, column.type, column.type));
}

Figure PlainVariance(std::span<const std::int64_t> units, const ColumnType& type, Divisor divisor) {
  if (std::optional<Figure> none = NoMoment(units.size(), divisor)) return *none;
  return Figure::Exact(MomentOf(PlainCentralProduct(units, units), units.size(), divisor, type, type));
}

Task<Figure> DeviationFigure(Ctx& ctx, const ColumnShares& column, Divisor divisor) {
  if (std::optional<Figure> none = NoMoment(column.count, divisor)) co_return *none;
  const Rational product = co_await OpenCentralProduct(ctx, column, column, kLabel);
  const Rational variance = MomentOf(product, column.count, divisor, column.type, column.type);
  co_return Figure({}, variance.SqrtToDouble(), 0, {});
}

Figure PlainDeviation(std::span<const std::int64_t> units, const ColumnType& type, Divisor divisor) {
  if (std::optional<Figure> none = NoMoment(units.size(), divisor)) return *none;
  const Rational variance = MomentOf(PlainCentralProduct(units, units), units.size(), divisor, type, type);
  return {{}, variance.SqrtToDouble(), 0, {}};
}

Rational PlainCentralProduct(std::span<const std::int64_t> x, std::span<const std::int64_t> y) {
  Rational products(0);
  __int128 x_sum = 0;
  __int128 y_sum = 0;
  // Products of 18-digit values are added in 128-bit runs before they become rationals.
  __int128 run = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    run += static_cast<__int128>(x[i]) * y[i];
    x_sum += x[i];
    y_sum += y[i];
    if (i % 64 == 63) {
      products = products + Rational(run);
      run = 0;
    }
  }
  products = products + Rational(run);
  return Rational(static_cast<std::uint64_t>(x.size())) * products - Rational(x_sum) * Rational(y_sum);
}

}  // namespace mpcstats

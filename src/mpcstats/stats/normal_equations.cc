#include "mpcstats/stats/normal_equations.h"

#include <algorithm>

#include "mpcstats/engine/boolean/compare.h"

namespace mpcstats {

namespace {

// Digits of fixed numbers: digit 150 + k is worth 2^k.
constexpr unsigned kResidualLimit = kFixedFraction - 100;
constexpr unsigned kInverseLimit = kFixedFraction + 32;
constexpr unsigned kMeansLimit = kFixedFraction + 37;
constexpr unsigned kMeanInverseLimit = kFixedFraction + 30;

// A column's entries before its sweep are below 2^20 wherever they can be trusted afterwards. Among what is not swept, and in y's
// row, they are those of a covariance matrix with a diagonal below one. For a swept i the square is at most (C_ss^-1)_ii c_kk <
// (C^-1)_ii < 2^32, with s what was swept; and a mean's is m_k less ten products of such an entry and a mean, 1 + 10 * 2^16.
constexpr unsigned kColumnSign = kFixedFraction + 20;

using Indices = std::vector<std::size_t>;

Indices Repeated(std::size_t index, std::size_t times) { return Indices(times, index); }

FixedNumbers Zeros(std::size_t count) { return FixedNumbers(Zero(count * kFixedBits)); }

// The equations after some sweeps: y is row p, the means are row p + 1, and the corner of both is not kept up to date.
struct Swept {
  std::size_t slopes;
  FixedNumbers entries;
  FixedNumbers spread_inverse;  // 1 / c, from the first sweep
};

// d = M_kk;  M_ij -= M_ik M_kj / d;  M_ik /= d;  M_kk = -1 / d.
Task<Swept> Sweep(Ctx& ctx, Swept m, std::size_t k) {
  const PartyIndex self = ctx.session().self();
  const std::size_t p = m.slopes;
  FixedNumbers pivots = PickNumbers(m.entries, Indices(1, EntryOf(k, k)));
  if (k == 0) pivots = JoinNumbers({pivots, PickNumbers(m.entries, Indices(1, EntryOf(p, p)))});
  const FixedNumbers inverses = co_await Reciprocal(ctx, pivots);
  if (k == 0) m.spread_inverse = PickNumbers(inverses, Indices(1, 1));
  const FixedNumbers inverse = PickNumbers(inverses, Indices(1, 0));

  Indices column, others;
  for (std::size_t i = 0; i < p + 2; ++i) {
    if (i == k) continue;
    others.push_back(i);
    column.push_back(EntryOf(i, k));
  }
  const FixedNumbers old_column = PickNumbers(m.entries, column);
  std::vector<FixedProduct> quotient(
      1, FixedProduct{.x = PickNumbers(inverse, Repeated(0, column.size())), .y = old_column});
  const FixedNumbers new_column = co_await AddProducts(ctx, Zeros(column.size()), std::move(quotient));

  Indices changed, left, right;  // entries, and where their factors stand in the column
  for (std::size_t a = 0; a < others.size(); ++a) {
    for (std::size_t b = 0; b <= a && others[b] < p; ++b) {
      changed.push_back(EntryOf(others[a], others[b]));
      left.push_back(a);
      right.push_back(b);
    }
  }
  std::vector<FixedProduct> update(
      1, FixedProduct{
             .x = PickNumbers(old_column, left), .y = PickNumbers(new_column, right), .sign = kColumnSign});
  const FixedNumbers before = PickNumbers(m.entries, changed);
  const FixedNumbers after = co_await SubtractProducts(ctx, before, std::move(update));

  // Old entries, then the new ones behind them; each is taken from where it is.
  const FixedNumbers all = JoinNumbers({m.entries, after, new_column, Complement(self, inverse)});
  Indices where(m.entries.size());
  for (std::size_t e = 0; e < where.size(); ++e) where[e] = e;
  std::size_t next = m.entries.size();
  for (const std::size_t e : changed) where[e] = next++;
  for (const std::size_t e : column) where[e] = next++;
  where[EntryOf(k, k)] = next;
  m.entries = PickNumbers(all, where);
  co_return m;
}

// After all sweeps the entries among the columns are -C^-1, in row p C^-1 b and in row p + 1 C^-1 m. For each of these
// p + 2 vectors v: what C v should be, less C v.
Task<FixedNumbers> Residuals(Ctx& ctx, FixedNumbers equations, FixedNumbers swept, std::size_t p,
                             unsigned half_bits) {
  const PartyIndex self = ctx.session().self();
  std::vector<int> units;
  Indices aims;
  for (std::size_t l = 0; l < p; ++l) {
    for (std::size_t i = 0; i < p; ++i) units.push_back(i == l ? -1 : 0);
  }
  for (std::size_t l = p; l < p + 2; ++l) {
    for (std::size_t i = 0; i < p; ++i) aims.push_back(EntryOf(l, i));
  }
  const FixedNumbers start = JoinNumbers({FixedIntegers(self, units), PickNumbers(equations, aims)});
  std::vector<FixedProduct> products;
  for (std::size_t j = 0; j < p; ++j) {
    Indices row, vector;
    for (std::size_t l = 0; l < p + 2; ++l) {
      for (std::size_t i = 0; i < p; ++i) {
        row.push_back(EntryOf(i, j));
        vector.push_back(EntryOf(l, j));
      }
    }
    // |C| < 1, with 2 h digits behind the point.
    products.push_back({.x = PickNumbers(equations, row),
                        .y = PickNumbers(swept, vector),
                        .first = kFixedFraction - std::min(2 * half_bits, kFixedFraction),
                        .sign = kFixedFraction});
  }
  const FixedNumbers residuals = co_await SubtractProducts(ctx, start, std::move(products));
  co_return residuals;
}

Indices From(std::size_t first, std::size_t count) {
  Indices which;
  for (std::size_t i = 0; i < count; ++i) which.push_back(first + i);
  return which;
}

// start + or - sum_j (a_j u_j + r_j v_j), for factors a below one and residuals r.
std::vector<FixedProduct> Corner(const FixedNumbers& a, const FixedNumbers& u, const FixedNumbers& r,
                                 const FixedNumbers& v, std::size_t number) {
  std::vector<FixedProduct> products;
  const std::size_t p = a.size() / number;
  for (std::size_t j = 0; j < p; ++j) {
    Indices at;
    for (std::size_t n = 0; n < number; ++n) at.push_back(n * p + j);
    products.push_back({.x = PickNumbers(a, at), .y = PickNumbers(u, at), .sign = kFixedFraction});
    products.push_back({.x = PickNumbers(r, at), .y = PickNumbers(v, at), .sign = kResidualLimit});
  }
  return products;
}

Task<FixedNumbers> Multiplied(Ctx& ctx, FixedNumbers start, FixedNumbers x, FixedNumbers y, bool subtract) {
  std::vector<FixedProduct> products(1, FixedProduct{.x = x, .y = y, .sign = kFixedFraction + 1});
  if (subtract) {
    FixedNumbers difference = co_await SubtractProducts(ctx, start, std::move(products));
    co_return difference;
  }
  FixedNumbers sum = co_await AddProducts(ctx, start, std::move(products));
  co_return sum;
}

}  // namespace

Task<RegressionNumbers> SolveEquations(Ctx& ctx, ScaledEquations equations) {
  const PartyIndex self = ctx.session().self();
  const std::size_t p = equations.slopes;
  Swept swept{.slopes = p, .entries = equations.entries, .spread_inverse = {}};
  for (std::size_t k = 0; k < p; ++k) {
    Swept next = co_await Sweep(ctx, std::move(swept), k);
    swept = std::move(next);
  }
  const FixedNumbers& entries = equations.entries;
  const FixedNumbers residuals = co_await Residuals(ctx, entries, swept.entries, p, equations.half_bits);

  RegressionNumbers out;
  Indices slopes, means, diagonal, inverse;
  for (std::size_t j = 0; j < p; ++j) {
    slopes.push_back(EntryOf(p, j));
    means.push_back(EntryOf(p + 1, j));
    diagonal.push_back(EntryOf(j, j));
    for (std::size_t i = j; i < p; ++i) inverse.push_back(EntryOf(i, j));
  }
  out.slopes = PickNumbers(swept.entries, slopes);
  out.inverse = Complement(self, PickNumbers(swept.entries, diagonal));
  const FixedNumbers mean_slopes = PickNumbers(swept.entries, means);
  const FixedNumbers with_y = PickNumbers(entries, slopes);
  const FixedNumbers with_means = PickNumbers(entries, means);
  const FixedNumbers y_residuals = PickNumbers(residuals, From(p * p, p));
  const FixedNumbers mean_residuals = PickNumbers(residuals, From(p * p + p, p));

  // Of second order in the errors: c - b' v - r' v with v near C^-1 b and r = b - C v, and likewise the two others.
  Indices corner(1, EntryOf(p, p));
  corner.push_back(EntryOf(p + 1, p));
  std::vector<FixedProduct> of_y =
      Corner(JoinNumbers({with_y, with_means}), JoinNumbers({out.slopes, out.slopes}),
             JoinNumbers({y_residuals, y_residuals}), JoinNumbers({out.slopes, mean_slopes}), 2);
  std::vector<FixedProduct> of_means = Corner(with_means, mean_slopes, mean_residuals, mean_slopes, 1);
  Ctx minus_ctx = ctx.Fork();
  Ctx plus_ctx = ctx.Fork();
  const auto [below, mean_inverse] =
      co_await Par(SubtractProducts(minus_ctx, PickNumbers(entries, corner), std::move(of_y)),
                   AddProducts(plus_ctx, equations.unit_mean, std::move(of_means)));
  out.residual = PickNumbers(below, Indices(1, 0));
  out.intercept = PickNumbers(below, Indices(1, 1));
  out.mean_inverse = mean_inverse;

  BitPlanes wrong;
  wrong.push_back(DigitsBeyond(residuals, kResidualLimit));
  wrong.push_back(DigitsBeyond(PickNumbers(swept.entries, inverse), kInverseLimit));
  wrong.push_back(DigitsBeyond(out.slopes, kInverseLimit));
  wrong.push_back(DigitsBeyond(mean_slopes, kMeansLimit));
  wrong.push_back(DigitsBeyond(out.mean_inverse, kMeanInverseLimit));
  Ctx fit_ctx = ctx.Fork();
  Ctx check_ctx = ctx.Fork();
  const auto [explained, any_wrong] =
      co_await Par(Multiplied(fit_ctx, FixedIntegers(self, std::vector<int>(1, 1)), out.residual,
                              swept.spread_inverse, true),
                   AnyRow(check_ctx, Concatenate(wrong)));
  out.explained = explained;
  out.trusted = Not(self, any_wrong);
  co_return out;
}

}  // namespace mpcstats

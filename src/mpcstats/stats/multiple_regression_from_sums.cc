// multiple_regression_from_sums(x1, ..., xp, y): least squares y = b1 x1 + ... + bp xp + b0 with standard errors, exactly.
//
// What is opened are the sufficient statistics: the sum of every column and the central product of every pair (moments.h),
// which tell all means, variances and correlations. The normal equations are solved in the clear, in exact fractions, so
// that no conditioning is too bad: a matrix is singular or it is not.
#include <numeric>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostColumns = 11;

using Matrix = std::vector<std::vector<Rational>>;

/// Sums and central products in units: column p is y.
struct Sums {
  std::uint64_t n;
  std::vector<Rational> sum;
  Matrix product;
};

// The inverse by Gauss and Jordan; nothing where the matrix is singular.
std::optional<Matrix> Inverse(Matrix a) {
  const std::size_t p = a.size();
  Matrix inverse(p, std::vector<Rational>(p));
  for (std::size_t i = 0; i < p; ++i) inverse[i][i] = Rational(1);
  for (std::size_t c = 0; c < p; ++c) {
    std::size_t pivot = c;
    while (pivot < p && a[pivot][c].Sign() == 0) ++pivot;
    if (pivot == p) return std::nullopt;
    std::swap(a[pivot], a[c]);
    std::swap(inverse[pivot], inverse[c]);
    const Rational scale = Rational(1) / a[c][c];
    for (std::size_t j = 0; j < p; ++j) {
      a[c][j] = a[c][j] * scale;
      inverse[c][j] = inverse[c][j] * scale;
    }
    for (std::size_t r = 0; r < p; ++r) {
      if (r == c || a[r][c].Sign() == 0) continue;
      const Rational factor = a[r][c];
      for (std::size_t j = 0; j < p; ++j) {
        a[r][j] = a[r][j] - factor * a[c][j];
        inverse[r][j] = inverse[r][j] - factor * inverse[c][j];
      }
    }
  }
  return inverse;
}

Rational TypeUnit(const ColumnType& type) { return Unscale(Rational(1), type); }

Figure Root(const Rational& square) { return {{}, square.SqrtToDouble(), 0, {}}; }

Figure Solve(const Sums& sums, std::span<const ColumnType> types) {
  const std::size_t p = types.size() - 1;
  if (sums.n <= p) return Figure::Undefined("fewer values than coefficients");
  Matrix a(p, std::vector<Rational>(p));
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) a[i][j] = sums.product[i][j];
  }
  const std::optional<Matrix> inverse = Inverse(std::move(a));
  if (!inverse) return Figure::Undefined("the columns are linearly dependent");
  const Rational n(sums.n);
  std::vector<Rational> slopes(p);
  Rational explained(0);
  Rational intercept = sums.sum[p] / n;
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) slopes[i] = slopes[i] + (*inverse)[i][j] * sums.product[j][p];
    explained = explained + slopes[i] * sums.product[i][p];
    intercept = intercept - slopes[i] * sums.sum[i] / n;
  }
  // Central products are n times sums of squares about the mean.
  const Rational residual = (sums.product[p][p] - explained) / n;
  const std::uint64_t freedom = sums.n - p - 1;
  const Rational y_unit = TypeUnit(types[p]);
  std::vector<Figure> parts;
  for (std::size_t i = 0; i < p; ++i) {
    const Rational unit = y_unit / TypeUnit(types[i]);
    parts.push_back(Figure::Exact(slopes[i] * unit).Named("slope " + std::to_string(i + 1)));
  }
  parts.push_back(Figure::Exact(intercept * y_unit).Named("intercept"));
  if (freedom == 0) return Figure::Of(std::move(parts));
  const Rational variance = residual / Rational(freedom);
  Rational mean_part = Rational(1) / n;
  for (std::size_t i = 0; i < p; ++i) {
    const Rational unit = y_unit / TypeUnit(types[i]);
    parts.push_back(Root(variance * n * (*inverse)[i][i] * unit * unit)
                        .Named("standard error of slope " + std::to_string(i + 1)));
    for (std::size_t j = 0; j < p; ++j) {
      mean_part = mean_part + sums.sum[i] * (*inverse)[i][j] * sums.sum[j] / n;
    }
  }
  parts.push_back(Root(variance * mean_part * y_unit * y_unit).Named("standard error of intercept"));
  parts.push_back(Root(variance * y_unit * y_unit).Named("residual standard deviation"));
  if (sums.product[p][p].Sign() != 0) {
    parts.push_back(Figure::Exact(explained / sums.product[p][p]).Named("R squared"));
  }
  return Figure::Of(std::move(parts));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const std::size_t all = columns.size();
  if (columns[0]->count == 0) co_return Figure::Undefined("no values");
  Sums sums{.n = columns[0]->count, .sum = {}, .product = Matrix(all, std::vector<Rational>(all))};
  std::vector<CentralPair> pairs;
  std::vector<ArithColumn<Fp127>> totals;
  for (std::size_t i = 0; i < all; ++i) {
    totals.push_back(SumRows(columns[i]->units));
    for (std::size_t j = i; j < all; ++j) pairs.emplace_back(columns[i], columns[j]);
  }
  const ArithColumn<Fp127> together =
      MapShares<Fp127>(all, [&](std::size_t row, bool next) { return ComponentOf(totals[row], next)[0]; });
  const std::vector<Fp127> opened = co_await Open(ctx, together, "sums");
  for (const Fp127 total : opened) sums.sum.emplace_back(SignedValue(total));
  const std::vector<Rational> products =
      co_await OpenCentralProducts(ctx, std::move(pairs), "central products");
  std::size_t next = 0;
  for (std::size_t i = 0; i < all; ++i) {
    for (std::size_t j = i; j < all; ++j) sums.product[i][j] = sums.product[j][i] = products[next++];
  }
  std::vector<ColumnType> types;
  for (const ColumnShares* column : columns) types.push_back(column->type);
  co_return Solve(sums, types);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  const std::size_t all = columns.size();
  if (columns[0].empty()) return Figure::Undefined("no values");
  Sums sums{.n = columns[0].size(), .sum = {}, .product = Matrix(all, std::vector<Rational>(all))};
  for (std::size_t i = 0; i < all; ++i) {
    sums.sum.emplace_back(std::accumulate(columns[i].begin(), columns[i].end(), __int128{0}));
    for (std::size_t j = 0; j < all; ++j) sums.product[i][j] = PlainCentralProduct(columns[i], columns[j]);
  }
  return Solve(sums, types);
}

unsigned Needs(const StatisticCall& call, std::size_t position) {
  return kField | CentralProductNeeds(call, position);
}

REGISTER_STATISTIC(Statistic{
    .name = "multiple_regression_from_sums",
    .summary = "least squares with standard errors, exact, from opened sums and products",
    .columns = {2, kMostColumns},
    .discloses = {"n", "sums", "central products"},
    .has_parts = true,
    .needs_at = Needs,
    .fits_call = CentralProductFits,
    .cost_call = CentralProductCost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

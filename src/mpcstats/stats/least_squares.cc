#include "mpcstats/stats/least_squares.h"

#include <numeric>

#include "mpcstats/stats/moments.h"

namespace mpcstats {

namespace {

using Matrix = std::vector<std::vector<Rational>>;

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

}  // namespace

Figure SolveLeastSquares(const RegressionSums& sums, std::span<const ColumnType> types,
                         std::string_view dependent) {
  const std::size_t p = types.size() - 1;
  if (std::optional<Figure> none = NoRegression(sums.n, p)) return *none;
  Matrix a(p, std::vector<Rational>(p));
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j) a[i][j] = sums.product[i][j];
  }
  const std::optional<Matrix> inverse = Inverse(std::move(a));
  if (!inverse) return Figure::Undefined(std::string(dependent));
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
    parts.push_back(Figure::Exact(slopes[i] * unit).Named(SlopeName(i)));
  }
  parts.push_back(Figure::Exact(intercept * y_unit).Named(std::string(kInterceptName)));
  if (freedom == 0) return Figure::Of(std::move(parts));
  const Rational variance = residual / Rational(freedom);
  Rational mean_part = Rational(1) / n;
  for (std::size_t i = 0; i < p; ++i) {
    const Rational unit = y_unit / TypeUnit(types[i]);
    parts.push_back(Root(variance * n * (*inverse)[i][i] * unit * unit).Named(SlopeErrorName(i)));
    for (std::size_t j = 0; j < p; ++j) {
      mean_part = mean_part + sums.sum[i] * (*inverse)[i][j] * sums.sum[j] / n;
    }
  }
  parts.push_back(Root(variance * mean_part * y_unit * y_unit).Named(std::string(kInterceptErrorName)));
  parts.push_back(Root(variance * y_unit * y_unit).Named(std::string(kResidualName)));
  if (sums.product[p][p].Sign() != 0) {
    parts.push_back(Figure::Exact(explained / sums.product[p][p]).Named(std::string(kFitName)));
  }
  return Figure::Of(std::move(parts));
}

RegressionSums PlainRegressionSums(std::span<const std::vector<std::int64_t>> columns) {
  const std::size_t all = columns.size();
  RegressionSums sums{.n = columns[0].size(), .sum = {}, .product = Matrix(all, std::vector<Rational>(all))};
  for (std::size_t i = 0; i < all; ++i) {
    sums.sum.emplace_back(std::accumulate(columns[i].begin(), columns[i].end(), __int128{0}));
    for (std::size_t j = 0; j < all; ++j) sums.product[i][j] = PlainCentralProduct(columns[i], columns[j]);
  }
  return sums;
}

std::optional<Figure> NoRegression(std::uint64_t n, std::size_t slopes) {
  if (n == 0) return Figure::Undefined("no values");
  if (n <= slopes) return Figure::Undefined("fewer values than coefficients");
  return std::nullopt;
}

std::string SlopeName(std::size_t index) { return "slope " + std::to_string(index + 1); }
std::string SlopeErrorName(std::size_t index) { return "standard error of " + SlopeName(index); }

}  // namespace mpcstats

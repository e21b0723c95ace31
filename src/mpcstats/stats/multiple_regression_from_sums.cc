// multiple_regression_from_sums(x1, ..., xp, y): least squares y = b1 x1 + ... + bp xp + b0 with standard errors, exactly.
//
// What is opened are the sufficient statistics: the sum of every column and the central product of every pair (moments.h),
// which tell all means, variances and correlations. The normal equations are solved in the clear, in exact fractions, so
// that no conditioning is too bad: a matrix is singular or it is not.
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/least_squares.h"
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

constexpr char kDependent[] = "the columns are linearly dependent";

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const std::size_t all = columns.size();
  // Before anything is opened: the sums of one row are its values.
  if (std::optional<Figure> none = NoRegression(columns[0]->count, all - 1)) co_return *none;
  RegressionSums sums{.n = columns[0]->count, .sum = {}, .product = {}};
  sums.product.assign(all, std::vector<Rational>(all));
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
  co_return SolveLeastSquares(sums, types, kDependent);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  return SolveLeastSquares(PlainRegressionSums(columns), types, kDependent);
}

unsigned Needs(const StatisticCall& call, std::size_t position) {
  return kField | CentralProductNeeds(call, position);
}

// A sum of each column, and a product of each two.
std::size_t OpenedNumbers(const StatisticCall& call) {
  return call.types.size() * (call.types.size() + 3) / 2;
}

REGISTER_STATISTIC(Statistic{
    .name = "multiple_regression_from_sums",
    .summary = "least squares with standard errors, exact, from opened sums and products",
    .columns = {2, kMostRegressionColumns},
    .discloses = {"n", "sums", "central products"},
    .has_parts = true,
    .opened_numbers = OpenedNumbers,
    .needs_at = Needs,
    .fits_call = CentralProductFits,
    .cost_call = CentralProductCost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats

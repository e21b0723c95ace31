// Least squares in exact fractions, from sums and central products: what multiple_regression_from_sums says, and what
// multiple_regression is compared with.
#pragma once

#include <vector>

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Most columns of a call: ten slopes.
inline constexpr std::size_t kMostRegressionColumns = 11;

/// Sums and central products (moments.h) of x1, ..., xp and y, in units; y is the last.
struct RegressionSums {
  std::uint64_t n = 0;
  std::vector<Rational> sum;
  std::vector<std::vector<Rational>> product;
};

[[nodiscard]] RegressionSums PlainRegressionSums(std::span<const std::vector<std::int64_t>> columns);

/// The parts of a regression in the order in which every statistic of it gives them: slopes, intercept, and with a degree
/// of freedom their standard errors, the residual standard deviation, and R squared unless y is constant.
///
/// A singular matrix gives `dependent`.
[[nodiscard]] Figure SolveLeastSquares(const RegressionSums& sums, std::span<const ColumnType> types,
                                       std::string_view dependent);

/// Why `n` rows have no regression on `slopes` columns; nothing when they have one.
[[nodiscard]] std::optional<Figure> NoRegression(std::uint64_t n, std::size_t slopes);

// Names of the parts.
[[nodiscard]] std::string SlopeName(std::size_t index);
[[nodiscard]] std::string SlopeErrorName(std::size_t index);
inline constexpr std::string_view kInterceptName = "intercept";
inline constexpr std::string_view kInterceptErrorName = "standard error of intercept";
inline constexpr std::string_view kResidualName = "residual standard deviation";
inline constexpr std::string_view kFitName = "R squared";

}  // namespace mpcstats

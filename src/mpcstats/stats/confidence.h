// Levels of confidence intervals, and the quantiles that their limits are made of.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// The level that an interval has without a number, and what levels it takes.
inline constexpr Decimal kUsualLevel{95, 2};
inline constexpr Statistic::Number kLevelRange{{500'000, 6}, {999'999, 6}, kUsualLevel};
/// What the interval leaves out at each end, (1 - level) / 2: exact but for one rounding, for 1 - 0.999999 in doubles has ten
/// digits only.
[[nodiscard]] double TailOf(std::span<const Decimal> numbers);

/// What the distribution exceeds with probability `tail`, to some 14 digits.
[[nodiscard]] double NormalUpperQuantile(double tail);
[[nodiscard]] double StudentUpperQuantile(double tail, double freedom);
[[nodiscard]] double ChiSquaredUpperQuantile(double tail, double freedom);
/// What it falls below with that probability.
[[nodiscard]] double ChiSquaredLowerQuantile(double tail, double freedom);

/// middle -+ q sqrt(square), with q Student's quantile, as parts "low" and "high".
///
/// Accuracy: the bound of both limits is that of the middle, as far as the rest moves within the bounds of `square` and
///           `freedom` (which is at least `least_freedom`), and what doubles leave of the quantile.
[[nodiscard]] Figure StudentInterval(const Figure& middle, const Figure& square, const Figure& freedom,
                                     double least_freedom, double tail);

}  // namespace mpcstats

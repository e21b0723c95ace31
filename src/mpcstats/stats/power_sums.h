// Sums of powers, and the central moments up to the third or the fourth from them: skewness and kurtosis.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// A_2 = n P_2 - P_1^2, A_3 = n^2 P_3 - 3 n P_1 P_2 + 2 P_1^3, A_4 = n^3 P_4 - 4 n^2 P_1 P_3 + 6 n P_1^2 P_2 - 3 P_1^4 with
/// P_k = sum x^k: n^k times the central moments (divisor n). Signed numbers of one row (engine/boolean/integer.h).
struct CentralMoments {
  BitColumn second;
  BitColumn third;
  BitColumn fourth;  ///< without planes where it was not asked for
};

/// The highest power that a statistic sums up.
enum class HighestPower : unsigned { kThird = 3, kFourth = 4 };

/// Whether the sum of that power fits F_p: power * bits + log2 rows <= 125. Wider columns are refused.
[[nodiscard]] Status PowerSumsFit(const ColumnType& type, std::size_t rows, HighestPower highest);

/// Cost:     one product a row and a dot product for each power above the second, in the field; then wide arithmetic on few
///           numbers.
[[nodiscard]] Task<CentralMoments> CentralMomentsOf(Ctx& ctx, const ColumnShares& column,
                                                    HighestPower highest);

struct PlainMoments {
  Rational second;
  Rational third;
  Rational fourth;
};
[[nodiscard]] PlainMoments PlainCentralMoments(std::span<const std::int64_t> units);

}  // namespace mpcstats

// What Welch's test and his interval are made of: the sums and squares of two groups, on shares and in the clear.
#pragma once

#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/stats/groups.h"

namespace mpcstats {

/// Why two groups have no such test.
inline constexpr char kFewInAGroup[] = "fewer than two values in a group";
inline constexpr char kConstantGroups[] = "both groups are constant";

/// With A the central product of a group, S its sum and m its size: numbers of one row, in units.
struct WelchSums {
  std::uint64_t size_a;
  std::uint64_t size_b;
  Magnitude difference;  ///< m_b S_a - m_a S_b
  BitColumn v_a, v_b;    ///< V_a = A_a m_b^2 (m_b - 1) and V_b likewise: not negative
  BitColumn v;           ///< V_a + V_b
  unsigned size_bits;    ///< public: of the table, so that widths do not tell the groups' sizes
};

/// Of groups that have two values each.
///
/// Cost:     two conversions of a bit a row to the field, two products a row, and numbers of one row.
[[nodiscard]] Task<WelchSums> SumWelch(Ctx& ctx, const ColumnShares& x, const TwoGroups& groups);

/// (V_a + V_b)^2 (m_a - 1)(m_b - 1) / (V_a^2 (m_b - 1) + V_b^2 (m_a - 1)), the degrees of freedom of Welch and Satterthwaite.
struct WelchFreedom {
  BitColumn above, below;
  BitPlane varies;  ///< zero where V_a + V_b is zero, and the quotient is no number
};
[[nodiscard]] Task<WelchFreedom> FreedomOf(Ctx& ctx, const WelchSums& sums);

struct PlainWelch {
  Rational difference;  ///< of the means, in units
  Rational variance;    ///< of it: zero where both groups are constant, and then there is no freedom
  Rational freedom;
};
/// Nothing where a group has fewer than two values.
[[nodiscard]] std::optional<PlainWelch> PlainWelchSums(const PlainGroups& groups);

/// Refuses one group, and squares that the field does not hold. Statistic::fits_call.
[[nodiscard]] Status WelchFits(const StatisticCall& call);

}  // namespace mpcstats

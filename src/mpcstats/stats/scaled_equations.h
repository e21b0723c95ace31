// The normal equations of a regression brought to one size: every column is divided by a power of two near its standard
// deviation, so that all entries lie between -1 and 1 and fixed point (engine/boolean/fixed.h) holds them.
#pragma once

#include <span>
#include <vector>

#include "mpcstats/engine/boolean/fixed.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Entry (i, j), j <= i, of a symmetric matrix that is kept row by row.
[[nodiscard]] constexpr std::size_t EntryOf(std::size_t i, std::size_t j) {
  return i < j ? EntryOf(j, i) : i * (i + 1) / 2 + j;
}

/// With A the central products and S the sums (moments.h) of x1, ..., xp and y, and h = half_bits, which is public:
///
///   entry (i, j) = A_ij 2^(lift_i + lift_j - 2 h)          i, j < p + 1; its diagonal lies in [1/4, 1)
///   entry (p + 1, j) = S_j 2^(lift_j + mean_lift - 2 h)    the last row; the largest is in [1/2, 1) unless mean_lift is h
///
/// A constant column has zeros, and a lift of h. The corner (p + 1, p + 1) is left out.
struct ScaledEquations {
  std::size_t slopes = 0;  ///< p
  unsigned half_bits = 0;
  FixedNumbers entries;    ///< in the order of EntryOf
  BitColumn lift;          ///< p + 1 rows
  BitColumn mean_lift;     ///< one row
  FixedNumbers unit_mean;  ///< 4^(mean_lift - h): one in the units of products of the last row
};

/// Shapes:   two columns or more, the last is y; with what CentralProductNeeds and kField ask for.
/// Cost:     traffic does not depend on the rows: CentralProducts of all pairs, a conversion to bits, and some shifts.
/// Accuracy: exact where 2 h <= 150; else an entry is cut off below 2^-150.
[[nodiscard]] Task<ScaledEquations> ScaleEquations(Ctx& ctx, std::span<const ColumnShares* const> columns);

/// How many places the leading one of `x` is below its top plane, and x.bits() for zero; one_hot is that in other words:
/// plane i stands for x.bits() - i places.
struct LeadingPlace {
  BitColumn places;
  BitPlanes one_hot;
};
/// Cost: OneHotLeading (engine/boolean/shift.h) of one plane more.
[[nodiscard]] Task<LeadingPlace> PlacesToLeading(Ctx& ctx, BitColumn x);

}  // namespace mpcstats

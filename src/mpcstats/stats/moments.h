// n * sum(x^2) - (sum x)^2: the one number that variance and standard deviation disclose beside n.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Whether the second moment of `rows` values fits F_p without limbs: 2 (bits + log2 rows) <= 125.
[[nodiscard]] bool SecondMomentFits(const ColumnType& type, std::size_t rows);

/// What the second moment wants in ColumnShares: kField, or kLimbs for wide columns.
[[nodiscard]] unsigned MomentNeeds(const ColumnType& type, std::size_t rows);

/// Refuses fewer than two rows.
[[nodiscard]] Status MomentFits(const ColumnType& type, std::size_t rows);

[[nodiscard]] StatisticCost MomentCost(const ColumnType& type, std::size_t rows);

/// The variance (divisor n-1) from the opened n * sum(x^2) - (sum x)^2; nothing when fewer than two values are valid.
///
/// Cost:     traffic does not depend on the rows: one dot product and one product; for limbs three each and three
///           conversions to bits.
[[nodiscard]] Task<std::optional<Rational>> OpenVariance(Ctx& ctx, const ColumnShares& column,
                                                         std::string_view label);

/// Why `count` values have no variance.
[[nodiscard]] inline Figure NoVariance(std::uint64_t count) {
  return Figure::Undefined(count == 0 ? "no values" : "fewer than two values");
}

[[nodiscard]] std::optional<Rational> PlainVariance(std::span<const std::int64_t> units,
                                                    const ColumnType& type);

}  // namespace mpcstats

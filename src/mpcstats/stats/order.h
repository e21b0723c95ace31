// Order statistics: the k-th smallest valid value of a column, kept secret, and R's type 7 quantile on top of it.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Rows up to which rank statistics sort the column instead of counting bit by bit: below it rounds dominate.
inline constexpr std::size_t kSortForRanksRows = 4096;

[[nodiscard]] inline unsigned RankNeeds(const ColumnType&, std::size_t rows) {
  return rows <= kSortForRanksRows ? kSorted : 0u;
}

/// The value of 0-based rank `rank` among the valid rows, as one row of type.bits planes.
///
/// Cost:     from the sorted column nothing. Otherwise, for each bit, 3 ANDs a row and about 1.7 log2 n rounds.
/// Security: the rank is public here; everything on the way stays secret.
[[nodiscard]] Task<BitColumn> ValueAtRank(Ctx& ctx, const ColumnShares& column, std::uint64_t rank);

/// The largest valid value, or the smallest.
///
/// Cost:     without a sorted column, 2 ANDs a row and bit.
[[nodiscard]] Task<BitColumn> LargestValue(Ctx& ctx, const ColumnShares& column);
[[nodiscard]] Task<BitColumn> SmallestValue(Ctx& ctx, const ColumnShares& column);

/// R type 7: position h = (n-1) q; value = x_(floor h) + (h - floor h) (x_(floor h + 1) - x_(floor h)). Only the final
/// combination is opened, under `label`.
[[nodiscard]] Task<Figure> QuantileFigure(Ctx& ctx, const ColumnShares& column, Decimal q, std::string_view label);
[[nodiscard]] Figure PlainQuantile(std::span<const std::int64_t> units, const ColumnType& type, Decimal q);

/// ANDs of a rank search or of the sort, roughly.
[[nodiscard]] StatisticCost RankCost(const ColumnType& type, std::size_t rows);

}  // namespace mpcstats

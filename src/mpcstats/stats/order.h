// Order statistics: the k-th smallest valid value of a column, kept secret, and quantiles of R's nine types on top of it.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Rows up to which rank statistics sort the column instead of counting bit by bit: below it rounds dominate.
inline constexpr std::size_t kSortForRanksRows = 4096;

[[nodiscard]] inline unsigned RankNeeds(const ColumnType&, std::size_t rows) {
  return rows <= kSortForRanksRows ? kSorted : 0u;
}

/// Two values that are next to each other in the order; `high` is empty when it was not asked for.
struct Neighbours {
  BitColumn low;
  BitColumn high;
};

/// The values of the 0-based ranks `rank` and, if wanted, `rank` + 1 among the valid rows, one row of type.bits planes each.
///
/// Cost:     from the sorted column nothing. Otherwise, for each bit, 3 ANDs a row for the first value and 1 more for the
///           second (whose bits are decided by AnyAnd, form.h), and about 1.7 log2 n + 10 rounds.
/// Security: the rank is public; everything on the way stays secret.
[[nodiscard]] Task<Neighbours> ValuesAtRanks(Ctx& ctx, const ColumnShares& column, std::uint64_t rank,
                                             bool want_high);

/// The largest valid value, or the smallest.
///
/// Cost:     without a sorted column, for each bit 1 AND a row, one form and 8 rounds.
[[nodiscard]] Task<BitColumn> LargestValue(Ctx& ctx, const ColumnShares& column);
[[nodiscard]] Task<BitColumn> SmallestValue(Ctx& ctx, const ColumnShares& column);

/// A place between two values: x_(rank) + numerator / denominator (x_(rank+1) - x_(rank)), ranks from 0; in lowest terms.
struct Position {
  std::uint64_t rank;
  std::uint64_t numerator;
  std::uint64_t denominator;
};

/// Where the quantile q of `count` >= 1 values lies, for the types 1 to 9 of R, in exact arithmetic.
///
/// Source: Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996). R itself moves
///         positions that are within four units of the last place of an integer onto it.
[[nodiscard]] Position QuantilePosition(std::uint64_t count, Decimal q, unsigned type);

/// The value of a position times its denominator, from encodings: offset included. One element.
[[nodiscard]] Task<ArithColumn<Fp127>> ValueAt(Ctx& ctx, const ColumnShares& column, Position at);
/// The same in units and in the clear; `sorted` in ascending order.
[[nodiscard]] Rational PlainValueAt(std::span<const std::int64_t> sorted, Position at);

/// A quantile, of which only the final combination is opened, under `label`.
[[nodiscard]] Task<Figure> QuantileFigure(Ctx& ctx, const ColumnShares& column, Decimal q, unsigned type,
                                          std::string_view label);
[[nodiscard]] Figure PlainQuantile(std::span<const std::int64_t> units, const ColumnType& type, Decimal q,
                                   unsigned quantile_type);

/// ANDs of a rank search or of the sort, roughly.
[[nodiscard]] StatisticCost RankCost(const ColumnType& type, std::size_t rows);

/// The same of a search for the largest or the smallest.
[[nodiscard]] StatisticCost ExtremeCost(const ColumnType& type, std::size_t rows);

/// The same of the sort alone, whatever the rows.
[[nodiscard]] StatisticCost SortCost(const ColumnType& type, std::size_t rows);

/// The values in ascending order, for plain references.
[[nodiscard]] std::vector<std::int64_t> Ascending(std::span<const std::int64_t> units);

}  // namespace mpcstats

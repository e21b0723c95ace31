// Counts of rows that fall into public classes: histogram, frequency table, cross table.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// The smallest number of units that is at least `value`: floor and ceiling in the column's scale.
[[nodiscard]] __int128 UnitsAtLeast(Decimal value, const ColumnType& type);
/// The units of `value`; nothing where the column cannot hold it.
[[nodiscard]] std::optional<std::int64_t> UnitsOf(Decimal value, const ColumnType& type);

/// [x >= units] for any number, also one outside of the column. Cost: GreaterOrEqualPublic (compare.h).
[[nodiscard]] Task<BitPlane> AtLeast(Ctx& ctx, const ColumnShares& column, __int128 units);
/// [x = value], zero where missing. Cost: bits ANDs a row.
[[nodiscard]] Task<BitPlane> EqualTo(Ctx& ctx, const ColumnShares& column, Decimal value);

/// The rows of each class, zero where missing; of `classes` the column is not looked at.
///
/// Cost: an EqualTo for each value, an AtLeast and an AND a row for each edge.
[[nodiscard]] Task<BitPlanes> ClassPlanes(Ctx& ctx, const ColumnShares& column, const Classes& classes);

/// The ones of each plane, opened together under `label`.
///
/// Cost: a popcount for each plane (popcount.h), which share rounds.
[[nodiscard]] Task<std::vector<std::uint64_t>> OpenCounts(Ctx& ctx, BitPlanes planes, std::string_view label);

/// A figure of named counts.
[[nodiscard]] Figure CountsFigure(const std::vector<std::string>& names,
                                  const std::vector<std::uint64_t>& counts);

// Tables of two columns of categories, 0 to rows-1 and 0 to columns-1, named by the numbers of a call.
struct TableShape {
  std::size_t rows;
  std::size_t columns;
  [[nodiscard]] std::size_t cells() const { return rows * columns; }
};
inline constexpr Statistic::Number kTableCategories{{2, 0}, {32, 0}, {2, 0}};
[[nodiscard]] TableShape TableShapeOf(std::span<const Decimal> numbers);
/// Refuses more than 256 cells.
[[nodiscard]] Status TableShapeFits(const StatisticCall& call);
/// Of a call that names none, on two columns of categories: all of them. Statistic::numbers_of_categories.
[[nodiscard]] std::vector<Decimal> ShapeOfCategories(std::span<const std::size_t> texts);

/// The rows that are in each cell, one row of the table after the other.
///
/// Cost: an EqualTo for each category and an AND a row for each cell.
[[nodiscard]] Task<BitPlanes> CellPlanes(Ctx& ctx, const ColumnShares& x, const ColumnShares& y,
                                         TableShape shape);
/// The cell of a row; nothing where it is in none.
[[nodiscard]] std::optional<std::size_t> PlainCell(std::span<const std::vector<std::int64_t>> columns,
                                                   std::span<const ColumnType> types, std::size_t row,
                                                   TableShape shape);

/// 0, 1, ..., count - 1.
[[nodiscard]] std::vector<Decimal> FirstNumbers(std::size_t count);
/// The text at a place of the list; the number itself where there is none.
[[nodiscard]] std::string CategoryName(const std::vector<std::string>& texts, Decimal place);
/// As people write it: without zeros at the end.
[[nodiscard]] std::string ShortDecimal(Decimal value);

}  // namespace mpcstats

// Values and conditions of a query on shares, row by row: everything in bits, nothing opened.
#pragma once

#include <vector>

#include "mpcstats/query/bind.h"
#include "mpcstats/query/execute.h"

namespace mpcstats {

/// The stored columns of a table as the expressions of one query see them.
class QueryRows {
 public:
  QueryRows(PartyIndex self, const std::vector<ColumnInfo>& infos, const std::vector<StoredColumn>& columns,
            std::size_t rows)
      : self_(self), infos_(infos), columns_(columns), rows_(rows) {}

  [[nodiscard]] std::size_t rows() const { return rows_; }

  /// value + 0 in two's complement: WidthOf(low, high) planes. Where a cell is missing the number is any of the range.
  ///
  /// Cost:     for w planes of the result: + and - at most w ANDs a row, w rounds (2 w and log2 w rounds up to kLogDepthRows);
  ///           times a constant one addition for each one of its binary digits but the first; a product of k1 and k2
  ///           bits about 2 k1 k2 ANDs a row.
  /// Security: as And.
  [[nodiscard]] Task<BitColumn> Number(Ctx& ctx, const Value& value) const;

  /// The value encoded for a column of `type`, which holds its range. Cost: as Number.
  [[nodiscard]] Task<BitColumn> Encoded(Ctx& ctx, const Value& value, ColumnType type) const;

  /// [value < threshold]. Cost: as LessThanPublic of the value's width.
  [[nodiscard]] Task<BitPlane> Below(Ctx& ctx, const Value& value, __int128 threshold) const;

  /// The same of what Number gave for `value`.
  [[nodiscard]] Task<BitPlane> NumberBelow(Ctx& ctx, BitColumn number, const Value& value,
                                           __int128 threshold) const;

  /// Where the condition holds. Cost: its comparisons, and an AND a row for each that is joined.
  [[nodiscard]] Task<BitPlane> Where(Ctx& ctx, const Condition& condition) const;

  /// Where none of these columns is missing; nothing is said of columns that cannot be.
  [[nodiscard]] Task<BitPlane> Present(Ctx& ctx, std::vector<std::size_t> columns) const;
  /// Where the value is not missing. Cost: an AND a row for each of its columns that may be missing, but the first.
  [[nodiscard]] Task<BitPlane> PresentFor(Ctx& ctx, const Value& value) const;
  [[nodiscard]] bool MayBeMissing(const Value& value) const;

 private:
  [[nodiscard]] Task<BitColumn> OfTwo(Ctx& ctx, const Value& value) const;
  [[nodiscard]] Task<BitColumn> Product(Ctx& ctx, const Value& value) const;
  [[nodiscard]] Task<BitColumn> TimesConstant(Ctx& ctx, const Value& value) const;
  [[nodiscard]] Task<BitPlane> Among(Ctx& ctx, const Condition& condition) const;
  /// Planes of two's complement for `value`, with the sign repeated or zeros, `width` in all.
  [[nodiscard]] BitColumn Extended(const BitColumn& number, const Value& value, unsigned width) const;
  [[nodiscard]] BitPlane Everywhere() const { return Constant(self_, true, rows_); }

  PartyIndex self_;
  const std::vector<ColumnInfo>& infos_;
  const std::vector<StoredColumn>& columns_;
  std::size_t rows_;
};

}  // namespace mpcstats

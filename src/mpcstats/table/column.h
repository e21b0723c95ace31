// Columns of exact decimal numbers, and the type that is inferred from their text.
//
//   ColumnBuilder builder({.file = "people.csv", .number = 3, .name = "income"});
//   RETURN_IF_ERROR(builder.Add("12.5", 2));    // the cell of line 2
//   RETURN_IF_ERROR(builder.Add("", 3));        // missing
//   NumericColumn column = std::move(builder).Finish();   // unsigned 7-bit, scale 1
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mpcstats/base/decimal.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

/// Which values a column holds: units / 10^scale with |units| < 2^MagnitudeBits(), and no negative units
/// unless `is_signed`. On the wire a value is units + Offset(), an unsigned integer of `bits` bits.
struct ColumnType {
  unsigned bits = 1;
  bool is_signed = false;
  unsigned scale = 0;

  bool operator==(const ColumnType&) const = default;

  /// The smallest type for units of at most `max_magnitude`, which must be below kDecimalUnitsEnd.
  [[nodiscard]] static ColumnType For(std::uint64_t max_magnitude, bool is_signed, unsigned scale);

  /// 1 to 60.
  [[nodiscard]] unsigned MagnitudeBits() const { return bits - (is_signed ? 1 : 0); }
  /// What is added on the wire: 2^MagnitudeBits() for a signed column, else 0.
  [[nodiscard]] std::uint64_t Offset() const {
    return is_signed ? std::uint64_t{1} << MagnitudeBits() : std::uint64_t{0};
  }
  /// CHECKs that `units` is a value of the type.
  [[nodiscard]] std::uint64_t Encode(std::int64_t units) const;
  /// Inverse of Encode. CHECKs encoded < 2^bits: whoever has it from outside tests that first.
  [[nodiscard]] std::int64_t Decode(std::uint64_t encoded) const;
  /// For people: "signed 21-bit, scale 2".
  [[nodiscard]] std::string Name() const;
};

/// One entry a row; units = 0 and valid = 0 where the cell is missing.
struct NumericColumn {
  std::string name;
  ColumnType type;
  std::vector<std::int64_t> units;
  std::vector<std::uint8_t> valid;
};

/// Where a column stands, for messages. Without a file the place reads `row 7: column "income"`.
struct ColumnPlace {
  std::string file;
  std::size_t number = 0;
  std::string name;
};

/// Takes the cells of one column in order, with the scale seen so far.
///
/// Cost:   9 bytes a row. A cell with more decimals than all before rescales the column: at most 18 times.
/// Errors: kInvalidArgument, one sentence with file, line, column, text and fix, for a cell that is not a
/// number or
///         a column whose values need more than 18 digits at the scale of its longest fraction.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(ColumnPlace place) : place_(std::move(place)) {}

  void Reserve(std::size_t rows);

  /// The cell of line (or row) `line`; only spaces means missing. After an error the builder is of no more
  /// use.
  [[nodiscard]] Status Add(std::string_view cell, std::uint64_t line);

  [[nodiscard]] NumericColumn Finish() &&;

 private:
  [[nodiscard]] Status AlignColumn(unsigned scale, std::string_view cell, std::uint64_t line);
  [[nodiscard]] std::unexpected<Error> NotANumber(DecimalFault fault, std::string_view cell,
                                                  std::uint64_t line) const;
  [[nodiscard]] std::unexpected<Error> DoesNotFit(std::string_view cell, std::uint64_t line,
                                                  unsigned decimals, std::string_view against,
                                                  std::uint64_t against_line) const;
  [[nodiscard]] std::string Where(std::uint64_t line) const;

  ColumnPlace place_;
  std::vector<std::int64_t> units_;
  std::vector<std::uint8_t> valid_;
  unsigned scale_ = 0;
  std::uint64_t scale_line_ = 0;  // the line that set scale_
  std::int64_t max_magnitude_ = 0;
  std::uint64_t max_line_ = 0;  // the line that set max_magnitude_
  bool any_negative_ = false;
};

/// The column of cells that are in memory already; messages count rows from 1.
/// Errors: as ColumnBuilder.
[[nodiscard]] Result<NumericColumn> InferColumn(std::string_view name,
                                                std::span<const std::string_view> cells);

}  // namespace mpcstats

#include "mpcstats/survey/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/base/decimal.h"

namespace mpcstats {
namespace {

constexpr std::size_t kUniqueBytes = 16;
constexpr std::size_t kCategoriesInMessage = 12;

void PutBits(Bytes& row, unsigned first, std::uint64_t value, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned at = first + i;
    row[at / 8] = static_cast<std::uint8_t>(row[at / 8] | ((value >> i & 1) << (at % 8)));
  }
}

std::uint64_t GetBits(ByteSpan row, unsigned first, unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned at = first + i;
    value |= std::uint64_t{row[at / 8] >> (at % 8) & 1u} << i;
  }
  return value;
}

std::string Allowed(const SurveyColumn& column) {
  switch (column.kind) {
    case ColumnKind::kNumber: {
      const std::string limits = fmt::format("from {} to {}", FormatDecimal({column.min_units, column.scale}),
                                             FormatDecimal({column.max_units, column.scale}));
      if (column.scale == 0) return "write a whole number " + limits;
      return fmt::format("write a number {} with at most {} digits after the point", limits, column.scale);
    }
    case ColumnKind::kCategory: {
      std::string list;
      const std::size_t shown = std::min(column.categories.size(), kCategoriesInMessage);
      for (std::size_t i = 0; i < shown; ++i) {
        list += fmt::format("{}\"{}\"", i > 0 ? ", " : "", column.categories[i]);
      }
      if (shown < column.categories.size()) {
        list += fmt::format(" or {} more that the survey lists", column.categories.size() - shown);
      }
      return "write one of " + list;
    }
    case ColumnKind::kUnique: return "write 1 to 16 printable ASCII characters";
  }
  return {};
}

// The message never holds the cell: it is the answer.
std::unexpected<Error> Refuse(const SurveyColumn& column, std::string_view fault) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the value of column \"{}\" {}; {}", column.name, fault, Allowed(column)));
}

// units * 10^(scale - decimals), or why that is no value of the column.
Result<std::int64_t> UnitsOf(const SurveyColumn& column, std::string_view cell) {
  const auto number = ScanDecimal(cell);
  if (!number) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the value of column \"{}\" {}", column.name, DecimalFaultText(number.error())));
  }
  std::int64_t units = number->units;
  unsigned decimals = number->scale;
  for (; decimals > column.scale; --decimals) {
    // 1.500 is 1.50, but 1.505 is not rounded.
    if (units % 10 != 0) return Refuse(column, "has too many digits after the point");
    units /= 10;
  }
  for (; decimals < column.scale; ++decimals) {
    if (__builtin_mul_overflow(units, std::int64_t{10}, &units)) return Refuse(column, "is out of range");
  }
  if (units < column.min_units || units > column.max_units) return Refuse(column, "is out of range");
  return units;
}

Status EncodeNumber(const SurveyColumn& column, const ColumnPlacement& place, std::string_view cell,
                    Bytes& row) {
  ASSIGN_OR_RETURN(const std::int64_t units, UnitsOf(column, cell));
  PutBits(row, place.first_bit, column.Type().Encode(units), place.bits);
  return {};
}

Status EncodeCategory(const SurveyColumn& column, const ColumnPlacement& place, std::string_view cell,
                      Bytes& row) {
  const auto found = std::ranges::find(column.categories, cell);
  if (found == column.categories.end()) return Refuse(column, "is not a category of it");
  PutBits(row, place.first_bit, static_cast<std::uint64_t>(found - column.categories.begin()), place.bits);
  return {};
}

Status EncodeUnique(const SurveyColumn& column, const ColumnPlacement& place, std::string_view cell,
                    Bytes& row) {
  const bool printable = std::ranges::all_of(cell, [](char c) { return c >= ' ' && c <= '~'; });
  if (cell.size() > kUniqueBytes) return Refuse(column, "is too long");
  if (!printable) return Refuse(column, "has other characters");
  for (std::size_t i = 0; i < cell.size(); ++i) {
    PutBits(row, place.first_bit + 8 * static_cast<unsigned>(i), static_cast<std::uint8_t>(cell[i]), 8);
  }
  return {};
}

Status EncodeCell(const SurveyColumn& column, const ColumnPlacement& place, std::string_view cell,
                  Bytes& row) {
  if (cell.empty()) {
    if (place.valid_bit) return {};
    return Refuse(column, "may not be left empty");
  }
  if (place.valid_bit) PutBits(row, *place.valid_bit, 1, 1);
  switch (column.kind) {
    case ColumnKind::kNumber: return EncodeNumber(column, place, cell, row);
    case ColumnKind::kCategory: return EncodeCategory(column, place, cell, row);
    case ColumnKind::kUnique: return EncodeUnique(column, place, cell, row);
  }
  return {};
}

Status EncodeCells(const Survey& survey, const RowLayout& layout,
                   const std::map<std::string, std::string>& cells, Bytes& row) {
  for (const auto& [name, cell] : cells) {
    if (survey.FindColumn(name) != nullptr) continue;
    // The unknown name is not repeated: a value in the place of a name is an easy slip.
    std::string names;
    for (const SurveyColumn& column : survey.columns) names += (names.empty() ? "" : ", ") + column.name;
    return Fail(ErrorCode::kInvalidArgument,
                "an answer names a column that the survey does not have; its columns are " + names);
  }
  for (std::size_t i = 0; i < survey.columns.size(); ++i) {
    const auto found = cells.find(survey.columns[i].name);
    const std::string_view cell = found == cells.end() ? std::string_view() : TrimSpaces(found->second);
    RETURN_IF_ERROR(EncodeCell(survey.columns[i], layout.columns[i], cell, row));
  }
  return {};
}

std::string DecodeCell(const SurveyColumn& column, const ColumnPlacement& place, ByteSpan row) {
  if (place.valid_bit && GetBits(row, *place.valid_bit, 1) == 0) return {};
  switch (column.kind) {
    case ColumnKind::kNumber:
      return FormatDecimal({column.Type().Decode(GetBits(row, place.first_bit, place.bits)), column.scale});
    case ColumnKind::kCategory: {
      const std::uint64_t index = GetBits(row, place.first_bit, place.bits);
      return index < column.categories.size() ? column.categories[index] : fmt::format("#{}", index);
    }
    case ColumnKind::kUnique: {
      std::string text;
      for (unsigned i = 0; i < kUniqueBytes; ++i) {
        const auto c = static_cast<char>(GetBits(row, place.first_bit + 8 * i, 8));
        if (c == '\0') break;
        text += c;
      }
      return text;
    }
  }
  return {};
}

}  // namespace

RowLayout LayoutOf(const Survey& survey) {
  RowLayout layout;
  layout.columns.reserve(survey.columns.size());
  for (const SurveyColumn& column : survey.columns) {
    ColumnPlacement place;
    if (column.may_be_missing) place.valid_bit = layout.bits++;
    place.first_bit = layout.bits;
    place.bits = column.value_bits();
    layout.bits += place.bits;
    layout.columns.push_back(place);
  }
  return layout;
}

RowBits& RowBits::operator=(RowBits&& other) noexcept {
  if (this != &other) {
    SecureWipe(bytes_.data(), bytes_.size());
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

RowBits::~RowBits() { SecureWipe(bytes_.data(), bytes_.size()); }

Result<RowBits> EncodeRow(const Survey& survey, const std::map<std::string, std::string>& cells) {
  const RowLayout layout = LayoutOf(survey);
  Bytes row(layout.bytes());
  if (const Status status = EncodeCells(survey, layout, cells, row); !status) {
    SecureWipe(row.data(), row.size());
    return std::unexpected(status.error());
  }
  return RowBits(std::move(row));
}

std::map<std::string, std::string> DecodeRow(const Survey& survey, ByteSpan row) {
  const RowLayout layout = LayoutOf(survey);
  CHECK(row.size() == layout.bytes());
  std::map<std::string, std::string> cells;
  for (std::size_t i = 0; i < survey.columns.size(); ++i) {
    cells.emplace(survey.columns[i].name, DecodeCell(survey.columns[i], layout.columns[i], row));
  }
  return cells;
}

}  // namespace mpcstats

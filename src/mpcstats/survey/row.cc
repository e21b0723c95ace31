#include "mpcstats/survey/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
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

Status CheckNames(const Survey& survey, const ColumnGroup& group,
                  const std::map<std::string, std::string>& cells) {
  for (const auto& [name, cell] : cells) {
    if (const SurveyColumn* column = survey.FindColumn(name); column != nullptr) {
      const auto index = static_cast<std::size_t>(column - survey.columns.data());
      if (std::ranges::binary_search(group.columns, index)) continue;
      const SurveySource* source = survey.SourceOf(index);
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("column \"{}\" is {}; leave it out here", name,
                              source == nullptr ? "declared and not proven"
                                                : "proven by " + source->host + " and not typed in"));
    }
    // The unknown name is not repeated: a value in the place of a name is an easy slip.
    std::string names;
    for (const SurveyColumn& column : survey.columns) names += (names.empty() ? "" : ", ") + column.name;
    return Fail(ErrorCode::kInvalidArgument,
                "an answer names a column that the survey does not have; its columns are " + names);
  }
  return {};
}

Status EncodeCells(const Survey& survey, const ColumnGroup& group,
                   const std::map<std::string, std::string>& cells, Bytes& row) {
  RETURN_IF_ERROR(CheckNames(survey, group, cells));
  for (std::size_t i = 0; i < group.columns.size(); ++i) {
    const SurveyColumn& column = survey.columns[group.columns[i]];
    const auto found = cells.find(column.name);
    const std::string_view cell = found == cells.end() ? std::string_view() : TrimSpaces(found->second);
    RETURN_IF_ERROR(EncodeCell(column, group.layout.columns[i], cell, row));
  }
  return {};
}

ColumnGroup GroupOf(const Survey& survey, std::uint8_t source_id, std::vector<std::size_t> columns) {
  ColumnGroup group{.source_id = source_id, .column_mask = 0, .columns = std::move(columns), .layout = {}};
  RowLayout& layout = group.layout;
  layout.columns.reserve(group.columns.size());
  for (const std::size_t index : group.columns) {
    const SurveyColumn& column = survey.columns[index];
    group.column_mask |= std::uint64_t{1} << index;
    ColumnPlacement place;
    if (column.may_be_missing) place.valid_bit = layout.bits++;
    place.first_bit = layout.bits;
    place.bits = column.value_bits();
    layout.bits += place.bits;
    layout.columns.push_back(place);
  }
  return group;
}

// Every column, whoever proves it.
ColumnGroup WholeRow(const Survey& survey) {
  std::vector<std::size_t> all(survey.columns.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return GroupOf(survey, 0, std::move(all));
}

// `bits` bits of `from` at `at` into `to` at `first`.
void CopyBits(ByteSpan from, unsigned at, Bytes& to, unsigned first, unsigned bits) {
  for (unsigned done = 0; done < bits; done += 64) {
    const unsigned piece = std::min(64u, bits - done);
    PutBits(to, first + done, GetBits(from, at + done, piece), piece);
  }
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

RowLayout LayoutOf(const Survey& survey) { return WholeRow(survey).layout; }

std::vector<ColumnGroup> GroupsOf(const Survey& survey) {
  std::vector<ColumnGroup> groups;
  std::vector<std::size_t> declared;
  for (std::size_t i = 0; i < survey.columns.size(); ++i) {
    if (survey.SourceOf(i) == nullptr) declared.push_back(i);
  }
  if (!declared.empty()) groups.push_back(GroupOf(survey, 0, std::move(declared)));
  for (std::size_t s = 0; s < survey.sources.size(); ++s) {
    groups.push_back(GroupOf(survey, static_cast<std::uint8_t>(s + 1), survey.sources[s].columns));
  }
  return groups;
}

Bytes JoinGroups(const Survey& survey, const std::vector<ColumnGroup>& groups,
                 std::span<const ByteSpan> parts) {
  CHECK(parts.size() == groups.size());
  // One group has the whole row in the same order.
  if (groups.size() == 1) return {parts[0].begin(), parts[0].end()};
  const RowLayout whole = LayoutOf(survey);
  Bytes row(whole.bytes());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const ColumnGroup& group = groups[g];
    CHECK(parts[g].size() == group.layout.bytes());
    for (std::size_t i = 0; i < group.columns.size(); ++i) {
      const ColumnPlacement& from = group.layout.columns[i];
      const ColumnPlacement& to = whole.columns[group.columns[i]];
      if (from.valid_bit) CopyBits(parts[g], *from.valid_bit, row, *to.valid_bit, 1);
      CopyBits(parts[g], from.first_bit, row, to.first_bit, from.bits);
    }
  }
  return row;
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
  return EncodeGroup(survey, WholeRow(survey), cells);
}

Result<RowBits> EncodeGroup(const Survey& survey, const ColumnGroup& group,
                            const std::map<std::string, std::string>& cells) {
  Bytes row(group.layout.bytes());
  if (const Status status = EncodeCells(survey, group, cells, row); !status) {
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

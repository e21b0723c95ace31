#include "mpcstats/table/column.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/table/csv.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::array<std::int64_t, kMaxDecimalDigits + 1> kPowersOfTen = [] {
  std::array<std::int64_t, kMaxDecimalDigits + 1> powers{};
  std::int64_t power = 1;
  for (std::int64_t& entry : powers) {
    entry = power;
    if (power < kDecimalUnitsEnd) power *= 10;
  }
  return powers;
}();

bool FitsTimes(std::int64_t magnitude, std::int64_t power) {
  return magnitude <= (kDecimalUnitsEnd - 1) / power;
}

// What people and programs write where nothing is known.
bool MeansMissing(std::string_view text) {
  static constexpr std::array<std::string_view, 17> kWords = {"na",   "n/a", "n.a.",    "#n/a", "<na>", "nan",
                                                              "null", "nil", "none",    "-",    "--",   "–",
                                                              "—",    ".",   "missing", "?",    "\\n"};
  std::string lower;
  for (char c : text.substr(0, 10)) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(kWords, lower) != kWords.end();
}

}  // namespace

ColumnType ColumnType::For(std::uint64_t max_magnitude, bool is_signed, unsigned scale) {
  CHECK(max_magnitude < static_cast<std::uint64_t>(kDecimalUnitsEnd));
  const unsigned magnitude_bits = std::max(1u, static_cast<unsigned>(std::bit_width(max_magnitude)));
  return {.bits = magnitude_bits + (is_signed ? 1 : 0), .is_signed = is_signed, .scale = scale};
}

std::uint64_t ColumnType::Encode(std::int64_t units) const {
  const std::int64_t end = std::int64_t{1} << MagnitudeBits();
  CHECK(units < end && units > (is_signed ? -end : -1));
  return static_cast<std::uint64_t>(units) + Offset();
}

std::int64_t ColumnType::Decode(std::uint64_t encoded) const {
  CHECK(encoded < std::uint64_t{1} << bits);
  return static_cast<std::int64_t>(encoded - Offset());
}

std::string ColumnType::Name() const {
  return fmt::format("{} {}-bit, scale {}", is_signed ? "signed" : "unsigned", bits, scale);
}

void ColumnBuilder::Reserve(std::size_t rows) {
  units_.reserve(rows);
  valid_.reserve(rows);
}

Status ColumnBuilder::Add(std::string_view cell, std::uint64_t line) {
  const std::string_view text = TrimSpaces(cell);
  if (text.empty()) {
    units_.push_back(0);
    valid_.push_back(0);
    return {};
  }
  const auto scanned = ScanDecimal(text);
  if (!scanned) return NotANumber(scanned.error(), text, line);
  std::int64_t units = scanned->units;
  if (scanned->scale > scale_) RETURN_IF_ERROR(AlignColumn(scanned->scale, text, line));
  if (scanned->scale < scale_) {
    const std::int64_t power = kPowersOfTen[scale_ - scanned->scale];
    if (!FitsTimes(std::abs(units), power)) return DoesNotFit(text, line, scale_, "a value", scale_line_);
    units *= power;
  }
  if (std::abs(units) > max_magnitude_) {
    max_magnitude_ = std::abs(units);
    max_line_ = line;
  }
  any_negative_ |= units < 0;
  units_.push_back(units);
  valid_.push_back(1);
  return {};
}

Status ColumnBuilder::AlignColumn(unsigned scale, std::string_view cell, std::uint64_t line) {
  const std::int64_t power = kPowersOfTen[scale - scale_];
  if (!FitsTimes(max_magnitude_, power)) return DoesNotFit(cell, line, scale, "the value", max_line_);
  if (max_magnitude_ > 0) {
    for (std::int64_t& units : units_) units *= power;
  }
  max_magnitude_ *= power;
  scale_ = scale;
  scale_line_ = line;
  return {};
}

NumericColumn ColumnBuilder::Finish() && {
  return {.name = std::move(place_.name),
          .type = ColumnType::For(static_cast<std::uint64_t>(max_magnitude_), any_negative_, scale_),
          .units = std::move(units_),
          .valid = std::move(valid_)};
}

std::unexpected<Error> ColumnBuilder::NotANumber(DecimalFault fault, std::string_view cell,
                                                 std::uint64_t line) const {
  const std::string place = fmt::format("{}: {} ", Where(line), QuoteForMessage(cell));
  if (MeansMissing(cell)) {
    return Fail(ErrorCode::kInvalidArgument, place + "is not a number; leave the cell empty for missing");
  }
  if (fault == DecimalFault::kNotANumber) {
    return Fail(ErrorCode::kInvalidArgument,
                place + "is not a number; remove it (an empty cell means missing) or choose another column");
  }
  return Fail(ErrorCode::kInvalidArgument, place + std::string(DecimalFaultText(fault)));
}

std::unexpected<Error> ColumnBuilder::DoesNotFit(std::string_view cell, std::uint64_t line, unsigned decimals,
                                                 std::string_view against, std::uint64_t against_line) const {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{}: {} and {} in {} {} need more than {} digits when both have {} decimal{}; round the "
                  "longer fraction or choose a larger unit",
                  Where(line), QuoteForMessage(cell), against, place_.file.empty() ? "row" : "line",
                  against_line, kMaxDecimalDigits, decimals, decimals == 1 ? "" : "s"));
}

std::string ColumnBuilder::Where(std::uint64_t line) const {
  if (place_.file.empty()) return fmt::format("row {}: column {}", line, QuoteForMessage(place_.name));
  return CsvPlace(place_.file, line, place_.number, place_.name);
}

Result<NumericColumn> InferColumn(std::string_view name, std::span<const std::string_view> cells) {
  ColumnBuilder builder({.file = "", .number = 0, .name = std::string(name)});
  builder.Reserve(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) RETURN_IF_ERROR(builder.Add(cells[i], i + 1));
  return std::move(builder).Finish();
}

}  // namespace mpcstats

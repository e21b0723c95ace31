#include "mpcstats/zktls/statement/hole_value.h"

#include <algorithm>
#include <bit>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/compare.h"
#include "mpcstats/circuit/date_text.h"
#include "mpcstats/circuit/decimal_text.h"
#include "mpcstats/circuit/text.h"

namespace mpcstats {
namespace {

constexpr std::size_t kUniqueBytes = 16;

DecimalShape ShapeOf(const TemplateHole& hole, unsigned scale) {
  return {.integer_digits = hole.integer_digits,
          .min_fraction = hole.min_fraction,
          .max_fraction = hole.max_fraction,
          .scale = scale,
          .negative = hole.negative,
          .leading_zeros = hole.leading_zeros};
}

// Two's complement of a magnitude with a sign: (m ^ s) + s.
Wires SignedOf(CircuitBuilder& builder, const DecimalWires& number) {
  Wires bits = number.magnitude;
  bits.push_back(CircuitBuilder::Constant(false));
  if (number.negative.is_constant()) return bits;
  for (Wire& bit : bits) bit = builder.Xor(bit, number.negative);
  return AddWithCarry(builder, bits, Wires(bits.size()), number.negative).word;
}

// Adding 2^(n-1) turns the signed order into the unsigned one.
Wires Shifted(const Wires& units) {
  Wires shifted = units;
  shifted.back() = CircuitBuilder::Not(shifted.back());
  return shifted;
}

// `bound` on the shifted scale, cut to what n bits hold.
std::uint64_t ShiftedBound(std::int64_t bound, std::size_t n) {
  const auto half = static_cast<std::int64_t>(std::uint64_t{1} << (n - 1));
  return static_cast<std::uint64_t>(std::clamp(bound, -half, half - 1) + half);
}

void CheckUnits(CircuitBuilder& builder, const Wires& units, const SurveyColumn& column, Wires& faults) {
  const std::size_t n = units.size();
  const auto half = static_cast<std::int64_t>(std::uint64_t{1} << (n - 1));
  if (column.min_units >= half || column.max_units < -half) {
    faults.push_back(CircuitBuilder::Constant(true));
    return;
  }
  CheckRange(builder, Shifted(units), ShiftedBound(column.min_units, n), ShiftedBound(column.max_units, n),
             faults);
}

Wires EncodeNumber(CircuitBuilder& builder, const Wires& units, const SurveyColumn& column, Wires& faults) {
  CheckUnits(builder, units, column, faults);
  const ColumnType type = column.Type();
  Wires bits(units.begin(), units.end());
  bits.resize(std::max<std::size_t>(bits.size(), type.bits), units.back());
  bits.resize(type.bits);
  // units + 2^(bits - 1) mod 2^bits
  if (type.is_signed) bits.back() = CircuitBuilder::Not(bits.back());
  return bits;
}

// The index of each value, added up under its wire: exactly one is 1.
Wires IndexOf(CircuitBuilder& builder, const HoleValue& value, std::span<const std::uint64_t> indices,
              std::size_t width) {
  Wires bits(width);
  for (std::size_t v = 0; v < indices.size(); ++v) {
    for (std::size_t k = 0; k < width; ++k) {
      if ((indices[v] >> k & 1) != 0) bits[k] = builder.Xor(bits[k], value.one_hot[v]);
    }
  }
  return bits;
}

Wires EncodeChoice(CircuitBuilder& builder, const TemplateHole& hole, const HoleValue& value,
                   const SurveyColumn& column) {
  std::vector<std::uint64_t> indices;
  for (const std::string& text : hole.values) {
    const auto found = std::ranges::find(column.categories, text);
    CHECK(found != column.categories.end());
    indices.push_back(static_cast<std::uint64_t>(found - column.categories.begin()));
  }
  return IndexOf(builder, value, indices, column.value_bits());
}

}  // namespace

unsigned ScaleOf(const TemplateHole& hole, std::size_t index, std::span<const StatementColumn> columns) {
  const auto recorded = std::ranges::find(columns, index, &StatementColumn::hole);
  return recorded == columns.end() ? hole.max_fraction : recorded->column.scale;
}

HoleEnd EndOfHole(CircuitBuilder& builder, const TemplateHole& hole, WireSpan window, std::uint8_t terminator,
                  std::size_t min_length, std::size_t max_length, Wires& faults) {
  const bool is_choice = hole.kind == HoleKind::kChoice || hole.kind == HoleKind::kBoolean;
  if (is_choice) {
    ChoiceWires choice = ChoiceOf(builder, window, terminator, hole.values, faults);
    return {std::move(choice.ends), std::move(choice.one_hot)};
  }
  if (min_length == max_length) return {KnownEnd(min_length), {}};
  return {FindEnd(builder, window, terminator, min_length, max_length, faults), {}};
}

HoleValue ValueOfHole(CircuitBuilder& builder, const TemplateHole& hole, WireSpan window, const HoleEnd& end,
                      unsigned scale, Wires& faults) {
  HoleValue value;
  value.scale = scale;
  switch (hole.kind) {
    case HoleKind::kNumber:
      value.units = SignedOf(builder, DecimalOf(builder, window, end.ends, ShapeOf(hole, scale), faults));
      break;
    case HoleKind::kDate: value.units = DateOf(builder, window.first(80), faults); break;
    case HoleKind::kTimestamp: value.units = TimestampOf(builder, window.first(128), faults); break;
    case HoleKind::kChoice:
    case HoleKind::kBoolean: value.one_hot = end.one_hot; break;
    case HoleKind::kText: value.text = MaskedText(builder, window, end.ends); [[fallthrough]];
    case HoleKind::kSecret:
    case HoleKind::kSkip: CheckBytes(builder, window, end.ends, BytesOfCharset(hole.charset), faults); break;
  }
  return value;
}

Wires EncodeColumn(CircuitBuilder& builder, const TemplateHole& hole, const HoleValue& value,
                   const SurveyColumn& column, Wires& faults) {
  Wires bits;
  switch (column.kind) {
    case ColumnKind::kNumber:
      if (hole.kind == HoleKind::kBoolean) {
        bits = EncodeNumber(builder, {value.one_hot[1], CircuitBuilder::Constant(false)}, column, faults);
      } else {
        bits = EncodeNumber(builder, value.units, column, faults);
      }
      break;
    case ColumnKind::kCategory: bits = EncodeChoice(builder, hole, value, column); break;
    case ColumnKind::kUnique:
      bits = value.text;
      bits.resize(8 * kUniqueBytes);
      break;
  }
  if (column.may_be_missing) bits.insert(bits.begin(), CircuitBuilder::Constant(true));
  return bits;
}

Wire AnswerPredicate(CircuitBuilder& builder, const TemplateHole& hole, const HoleValue& value,
                     const TemplatePredicate& predicate) {
  Wire answer = CircuitBuilder::Constant(true);
  if (!predicate.is.empty()) {
    const auto found = std::ranges::find(hole.values, predicate.is);
    CHECK(found != hole.values.end());
    answer = value.one_hot[static_cast<std::size_t>(found - hole.values.begin())];
  }
  if (!predicate.at_least && !predicate.at_most) return answer;
  // Bounds are in the hole's own units.
  std::int64_t factor = 1;
  for (unsigned i = hole.max_fraction; i < value.scale; ++i) factor *= 10;
  const std::size_t n = value.units.size();
  const auto half = static_cast<__int128>(std::uint64_t{1} << (n - 1));
  const Wires shifted = Shifted(value.units);
  const auto bound = [&](std::int64_t units) { return static_cast<__int128>(units) * factor; };
  const auto constant = [&](__int128 units) {
    return CircuitBuilder::Constant(static_cast<std::uint64_t>(units + half), n);
  };
  if (predicate.at_least) {
    const __int128 low = bound(*predicate.at_least);
    if (low >= half) return CircuitBuilder::Constant(false);
    if (low > -half)
      answer = builder.And(answer, CircuitBuilder::Not(LessThan(builder, shifted, constant(low))));
  }
  if (predicate.at_most) {
    const __int128 high = bound(*predicate.at_most);
    if (high < -half) return CircuitBuilder::Constant(false);
    if (high < half - 1)
      answer = builder.And(answer, CircuitBuilder::Not(LessThan(builder, constant(high), shifted)));
  }
  return answer;
}

}  // namespace mpcstats

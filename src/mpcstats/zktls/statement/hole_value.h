// One hole on wires: its text checked, its value, and what columns and predicates make of it.
#pragma once

#include <span>

#include "mpcstats/circuit/builder.h"
#include "mpcstats/zktls/statement/body_walk.h"

namespace mpcstats {

struct HoleValue {
  /// kNumber, kDate, kTimestamp: two's complement, in units of 10^-scale.
  Wires units;
  unsigned scale = 0;
  /// kChoice, kBoolean: one wire a value.
  Wires one_hot;
  /// kText: zeros behind the end.
  Wires text;
};

/// How many decimals a hole's value is read with: what the column that records it wants, else its own.
[[nodiscard]] unsigned ScaleOf(const TemplateHole& hole, std::size_t index,
                               std::span<const StatementColumn> columns);

/// Where a hole of hidden length ends, checked so far as its kind needs; the choice, where that is the same question.
struct HoleEnd {
  Wires ends;
  Wires one_hot;
};
[[nodiscard]] HoleEnd EndOfHole(CircuitBuilder& builder, const TemplateHole& hole, WireSpan window,
                                std::uint8_t terminator, std::size_t min_length, std::size_t max_length,
                                Wires& faults);

[[nodiscard]] HoleValue ValueOfHole(CircuitBuilder& builder, const TemplateHole& hole, WireSpan window,
                                    const HoleEnd& end, unsigned scale, Wires& faults);

/// The column's bits in a row.
[[nodiscard]] Wires EncodeColumn(CircuitBuilder& builder, const TemplateHole& hole, const HoleValue& value,
                                 const SurveyColumn& column, Wires& faults);

/// Yes or no.
[[nodiscard]] Wire AnswerPredicate(CircuitBuilder& builder, const TemplateHole& hole, const HoleValue& value,
                                   const TemplatePredicate& predicate);

}  // namespace mpcstats

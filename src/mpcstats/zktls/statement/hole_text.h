// What a hole's text means, in the clear: the prover's own reading, and the reference of the circuits' tests.
#pragma once

#include <optional>
#include <string_view>

#include "mpcstats/survey/template.h"

namespace mpcstats {

/// Units of a number (10^-max_fraction), days of a date, minutes of a timestamp; nothing for other kinds and other texts.
[[nodiscard]] std::optional<std::int64_t> UnitsOfText(const TemplateHole& hole, std::string_view text);

[[nodiscard]] bool Satisfies(const TemplateHole& hole, const TemplatePredicate& predicate,
                             std::string_view text);

/// The text as the cell of a survey's column (survey/row.h): dates and timestamps as numbers, true and false as 1 and 0 where the
/// column is a number.
enum class CellKind : std::uint8_t { kNumber, kText };
[[nodiscard]] std::string CellOf(const TemplateHole& hole, std::string_view text, CellKind kind);

}  // namespace mpcstats

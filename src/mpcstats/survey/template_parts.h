// The parts of a template file, each read and checked by a source of its own. All errors are those of ParseTemplate.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/survey/survey_reader.h"
#include "mpcstats/survey/template.h"

namespace mpcstats {

/// [[hole]]: names, kinds and bounds.
[[nodiscard]] Status ReadHoles(const Section& file, Template& source);

/// [request], [response] and [[predicate]]; after the holes.
[[nodiscard]] Status ReadRequest(const Section& file, Template& source);
[[nodiscard]] Status ReadResponse(const Section& file, Template& source);
[[nodiscard]] Status ReadPredicates(const Section& file, Template& source);

/// Every hole stands once, in the place its kind is for, with a literal on both sides; the body is JSON with the same structure
/// whatever its holes hold. The rest of a sentence, or nothing.
[[nodiscard]] Status CheckBody(const Template& source, unsigned line);
[[nodiscard]] Status CheckRequest(const Template& source, unsigned line);

/// `text` cut at its <<name>> marks. The rest of a sentence in the error.
[[nodiscard]] Result<std::vector<TemplatePart>> CutAtMarks(const Template& source, std::string_view text);

[[nodiscard]] bool IsHeaderName(std::string_view name);
[[nodiscard]] std::string LowerCase(std::string_view text);

/// The days since 1970-01-01 of "YYYY-MM-DD", and the minutes of "YYYY-MM-DDTHH:MM", 1901 to 2099.
[[nodiscard]] std::optional<std::int64_t> DaysOfDate(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> MinutesOfTimestamp(std::string_view text);

}  // namespace mpcstats

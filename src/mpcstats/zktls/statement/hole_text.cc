#include "mpcstats/zktls/statement/hole_text.h"

#include <string>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/template_parts.h"

namespace mpcstats {

std::optional<std::int64_t> UnitsOfText(const TemplateHole& hole, std::string_view text) {
  if (hole.kind == HoleKind::kDate) return DaysOfDate(text);
  if (hole.kind == HoleKind::kTimestamp) return MinutesOfTimestamp(text);
  if (hole.kind != HoleKind::kNumber) return std::nullopt;
  const auto number = ScanDecimal(text);
  if (!number || number->scale > hole.max_fraction) return std::nullopt;
  std::int64_t units = number->units;
  for (unsigned i = number->scale; i < hole.max_fraction; ++i) {
    if (__builtin_mul_overflow(units, std::int64_t{10}, &units)) return std::nullopt;
  }
  return units;
}

bool Satisfies(const TemplateHole& hole, const TemplatePredicate& predicate, std::string_view text) {
  if (!predicate.is.empty() && text != predicate.is) return false;
  if (!predicate.at_least && !predicate.at_most) return true;
  const auto units = UnitsOfText(hole, text);
  return units && (!predicate.at_least || *units >= *predicate.at_least) &&
         (!predicate.at_most || *units <= *predicate.at_most);
}

std::string CellOf(const TemplateHole& hole, std::string_view text, CellKind kind) {
  if (hole.kind == HoleKind::kDate || hole.kind == HoleKind::kTimestamp) {
    const auto units = UnitsOfText(hole, text);
    return units ? std::to_string(*units) : std::string();
  }
  if (hole.kind == HoleKind::kBoolean && kind == CellKind::kNumber) return text == "true" ? "1" : "0";
  return std::string(text);
}

}  // namespace mpcstats

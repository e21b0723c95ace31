// Any text is refused in one sentence or gives a survey that keeps the rules, and its catalogue plans that do; and the same for
// the JSON around it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/query/catalogue.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/signed_survey.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

void CheckMessage(const Error& error) {
  const std::string& message = error.message();
  CHECK(error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kUnimplemented);
  CHECK(!message.empty() && message.size() < 2048 && IsUtf8(message));
  CHECK(message.find_first_of("\r\n\x1b") == std::string::npos);
}

void CheckSurvey(const Survey& survey) {
  CHECK(survey.opens < survey.closes);
  CHECK(ParseTime(FormatTime(survey.opens)).value() == survey.opens);
  CHECK(2 <= survey.group_min && survey.group_min <= survey.batch_min &&
        survey.batch_min <= survey.batch_max);
  CHECK(!survey.columns.empty() && survey.columns.size() <= 64 && !survey.figures.empty());
  CHECK(survey.release_every_seconds > 0 && survey.retention_days > 0);
  for (const SurveyColumn& column : survey.columns) {
    CHECK(column.kind == ColumnKind::kUnique || (column.value_bits() >= 1 && column.value_bits() <= 60));
    CHECK(column.min_units <= column.max_units);
  }
  CHECK(!survey.partition || survey.columns[*survey.partition].kind == ColumnKind::kCategory);
}

void CheckPlans(const Survey& survey) {
  std::size_t outputs = 0;
  for (const CatalogueFigure& figure : survey.figures) {
    const FigureParts parts = PartsOf(survey, figure);
    CHECK(parts.text == figure.expression && !parts.columns.empty());
    outputs += CellsOf(survey, figure).size();
  }
  const auto plan = PlanSurvey(survey, 128);
  if (!plan) {
    const Error& error = plan.error();
    CHECK(error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kInvalidArgument ||
          error.code() == ErrorCode::kUnimplemented);
    CHECK(!error.message().empty() && error.message().find('\n') == std::string::npos);
    return;
  }
  CHECK(plan->outputs.size() == outputs && plan->gate_cells <= kMostCells);
  for (const SurveyOutput& output : plan->outputs) {
    const CellPlan& part = plan->plans[output.plan];
    CHECK(part.cell == output.cell && output.item < part.plan.items.size());
    const bool queried = survey.figures[output.figure].expression.contains(" WHERE ");
    CHECK(!part.filter || (queried && *part.filter < plan->filters.size()));
  }
}

void Run(std::string_view text) {
  if (const auto survey = ParseSurvey(text)) {
    CheckSurvey(*survey);
    CheckPlans(*survey);
  } else {
    CheckMessage(survey.error());
  }
  const auto draft = DraftFromJson(text);
  if (!draft) return CheckMessage(draft.error());
  const auto again = DraftFromJson(DraftToJson(*draft));
  CHECK(again && again->text == draft->text && again->box_keys == draft->box_keys);
  CHECK(again->signatures == draft->signatures && again->close.has_value() == draft->close.has_value());
  if (const auto survey = SignedSurvey::FromDraft(*draft); !survey) CheckMessage(survey.error());
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}

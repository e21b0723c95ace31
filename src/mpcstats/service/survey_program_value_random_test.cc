// Random values formed from columns, in a release, against the plain evaluation of the same queries: signs, decimals of different
// scales, factors of 1 and of powers of ten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/language/grammar.h"
#include "mpcstats/query/evaluate.h"
#include "mpcstats/service/survey_gate_testing.h"

namespace mpcstats {
namespace {

class ValueWriter {
 public:
  explicit ValueWriter(std::uint64_t seed) : random_(seed) {}

  std::string Value(int depth) {
    if (depth == 0) return Below(4) == 0 ? Number() : Column();
    switch (Below(6)) {
      case 0: return "-" + Column();
      case 1: return Column() + " * " + Number();
      case 2: return Number() + " * (" + Value(depth - 1) + ")";
      case 3: return "(" + Value(depth - 1) + ") * " + Number();
      case 4: return Value(depth - 1) + " - (" + Value(depth - 1) + ")";
      default: return Value(depth - 1) + " + " + Value(depth - 1);
    }
  }

  /// A query of one figure; where a value is of several columns, of people who answered all.
  std::string Figure() {
    static constexpr const char* kStatistics[] = {"sum", "mean", "variance", "min", "median", "count"};
    static constexpr const char* kConditions[] = {"", " AND age * 0.1 < 5.5",
                                                  " AND balance * 0.01 > age - 55"};
    static constexpr const char* kGroups[] = {"", "", " GROUP BY region",
                                              " GROUP BY bucket(level * 0.01, 0.5)"};
    const std::string where = " WHERE balance IS NOT NULL" + std::string(kConditions[Below(3)]);
    return "SELECT " + std::string(kStatistics[Below(6)]) + "(" + Value(static_cast<int>(Below(4))) +
           ") FROM data" + where + kGroups[Below(4)];
  }

 private:
  std::size_t Below(std::size_t end) { return random_() % end; }
  std::string Column() { return std::array{"balance", "age", "level"}[Below(3)]; }
  std::string Number() {
    return std::array{"1", "0.1", "0.01", "0.001", "2.5", "-1", "-0.1", "10", "7", "0.25"}[Below(10)];
  }

  std::mt19937_64 random_;
};

/// What is counted of the answers, as a table that whoever evaluates sees.
Table TableOf(const Survey& survey, const std::vector<Answer>& answers) {
  Table table;
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const SurveyColumn& column = survey.columns[c];
    // Nothing names the identifier.
    const bool unique = column.kind == ColumnKind::kUnique;
    const bool category = column.kind == ColumnKind::kCategory;
    const ColumnType type = unique ? ColumnType() : column.Type();
    table.columns.push_back({column.name, type, {}, {}});
    table.readings.push_back(
        {category ? ColumnContent::kCategory : ColumnContent::kNumber, column.categories});
    for (const Answer& one : answers) {
      if (!IsWithinRanges(survey, one)) continue;
      const RawCell& cell = one.cells[c];
      const bool present = !unique && (cell.present || !column.may_be_missing);
      table.columns[c].units.push_back(present ? type.Decode(cell.encoded) : 0);
      table.columns[c].valid.push_back(present ? 1 : 0);
    }
    table.rows = table.columns[c].units.size();
  }
  return table;
}

// As much as the catalogues here need; the gates' own minimum is set for each release.
Result<SurveyPlan> PlanWith(Survey survey, std::vector<CatalogueFigure> figures, std::size_t rows) {
  survey.figures = std::move(figures);
  survey.group_min = 100'000;
  return PlanSurvey(survey, rows);
}

TEST(ValueRelease, AgreesWithThePlainEvaluationOnRandomValues) {
  constexpr std::uint64_t kSeed = 23;
  ValueWriter writer(kSeed);
  const std::size_t trials = std::max<std::size_t>(2, ScaledTrials(8));
  for (std::size_t trial = 0; trial < trials; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", trial " + std::to_string(trial));
    Survey survey = TestSurvey({});
    survey.allow_rank_statistics = true;
    survey.group_min = 1;
    while (survey.figures.size() < 12) {
      const CatalogueFigure figure = For(writer.Figure());
      const Result<SurveyPlan> alone = PlanWith(survey, {figure}, 64);
      if (!alone) {
        EXPECT_THAT(alone.error().message(), testing::AnyOf(testing::HasSubstr("more than 18 digits"),
                                                            testing::HasSubstr("is the same for everybody"),
                                                            testing::HasSubstr("is no column")))
            << figure.expression;
        continue;
      }
      survey.figures.push_back(figure);
    }
    const std::vector<Answer> people = RandomAnswers(survey, 60, kSeed + trial);
    const Batches closed = CloseAll(survey, {people});
    const Result<SurveyPlan> plan = PlanWith(survey, survey.figures, RowsOf(survey, closed));
    ASSERT_TRUE(plan.has_value()) << plan.error().message();
    const PartyRelease same{&*plan, 0, {}};
    const ReleaseRun run = RunReleaseWith(survey, closed, {same, same, same});
    ASSERT_EQ(ErrorText(run.result), "");
    ASSERT_TRUE(run.out[0] && run.out[0]->passed);
    const Table table = TableOf(survey, people);
    std::size_t at = 0;
    for (const CatalogueFigure& figure : survey.figures) {
      for (const PlainGroup& group : EvaluatePlain(*ParseQuery(figure.expression, nullptr), table)) {
        ASSERT_LT(at, run.out[0]->figures.size());
        const Figure& found = run.out[0]->figures[at++];
        EXPECT_TRUE(AgreesWith(found, group.figures[0]))
            << figure.expression << " of " << group.label << ": " << found.exact_text << found.undefined
            << " for " << group.figures[0].exact_text << group.figures[0].undefined;
      }
    }
    EXPECT_EQ(at, run.out[0]->figures.size());
  }
}

}  // namespace
}  // namespace mpcstats

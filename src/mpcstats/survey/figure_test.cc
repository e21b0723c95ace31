// Queries in a catalogue: what they become, and what is refused where.
#include "mpcstats/survey/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/survey/receipt.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The small survey with two more columns, of which one may be missing, and figures in front of [hero].
std::string WithFigures(const std::string& figures) {
  const std::string columns =
      "[[columns]]\nname = \"age\"\nkind = \"number\"\nmin = 18\nmax = 99\n\n"
      "[[columns]]\nname = \"team\"\nkind = \"category\"\ncategories = [\"works\", \"office\"]\n"
      "may_be_missing = true\n\n[catalogue]";
  return Replaced(Replaced(SmallSurveyWith("[catalogue]", columns), "[hero]", figures + "\n[hero]"),
                  "group_min = 10", "group_min = 20");
}

std::string Entry(const std::string& expr, const std::string& more = "") {
  return "[[figures]]\nexpr = \"" + expr + "\"\n" + more;
}

std::string Refusal(const std::string& expr, ErrorCode code = ErrorCode::kInvalidArgument) {
  return SurveyError(WithFigures(Entry(expr)), code);
}

Survey Read(const std::string& figures) {
  const auto survey = ParseSurvey(WithFigures(figures));
  EXPECT_TRUE(survey.has_value()) << survey.error().message();
  return survey.value_or(Survey());
}

// The figures behind those of the small survey.
std::vector<CatalogueFigure> Added(const Survey& survey) {
  return {survey.figures.begin() + 3, survey.figures.end()};
}

constexpr const char* kOlder = "SELECT count(income), mean(income) FROM data WHERE age >= 30";

TEST(CatalogueQuery, IsAFigureForEachOfItsStatistics) {
  const Survey survey = Read(Entry(kOlder));
  const std::vector<CatalogueFigure> added = Added(survey);
  ASSERT_EQ(added.size(), 2u);
  EXPECT_EQ(added[0].expression, "SELECT count(income) FROM data WHERE age >= 30");
  EXPECT_EQ(added[1].expression, "SELECT mean(income) FROM data WHERE age >= 30");
  EXPECT_EQ(added[1].label, added[1].expression);
  EXPECT_FALSE(added[1].by_partition);
  EXPECT_THAT(CellsOf(survey, added[1]), ElementsAre(""));
  EXPECT_EQ(SplitLabel(survey, added[1]), "");
}

TEST(CatalogueQuery, HasOneCanonicalText) {
  const Survey survey = Read(Entry(
      "select count( income ),mean(data.income)\\n from data where (data.age>=30) and (region='north');"));
  EXPECT_EQ(Added(survey)[1].expression,
            "SELECT mean(income) FROM data WHERE age >= 30 AND region = 'north'");
}

TEST(CatalogueQuery, ALabelIsThatOfAllItsStatistics) {
  const std::vector<CatalogueFigure> added =
      Added(Read(Entry(kOlder, "label = \"30 and older\"\n") +
                 Entry("SELECT count(income) FROM data WHERE age < 20", "label = \"Young\"\n")));
  EXPECT_EQ(added[0].label, "30 and older: count(income)");
  EXPECT_EQ(added[1].label, "30 and older: mean(income)");
  EXPECT_EQ(added[2].label, "Young");
}

TEST(CatalogueQuery, GroupsByCategoriesAndByBuckets) {
  const Survey survey = Read(Entry("SELECT count(income) FROM data GROUP BY team") +
                             Entry("SELECT count(income) FROM data GROUP BY bucket(age, 30, 65)"));
  const std::vector<CatalogueFigure> added = Added(survey);
  EXPECT_THAT(CellsOf(survey, added[0]), ElementsAre("works", "office", "NULL"));
  EXPECT_EQ(SplitLabel(survey, added[0]), "team");
  EXPECT_THAT(CellsOf(survey, added[1]), ElementsAre("below 30", "30 to below 65", "65 and above"));
  EXPECT_EQ(SplitLabel(survey, added[1]), "bucket(age, 30, 65)");
}

TEST(CatalogueQuery, WithoutFilterIsTheShortForm) {
  const std::vector<CatalogueFigure> added = Added(Read(
      Entry("SELECT sum(income) FROM data") + Entry("SELECT region, sum(income) FROM data GROUP BY region")));
  EXPECT_EQ(added[0].expression, "sum(income)");
  EXPECT_FALSE(added[0].by_partition);
  EXPECT_EQ(added[1].expression, "sum(income)");
  EXPECT_TRUE(added[1].by_partition);
}

TEST(CatalogueQuery, KnowsTheColumnsThatSelect) {
  const Survey survey =
      Read(Entry("SELECT count(income) FROM data WHERE age > 20 AND (income < 5 OR team IS NULL) "
                 "GROUP BY region"));
  const FigureParts parts = PartsOf(survey, Added(survey)[0]);
  EXPECT_THAT(parts.columns, ElementsAre("income"));
  EXPECT_THAT(parts.selecting, ElementsAre("age", "income", "region", "team"));
  EXPECT_EQ(parts.Selection(), " WHERE age > 20 AND (income < 5 OR team IS NULL) GROUP BY region");
}

TEST(CatalogueQuery, TakesSeveralColumnsInBothForms) {
  EXPECT_EQ(Refusal("correlation(income, age)"), "accepted");
  EXPECT_EQ(Refusal("SELECT covariance(income, age) FROM data"), "accepted");
}

TEST(CatalogueQuery, PointsAtTheCharacter) {
  EXPECT_THAT(Refusal("SELECT mean(income) FROM data WHERE age == 3"),
              AllOf(HasSubstr("line 5"), HasSubstr("at character 41"), HasSubstr("written with one =")));
  EXPECT_THAT(Refusal("SELECT mean(income) FROM data WHERE ages > 3"),
              AllOf(HasSubstr("at character 37"), HasSubstr("\"ages\" is no column")));
  EXPECT_THAT(Refusal("SELECT mean(wages) FROM data"), HasSubstr("at character 13"));
  EXPECT_THAT(Refusal("SELECT mean(income) FROM data WHERE team IN ('works', 'offices')"),
              AllOf(HasSubstr("at character 55"), HasSubstr("team has no category 'offices'")));
  EXPECT_THAT(Refusal("SELECT mean(income) FROM data GROUP BY age"),
              AllOf(HasSubstr("at character 40"), HasSubstr("write GROUP BY bucket(age, ...)")));
}

TEST(CatalogueQuery, KeepsTheIdentifierHidden) {
  for (const char* query : {"SELECT count(account) FROM data WHERE age > 20",
                            "SELECT count(income) FROM data WHERE account IS NULL",
                            "SELECT count(income) FROM data WHERE account = 'me'",
                            "SELECT count(income) FROM data GROUP BY account",
                            "SELECT count(income) FROM data GROUP BY bucket(age + account, 5)"}) {
    EXPECT_THAT(Refusal(query), HasSubstr("a hidden identifier")) << query;
  }
}

TEST(CatalogueQuery, RefusesWhatASurveyDoesNotDo) {
  EXPECT_THAT(Refusal("EXPLAIN SELECT mean(income) FROM data"), HasSubstr("for mpcstats compute"));
  EXPECT_THAT(Refusal("SELECT count(data.income) FROM data JOIN b ON data.age = b.age"),
              HasSubstr("take the JOIN out"));
  EXPECT_THAT(Refusal("SELECT mean(income) FROM people"), HasSubstr("write FROM data"));
  EXPECT_THAT(Refusal("SELECT count(*) FROM data WHERE age > 3"), HasSubstr("count a column"));
  EXPECT_THAT(Refusal("SELECT region FROM data GROUP BY region"), HasSubstr("add a figure"));
  EXPECT_THAT(Refusal("SELECT age, mean(income) FROM data"), HasSubstr("no answer is ever shown"));
  EXPECT_THAT(SurveyError(WithFigures(Entry(kOlder, "by = \"region\"\n"))), HasSubstr("write GROUP BY"));
}

TEST(CatalogueQuery, FormsValuesFromColumns) {
  const Survey survey = Read(Entry("mean(income+age*2)") + Entry("SELECT mean(data.income-age) FROM data"));
  const std::vector<CatalogueFigure> added = Added(survey);
  ASSERT_EQ(added.size(), 2u);
  EXPECT_EQ(added[0].expression, "mean(income + age * 2)");
  EXPECT_EQ(added[1].expression, "mean(income - age)");
  const FigureParts parts = PartsOf(survey, added[0]);
  EXPECT_TRUE(parts.forms_values());
  EXPECT_THAT(parts.columns, ElementsAre("income", "age"));
  EXPECT_THAT(EquationColumns(survey, parts), ElementsAre("age", "income"));
  EXPECT_FALSE(PartsOf(survey, survey.figures[0]).forms_values());
}

TEST(CatalogueQuery, FormsValuesFromNumbersAlone) {
  EXPECT_THAT(Refusal("mean(income + region)"),
              AllOf(HasSubstr("at character 15"), HasSubstr("region is a category")));
  EXPECT_THAT(Refusal("mean(income + 'north')"), HasSubstr("is no number"));
  EXPECT_THAT(Refusal("SELECT mean(income + NULL) FROM data"), HasSubstr("NULL is no number"));
  EXPECT_THAT(Refusal("SELECT mean(3 + 4) FROM data"), HasSubstr("the same for everybody"));
  EXPECT_THAT(Refusal("SELECT mean(3) FROM data"), HasSubstr("\"3\" is no column"));
  EXPECT_THAT(Refusal("mean(income + account)"), HasSubstr("a hidden identifier"));
  EXPECT_THAT(Refusal("mean(income + wages)"), HasSubstr("\"wages\" is no column"));
}

// pay * flag of a flag 0 or 1 would be a sum over those with a 1, whom no gate counts.
TEST(CatalogueQuery, MultipliesByConstantsAlone) {
  EXPECT_THAT(Refusal("mean(income * age)"),
              AllOf(HasSubstr("at character 13"), HasSubstr("income * age multiplies columns")));
  EXPECT_THAT(Refusal("mean(income * income)"), HasSubstr("multiplies columns"));
  EXPECT_THAT(Refusal("mean(2 * (income - 1) * -(age + 3))"), HasSubstr("multiplies columns"));
  EXPECT_EQ(Refusal("mean((2 + 3) * (income - 1))"), "accepted");
}

TEST(CatalogueQuery, IsAnotherFigureForAnotherValueOfTheSameColumns) {
  EXPECT_EQ(SurveyError(WithFigures(Entry("mean(income + age)") + Entry("mean(income - age)"))), "accepted");
  EXPECT_THAT(SurveyError(WithFigures(Entry("mean(income + age)") + Entry("mean(income+age)"))),
              HasSubstr("is in the catalogue already"));
}

TEST(CatalogueQuery, CountsAValueOfTheSamePeopleByAColumnOrByItself) {
  const char* where = " FROM data WHERE age >= 30";
  const auto error = [&](const std::string& items) { return Refusal("SELECT " + items + where); };
  EXPECT_THAT(error("mean(income + age)"), HasSubstr("add count(income) to the query"));
  EXPECT_EQ(error("mean(income + age), count(age)"), "accepted");
  EXPECT_EQ(error("mean(income + age), count(income + age)"), "accepted");
  EXPECT_THAT(error("mean(income + age), count(region)"), HasSubstr("add count(income)"));
}

TEST(CatalogueQuery, WantsTheCountOfTheSamePeople) {
  EXPECT_THAT(Refusal("SELECT mean(income) FROM data WHERE age >= 30"),
              HasSubstr("add count(income) to the query"));
  EXPECT_THAT(Refusal("SELECT mean(income) FROM data GROUP BY team"),
              HasSubstr("add count(income) to the query"));
  // That of other people is another number.
  EXPECT_THAT(SurveyError(WithFigures(Entry("SELECT mean(income) FROM data WHERE age >= 30") +
                                      Entry("SELECT count(income) FROM data WHERE age > 30"))),
              HasSubstr("add count(income) to the query"));
  EXPECT_EQ(SurveyError(WithFigures(Entry("SELECT mean(income) FROM data WHERE age >= 30") +
                                    Entry("SELECT count(income) FROM data WHERE age>=30"))),
            "accepted");
}

TEST(CatalogueQuery, IsInTheCatalogueOnce) {
  EXPECT_THAT(Refusal("SELECT count(income) FROM data"), HasSubstr("is in the catalogue already"));
  EXPECT_THAT(Refusal("SELECT count(income) FROM data GROUP BY region"),
              HasSubstr("is in the catalogue already"));
  EXPECT_THAT(
      SurveyError(WithFigures(Entry(kOlder) + Entry("SELECT count(income) FROM data WHERE data.age >= 30"))),
      HasSubstr("is in the catalogue already"));
}

TEST(CatalogueQuery, CountsForEveryColumnThatItNames) {
  // Half of 20 people: ten figures of one column, and `age` decides in each who counts.
  std::string figures;
  for (int edge = 20; edge < 30; ++edge) {
    figures += Entry("SELECT count(team) FROM data WHERE age > " + std::to_string(edge));
  }
  EXPECT_EQ(SurveyError(WithFigures(figures)), "accepted");
  EXPECT_THAT(SurveyError(WithFigures(figures + Entry("SELECT count(region) FROM data WHERE age > 30"))),
              AllOf(HasSubstr("\"age\" has 11 figures"), HasSubstr("allows 10")));
}

TEST(CatalogueQuery, WantsRankStatisticsTurnedOn) {
  EXPECT_THAT(Refusal("SELECT count(income), median(income) FROM data WHERE age > 20"),
              HasSubstr("allow_rank_statistics"));
}

TEST(CatalogueQuery, MayBeTheFigureThatIsShownLarge) {
  const std::string hero = "SELECT mean(income) FROM data WHERE age >= 30";
  const std::string text = Replaced(WithFigures(Entry(kOlder)), "[hero]\nexpr = \"mean(income)\"",
                                    "[hero]\nexpr = \"" + hero + "\"");
  EXPECT_EQ(ParseSurvey(text)->hero.expression, hero);
  const std::string split = "SELECT count(income) FROM data GROUP BY team";
  EXPECT_THAT(SurveyError(Replaced(WithFigures(Entry(split)), "[hero]\nexpr = \"mean(income)\"",
                                   "[hero]\nexpr = \"" + split + "\"")),
              HasSubstr("which is no figure for everybody"));
}

TEST(CatalogueQuery, SaysInTheReceiptThatFiltersCutCells) {
  EXPECT_EQ(GateText(Read("")), "every cell gained nobody or at least 20 people");
  EXPECT_EQ(GateText(Read(Entry(kOlder))),
            "every cell that filters and groups cut out gained nobody or at least 20 people");
}

TEST(CatalogueQuery, ShowsItsStatistic) {
  EXPECT_EQ(StatisticOf("quantile(x, 0.5)"), "quantile");
  EXPECT_EQ(StatisticOf("SELECT median(x) FROM data WHERE y > 3"), "median");
  EXPECT_TRUE(ShowsOneValue("SELECT median(x) FROM data WHERE y > 3"));
  EXPECT_FALSE(ShowsOneValue("SELECT mean(x) FROM data WHERE y > 3"));
}

TEST(CatalogueQuery, RefusesWhatIsTooLongWhenItIsWrittenOut) {
  std::string call = "correlation(age";
  while (call.size() < 3990) call += ",age";
  EXPECT_THAT(Refusal(call + ")"), HasSubstr("too long when it is written out"));
}

TEST(CatalogueQuery, AColumnMayHaveTheNameOfAWord) {
  EXPECT_FALSE(IsQuery("select(x)"));
  EXPECT_FALSE(IsQuery("selection(x)"));
  EXPECT_TRUE(IsQuery(" select x"));
  EXPECT_FALSE(IsQuery(""));
  EXPECT_THAT(ReadFigures(Survey(), "mean(order)")->front().columns, ElementsAre("order"));
  EXPECT_THAT(ReadFigures(Survey(), "mean(order)")->front().selecting, IsEmpty());
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/query/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/receipt.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Survey Surveyed(std::vector<CatalogueFigure> figures) {
  SurveyColumn person;
  person.name = "person";
  person.kind = ColumnKind::kUnique;
  SurveyColumn balance;
  balance.name = "balance";
  balance.scale = 2;
  balance.min_units = -1'000;
  balance.max_units = 1'000'000;
  balance.may_be_missing = true;
  SurveyColumn region;
  region.name = "region";
  region.kind = ColumnKind::kCategory;
  region.categories = {"north", "the \"middle\"", "so\\uth\nwest"};
  SurveyColumn age;
  age.name = "age";
  age.max_units = 120;
  Survey survey;
  survey.columns = {person, balance, region, age};
  survey.partition = 2;
  survey.figures = std::move(figures);
  return survey;
}

CatalogueFigure For(const std::string& expression) { return {expression, "", false}; }
CatalogueFigure ByRegion(const std::string& expression) { return {expression, "", true}; }

std::string Refusal(const Survey& survey, ErrorCode code = ErrorCode::kInvalidArgument) {
  const Status checked = CheckCatalogue(survey);
  const bool planned = PlanSurvey(survey, kCatalogueRows).has_value();
  EXPECT_EQ(planned, checked.has_value());
  if (checked) return "none";
  EXPECT_EQ(checked.error().code(), code);
  EXPECT_EQ(checked.error().message().find('\n'), std::string::npos);
  return checked.error().message();
}

TEST(PlanSurvey, PutsEverybodyIntoOnePlanAndEachCellIntoOne) {
  const Survey survey = Surveyed({ByRegion("count(age)"), For("mean(balance)"), For("count(balance)"),
                                  ByRegion("sum(balance)"), For("count(region)")});
  const Result<SurveyPlan> plan = PlanSurvey(survey, 128);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  ASSERT_EQ(plan->plans.size(), 4u);
  EXPECT_FALSE(plan->plans[0].cell.has_value());
  EXPECT_THAT(plan->plans[0].sources, ElementsAre(PlanSource{{1}}, PlanSource{{2}}));
  EXPECT_EQ(plan->plans[0].plan.rows, 128u);
  EXPECT_EQ(plan->plans[0].plan.columns[0].type, survey.columns[1].Type());
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(plan->plans[1 + k].cell, k);
    EXPECT_THAT(plan->plans[1 + k].sources, ElementsAre(PlanSource{{3}}, PlanSource{{1}}));
  }
}

TEST(PlanSurvey, ListsOutputsInTheOrderOfTheCatalogueAndOfTheCategories) {
  const Survey survey = Surveyed({ByRegion("count(age)"), For("mean(balance)"), ByRegion("sum(balance)")});
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value());
  std::vector<std::string> found;
  for (const SurveyOutput& output : plan->outputs) {
    const CellPlan& part = plan->plans[output.plan];
    EXPECT_EQ(part.cell, output.cell);
    EXPECT_EQ(part.plan.items[output.item].expression.text, survey.figures[output.figure].expression);
    found.push_back(std::to_string(output.figure) + (output.cell ? ":" + std::to_string(*output.cell) : ""));
  }
  EXPECT_THAT(found, ElementsAre("0:0", "0:1", "0:2", "1", "2:0", "2:1", "2:2"));
}

TEST(PlanSurvey, WritesOneLineAnOutput) {
  const Survey survey = Surveyed({For(" mean( balance )"), ByRegion("count(age)")});
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->text,
            "mean(balance)\n"
            "count(age) where region is \"north\"\n"
            "count(age) where region is \"the \\\"middle\\\"\"\n"
            "count(age) where region is \"so\\\\uth\\x0awest\"\n");
  EXPECT_EQ(static_cast<std::size_t>(std::count(plan->text.begin(), plan->text.end(), '\n')),
            plan->outputs.size());
}

TEST(PlanSurvey, HashesEverythingThatDecidesARelease) {
  const Survey survey = Surveyed({For("mean(balance)"), For("count(age)")});
  const Bytes32 hash = PlanSurvey(survey, 64)->Hash();
  EXPECT_EQ(PlanSurvey(survey, 64)->Hash(), hash);
  EXPECT_NE(PlanSurvey(survey, 128)->Hash(), hash);
  Survey turned = survey;
  std::swap(turned.figures[0], turned.figures[1]);
  EXPECT_NE(PlanSurvey(turned, 64)->Hash(), hash);
  Survey wider = survey;
  wider.columns[1].max_units *= 2;
  EXPECT_NE(PlanSurvey(wider, 64)->Hash(), hash);
  Survey split = survey;
  split.figures[1].by_partition = true;
  const Bytes32 split_hash = PlanSurvey(split, 64)->Hash();
  EXPECT_NE(split_hash, hash);
  split.columns[2].categories[0] = "North";
  EXPECT_NE(PlanSurvey(split, 64)->Hash(), split_hash);
}

TEST(CheckCatalogue, AcceptsEveryStatisticOfANumber) {
  Survey survey = Surveyed({});
  survey.allow_rank_statistics = true;
  for (const Statistic* statistic : AllStatistics()) {
    if (statistic->columns.min > 1 || statistic->has_parts) continue;  // below
    survey.figures = {For(ExpressionText(statistic->name, {"age"}, statistic->ExampleNumbers()))};
    EXPECT_EQ(Refusal(survey), "none") << statistic->name;
  }
}

TEST(CheckCatalogue, TakesFiguresOfSeveralColumnsThatEverybodyAnswers) {
  Survey survey = Surveyed({For("covariance(age, income)"), For("mean(age)")});
  SurveyColumn income;
  income.name = "income";
  income.max_units = 100'000;
  survey.columns.push_back(income);
  ASSERT_EQ(Refusal(survey), "none");
  const SurveyPlan plan = *PlanSurvey(survey, 100);
  ASSERT_EQ(plan.plans.size(), 1u);
  EXPECT_EQ(plan.plans[0].sources.size(), 2u);
  EXPECT_EQ(plan.text, "covariance(age, income)\nmean(age)\n");
}

TEST(CheckCatalogue, WantsFiguresOfSeveralColumnsToBeOfWhoeverAnsweredAll) {
  EXPECT_THAT(Refusal(Surveyed({For("covariance(age, balance)")})),
              AllOf(HasSubstr("covariance(age, balance)"), HasSubstr("add WHERE balance IS NOT NULL")));
  EXPECT_THAT(Refusal(Surveyed({For("SELECT covariance(age, balance) FROM data WHERE age > 3")})),
              HasSubstr("add WHERE balance IS NOT NULL"));
  for (const char* where : {"balance IS NOT NULL", "balance > 3 AND age > 3", "age > 3 AND NOT balance > 3",
                            "balance IN (3, 4) OR balance + age > 100"}) {
    EXPECT_EQ(
        Refusal(Surveyed({For(std::string("SELECT covariance(age, balance) FROM data WHERE ") + where)})),
        "none")
        << where;
  }
  for (const char* where : {"balance IS NULL", "balance > 3 OR age > 3", "NOT (balance > 3 AND age > 3)"}) {
    EXPECT_THAT(
        Refusal(Surveyed({For(std::string("SELECT covariance(age, balance) FROM data WHERE ") + where)})),
        HasSubstr("add WHERE balance IS NOT NULL"))
        << where;
  }
}

Survey Roomy(std::vector<CatalogueFigure> figures) {
  Survey survey = Surveyed(std::move(figures));
  survey.allow_rank_statistics = true;
  survey.group_min = 200;
  return survey;
}

TEST(CheckCatalogue, AcceptsEveryStatisticOfSeveralValuesOrSeveralColumns) {
  for (const Statistic* statistic : AllStatistics()) {
    Survey survey = Roomy({});
    std::vector<std::string> columns;
    for (std::size_t c = 0; c < statistic->columns.min; ++c) {
      SurveyColumn column;
      column.name = "c" + std::to_string(c);
      column.max_units = 100;
      survey.columns.push_back(column);
      columns.push_back(column.name);
    }
    survey.figures = {For(ExpressionText(statistic->name, columns, statistic->ExampleNumbers()))};
    EXPECT_EQ(Refusal(survey), "none") << statistic->name;
  }
}

TEST(PlanSurvey, CountsThePeopleOfEachClassThatATableOpens) {
  const Survey survey = Roomy({For("histogram(age, 20, 40)"), For("frequency(age, 30, 31)"),
                               For("SELECT histogram(age, 20, 40) FROM data WHERE age > 7"),
                               For("welch_t(age, region, 0, 2)"), For("frequency(region)")});
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  std::vector<std::string> texts;
  for (const SurveyClasses& classes : plan->classes) texts.push_back(classes.text);
  EXPECT_THAT(texts, ElementsAre("age between 20 40", "age in each of 30 31", "region in each of 0 2",
                                 "region in each of 0 1 2"));
  EXPECT_EQ(plan->classes[0].column, 3u);
  EXPECT_EQ(plan->classes[0].classes.count(), 3u);
  EXPECT_TRUE(PlanSurvey(Roomy({For("mean(age)"), For("linear_regression(age, age)")}), 64)->classes.empty());
}

TEST(PlanSurvey, HashesClasses) {
  const auto hash = [](const std::string& figure) { return PlanSurvey(Roomy({For(figure)}), 64)->Hash(); };
  EXPECT_EQ(hash("histogram(age, 20, 40)"), hash("histogram(age, 20, 40)"));
  EXPECT_NE(hash("histogram(age, 20, 40)"), hash("histogram(age, 20, 41)"));
  SurveyPlan plan = *PlanSurvey(Roomy({For("histogram(age, 20, 40)")}), 64);
  const Bytes32 before = plan.Hash();
  plan.classes.clear();
  EXPECT_NE(plan.Hash(), before);
}

TEST(PlanSurvey, TakesTheCategoriesOfAColumnForNumbers) {
  Survey survey = Roomy({For("frequency(region)"), For("cross_table(region, half)"),
                         For("chi_squared(half, region)"), For("mann_whitney(age, half)")});
  SurveyColumn half;
  half.name = "half";
  half.kind = ColumnKind::kCategory;
  half.categories = {"one", "other"};
  survey.columns.push_back(half);
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  std::vector<std::string> items;
  for (const PlanItem& item : plan->plans[0].plan.items) items.push_back(item.expression.text);
  EXPECT_THAT(items, ElementsAre("frequency(region, 0, 1, 2)", "cross_table(region, half, 3, 2)",
                                 "chi_squared(half, region, 2, 3)", "mann_whitney(age, half, 0, 1)"));
  EXPECT_EQ(plan->text,
            "frequency(region)\ncross_table(region, half)\nchi_squared(half, region)\n"
            "mann_whitney(age, half)\n");
  survey.figures = {For("mann_whitney(age, region)")};
  EXPECT_THAT(Refusal(survey), HasSubstr("name 2 in single quotes")) << "which two of three";
  survey.figures = {For("frequency(age)")};
  EXPECT_THAT(Refusal(survey), HasSubstr("frequency(age)"));
}

TEST(PlanSurvey, TakesTextsOfACategoryForNumbers) {
  const Survey survey =
      Roomy({For("frequency(region, 'north')"),
             For("SELECT welch_t(age, region, 'the \"middle\"', 'north') FROM data WHERE age > 3"),
             For("welch_interval(age, region, 'the \"middle\"', 'north', 0.99)")});
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  EXPECT_EQ(plan->plans[0].plan.items[0].expression.text, "frequency(region, 0)");
  EXPECT_EQ(plan->plans[0].plan.items[1].expression.text, "welch_interval(age, region, 1, 0, 0.99)");
  EXPECT_EQ(plan->plans[1].plan.items[0].expression.text, "welch_t(age, region, 1, 0)");
  EXPECT_THAT(plan->text, HasSubstr("frequency(region, 'north')\n"));
  EXPECT_THAT(Refusal(Roomy({For("frequency(region, 'North')")})),
              AllOf(HasSubstr("'North' is no category"), HasSubstr("such as 'north'")));
  EXPECT_THAT(Refusal(Roomy({For("cross_table(region, region, 'north', 'north')")})),
              HasSubstr("a text where a number should be"));
  EXPECT_THAT(Refusal(Roomy({For("quantile(age, 'north')")})), HasSubstr("a text where a number should be"));
  EXPECT_THAT(Refusal(Roomy({For("frequency(region, 'north', 1)")})),
              HasSubstr("a text where a number should be"));
  EXPECT_THAT(Refusal(Roomy({For("welch_interval(age, region, 0.9, 'north')")})),
              HasSubstr("a text behind the number"));
}

TEST(CheckCatalogue, CountsEachNumberThatAFigureOpens) {
  Survey survey = Surveyed({For("histogram(age, 20, 40, 60)"), For("count(age)")});
  survey.group_min = 9;
  EXPECT_THAT(Refusal(survey), AllOf(HasSubstr("\"age\" open 5 numbers"), HasSubstr("group_min = 9 allows 4"),
                                     HasSubstr("write group_min = 10 or more")));
  survey.group_min = 10;
  EXPECT_EQ(Refusal(survey), "none");
}

TEST(CheckCatalogue, RefusesTablesOfMoreCellsThanItsGatesCount) {
  std::string values = "frequency(age";
  for (int v = 0; v < 90; ++v) values += ", " + std::to_string(v);
  const std::string histogram = "histogram(balance, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)";
  EXPECT_EQ(Refusal(Roomy({For(values + ")")})), "none");
  EXPECT_THAT(Refusal(Roomy({For(values + ")"), For(histogram)})), HasSubstr("more than 1024 cells"));
}

TEST(CheckCatalogue, ShowsOneNumberLarge) {
  Survey survey = Roomy({For("frequency(region)"), For("mean(age)")});
  EXPECT_EQ(Refusal(survey), "none");
  survey.hero.expression = "mean(age)";
  EXPECT_EQ(Refusal(survey), "none");
  survey.hero.expression = "frequency(region)";
  EXPECT_THAT(Refusal(survey), HasSubstr("several values"));
}

// Two lists of the same: files alone do not know statistics.
TEST(ShowsOneValue, AgreesWithTheStatistics) {
  for (const Statistic* statistic : AllStatistics()) {
    EXPECT_EQ(ShowsOneValue(std::string(statistic->name) + "(x)"), statistic->shows_one_value)
        << statistic->name;
  }
}

TEST(PlanSurvey, GivesEachFilterAndEachGroupAPlan) {
  const Survey survey = Surveyed({For("count(age)"), For("SELECT count(age) FROM data WHERE balance > 3"),
                                  For("SELECT mean(age) FROM data WHERE balance > 3"),
                                  For("SELECT count(age) FROM data WHERE balance > 3 GROUP BY region"),
                                  For("SELECT sum(age) FROM data GROUP BY bucket(balance, 0, 100)")});
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  ASSERT_EQ(plan->filters.size(), 1u);
  EXPECT_EQ(plan->filters[0].text, "balance > 3");
  ASSERT_EQ(plan->groupings.size(), 1u);
  EXPECT_EQ(plan->groupings[0].labels.size(), 4u) << "three, and those without a balance";
  ASSERT_EQ(plan->plans.size(), 1u + 1 + 3 + 4);
  EXPECT_EQ(plan->plans[1].filter, 0u);
  EXPECT_FALSE(plan->plans[1].cell);
  EXPECT_EQ(plan->plans[1].plan.items.size(), 2u) << "the same people";
  EXPECT_EQ(plan->plans[4].filter, 0u);
  EXPECT_EQ(plan->plans[4].cell, 2u);
  EXPECT_FALSE(plan->plans[4].grouping) << "the partition's own cells";
  EXPECT_EQ(plan->plans[8].grouping, 0u);
  EXPECT_EQ(plan->plans[8].cell, 3u);
  EXPECT_EQ(plan->outputs.size(), 3u + 3 + 4);
  EXPECT_EQ(static_cast<std::size_t>(std::count(plan->text.begin(), plan->text.end(), '\n')), 10u);
  EXPECT_THAT(
      plan->text,
      AllOf(HasSubstr("\nSELECT mean(age) FROM data WHERE balance > 3\n"),
            HasSubstr("SELECT sum(age) FROM data GROUP BY bucket(balance, 0, 100) for \"0 to below 100\"\n"),
            HasSubstr("bucket(balance, 0, 100) for \"NULL\"\n")));
}

TEST(PlanSurvey, HashesFiltersAndGroups) {
  const auto hash = [](const std::string& figure) { return PlanSurvey(Surveyed({For(figure)}), 64)->Hash(); };
  const Bytes32 older = hash("SELECT count(age) FROM data WHERE age > 30");
  EXPECT_EQ(hash("SELECT count(age) FROM data WHERE age > 30"), older);
  EXPECT_NE(hash("SELECT count(age) FROM data WHERE age > 31"), older);
  EXPECT_NE(hash("count(age)"), older);
  EXPECT_NE(hash("SELECT count(age) FROM data GROUP BY bucket(age, 30)"),
            hash("SELECT count(age) FROM data GROUP BY bucket(age, 31)"));
}

TEST(CheckCatalogue, PointsAtWhatDoesNotFitTheColumnsTypes) {
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data WHERE age = 'old'")}), ErrorCode::kNotFound),
              HasSubstr("at character 35"));
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data WHERE region > 3")})),
              HasSubstr("at character 35"));
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data GROUP BY bucket(age, 3, 2)")})),
              HasSubstr("the edges of a bucket ascend"));
}

// Their order is the survey's: "the middle" comes behind "north".
TEST(CheckCatalogue, ComparesCategoriesInAnOrderOfTheirOwnOnlyForEquality) {
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data WHERE region < 'north'")})),
              HasSubstr("an order of their own"));
  Survey survey = Surveyed({For("SELECT count(age) FROM data WHERE region IN ('gamma', 'alpha')")});
  survey.columns[2].categories = {"gamma", "beta", "alpha"};
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  EXPECT_THAT(plan->filters[0].where.among, ElementsAre(0, 2));
}

TEST(CheckCatalogue, RefusesFiltersThatSelectNobodyOrAll) {
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data WHERE age > 500")})),
              HasSubstr("true of nobody"));
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data WHERE age < 500")})),
              HasSubstr("true of everybody"));
}

TEST(CheckCatalogue, RefusesMoreCellsThanItsGatesCount) {
  // Two columns, three regions: each filter doubles the cells.
  std::vector<CatalogueFigure> figures = {ByRegion("count(age)"), For("count(balance)")};
  for (int edge = 1; edge <= 7; ++edge) {
    figures.push_back(For("SELECT count(age) FROM data WHERE age > " + std::to_string(10 * edge)));
  }
  EXPECT_EQ(Refusal(Surveyed(figures)), "none");
  EXPECT_EQ(PlanSurvey(Surveyed(figures), 100)->gate_cells, 768u);
  figures.push_back(For("SELECT count(age) FROM data WHERE age > 80"));
  EXPECT_THAT(Refusal(Surveyed(figures)), AllOf(HasSubstr("2 columns"), HasSubstr("more than 1024 cells")));
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age) FROM data GROUP BY bucket(balance, 0, 1, 2, 3)"),
                                For("SELECT count(age) FROM data WHERE balance * balance > age")})),
              testing::Eq("none"));
}

TEST(CheckCatalogue, TakesTheExamples) {
  std::size_t queries = 0;
  for (const char* name : {"pay-equity.toml", "personal-balances.toml", "pay-by-region.toml"}) {
    const auto survey = ParseSurvey(ExampleSurvey(name));
    ASSERT_TRUE(survey.has_value()) << name << ": " << survey.error().message();
    EXPECT_EQ(Refusal(*survey), "none") << name;
    for (const CatalogueFigure& figure : survey->figures) queries += IsQuery(figure.expression) ? 1 : 0;
  }
  EXPECT_EQ(queries, 6u);
}

TEST(CheckCatalogue, RefusesAQueryOfSeveralStatistics) {
  EXPECT_THAT(Refusal(Surveyed({For("SELECT count(age), sum(age) FROM data WHERE age > 3")})),
              HasSubstr("not one query of one statistic"));
  EXPECT_THAT(Refusal(Surveyed({ByRegion("SELECT count(age) FROM data WHERE age > 3")})),
              HasSubstr("not one query of one statistic"));
}

TEST(CheckCatalogue, RefusesAnEmptyCatalogue) { EXPECT_THAT(Refusal(Surveyed({})), HasSubstr("no figure")); }

TEST(CheckCatalogue, NamesTheFigureThatHasNoSuchStatistic) {
  EXPECT_THAT(Refusal(Surveyed({For("count(age)"), For("modus(age)")})),
              AllOf(HasSubstr("modus(age)"), HasSubstr("choose one of")));
}

TEST(CheckCatalogue, NamesTheFigureThatIsNoExpression) {
  EXPECT_THAT(Refusal(Surveyed({For("mean age")})), HasSubstr("mean age"));
}

TEST(CheckCatalogue, NamesTheFigureWhoseColumnIsNotThere) {
  EXPECT_THAT(Refusal(Surveyed({For("mean(income)")}), ErrorCode::kNotFound),
              AllOf(HasSubstr("mean(income)"), HasSubstr("[[columns]]")));
}

TEST(CheckCatalogue, KeepsTheIdentifierHidden) {
  EXPECT_THAT(Refusal(Surveyed({For("count(person)")})),
              AllOf(HasSubstr("count(person)"), HasSubstr("hidden")));
}

TEST(CheckCatalogue, CountsCategoriesAndNothingElse) {
  EXPECT_EQ(Refusal(Surveyed({For("count(region)")})), "none");
  for (const char* figure : {"mean(region)", "sum(region)", "max(region)"}) {
    EXPECT_THAT(Refusal(Surveyed({For(figure)})),
                AllOf(HasSubstr(figure), HasSubstr("count(region)"), HasSubstr("frequency(region)")));
  }
}

TEST(CheckCatalogue, WantsFiguresThatShowOnePersonsValueTurnedOn) {
  for (const char* figure : {"min(age)", "max(age)", "median(age)", "quantile(age, 0.5)"}) {
    Survey survey = Surveyed({For("count(age)"), For(figure)});
    EXPECT_THAT(Refusal(survey), AllOf(HasSubstr(figure), HasSubstr("allow_rank_statistics")));
    survey.allow_rank_statistics = true;
    EXPECT_EQ(Refusal(survey), "none") << figure;
  }
}

TEST(CheckCatalogue, RefusesWhatDoesNotFitTheColumn) {
  EXPECT_THAT(Refusal(Surveyed({For("gini(balance)")})),
              AllOf(HasSubstr("gini(balance)"), HasSubstr("not negative")));
  EXPECT_THAT(Refusal(Surveyed({For("mean(age, 0.5)")})), HasSubstr("mean(age, 0.5)"));
}

TEST(CheckCatalogue, RefusesASplitWithoutAFittingPartition) {
  Survey survey = Surveyed({For("count(age)"), ByRegion("sum(age)")});
  EXPECT_EQ(Refusal(survey), "none");
  survey.columns[2].may_be_missing = true;
  EXPECT_THAT(Refusal(survey), AllOf(HasSubstr("sum(age)"), HasSubstr("everybody answers")));
  survey = Surveyed({ByRegion("sum(age)")});
  for (const std::size_t column : {3u, 4u}) {
    survey.partition = column;
    EXPECT_THAT(Refusal(survey), AllOf(HasSubstr("sum(age)"), HasSubstr("category")));
  }
  survey.partition.reset();
  EXPECT_THAT(Refusal(survey), AllOf(HasSubstr("sum(age)"), HasSubstr("names no partition")));
}

}  // namespace
}  // namespace mpcstats

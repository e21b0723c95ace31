// Values that are formed from columns, in a catalogue: what they become, what they count for, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/query/catalogue.h"

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

SurveyColumn Amount(const std::string& name, std::int64_t max, bool may_be_missing = false) {
  SurveyColumn column;
  column.name = name;
  column.max_units = max;
  column.may_be_missing = may_be_missing;
  return column;
}

// pay, hours, bonus (with two decimals, may be missing), region.
Survey Paid(const std::vector<std::string>& figures, unsigned group_min = 40) {
  SurveyColumn region;
  region.name = "region";
  region.kind = ColumnKind::kCategory;
  region.categories = {"north", "south"};
  Survey survey;
  survey.columns = {Amount("pay", 100'000), Amount("hours", 80), Amount("bonus", 1'000'000, true), region};
  survey.columns[2].scale = 2;
  survey.partition = 3;
  survey.group_min = group_min;
  for (const std::string& figure : figures) survey.figures.push_back({figure, "", false});
  return survey;
}

std::string Refusal(const Survey& survey, ErrorCode code = ErrorCode::kInvalidArgument) {
  const Status checked = CheckCatalogue(survey);
  if (checked) return "none";
  EXPECT_EQ(checked.error().code(), code);
  EXPECT_EQ(checked.error().message().find('\n'), std::string::npos);
  return checked.error().message();
}

TEST(FormedValue, StandsInThePlanOnceAndNamesAllItsColumns) {
  const Survey survey = Paid({"mean(pay - hours)", "sum(pay)", "sum(pay - hours)",
                              "SELECT mean(pay - hours), mean(hours - 38) FROM data WHERE hours > 20"});
  Survey taken = survey;
  taken.figures.pop_back();
  for (const char* item : {"mean(pay - hours)", "mean(hours - 38)"}) {
    taken.figures.push_back({"SELECT " + std::string(item) + " FROM data WHERE hours > 20", "", false});
  }
  const Result<SurveyPlan> plan = PlanSurvey(taken, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  ASSERT_EQ(plan->values.size(), 2u);
  EXPECT_EQ(plan->values[0].text, "pay - hours");
  EXPECT_THAT(plan->values[0].columns, ElementsAre(0u, 1u));
  EXPECT_EQ(plan->values[1].text, "hours - 38");
  EXPECT_TRUE(plan->values[1].type.is_signed);
  ASSERT_EQ(plan->plans.size(), 2u);
  EXPECT_THAT(plan->plans[0].sources, ElementsAre(PlanSource{{0, 1}, 0}, PlanSource{{0}}));
  EXPECT_THAT(plan->plans[1].sources, ElementsAre(PlanSource{{0, 1}, 0}, PlanSource{{1}, 1}));
  EXPECT_THAT(plan->text, HasSubstr("mean(pay - hours)\nsum(pay)\n"));
}

TEST(FormedValue, OfAColumnTimesOneIsTheColumn) {
  const Result<SurveyPlan> plan =
      PlanSurvey(Paid({"mean(pay * 1)", "sum(pay)", "covariance(1 * hours, pay + 2)", "sum(pay * 0.1)"}), 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  ASSERT_EQ(plan->values.size(), 2u);
  EXPECT_EQ(plan->values[1].type.scale, 1u) << "other decimals are another value";
  EXPECT_THAT(plan->plans[0].sources,
              ElementsAre(PlanSource{{0}}, PlanSource{{1}}, PlanSource{{0}, 0}, PlanSource{{0}, 1}));
}

// In the language such names stand in quotes; in short figures they do not.
TEST(FormedValue, StandsBesideColumnsThatHaveNamesOfTheLanguage) {
  Survey survey =
      Paid({"sum(between)", "covariance(\"between\", hours + 1)", "mean(2 * \"between\" - hours)"});
  survey.columns[0].name = "between";
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  EXPECT_THAT(plan->plans[0].sources,
              ElementsAre(PlanSource{{0}}, PlanSource{{1}, 0}, PlanSource{{0, 1}, 1}));
}

TEST(FormedValue, IsPartOfWhatPartiesAgreeOn) {
  const auto hash = [](const char* figure) { return PlanSurvey(Paid({figure}), 64)->Hash(); };
  EXPECT_NE(hash("mean(pay + hours)"), hash("mean(pay - hours)"));
  EXPECT_NE(hash("mean(pay + hours)"), hash("mean(hours + pay)"));
  EXPECT_EQ(hash("mean(pay + hours)"), hash("mean( pay+hours )"));
}

// 10^6 pay + hours has the sums of both in one number.
TEST(FormedValue, CountsAmongTheNumbersOfEachColumnAsOftenAsItHasColumns) {
  EXPECT_EQ(Refusal(Paid({"mean(1000000 * pay + hours)"}, 4)), "none");
  EXPECT_THAT(Refusal(Paid({"mean(1000000 * pay + hours)"}, 3)),
              AllOf(HasSubstr("open 2 numbers"), HasSubstr("group_min = 3 allows 1"),
                    HasSubstr("write group_min = 4")));
  EXPECT_EQ(Refusal(Paid({"mean(3 * pay - pay)"}, 2)), "none");
  EXPECT_EQ(Refusal(Paid({"variance(pay + hours)"}, 6)), "none");
  EXPECT_THAT(Refusal(Paid({"variance(pay + hours)"}, 5)), HasSubstr("open 3 numbers"));
  EXPECT_THAT(Refusal(Paid({"mean(pay + hours)", "sum(hours)", "count(hours)"}, 7)),
              HasSubstr("of \"hours\" open 4 numbers"));
}

TEST(FormedValue, IsTakenByEveryStatisticThatSaysItsDegree) {
  for (const Statistic* statistic : AllStatistics()) {
    std::string call = std::string(statistic->name) + "(pay + hours";
    for (std::size_t c = 1; c < statistic->columns.min; ++c) call += ", hours";
    for (const Decimal& number : statistic->ExampleNumbers()) call += ", " + FormatDecimal(number);
    Survey survey = Paid({call + ")"}, 200);
    survey.allow_rank_statistics = true;
    if (statistic->degree > 0) {
      EXPECT_EQ(Refusal(survey), "none") << call;
    } else {
      EXPECT_THAT(Refusal(survey, ErrorCode::kUnimplemented),
                  AllOf(HasSubstr(call), HasSubstr("formed from columns"), HasSubstr("mean")))
          << call;
    }
  }
}

// A table's classes are counted by gates, which look at columns; whoever gives tables of values a degree has to see to these.
TEST(FormedValue, IsInNoStatisticThatCountsClasses) {
  for (const Statistic* statistic : AllStatistics()) {
    EXPECT_TRUE(statistic->classes == nullptr || statistic->degree == 0) << statistic->name;
  }
}

std::vector<std::string> ClassesIn(const Survey& survey) {
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  std::vector<std::string> texts;
  if (plan) {
    for (const SurveyClasses& classes : plan->classes) texts.push_back(classes.text);
  }
  return texts;
}

// With the means, covariance(pay, flag) is the sum of the pay of those with a flag.
TEST(NumberOfTwoValues, HasItsSidesCountedByGatesInFiguresOfSeveralColumns) {
  const auto flagged = [](const std::string& figure) {
    Survey survey = Paid({figure}, 1000);
    survey.columns[1].max_units = 1;
    survey.columns.push_back(Amount("half", 25));
    survey.columns.back().min_units = 24;
    survey.columns.back().scale = 1;
    survey.allow_rank_statistics = true;
    return ClassesIn(survey);
  };
  for (const char* figure :
       {"covariance(pay, hours)", "linear_regression(hours, pay)", "weighted_total(pay, hours)",
        "variance(pay + 1000000 * hours)", "median(pay - hours)", "gini(pay + hours)",
        "SELECT spearman(pay, hours) FROM data WHERE bonus IS NOT NULL"}) {
    EXPECT_THAT(flagged(figure), ElementsAre("hours in each of 0 1")) << figure;
  }
  EXPECT_THAT(flagged("correlation(half, hours)"),
              ElementsAre("hours in each of 0 1", "half in each of 2.4 2.5"));
  for (const char* figure : {"mean(hours)", "variance(hours)", "sum(pay + hours)", "mean(12 * pay - hours)",
                             "covariance(hours, hours)", "variance(pay)"}) {
    EXPECT_THAT(flagged(figure), testing::IsEmpty()) << figure;
  }
  EXPECT_THAT(ClassesIn(Paid({"covariance(pay, hours)"})), testing::IsEmpty()) << "81 values";
}

TEST(FormedValue, WantsPeopleWhoAnsweredAllOfItsColumns) {
  EXPECT_THAT(Refusal(Paid({"mean(pay + bonus)"})), HasSubstr("add WHERE bonus IS NOT NULL"));
  EXPECT_EQ(Refusal(Paid({"SELECT mean(pay + bonus) FROM data WHERE bonus IS NOT NULL"})), "none");
  EXPECT_EQ(Refusal(Paid({"SELECT mean(pay + bonus) FROM data WHERE pay + bonus > 3"})), "none");
  EXPECT_EQ(Refusal(Paid({"mean(bonus * 12)"})), "none") << "one column, whose people the gates count";
  EXPECT_EQ(Refusal(Paid({"mean(bonus + bonus)"})), "none");
}

TEST(FormedValue, StaysWithinEighteenDigits) {
  EXPECT_THAT(Refusal(Paid({"mean(pay * 100000000000000)"})), HasSubstr("more than 18 digits"));
}

TEST(FormedValue, HasNoColumnTimesZero) {
  EXPECT_THAT(Refusal(Paid({"mean(pay + 0 * hours)"})), HasSubstr("times 0"));
}

TEST(FormedValue, ShowsOnePersonsValueOnlyWhereThatIsTurnedOn) {
  Survey survey = Paid({"median(pay + hours)"});
  EXPECT_THAT(Refusal(survey), HasSubstr("shows one person's exact value"));
  survey.allow_rank_statistics = true;
  EXPECT_EQ(Refusal(survey), "none");
}

}  // namespace
}  // namespace mpcstats

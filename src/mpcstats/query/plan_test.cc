#include "mpcstats/query/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr ColumnType kAge{.bits = 7};
constexpr ColumnType kBalance{.bits = 40, .is_signed = true, .scale = 2};

std::vector<ColumnInfo> Columns() {
  return {{"age", kAge}, {"balance", kBalance}, {"net income", {.bits = 60}}};
}

Plan MustPlan(const std::vector<std::string>& expressions, std::size_t rows = 100) {
  Result<Plan> plan = MakePlan(expressions, Columns(), rows);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return plan ? *plan : Plan();
}

std::string Refusal(const std::string& expression, ErrorCode code = ErrorCode::kInvalidArgument,
                    std::size_t rows = 100) {
  const Result<Plan> plan = MakePlan({expression}, Columns(), rows);
  EXPECT_FALSE(plan.has_value()) << "accepted: " << expression;
  if (plan) return {};
  EXPECT_EQ(plan.error().code(), code);
  EXPECT_EQ(plan.error().message().find('\n'), std::string::npos);
  return plan.error().message();
}

TEST(MakePlan, PointsEachItemAtItsStatisticAndColumn) {
  const Plan plan = MustPlan({"mean(balance)", "quantile(age, 0.25)"});
  ASSERT_EQ(plan.items.size(), 2u);
  EXPECT_EQ(plan.items[0].statistic->name, "mean");
  EXPECT_THAT(plan.items[0].columns, ElementsAre(1u));
  EXPECT_EQ(plan.items[1].statistic->name, "quantile");
  EXPECT_THAT(plan.items[1].columns, ElementsAre(0u));
  EXPECT_THAT(plan.items[1].numbers, ElementsAre(Decimal{25, 2}));
}

TEST(MakePlan, JoinsTheNeedsOfAllStatisticsOfAColumn) {
  const Plan plan = MustPlan({"mean(age)", "gini(age)", "count(balance)"});
  EXPECT_EQ(plan.needs[0], kField | kSorted | kSortedField);
  EXPECT_EQ(plan.needs[1], 0u);
}

TEST(MakePlan, TakesLimbsWhereTheSecondMomentDoesNotFitTheField) {
  EXPECT_EQ(MustPlan({"variance(age)"}).needs[0], unsigned{kField});
  EXPECT_EQ(MustPlan({"variance(\"net income\")"}).needs[2], unsigned{kLimbs});
}

TEST(MakePlan, AcceptsTheEndsOfTheRangeOfQuantile) {
  for (const char* q : {"0", "1", "0.000001", "0.999999", "1.000000", "-0"}) {
    EXPECT_EQ(MustPlan({std::string("quantile(age, ") + q + ")"}).items.size(), 1u);
  }
}

TEST(MakePlan, RefusesAnUnknownStatisticAndListsThoseThatExist) {
  EXPECT_THAT(Refusal("modus(age)"), AllOf(HasSubstr("no statistic modus"), HasSubstr("correlation, "),
                                           HasSubstr("count, covariance"), HasSubstr("variance")));
  EXPECT_THAT(Refusal("modus(age)"), Not(HasSubstr("did you mean")));
}

TEST(MakePlan, NamesOurWordForThatOfOtherPrograms) {
  EXPECT_THAT(Refusal("avg(age)"),
              HasSubstr("no statistic avg (in avg(age)), did you mean mean? choose one of"));
  EXPECT_THAT(Refusal("STDDEV_POP(age)"), HasSubstr("did you mean pstdev?"));
}

TEST(MakePlan, TakesTheNamesOfStatisticsInAnyCase) {
  EXPECT_EQ(MustPlan({"Mean(age)", "COUNT(age)"}).items[1].expression.text, "count(age)");
}

TEST(MakePlan, RefusesAnUnknownColumn) {
  EXPECT_THAT(Refusal("mean(income)", ErrorCode::kNotFound),
              HasSubstr("mean(income): there is no column income"));
}

TEST(MakePlan, JoinsTheStatisticsOfTheSameColumnsWhateverTheirOrder) {
  const Plan plan = MustPlan({"covariance(age, balance)", "covariance(balance, age)", "covariance(age, age)",
                              "covariance(\"net income\", age)"});
  ASSERT_EQ(plan.joints.size(), 2u);
  EXPECT_THAT(plan.joints[0].columns, ElementsAre(0u, 1u));
  EXPECT_THAT(plan.joints[1].columns, ElementsAre(0u, 2u));
  EXPECT_EQ(plan.items[1].joint, 0u);
  EXPECT_THAT(plan.items[1].columns, ElementsAre(1u, 0u));
  EXPECT_FALSE(plan.items[2].joint.has_value()) << "a column joined with itself is the column";
  EXPECT_THAT(plan.counted, ElementsAre(1, 0, 0)) << "only age is counted alone";
}

TEST(MakePlan, RefusesAnotherNumberOfColumns) {
  EXPECT_THAT(Refusal("covariance(age)"), HasSubstr("takes two columns; write covariance(age, column_2)"));
  EXPECT_THAT(Refusal("covariance(age, balance, age)"),
              HasSubstr("takes two columns; write covariance(age, balance)"));
  EXPECT_THAT(Refusal("mean(age, balance)"), HasSubstr("takes one column; write mean(age)"));
  EXPECT_THAT(Refusal("covariance(age, income)", ErrorCode::kNotFound), HasSubstr("no column income"));
}

TEST(MakePlan, RefusesANumberWhereNoneIsTaken) {
  EXPECT_THAT(Refusal("median(\"net income\", 0.5)"),
              HasSubstr("takes no number; write median(\"net income\")"));
}

TEST(MakePlan, RefusesAMissingNumber) {
  EXPECT_THAT(Refusal("quantile(age)"), HasSubstr("needs a number from 0 to 1; write quantile(age, 0.5)"));
}

TEST(MakePlan, RefusesANumberOutsideTheRange) {
  for (const char* q : {"1.000001", "-0.1", "2", "90"}) {
    EXPECT_THAT(Refusal(std::string("quantile(age, ") + q + ")"),
                HasSubstr("the number must be from 0 to 1"));
  }
}

TEST(MakePlan, RefusesASeventhDecimal) {
  EXPECT_THAT(Refusal("quantile(age, 0.1234567)"), HasSubstr("at most 6 decimals"));
}

TEST(MakePlan, RefusesGiniOfAColumnWithNegativeNumbers) {
  EXPECT_THAT(Refusal("gini(balance)"),
              AllOf(HasSubstr("gini(balance)"), HasSubstr("without negative numbers")));
}

TEST(MakePlan, RefusesMomentsOfOneRow) {
  for (const char* expression : {"variance(age)", "stdev(age)"}) {
    EXPECT_THAT(Refusal(expression, ErrorCode::kInvalidArgument, 1),
                AllOf(HasSubstr("needs at least two rows and the table has 1"), HasSubstr("add rows")));
  }
}

TEST(MakePlan, RefusesAnExpressionThatDoesNotParse) {
  EXPECT_THAT(Refusal("mean("), HasSubstr("at character 6"));
}

TEST(MakePlan, RefusesMoreExpressionsThanAPartyAccepts) {
  std::vector<std::string> many(kMaxExpressions, "sum(age)");
  EXPECT_TRUE(MakePlan(many, Columns(), 5).has_value());
  many.push_back("sum(age)");
  EXPECT_FALSE(MakePlan(many, Columns(), 5).has_value());
  const auto columns = ColumnsOf(many);
  ASSERT_FALSE(columns.has_value());
  EXPECT_THAT(columns.error().message(), HasSubstr("1024 are the most"));
}

TEST(MakePlan, HashesEverythingThatDecidesTheRun) {
  const std::vector<std::string> expressions = {"mean(age)"};
  std::set<Bytes32> hashes;
  hashes.insert(MustPlan(expressions).Hash());
  hashes.insert(MustPlan(expressions, 101).Hash());
  hashes.insert(MustPlan({"sum(age)"}).Hash());
  hashes.insert(MustPlan({"mean(balance)"}).Hash());
  hashes.insert(MustPlan({"mean(age)", "mean(age)"}).Hash());
  hashes.insert(MustPlan({"quantile(age, 0.5)"}).Hash());
  hashes.insert(MustPlan({"quantile(age, 0.6)"}).Hash());
  hashes.insert(MustPlan({"covariance(age, balance)"}).Hash());
  hashes.insert(MustPlan({"covariance(balance, age)"}).Hash());
  std::vector<ColumnInfo> columns = Columns();
  for (const ColumnType type :
       {ColumnType{.bits = 8}, ColumnType{.bits = 7, .is_signed = true}, ColumnType{.bits = 7, .scale = 1}}) {
    columns[0].type = type;
    hashes.insert(MakePlan(expressions, columns, 100)->Hash());
  }
  EXPECT_EQ(hashes.size(), 12u);
  EXPECT_EQ(MustPlan(expressions).Hash(), MustPlan({" mean ( age ) "}).Hash());
}

TEST(MakePlan, EstimatesMoreGatesForMoreRows) {
  for (const Statistic* statistic : AllStatistics()) {
    const std::vector<std::string> names(statistic->columns.min, "age");
    const std::string call = ExpressionText(statistic->name, names, statistic->ExampleNumbers());
    EXPECT_LT(MustPlan({call}, 100).EstimatedGates(), MustPlan({call}, 4000).EstimatedGates()) << call;
  }
}

TEST(ColumnsOf, NamesEachColumnOnceInOrderOfAppearance) {
  const auto columns = ColumnsOf({"mean(b)", "max(a)", "min(b)", "sum(\"c d\")"});
  ASSERT_TRUE(columns.has_value());
  EXPECT_THAT(*columns, ElementsAre("b", "a", "c d"));
}

TEST(ColumnsOf, RefusesBeforeAnyTableIsRead) {
  for (const std::string text : {"modus(x)", "mean(", "quantile(x)", "quantile(x, 2)", "sum(x, 1)"}) {
    const auto columns = ColumnsOf({"mean(x)", text});
    ASSERT_FALSE(columns.has_value()) << text;
    EXPECT_EQ(columns.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(ColumnsOf, RefusesAnEmptyList) {
  const auto columns = ColumnsOf({});
  ASSERT_FALSE(columns.has_value());
  EXPECT_THAT(columns.error().message(), HasSubstr("nothing to compute; add an expression"));
}

TEST(MakePlan, RefusesMoreRowsThanIndicesAreMadeFor) {
  EXPECT_EQ(MustPlan({"count(age)"}, kMaxRows).rows, kMaxRows);
  EXPECT_THAT(Refusal("count(age)", ErrorCode::kInvalidArgument, kMaxRows + 1), HasSubstr("split it"));
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/query/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/engine/testing.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/query_testing.h"

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<ColumnInfo> Columns() {
  return {{"x", {.bits = 12, .is_signed = true, .scale = 2}, ColumnContent::kNumber, {}, false},
          {"t", {.bits = 2}, ColumnContent::kCategory, {"a", "b", "c"}, true}};
}

QueryPlan MustPlan(const std::string& text, std::size_t rows) {
  const Result<QueryPlan> plan = PlanQueryText(text, Columns(), rows);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return plan ? *plan : QueryPlan();
}

CostEstimate MustEstimate(const QueryPlan& plan) {
  const Result<CostEstimate> cost = EstimateCost(plan);
  EXPECT_TRUE(cost.has_value()) << cost.error().message();
  return cost ? *cost : CostEstimate();
}

TEST(EstimateCost, CountsADryRunOfTheSameSize) {
  const QueryPlan plan =
      MustPlan("SELECT mean(x), count(*) FROM data WHERE x > 1 AND t <> 'b' GROUP BY t", 200);
  const CostEstimate cost = MustEstimate(plan);
  EXPECT_TRUE(cost.counted);
  EXPECT_EQ(cost.multiplications, 0u);
  EXPECT_GT(cost.and_gates, 200u * 4 * 2 * 12);
  EXPECT_GT(cost.rounds, 10u);
  EXPECT_GT(cost.bytes_sent, cost.and_gates / 8);
  const CostEstimate again = MustEstimate(plan);
  EXPECT_EQ(again.and_gates, cost.and_gates);
  EXPECT_EQ(again.bytes_sent, cost.bytes_sent);
}

// Two columns with empty cells, and groups: what the estimate assumes must not be what no run is like.
TEST(EstimateCost, IsNearTheRunForEveryStatisticFilteredAndInGroups) {
  std::mt19937_64 rng(7);
  Table table;
  table.rows = 80;
  table.columns = {{"x", {.bits = 10}, {}, {}}, {"y", {.bits = 2}, {}, {}}, {"t", {.bits = 2}, {}, {}}};
  table.readings = {{}, {}, {ColumnContent::kCategory, {"a", "b", "c"}}};
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (NumericColumn& column : table.columns) {
      column.valid.push_back(column.name != "t" && rng() % 8 == 0 ? 0 : 1);
      const auto units = static_cast<std::int64_t>(rng() % (column.type.bits == 10 ? 1000 : 3));
      column.units.push_back(column.valid.back() != 0 ? units : 0);
    }
  }
  const std::string_view forms[] = {"", " WHERE y < 2", " GROUP BY t"};
  std::size_t turn = 0;
  for (const Statistic* statistic : AllStatistics()) {
    std::string call = std::string(statistic->name) + "(x";
    for (std::size_t c = 1; c < statistic->columns.min; ++c) call += c == 1 ? ", y" : ", x * y";
    for (const Decimal& number : statistic->ExampleNumbers()) call += ", " + FormatDecimal(number);
    for (const std::string_view form : forms) {
      // Each in one form, and the sanitizers' run takes a few.
      if (++turn % (ScaledTrials(100) < 100 ? 13 : 4) != 0) continue;
      const std::string text = "SELECT " + call + ") FROM data" + std::string(form);
      SCOPED_TRACE(text);
      const Result<QueryPlan> plan = PlanQueryText(text, InfoOf(table), table.rows);
      ASSERT_TRUE(plan.has_value()) << plan.error().message();
      const CostEstimate estimate = MustEstimate(*plan);
      const Cost cost = RunQuery(*plan, table).result.cost[0];
      const auto expect_near = [](double got, double want, double slack) {
        EXPECT_LE(got, 1.6 * want + slack);
        EXPECT_GE(1.6 * got + slack, want);
      };
      expect_near(static_cast<double>(estimate.and_gates), static_cast<double>(cost.and_gates), 1000);
      expect_near(static_cast<double>(estimate.multiplications), static_cast<double>(cost.multiplications),
                  200);
      expect_near(static_cast<double>(estimate.rounds), static_cast<double>(cost.rounds), 20);
      expect_near(static_cast<double>(estimate.bytes_sent), static_cast<double>(cost.bytes_sent), 2000);
    }
  }
}

TEST(EstimateCost, DrawsOnFromSmallerTablesToWithinAFifth) {
  const std::string query = "SELECT sum(x), count(*) FROM data WHERE x > 1 GROUP BY t";
  const CostEstimate small = MustEstimate(MustPlan(query, 10'000));
  const CostEstimate large = MustEstimate(MustPlan(query, 1'000'000));
  EXPECT_FALSE(large.counted);
  // Both kinds of circuits, of little depth and of few gates, cost about the same a row in this query.
  const double ratio = static_cast<double>(large.and_gates) / static_cast<double>(small.and_gates);
  EXPECT_GT(ratio, 75);
  EXPECT_LT(ratio, 110);
  EXPECT_LT(large.rounds, 40 * small.rounds);
  EXPECT_GT(large.memory_bytes, small.memory_bytes);
}

TEST(EstimateCost, OfLittleMoreRowsThanADryRunTakesIsLittleMore) {
  const std::string query = "SELECT sum(x), count(*) FROM data WHERE x > 1 GROUP BY t";
  const CostEstimate counted = MustEstimate(MustPlan(query, 16'000));
  const CostEstimate drawn = MustEstimate(MustPlan(query, 20'000));
  EXPECT_TRUE(counted.counted);
  EXPECT_FALSE(drawn.counted);
  EXPECT_GT(drawn.and_gates, counted.and_gates);
  EXPECT_LT(drawn.and_gates, 2 * counted.and_gates);
  EXPECT_LT(drawn.bytes_sent, 2 * counted.bytes_sent);
}

TEST(EstimateCost, OfGroupsFromShuffledRowsCountsTheRowsOfEachGroup) {
  const std::vector<ColumnInfo> columns = {{"w", {.bits = 60}, ColumnContent::kNumber, {}, true},
                                           {"x", {.bits = 12}, ColumnContent::kNumber, {}, false}};
  const std::size_t rows = std::size_t{1} << 17;
  // Three groups, whose numbers 1, 2 and 3 add up to none.
  const Result<QueryPlan> plan =
      PlanQueryText("SELECT sum(w), count(*) FROM data GROUP BY bucket(x, 0, 1)", columns, rows);
  ASSERT_TRUE(plan.has_value());
  const CostEstimate cost = MustEstimate(*plan);
  EXPECT_GT(cost.multiplications, rows - 1);  // tags: there is a shuffle
  // The bits of w are masked and counted once, not for each group.
  EXPECT_GT(cost.and_gates, rows * 2 * 60);
  EXPECT_LT(cost.and_gates, rows * 3 * 60);
  EXPECT_LT(static_cast<double>(plan->EstimatedGates()), 1.3 * static_cast<double>(cost.and_gates));
  EXPECT_GT(static_cast<double>(plan->EstimatedGates()), 0.7 * static_cast<double>(cost.and_gates));
}

TEST(ExplainText, SaysWhatEachFigureOpens) {
  const QueryPlan plan = MustPlan("SELECT sum(x), mean(x * 2), max(x) FROM data WHERE x > 1 GROUP BY t", 50);
  const std::string text = ExplainText(plan, MustEstimate(plan));
  EXPECT_THAT(text, AllOf(HasSubstr("sum(x); opens sum in each group"),
                          HasSubstr("mean(x * 2); opens n, sum in each"),
                          HasSubstr("max(x); opens n, max in each group")));
  EXPECT_THAT(text, AllOf(HasSubstr("by t: 4 groups"), HasSubstr("as secret bits"),
                          HasSubstr("t (3 texts, public, some"), HasSubstr("x (signed 12-bit, scale 2)"),
                          HasSubstr("AND gates")));
}

TEST(ExplainText, OfAnUnfilteredQueryHasNoFilterAndNoGroups) {
  const QueryPlan plan = MustPlan("SELECT sum(x) FROM data", 50);
  const std::string text = ExplainText(plan, MustEstimate(plan));
  EXPECT_THAT(text,
              AllOf(HasSubstr("sum(x); opens n, sum\n"), Not(HasSubstr("WHERE")), Not(HasSubstr("group"))));
}

}  // namespace
}  // namespace mpcstats

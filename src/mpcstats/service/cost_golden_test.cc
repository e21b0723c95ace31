// What every operator and statistic costs, against tests/golden/costs.json. A change of that file is reviewed as a change
// of the protocol; MPCSTATS_UPDATE_GOLDEN=1 writes it anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/service/bench_operation.h"
#include "mpcstats/service/testing.h"

namespace mpcstats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kSeed = 1;
constexpr std::uint64_t kOtherSeed = 2;
constexpr const char* kHowToUpdate =
    "to accept the new costs: MPCSTATS_UPDATE_GOLDEN=1 service_test --gtest_filter='CostGolden.*'";

std::string GoldenPath() { return std::string(MPCSTATS_SOURCE_DIR) + "/tests/golden/costs.json"; }

struct Case {
  std::string operation;
  std::size_t rows;
  unsigned bits;

  [[nodiscard]] std::string Name() const {
    return operation + " rows=" + std::to_string(rows) + " bits=" + std::to_string(bits);
  }
};

std::vector<std::string> Operations() {
  std::vector<std::string> names = {"and", "less_than", "multiply", "dot", "b2a", "shuffle", "sort"};
  for (const Statistic* statistic : AllStatistics()) names.emplace_back(statistic->name);
  return names;
}

/// A statistic refuses what does not fit.
bool Fits(const Case& one) {
  if (IsBenchOperator(one.operation)) return true;
  const BenchCall call = BenchCallOf(one.operation, one.bits);
  std::vector<ColumnInfo> columns;
  for (std::size_t c = 0; c < call.columns.size(); ++c) {
    columns.push_back({call.columns[c], ColumnType{.bits = call.bits[c]}});
  }
  return MakePlan({call.text}, std::move(columns), one.rows).has_value();
}

/// What differs in the code: bits packed below 64 rows, sorts up to 4,096 rows and counts beyond, circuits of little depth up
/// to 2^14 rows and of few gates beyond; and moments by limbs for wide columns.
std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const std::string& operation : Operations()) {
    for (const std::size_t rows : {50u, 1000u}) {
      for (const unsigned bits : {20u, 32u, 60u}) cases.push_back({operation, rows, bits});
    }
    cases.push_back({operation, 5000, 20});
    const Statistic* statistic = FindStatistic(operation);
    // Whatever has several columns is made of operators that are here at this size.
    if (statistic == nullptr) cases.push_back({operation, 70'000, 32});
    if (statistic != nullptr && statistic->compute != nullptr) cases.push_back({operation, 17'000, 32});
  }
  std::erase_if(cases, [](const Case& one) { return !Fits(one); });
  return cases;
}

/// The sanitizers' run takes the small ones.
bool LeftOut(const Case& one) {
  const bool small = one.rows == 50 || (one.rows == 1000 && IsBenchOperator(one.operation));
  return Shrunk() && !(small && one.bits == 20);
}

PlanRun RunCase(const Case& one, std::uint64_t seed) {
  SimulationOptions options;
  options.seed = seed;
  if (IsBenchOperator(one.operation)) {
    std::vector<NumericColumn> table = {UniformColumn("x", one.rows, one.bits, 2 * seed)};
    table.push_back(UniformColumn("y", one.rows, one.bits, 2 * seed + 1));
    PlanRun run = RunOperator(one.operation, table, options);
    EXPECT_EQ(run.digest, PlainBenchDigest(one.operation, table)) << one.Name() << " is wrong";
    return run;
  }
  const BenchCall call = BenchCallOf(one.operation, one.bits);
  std::vector<NumericColumn> table;
  for (std::size_t c = 0; c < call.columns.size(); ++c) {
    table.push_back(UniformColumn(call.columns[c], one.rows, call.bits[c], 2 * seed + c));
  }
  const Result<Plan> plan = PlanFor({call.text}, table);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return RunPlan(*plan, table, options);
}

Json CostsOf(const std::array<Cost, 3>& cost) {
  return {{"rounds", {cost[0].rounds, cost[1].rounds, cost[2].rounds}},
          {"and_gates", cost[0].and_gates},
          {"multiplications", cost[0].multiplications},
          {"bytes_sent", {cost[0].bytes_sent, cost[1].bytes_sent, cost[2].bytes_sent}}};
}

void ExpectSameWork(const std::array<Cost, 3>& cost) {
  for (unsigned party = 1; party < 3; ++party) {
    EXPECT_EQ(cost[party].and_gates, cost[0].and_gates);
    EXPECT_EQ(cost[party].multiplications, cost[0].multiplications);
  }
}

/// One line a case, so that a change reads well in a review.
std::string TextOf(const Json& costs) {
  std::string text = "{\n";
  for (auto entry = costs.begin(); entry != costs.end(); ++entry) {
    text += Json(entry.key()).dump() + ": " + entry.value().dump() +
            (std::next(entry) == costs.end() ? "\n" : ",\n");
  }
  return text + "}\n";
}

Json ReadGolden() {
  std::ifstream in(GoldenPath());
  return in ? Json::parse(in) : Json::object();
}

bool Updating() { return std::getenv("MPCSTATS_UPDATE_GOLDEN") != nullptr; }

TEST(CostGolden, EveryOperatorAndStatisticCostsWhatTheFileSays) {
  const Json golden = ReadGolden();
  Json fresh = Json::object();
  std::string differences;
  for (const Case& one : Cases()) {
    SCOPED_TRACE(one.Name());
    if (LeftOut(one)) continue;
    const PlanRun run = RunCase(one, kSeed);
    ASSERT_EQ(run.ErrorText(), "");
    ExpectSameWork(run.cost);
    ExpectSameWork(run.preparation);
    const Json now = {{"run", CostsOf(run.cost)}, {"preparation", CostsOf(run.preparation)}};
    fresh[one.Name()] = now;
    const Json then = golden.value(one.Name(), Json());
    if (then != now) differences += one.Name() + "\n  file " + then.dump() + "\n  now  " + now.dump() + "\n";
  }
  if (!Shrunk())
    EXPECT_EQ(Updating() ? fresh.size() : golden.size(), fresh.size()) << "the file has other cases";
  if (Updating()) {
    ASSERT_FALSE(Shrunk()) << "unset MPCSTATS_TEST_SCALE: the file holds all sizes";
    std::ofstream(GoldenPath()) << TextOf(fresh);
    return;
  }
  EXPECT_TRUE(differences.empty()) << differences << kHowToUpdate;
}

bool Sorts(const Case& one) {
  if (one.operation == "sort") return true;
  const Statistic* statistic = FindStatistic(one.operation);
  if (statistic == nullptr) return false;
  const std::vector<ColumnType> types(statistic->columns.min, ColumnType{.bits = one.bits});
  const std::vector<Decimal> numbers = statistic->ExampleNumbers();
  return (statistic->NeedsOf({types, one.rows, numbers}, 0) & kSorted) != 0;
}

// Whoever watches the network learns the query and the size of the table from the traffic, and nothing else. The file has the
// costs of the first seed and its data, to which the test above holds them.
TEST(CostGolden, WithoutASortTheTrafficDoesNotDependOnTheDataOrTheSeed) {
  const Json golden = ReadGolden();
  std::size_t checked = 0;
  for (const Case& one : Cases()) {
    if (Sorts(one) || one.rows > 5000 || LeftOut(one)) continue;
    SCOPED_TRACE(one.Name());
    const PlanRun other = RunCase(one, kOtherSeed);
    ASSERT_EQ(other.ErrorText(), "");
    // A statistic may sort on its own, beside what it needs.
    const std::vector<std::string>& opened = other.result.disclosures[0];
    if (std::ranges::find(opened, "sort comparisons") != opened.end()) continue;
    const Json costs = {{"run", CostsOf(other.cost)}, {"preparation", CostsOf(other.preparation)}};
    EXPECT_EQ(costs, golden.value(one.Name(), Json()));
    ++checked;
  }
  EXPECT_GE(checked, 30u);
}

/// The comparisons of a sort depend on the random permutation before it: so may its costs, but not the data's order.
TEST(CostGolden, TheCostOfASortDependsOnThePermutationAlone) {
  NumericColumn ascending = UniformColumn("x", 500, 20, 1);
  NumericColumn constant = ascending;
  for (std::size_t row = 0; row < 500; ++row) {
    ascending.units[row] = static_cast<std::int64_t>(row);
    constant.units[row] = 7;
  }
  const Result<Plan> plan = PlanFor({"median(x)"}, {ascending});
  ASSERT_TRUE(plan.has_value());
  // With ties broken by position, both are sorted already: one seed, one permutation, one sequence of comparisons.
  const PlanRun run = RunPlan(*plan, {ascending});
  const PlanRun other = RunPlan(*plan, {constant});
  ASSERT_EQ(run.ErrorText() + other.ErrorText(), "");
  EXPECT_EQ(run.cost, other.cost);
}

// The progress bar.
TEST(CostGolden, EstimatedGatesOfStatisticsAreNearTheCosts) {
  const Json golden = ReadGolden();
  for (const Case& one : Cases()) {
    if (IsBenchOperator(one.operation) || one.rows < 1000) continue;
    // The groups and cells of these are empty in random columns, so that they stop before their work.
    const auto stops = {"mann_whitney", "welch_t", "welch_interval", "chi_squared"};
    if (std::ranges::find(stops, one.operation) != stops.end()) continue;
    const BenchCall call = BenchCallOf(one.operation, one.bits);
    std::vector<ColumnInfo> columns;
    for (std::size_t c = 0; c < call.columns.size(); ++c)
      columns.push_back({call.columns[c], ColumnType{.bits = call.bits[c]}});
    const Result<Plan> plan = MakePlan({call.text}, std::move(columns), one.rows);
    ASSERT_TRUE(plan.has_value()) << one.Name();
    double gates = 0;
    for (const char* part : {"preparation", "run"})
      gates += golden.at(one.Name()).at(part).at("and_gates").get<double>();
    const double ratio = static_cast<double>(plan->EstimatedGates()) / gates;
    EXPECT_GT(ratio, 0.6) << one.Name();
    EXPECT_LT(ratio, 1.5) << one.Name();
  }
}

}  // namespace
}  // namespace mpcstats

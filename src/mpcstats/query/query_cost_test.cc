// What a few queries cost, against tests/golden/query_costs.json. A change of that file is reviewed as a change of the
// protocol; MPCSTATS_UPDATE_GOLDEN=1 writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "mpcstats/query/query_testing.h"

namespace mpcstats {
namespace {

using Json = nlohmann::ordered_json;

// x: 20 bits; y: 8 bits with a sign; g: one of eight texts; z: 12 bits, missing at times.
Table CostTable(std::size_t rows, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  Table table;
  table.rows = rows;
  table.columns.resize(4);
  table.readings.resize(4);
  static constexpr const char* kNames[] = {"x", "y", "g", "z"};
  static constexpr ColumnType kTypes[] = {
      {.bits = 20}, {.bits = 9, .is_signed = true}, {.bits = 3}, {.bits = 12}};
  for (std::size_t c = 0; c < 4; ++c) {
    NumericColumn& column = table.columns[c];
    column.name = kNames[c];
    column.type = kTypes[c];
    for (std::size_t r = 0; r < rows; ++r) {
      const auto magnitude =
          static_cast<std::int64_t>(rng() & ((std::uint64_t{1} << column.type.MagnitudeBits()) - 1));
      column.units.push_back(column.type.is_signed && (rng() & 1) != 0 ? -magnitude : magnitude);
      column.valid.push_back(1);
    }
  }
  table.columns[3].valid[rows / 2] = 0;
  table.columns[3].units[rows / 2] = 0;
  table.readings[2] = {ColumnContent::kCategory, {"a", "b", "c", "d", "e", "f", "g", "h"}};
  return table;
}

struct Case {
  const char* query;
  std::size_t rows;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"SELECT sum(x) FROM data WHERE y > 3", 1000},
      {"SELECT sum(x) FROM data WHERE y > 3", 20'000},
      {"SELECT mean(z), count(*) FROM data WHERE x BETWEEN 100 AND 5000 AND g IN ('a', 'b') OR z IS NULL",
       1000},
      {"SELECT mean(x * y + 2.5 * z) FROM data", 1000},
      {"SELECT mean(x), count(*) FROM data WHERE y < 92 GROUP BY g", 1000},
      {"SELECT mean(x), count(*) FROM data WHERE y < 92 GROUP BY g", 20'000},
      {"SELECT sum(x), sum(z) FROM data GROUP BY bucket(y, -10, 0, 10)", 1000},
      {"SELECT variance(x) FROM data WHERE y < 92 GROUP BY g", 1000},
  };
  return cases;
}

QueryRun RunCase(const Case& one, std::uint64_t seed) {
  const Table table = CostTable(one.rows, seed);
  const Result<QueryPlan> plan = PlanQueryText(one.query, InfoOf(table), one.rows);
  EXPECT_TRUE(plan.has_value()) << one.query << ": " << plan.error().message();
  SimulationOptions options;
  options.seed = seed;
  return RunQuery(*plan, table, options);
}

Json CostsOf(const SimulationResult& result) {
  Json rounds = Json::array(), bytes = Json::array();
  for (const Cost& cost : result.cost) {
    rounds.push_back(cost.rounds);
    bytes.push_back(cost.bytes_sent);
  }
  return {{"rounds", rounds},
          {"and_gates", result.cost[0].and_gates},
          {"multiplications", result.cost[0].multiplications},
          {"bytes_sent", bytes}};
}

TEST(QueryCost, IsWhatTheFileSaysAndDoesNotDependOnTheData) {
  const std::string path = std::string(MPCSTATS_SOURCE_DIR) + "/tests/golden/query_costs.json";
  std::ifstream in(path);
  const Json golden = in ? Json::parse(in) : Json::object();
  Json fresh = Json::object();
  std::string text = "{\n";
  for (const Case& one : Cases()) {
    const std::string name = std::string(one.query) + " rows=" + std::to_string(one.rows);
    SCOPED_TRACE(name);
    const QueryRun run = RunCase(one, 1);
    ASSERT_TRUE(run.result.ok());
    EXPECT_EQ(run.result.cost, RunCase(one, 2).result.cost);
    fresh[name] = CostsOf(run.result);
    text += (fresh.size() == 1 ? "" : ",\n") + Json(name).dump() + ": " + fresh[name].dump();
  }
  if (std::getenv("MPCSTATS_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text << "\n}\n";
    return;
  }
  EXPECT_EQ(fresh, golden) << "to accept: MPCSTATS_UPDATE_GOLDEN=1 query_test --gtest_filter='QueryCost.*'";
}

}  // namespace
}  // namespace mpcstats

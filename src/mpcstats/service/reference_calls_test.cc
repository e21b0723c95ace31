// Calls of several columns, numbers or values through three simulated parties, against tests/data/statistics/calls.json
// (docs/reference-values.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/service/testing.h"
#include "mpcstats/table/table.h"

namespace mpcstats {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path DataFolder() { return fs::path(MPCSTATS_SOURCE_DIR) / "tests" / "data" / "statistics"; }

Json ReadJson(const fs::path& path) {
  std::ifstream in(path);
  return Json::parse(in);
}

/// The long run (scripts/long-run.sh reference): every call goes through the three parties.
bool Everything() { return std::getenv("MPCSTATS_ALL_REFERENCE_CALLS") != nullptr; }

void ComparePart(const Figure& got, const Json& want) {
  EXPECT_EQ(got.name, want.value("name", ""));
  if (!want.contains("double")) {
    EXPECT_NE(got.undefined, "") << "R has no value";
    return;
  }
  EXPECT_EQ(got.undefined, "");
  const auto value = want.at("double").get<double>();
  // The last two roundings to doubles, and R's own error where the value is R's.
  const double slack = want.contains("source") ? 1e-9 * std::abs(value) : std::abs(value) * 0x1p-52;
  EXPECT_LE(std::abs(got.value - value), got.error_bound + slack) << got.value << " and " << value;
  EXPECT_LE(got.error_bound, std::max(0x1p-20, std::abs(value) * 0x1p-17)) << "a bound that says nothing";
  if (!got.exact_text.empty()) {
    ASSERT_TRUE(want.contains("exact"));
    const auto exact = want.at("exact").get<std::string>();
    const std::size_t slash = exact.find('/');
    if (slash == std::string::npos) EXPECT_EQ(got.exact_text, exact);
  }
}

void CompareCall(const Figure& got, const Json& want) {
  SCOPED_TRACE(want.at("expr").get<std::string>());
  if (want.contains("reason")) {
    EXPECT_EQ(got.undefined, want.at("reason").get<std::string>());
    EXPECT_TRUE(got.parts.empty());
    return;
  }
  const Json& parts = want.at("parts");
  if (got.parts.empty()) {
    ASSERT_EQ(parts.size(), 1u) << got.undefined;
    ComparePart(got, parts[0]);
    return;
  }
  ASSERT_EQ(got.parts.size(), parts.size());
  for (std::size_t p = 0; p < parts.size(); ++p) ComparePart(got.parts[p], parts[p]);
}

/// What a refusal before the run may say.
bool IsRefusal(const std::string& message) {
  for (const char* why : {"not negative", "does not fit", "needs at least two rows"}) {
    if (message.find(why) != std::string::npos) return true;
  }
  return false;
}

struct TableCalls {
  std::vector<NumericColumn> table;
  std::vector<std::string> expressions;
  std::vector<const Json*> wanted;
};

TableCalls Allowed(const fs::path& path, const std::vector<const Json*>& calls) {
  TableCalls out;
  std::vector<std::string> all;
  for (const Json* call : calls) all.push_back(call->at("expr").get<std::string>());
  const auto columns = ColumnsOf(all);
  EXPECT_TRUE(columns.has_value()) << columns.error().message();
  auto table = ReadTableFile(path, *columns, CsvOptions());
  EXPECT_TRUE(table.has_value()) << table.error().message();
  out.table = std::move(table->columns);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Result<Plan> plan = PlanFor({all[i]}, out.table);
    if (plan) {
      out.expressions.push_back(all[i]);
      out.wanted.push_back(calls[i]);
    } else {
      EXPECT_TRUE(IsRefusal(plan.error().message())) << plan.error().message();
    }
  }
  return out;
}

std::string StatisticOf(const Json& call) {
  const auto expression = call.at("expr").get<std::string>();
  return expression.substr(0, expression.find('('));
}

/// Of each statistic one call, another one in each table; in the long run all of them; in the sanitizers' run of each
/// statistic one call in all, on the first small table that gives it a value.
std::vector<std::size_t> CallsOnShares(const TableCalls& of_table, std::size_t turn,
                                       std::set<std::string>* taken) {
  std::map<std::string, std::vector<std::size_t>> calls;
  for (std::size_t i = 0; i < of_table.wanted.size(); ++i) {
    const Json& want = *of_table.wanted[i];
    if (Shrunk() && (want.at("n").get<std::size_t>() > 300 || !want.contains("parts"))) continue;
    calls[StatisticOf(want)].push_back(i);
  }
  std::vector<std::size_t> chosen;
  for (const auto& [statistic, of_it] : calls) {
    if (Everything()) {
      chosen.insert(chosen.end(), of_it.begin(), of_it.end());
      continue;
    }
    if (Shrunk() && !taken->insert(statistic).second) continue;
    chosen.push_back(of_it[turn % of_it.size()]);
  }
  return chosen;
}

/// Calls that share a run of the three parties; more would prepare many columns at once for nothing.
constexpr std::size_t kCallsOfARun = 48;

/// How many were compared.
std::size_t CompareOnShares(const TableCalls& of_table, std::span<const std::size_t> chosen) {
  std::vector<std::string> expressions;
  for (const std::size_t i : chosen) expressions.push_back(of_table.expressions[i]);
  const Result<Plan> plan = PlanFor(expressions, of_table.table);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  if (!plan) return 0;
  const PlanRun run = RunPlan(*plan, of_table.table);
  EXPECT_EQ(run.ErrorText(), "");
  if (!run.ErrorText().empty()) return 0;
  SCOPED_TRACE("on shares");
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Json& want = *of_table.wanted[chosen[i]];
    for (unsigned party = 0; party < 3; ++party) {
      EXPECT_EQ(run.counts[party][i], want.at("n").get<std::uint64_t>());
      CompareCall(run.figures[party][i], want);
    }
  }
  return chosen.size();
}

// In the clear all calls, on shares some of each table: that both agree on everything else is what Reference.* tests.
TEST(ReferenceCalls, GiveTheReferenceFigures) {
  const Json json = ReadJson(DataFolder() / "calls.json");
  std::map<std::string, std::vector<const Json*>> tables;
  for (const Json& call : json.at("calls")) tables[call.at("table").get<std::string>()].push_back(&call);
  std::size_t turn = 0;
  std::size_t on_shares = 0;
  std::size_t in_the_clear = 0;
  std::set<std::string> taken;
  for (const auto& [name, calls] : tables) {
    SCOPED_TRACE(name);
    const TableCalls of_table = Allowed(DataFolder() / name, calls);
    const Result<Plan> whole = PlanFor(of_table.expressions, of_table.table);
    ASSERT_TRUE(whole.has_value()) << whole.error().message();
    for (std::size_t i = 0; i < of_table.wanted.size(); ++i, ++in_the_clear)
      CompareCall(PlainFigure(whole->items[i], of_table.table), *of_table.wanted[i]);

    const std::vector<std::size_t> chosen = CallsOnShares(of_table, turn++, &taken);
    for (std::size_t first = 0; first < chosen.size(); first += kCallsOfARun) {
      on_shares += CompareOnShares(
          of_table, std::span(chosen).subspan(first, std::min(kCallsOfARun, chosen.size() - first)));
    }
  }
  EXPECT_GE(in_the_clear, 1000u);
  EXPECT_GE(on_shares, Everything() ? in_the_clear : std::size_t{Shrunk() ? 20u : 250u});
  if (Everything()) std::cout << on_shares << " calls on shares\n";
}

TEST(ReferenceCalls, EveryStatisticHasReferenceValues) {
  std::set<std::string> known;
  for (const Json& call : ReadJson(DataFolder() / "calls.json").at("calls")) {
    const auto expression = call.at("expr").get<std::string>();
    if (call.contains("parts")) known.insert(expression.substr(0, expression.find('(')));
  }
  const Json json = ReadJson(DataFolder() / "random_1000.json");
  for (const auto& [statistic, value] : json.at("columns").at("age").items()) known.insert(statistic);
  for (const Statistic* statistic : AllStatistics()) {
    EXPECT_TRUE(known.contains(std::string(statistic->name))) << statistic->name;
  }
}

}  // namespace
}  // namespace mpcstats

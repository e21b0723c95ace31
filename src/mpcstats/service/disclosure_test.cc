// What leaves the shares: for every statistic the declared labels and nothing more, the same at all three parties.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mpcstats/engine/testing.h"
#include "mpcstats/service/testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAreArray;

/// Openings inside protocols, which say nothing about the data: comparisons of uniformly permuted rows, keyed hashes of
/// masked rows, and random numbers that nobody chose (docs/protocol.md).
const std::set<std::string> kInternal = {"sort comparisons", "shuffle tag keys", "public randomness"};

std::vector<std::string> OfTheStatistic(const std::vector<std::string>& disclosures) {
  std::vector<std::string> out;
  for (const std::string& label : disclosures) {
    if (!kInternal.contains(label)) out.push_back(label);
  }
  return out;
}

/// A call with the first of `names` as columns.
std::string Call(const Statistic& statistic, const std::vector<Decimal>& numbers) {
  const std::vector<std::string> names = {"x", "y", "z"};
  return ExpressionText(statistic.name,
                        {names.begin(), names.begin() + static_cast<std::ptrdiff_t>(statistic.columns.min)},
                        numbers);
}

/// The statistic on columns like `column`, of which no two have the same rows missing.
void ExpectDeclaredOnly(const Statistic& statistic, const NumericColumn& column,
                        const std::vector<Decimal>& numbers) {
  const std::string call = Call(statistic, numbers);
  SCOPED_TRACE(call + " of " + std::to_string(column.units.size()) + " rows");
  std::vector<NumericColumn> table = {column};
  if (statistic.columns.min > 1) {
    // Groups and categories are the values 0 and 1: some of them among the values, and nothing else in the others.
    for (std::size_t row = 0; row < column.units.size(); row += 3) {
      table[0].units[row] = static_cast<std::int64_t>(row / 3 % 2);
    }
  }
  for (std::size_t c = 1; c < statistic.columns.min; ++c) {
    NumericColumn other = column;
    other.name = std::string(1, static_cast<char>('x' + c));
    for (std::size_t row = 0; row < other.units.size(); ++row) {
      other.units[row] = static_cast<std::int64_t>(row / c % 2);
    }
    other.valid[c] = 0;
    table.push_back(std::move(other));
  }
  const Result<Plan> plan = PlanFor({call}, table);
  if (!plan && plan.error().message().find("does not fit") != std::string::npos) return;
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  const PlanRun run = RunPlan(*plan, table);
  ASSERT_EQ(run.ErrorText(), "");
  const std::vector<std::string> declared(statistic.discloses.begin(), statistic.discloses.end());
  for (unsigned party = 0; party < 3; ++party) {
    EXPECT_THAT(OfTheStatistic(run.result.disclosures[party]), ElementsAreArray(declared))
        << "party " << party;
    EXPECT_EQ(run.result.disclosures[party], run.result.disclosures[0]) << "party " << party;
  }
}

unsigned NeedsAt(const Statistic& statistic, std::size_t rows, unsigned bits) {
  const std::vector<ColumnType> types(statistic.columns.min, ColumnType{.bits = bits});
  const std::vector<Decimal> numbers = statistic.ExampleNumbers();
  return statistic.NeedsOf({types, rows, numbers}, 0);
}

// The sanitizers' run takes many rows and wide columns where the statistic prepares something else for them.
TEST(Disclosure, EveryStatisticOpensWhatItDeclaresAndNothingElse) {
  const bool all = ScaledTrials(100) >= 100;
  for (const Statistic* statistic : AllStatistics()) {
    const std::vector<Decimal> numbers = statistic->ExampleNumbers();
    const unsigned needs = NeedsAt(*statistic, 100, 20);
    ExpectDeclaredOnly(*statistic, UniformColumn("x", 100, 20, 5), numbers);  // ranks by sorting
    if (all || needs != NeedsAt(*statistic, 5000, 20))
      ExpectDeclaredOnly(*statistic, UniformColumn("x", 5000, 8, 6), numbers);  // ranks by counting
    if (all || needs != NeedsAt(*statistic, 100, 60))
      ExpectDeclaredOnly(*statistic, UniformColumn("x", 100, 60, 7), numbers);  // moments by limbs
  }
}

TEST(Disclosure, AnOddMedianAndAnInterpolatedOneOpenOneNumberEach) {
  for (const std::size_t rows : {std::size_t{99}, std::size_t{100}}) {
    ExpectDeclaredOnly(*FindStatistic("median"), UniformColumn("x", rows, 20, rows), {});
    ExpectDeclaredOnly(*FindStatistic("quantile"), UniformColumn("x", rows, 20, rows), {{333, 3}});
  }
}

TEST(Disclosure, APlanOpensEachColumnsCountOnceAndEachFigureOnce) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 70, 20, 1), UniformColumn("y", 70, 20, 2)};
  const Result<Plan> plan = PlanFor({"sum(x)", "mean(x)", "max(y)", "median(y)"}, table);
  ASSERT_TRUE(plan.has_value());
  const PlanRun run = RunPlan(*plan, table);
  ASSERT_EQ(run.ErrorText(), "");
  std::vector<std::string> labels = OfTheStatistic(run.result.disclosures[0]);
  std::sort(labels.begin(), labels.end());
  EXPECT_THAT(labels, testing::ElementsAre("max", "median", "n", "n", "sum", "sum"));
}

TEST(Disclosure, ColumnsWithoutValuesOpenTheirCountOnly) {
  NumericColumn column = UniformColumn("x", 80, 20, 1);
  std::fill(column.units.begin(), column.units.end(), 0);
  std::fill(column.valid.begin(), column.valid.end(), 0);
  for (const char* name : {"max", "min", "median", "gini", "variance", "stdev"}) {
    const Result<Plan> plan = PlanFor({std::string(name) + "(x)"}, {column});
    ASSERT_TRUE(plan.has_value());
    const PlanRun run = RunPlan(*plan, {column});
    ASSERT_EQ(run.ErrorText(), "") << name;
    EXPECT_THAT(OfTheStatistic(run.result.disclosures[0]), testing::ElementsAre("n")) << name;
    EXPECT_NE(run.figures[0][0].undefined, "") << name;
  }
}

/// Flips one bit of one frame that party `from` sends in `round`.
SimulationOptions FlipOnce(std::uint32_t round, unsigned from, std::size_t bit) {
  SimulationOptions options;
  options.hook = [=](const FrameInFlight& frame) {
    if (frame.round != round || frame.from != PartyIndex(from) || frame.frame->empty()) return;
    const std::size_t at = bit % (8 * frame.frame->size());
    (*frame.frame)[at / 8] = static_cast<std::uint8_t>((*frame.frame)[at / 8] ^ (1u << (at % 8)));
  };
  return options;
}

// A wrong message of one party: the honest ones stop, and a figure that all three would have given is in no report.
TEST(Disclosure, AFlippedBitInAnyRoundStopsTheHonestPartiesWithoutAWrongFigure) {
  const NumericColumn column = UniformColumn("x", 40, 12, 9);
  const Result<Plan> plan = PlanFor({"median(x)", "variance(x)"}, {column});
  ASSERT_TRUE(plan.has_value());
  const PlanRun honest = RunPlan(*plan, {column});
  ASSERT_EQ(honest.ErrorText(), "");
  const auto rounds = static_cast<std::uint32_t>(honest.preparation[0].rounds + honest.cost[0].rounds);
  std::size_t stopped = 0;
  for (std::uint32_t round = 0; round < rounds; round += 3) {
    const unsigned from = round % 3;
    SCOPED_TRACE("round " + std::to_string(round) + " of party " + std::to_string(from));
    const PlanRun run = RunPlan(*plan, {column}, FlipOnce(round, from, 8 * 32 + 7 * round));
    for (const unsigned party : {(from + 1) % 3, (from + 2) % 3}) {
      for (std::size_t i = 0; i < run.figures[party].size(); ++i) {
        EXPECT_EQ(run.figures[party][i].exact_text, honest.figures[0][i].exact_text);
      }
      if (!run.result.error[party]) continue;
      ++stopped;
      EXPECT_EQ(ExitCode(run.result.error[party]->code()), 76) << run.result.error[party]->message();
      EXPECT_TRUE(run.figures[party].empty()) << "a partial result";
    }
  }
  EXPECT_GT(stopped, rounds / 3);
}

// The same for every statistic, at a few rounds each: no figure of an honest party is a wrong one.
TEST(Disclosure, AFlippedBitBendsNoFigureOfAnyStatistic) {
  // Each party in turn, at the beginning, in the middle and towards the end; a third of them for each statistic in the
  // sanitizers' run.
  const unsigned step = ScaledTrials(100) < 100 ? 3 : 1;
  std::uint32_t turn = 0;
  std::size_t stopped = 0;
  std::size_t runs = 0;
  for (const Statistic* statistic : AllStatistics()) {
    const std::string call = Call(*statistic, statistic->ExampleNumbers());
    std::vector<NumericColumn> table;
    for (std::size_t c = 0; c < statistic->columns.min; ++c) {
      NumericColumn column = UniformColumn(std::string(1, static_cast<char>('x' + c)), 24, 3, 40 + c);
      column.valid[c] = 0;
      column.units[c] = 0;
      table.push_back(std::move(column));
    }
    const Result<Plan> plan = PlanFor({call}, table);
    ASSERT_TRUE(plan.has_value()) << plan.error().message();
    const PlanRun honest = RunPlan(*plan, table);
    ASSERT_EQ(honest.ErrorText(), "") << call;
    const auto rounds = static_cast<std::uint32_t>(honest.preparation[0].rounds + honest.cost[0].rounds);
    for (unsigned part = turn % step; part < 3; part += step, ++turn, ++runs) {
      const std::uint32_t round = (rounds * part + turn * 5 % rounds) / 3 % rounds;
      const unsigned from = turn % 3;
      SCOPED_TRACE(call + ", round " + std::to_string(round) + " of party " + std::to_string(from));
      const PlanRun run = RunPlan(*plan, table, FlipOnce(round, from, 8 * 32 + 11 * turn));
      bool any = false;
      for (const unsigned party : {(from + 1) % 3, (from + 2) % 3}) {
        if (!run.figures[party].empty()) EXPECT_TRUE(run.figures[party] == honest.figures[0]);
        if (!run.result.error[party]) continue;
        any = true;
        EXPECT_EQ(ExitCode(run.result.error[party]->code()), 76) << run.result.error[party]->message();
      }
      stopped += any ? 1 : 0;
    }
  }
  EXPECT_GT(stopped, runs / 3);
}

}  // namespace
}  // namespace mpcstats

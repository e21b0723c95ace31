// Sums of groups from shuffled rows: the same figures, only where the groups' n are opened anyway, and no wrong one.
#include "mpcstats/query/group_shuffle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mpcstats/engine/testing.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/evaluate.h"
#include "mpcstats/query/query_testing.h"

namespace mpcstats {
namespace {

constexpr std::size_t kRows = (std::size_t{1} << 15) + 5;
constexpr std::size_t kGroups = 5;

// x: 20 bits with a sign; y: 20 bits, missing at times; g: one of five texts, missing at times.
const Table& Large() {
  static const Table table = [] {
    std::mt19937_64 rng(1);
    Table made;
    made.rows = kRows;
    made.columns.resize(3);
    made.readings.resize(3);
    for (std::size_t c = 0; c < 3; ++c) made.columns[c].name = std::string(1, "xyg"[c]);
    made.columns[0].type = {.bits = 20, .is_signed = true};
    made.columns[1].type = {.bits = 20};
    made.columns[2].type = {.bits = 3};
    made.readings[2] = {ColumnContent::kCategory, {"a", "b", "c", "d", "e"}};
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto x = static_cast<std::int64_t>(rng() % 1'000'000) - 500'000;
      const auto y = static_cast<std::int64_t>(rng() % 1'000'000);
      // No row has the last text: a group without rows.
      const auto g = static_cast<std::int64_t>(rng() % (kGroups - 1));
      const std::uint8_t y_there = rng() % 7 != 0 ? 1 : 0;
      const std::uint8_t g_there = rng() % 9 != 0 ? 1 : 0;
      made.columns[0].units.push_back(x);
      made.columns[0].valid.push_back(1);
      made.columns[1].units.push_back(y_there != 0 ? y : 0);
      made.columns[1].valid.push_back(y_there);
      made.columns[2].units.push_back(g_there != 0 ? g : 0);
      made.columns[2].valid.push_back(g_there);
    }
    return made;
  }();
  return table;
}

QueryPlan MustPlan(const std::string& text) {
  Result<QueryPlan> plan = PlanQueryText(text, InfoOf(Large()), kRows);
  EXPECT_TRUE(plan.has_value()) << text << ": " << plan.error().message();
  return plan ? *plan : QueryPlan();
}

bool Shuffles(const QueryRun& run) {
  const auto& labels = run.result.disclosures[0];
  return std::ranges::find(labels, "shuffle tag keys") != labels.end();
}

QueryRun ExpectAsPlain(const std::string& text) {
  const QueryPlan plan = MustPlan(text);
  QueryRun run = RunQuery(plan, Large());
  EXPECT_TRUE(run.result.ok());
  const std::vector<PlainGroup> want = EvaluatePlain(*ParseQuery(text, nullptr), Large());
  const std::size_t items = plan.figures.items.size();
  for (const QueryOutcome& outcome : run.outcome) {
    EXPECT_EQ(outcome.figures.size(), want.size() * items);
    for (std::size_t i = 0; i < outcome.figures.size(); ++i) {
      EXPECT_EQ(outcome.figures[i], want[i / items].figures[i % items]) << text << ", figure " << i;
      if (outcome.counts[i]) EXPECT_EQ(*outcome.counts[i], want[i / items].counts[i % items]);
    }
  }
  return run;
}

TEST(SumShuffledGroups, AgreesWithPlainEvaluation) {
  EXPECT_TRUE(Shuffles(ExpectAsPlain("SELECT mean(x), count(*) FROM data WHERE y < 600000 GROUP BY g")));
  EXPECT_TRUE(Shuffles(ExpectAsPlain("SELECT mean(y) FROM data WHERE x > -100000 GROUP BY g")));
  EXPECT_TRUE(Shuffles(ExpectAsPlain(
      "SELECT sum(x), mean(x + x) FROM data GROUP BY bucket(x, -400000, 0, 1, 400000, 500000)")));
}

TEST(SumShuffledGroups, OpensTheGroupsInANewOrderAndEachSum) {
  const QueryRun run =
      RunQuery(MustPlan("SELECT mean(x), count(*) FROM data WHERE y < 600000 GROUP BY g"), Large());
  ASSERT_TRUE(run.result.ok());
  std::multiset<std::string> labels(run.result.disclosures[0].begin(), run.result.disclosures[0].end());
  EXPECT_EQ(labels.count("n"), 1u);
  EXPECT_EQ(labels.count("sum"), kGroups + 1);
  labels.erase("n");
  labels.erase("sum");
  for (const char* internal : {"shuffle tag keys", "public randomness"}) labels.erase(internal);
  EXPECT_TRUE(labels.empty()) << *labels.begin();
  EXPECT_EQ(run.result.disclosures[1], run.result.disclosures[0]);
  EXPECT_EQ(run.result.disclosures[2], run.result.disclosures[0]);
}

bool Decision(const std::string& text) {
  const QueryPlan plan = MustPlan(text);
  const std::vector<StoredColumn> none;
  return SumsByShuffle(plan, QueryRows(PartyIndex(0), plan.columns, none, plan.rows));
}

TEST(SumsByShuffle, IsTakenWhereGroupSizesAreOpenedAnyway) {
  EXPECT_TRUE(Decision("SELECT mean(x), count(*) FROM data GROUP BY g"));
  EXPECT_TRUE(Decision("SELECT mean(y) FROM data WHERE x > 3 GROUP BY g"));
}

TEST(SumsByShuffle, IsNotTakenWhereGroupSizesStaySecret) {
  EXPECT_FALSE(Decision("SELECT sum(x), sum(x + x) FROM data GROUP BY g"));
  // Which rows have y, beside which are there at all, is not told by one n.
  EXPECT_FALSE(Decision("SELECT sum(y), count(*) FROM data GROUP BY g"));
  EXPECT_FALSE(Decision("SELECT mean(y), mean(x) FROM data GROUP BY g"));
  EXPECT_FALSE(Decision("SELECT mean(x) FROM data WHERE y > 3"));
}

TEST(SumShuffledGroups, AFlippedBitStopsTheHonestPartiesWithoutAWrongFigure) {
  const QueryPlan plan = MustPlan("SELECT mean(x), count(*) FROM data GROUP BY g");
  const QueryRun honest = RunQuery(plan, Large());
  ASSERT_TRUE(honest.result.ok());
  const auto rounds = static_cast<std::uint32_t>(honest.result.cost[0].rounds);
  const std::uint32_t trials = std::max<std::uint32_t>(2, static_cast<std::uint32_t>(ScaledTrials(6)));
  std::size_t stopped = 0;
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    // Early rounds more than late ones: there the shuffle is.
    const std::uint32_t round = rounds * trial * trial / (trials * trials);
    const unsigned from = trial % 3;
    SimulationOptions options;
    options.hook = [&](const FrameInFlight& frame) {
      if (frame.round != round || frame.from != PartyIndex(from) || frame.frame->size() <= 40) return;
      (*frame.frame)[36 + (7919 * trial) % (frame.frame->size() - 36)] ^= 1;
    };
    const QueryRun run = RunQuery(plan, Large(), options);
    for (const unsigned party : {(from + 1) % 3, (from + 2) % 3}) {
      stopped += run.result.error[party] ? 1 : 0;
      for (std::size_t i = 0; i < run.outcome[party].figures.size(); ++i)
        EXPECT_EQ(run.outcome[party].figures[i], honest.outcome[0].figures[i]);
    }
  }
  EXPECT_GT(stopped, 0u);
}

}  // namespace
}  // namespace mpcstats

// Sums of groups from shuffled rows: the same figures, no more opened than the groups' n, and no wrong one.
#include "mpcstats/query/group_shuffle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/testing.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/evaluate.h"
#include "mpcstats/query/query_testing.h"
#include "mpcstats/query/sqlite_testing.h"

namespace mpcstats {
namespace {

constexpr std::size_t kRows = (std::size_t{1} << 15) + 5;
constexpr std::size_t kGroups = 5;

// x: 20 bits with a sign; y: 30 bits and z: 6 bits, missing at times; g: one of five texts, missing at times.
const Table& Large() {
  static const Table table = [] {
    std::mt19937_64 rng(1);
    Table made;
    made.rows = kRows;
    made.columns.resize(4);
    made.readings.resize(4);
    for (std::size_t c = 0; c < 4; ++c) made.columns[c].name = std::string(1, "xyzg"[c]);
    made.columns[0].type = {.bits = 20, .is_signed = true};
    made.columns[1].type = {.bits = 30};
    made.columns[2].type = {.bits = 6};
    made.columns[3].type = {.bits = 3};
    made.readings[3] = {ColumnContent::kCategory, {"a", "b", "c", "d", "e"}};
    const auto add = [&made](std::size_t c, std::int64_t units, bool there) {
      made.columns[c].units.push_back(there ? units : 0);
      made.columns[c].valid.push_back(there ? 1 : 0);
    };
    for (std::size_t r = 0; r < kRows; ++r) {
      add(0, static_cast<std::int64_t>(rng() % 1'000'000) - 500'000, true);
      add(1, static_cast<std::int64_t>(rng() % 1'000'000), rng() % 7 != 0);
      add(2, static_cast<std::int64_t>(rng() % 64), rng() % 3 != 0);
      // No row has the last text: a group without rows.
      add(3, static_cast<std::int64_t>(rng() % (kGroups - 1)), rng() % 9 != 0);
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

constexpr const char* kWithMissing =
    "SELECT count(*), sum(y), count(z), mean(x), mean(x - z) FROM data WHERE z <> 7 GROUP BY g";
constexpr const char* kWithMasks = "SELECT sum(x), mean(y) FROM data GROUP BY bucket(z, 1, 8, 60)";
constexpr const char* kTwoShuffles =
    "SELECT sum(y + z), mean(y), mean(x + z) FROM data GROUP BY bucket(x, -400000, -9, 0, 1, 9, 400000, "
    "500000)";

// Each query once for all tests.
const QueryRun& RunOf(const std::string& text) {
  static std::map<std::string, QueryRun> runs;
  const auto found = runs.find(text);
  if (found != runs.end()) return found->second;
  return runs.emplace(text, RunQuery(MustPlan(text), Large())).first->second;
}

void ExpectAsPlain(const std::string& text) {
  const std::size_t items = MustPlan(text).figures.items.size();
  const QueryRun& run = RunOf(text);
  ASSERT_TRUE(run.result.ok());
  EXPECT_TRUE(Shuffles(run)) << text;
  const std::vector<PlainGroup> want = EvaluatePlain(*ParseQuery(text, nullptr), Large());
  for (const QueryOutcome& outcome : run.outcome) {
    EXPECT_EQ(outcome.figures.size(), want.size() * items);
    for (std::size_t i = 0; i < outcome.figures.size(); ++i) {
      EXPECT_EQ(outcome.figures[i], want[i / items].figures[i % items]) << text << ", figure " << i;
      if (outcome.counts[i]) EXPECT_EQ(*outcome.counts[i], want[i / items].counts[i % items]);
    }
  }
}

TEST(SumShuffledGroups, AgreesWithPlainEvaluation) {
  ExpectAsPlain("SELECT mean(x), count(*) FROM data WHERE y < 600000 GROUP BY g");
  ExpectAsPlain("SELECT mean(y) FROM data WHERE x > -100000 GROUP BY g");
  ExpectAsPlain("SELECT sum(x), mean(x + x) FROM data GROUP BY bucket(x, -400000, 0, 1, 400000, 500000)");
}

TEST(SumShuffledGroups, AgreesWithPlainEvaluationWhereValuesAreMissing) {
  ExpectAsPlain(kWithMissing);
  if (Shrunk()) return;       // each takes 2^15 rows, and the other tests here take the rest of the lines
  ExpectAsPlain(kWithMasks);  // the sum of x alone takes masks: it is there where y is not
  ExpectAsPlain(kTwoShuffles);
}

TEST(SumShuffledGroups, AgreesWithSqlite) {
  Sqlite sqlite;
  sqlite.Add("data", Large());
  const std::string from = " FROM data WHERE x > -300000 OR z IS NULL GROUP BY g";
  const QueryPlan plan = MustPlan("SELECT count(*), count(y), sum(y), sum(y - z)" + from);
  const QueryRun run = RunQuery(plan, Large());
  ASSERT_TRUE(run.result.ok());
  EXPECT_TRUE(Shuffles(run));
  std::map<std::string, std::vector<std::string>> want;
  for (const std::vector<std::string>& row :
       sqlite.Run("SELECT g, count(*), count(y), sum(y), sum(y - z)" + from))
    want[row[0]] = {row.begin() + 1, row.end()};
  EXPECT_EQ(want.size(), kGroups);  // one has no rows, and one is NULL
  for (std::size_t g = 0; g < kGroups + 1; ++g) {
    const auto found = want.find(plan.groups->labels[g]);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string expected = found == want.end() ? "0" : found->second[i];
      EXPECT_EQ(run.outcome[0].figures[4 * g + i], Figure::Exact(Rational(std::stoll(expected))))
          << plan.groups->labels[g] << ", figure " << i;
    }
  }
}

// How often each label was opened; labels of the protocol's own are left out.
std::map<std::string, std::size_t> Opened(const QueryRun& run) {
  EXPECT_TRUE(run.result.ok());
  EXPECT_EQ(run.result.disclosures[1], run.result.disclosures[0]);
  EXPECT_EQ(run.result.disclosures[2], run.result.disclosures[0]);
  std::map<std::string, std::size_t> labels;
  for (const auto& label : run.result.disclosures[0]) ++labels[std::string(label)];
  for (const char* internal : {"shuffle tag keys", "public randomness"}) labels.erase(internal);
  return labels;
}

TEST(SumShuffledGroups, OpensTheGroupsInANewOrderAndEachSum) {
  using Labels = std::map<std::string, std::size_t>;
  EXPECT_EQ(Opened(RunOf("SELECT mean(x), count(*) FROM data WHERE y < 600000 GROUP BY g")),
            (Labels{{"n", 1}, {"sum", kGroups + 1}}));
  // The n of y is not asked for: its validity stays shared. Those of z and of x - z are opened as masks would open them.
  EXPECT_EQ(Opened(RunOf(kWithMissing)), (Labels{{"n", 1 + 2 * (kGroups + 1)}, {"sum", 3 * (kGroups + 1)}}));
  EXPECT_EQ(Opened(RunOf(kWithMasks)), (Labels{{"n", 1}, {"sum", 2 * 5}}));
  // Two orders, of which nobody knows how they belong together.
  EXPECT_EQ(Opened(RunOf(kTwoShuffles)), (Labels{{"n", 2}, {"sum", 3 * 8}}));
}

TEST(SumShuffledGroups, TrafficTellsNothingOfWhichValuesAreMissing) {
  Table other = Large();
  for (std::size_t r = 0; r < kRows; ++r) {
    other.columns[1].valid[r] = r == 17 ? 1 : 0;
    other.columns[1].units[r] = r == 17 ? 5 : 0;
    // z is 7 or missing in as many rows of each group as before.
    other.columns[0].units[r] /= 3;
  }
  const QueryRun& run = RunOf(kWithMissing);
  const QueryRun of_other = RunQuery(MustPlan(kWithMissing), other);
  ASSERT_TRUE(run.result.ok());
  ASSERT_TRUE(of_other.result.ok());
  EXPECT_EQ(run.result.cost, of_other.result.cost);
  EXPECT_NE(run.outcome[0].figures, of_other.outcome[0].figures);
}

std::vector<ShufflePart> Parts(const std::string& text) { return ShuffleParts(MustPlan(text)); }

TEST(ShuffleParts, TakesColumnsWhoseRowsAreAmongThoseOfACountedOne) {
  const QueryPlan plan = MustPlan("SELECT mean(x), sum(y), mean(x + z), count(*) FROM data GROUP BY g");
  const std::vector<ShufflePart> all = ShuffleParts(plan);
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].columns.size(), 4u);
  for (const ShuffledColumn& one : all[0].columns) {
    const std::string& name = plan.figures.columns[one.column].name;
    EXPECT_EQ(one.own_valid, name == "y" || name == "x + z") << name;
    EXPECT_EQ(one.counted, name != "y") << name;
    EXPECT_EQ(one.summed, name != "*") << name;
  }
}

TEST(ShuffleParts, GivesColumnsThatAreMissingInRowsOfTheirOwnAShuffleEach) {
  const std::vector<ShufflePart> parts = Parts(
      "SELECT mean(y), mean(y + z), sum(y), mean(z) FROM data GROUP BY bucket(x, -9, -8, 0, 5, 6, 7, 8, 9, "
      "10, 11, 12, 13, 14, 15, 16, 17, 18)");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].columns.size() + parts[1].columns.size(), 3u);
}

TEST(ShuffleParts, AreNoneWhereGroupSizesStaySecret) {
  EXPECT_TRUE(Parts("SELECT sum(x), sum(x + x) FROM data GROUP BY g").empty());
  EXPECT_TRUE(Parts("SELECT sum(y), sum(z) FROM data GROUP BY g").empty());
  EXPECT_TRUE(Parts("SELECT mean(x) FROM data WHERE y > 3").empty());
}

TEST(ShuffleParts, LeaveOutSumsOfRowsThatNoCountTells) {
  // How many rows a group has is not told by how many have y.
  const std::vector<ShufflePart> parts = Parts("SELECT sum(x), sum(z), mean(y) FROM data GROUP BY g");
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].columns.size(), 1u);
}

TEST(ShuffleParts, AreNotTakenWhereMasksAreCheaper) {
  EXPECT_FALSE(Parts("SELECT mean(y) FROM data GROUP BY g").empty());
  EXPECT_TRUE(Parts("SELECT mean(z) FROM data GROUP BY g").empty());
  EXPECT_TRUE(Parts("SELECT count(*), count(y) FROM data GROUP BY g").empty());
  const QueryPlan small =
      *PlanQueryText("SELECT mean(x), count(*) FROM data GROUP BY g", InfoOf(Large()), 1000);
  EXPECT_TRUE(ShuffleParts(small).empty());
}

TEST(SumShuffledGroups, AFlippedBitStopsTheHonestPartiesWithoutAWrongFigure) {
  const QueryPlan plan = MustPlan(kWithMissing);
  const QueryRun& honest = RunOf(kWithMissing);
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

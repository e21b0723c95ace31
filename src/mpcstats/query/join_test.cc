// Two tables: what a join means, against SQLite; on shares against the plain evaluation; what it opens, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "mpcstats/engine/testing.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/evaluate.h"
#include "mpcstats/query/explain.h"
#include "mpcstats/query/join_tables.h"
#include "mpcstats/query/query_testing.h"
#include "mpcstats/query/sqlite_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Query MustParse(const std::string& text) {
  Result<Query> query = ParseQuery(text, nullptr);
  EXPECT_TRUE(query.has_value()) << text << "\n" << query.error().message();
  return query ? *query : Query();
}

Table MustRead(const std::string& text, const std::vector<WantedColumn>& wanted) {
  Result<Table> table = ReadTable("t.csv", text, wanted, CsvOptions());
  EXPECT_TRUE(table.has_value()) << table.error().message();
  return table ? *table : Table();
}

/// Both tables as texts with header lines.
struct Files {
  std::string a;
  std::string b;
};

Result<StackedTables> Stack(const Query& query, const Files& files,
                            ColumnContent key = ColumnContent::kNumber) {
  return StackTables(query, key, MustRead(files.a, WantedOfTable(query, "a", key)),
                     MustRead(files.b, WantedOfTable(query, "b", key)));
}

StackedTables MustStack(const Query& query, const Files& files, ColumnContent key = ColumnContent::kNumber) {
  Result<StackedTables> stacked = Stack(query, files, key);
  EXPECT_TRUE(stacked.has_value()) << stacked.error().message();
  return stacked ? std::move(*stacked) : StackedTables();
}

QueryPlan MustPlan(const Query& query, const StackedTables& stacked) {
  Result<QueryPlan> plan = PlanQuery(query, stacked.columns, stacked.table.rows, ToText(query), nullptr);
  EXPECT_TRUE(plan.has_value()) << ToText(query) << ": " << plan.error().message();
  return plan ? *plan : QueryPlan();
}

/// On shares as in the clear: every figure and its n.
void ExpectAsPlain(const std::string& text, const Files& files, ColumnContent key = ColumnContent::kNumber) {
  SCOPED_TRACE(text);
  const Query query = MustParse(text);
  const StackedTables stacked = MustStack(query, files, key);
  const QueryPlan plan = MustPlan(query, stacked);
  const QueryRun run = RunQuery(plan, stacked.table);
  ASSERT_TRUE(run.result.ok());
  std::map<std::string, PlainGroup> want;
  for (PlainGroup& group : EvaluatePlain(query, PlainJoin(stacked))) want[group.label] = std::move(group);
  const std::size_t items = query.items.size();
  for (const QueryOutcome& outcome : run.outcome) {
    ASSERT_EQ(outcome.figures.size(), plan.group_count() * items);
    for (std::size_t i = 0; i < outcome.figures.size(); ++i) {
      const auto group = want.find(plan.groups ? plan.groups->labels[i / items] : "");
      if (group == want.end()) {
        // Its table has cells without a value, and no row of the join has one.
        EXPECT_EQ(plan.groups->labels[i / items], "NULL");
        EXPECT_EQ(outcome.counts[i].value_or(0), 0u);
        continue;
      }
      const Figure& plain = group->second.figures[i % items];
      EXPECT_TRUE(AgreesWith(outcome.figures[i], plain))
          << ToText(query.items[i % items]) << ": " << outcome.figures[i].exact_text
          << outcome.figures[i].undefined << " for " << plain.exact_text << plain.undefined;
      if (outcome.counts[i]) EXPECT_EQ(*outcome.counts[i], group->second.counts[i % items]);
    }
  }
}

/// a has keys several times, b each once; both lack some, and have some that the other lacks.
Files RandomFiles(std::mt19937_64& rng, std::size_t left, std::size_t right) {
  const auto below = [&rng](std::uint64_t end) { return rng() % end; };
  static constexpr const char* kTexts[] = {"East", "North", "South"};
  Files files{"key,x,t\n", "key,y,u\n"};
  for (std::size_t r = 0; r < left; ++r) {
    if (below(6) != 0) files.a += std::to_string(static_cast<int>(below(2 * right)) - 5);
    files.a += ",";
    if (below(5) != 0) files.a += std::to_string(static_cast<int>(below(40)) - 20);
    files.a += std::string(",") + kTexts[below(3)] + "\n";
  }
  std::vector<int> keys;
  for (std::size_t r = 0; r < 2 * right; ++r) keys.push_back(static_cast<int>(r) - 5);
  std::shuffle(keys.begin(), keys.end(), rng);
  for (std::size_t r = 0; r < right; ++r) {
    if (below(6) != 0) files.b += std::to_string(keys[r]);
    files.b += ",";
    if (below(5) != 0) files.b += FormatDecimal({static_cast<int>(below(80)) * 25 - 1000, 2});
    files.b += ",";
    if (below(5) != 0) files.b += kTexts[below(3)];
    files.b += "\n";
  }
  return files;
}

const std::vector<std::string>& Conditions() {
  static const std::vector<std::string> conditions = {"a.x > 0 OR b.y < 2.5",
                                                      "a.t = 'South' AND b.u <> 'North'",
                                                      "b.u IS NULL",
                                                      "a.x + b.y BETWEEN -3 AND 10",
                                                      "NOT (a.key > 3 AND b.y IS NOT NULL)",
                                                      "a.x IS NULL OR b.key IN (1, 2, 3, 7)"};
  return conditions;
}

TEST(Join, AgreesWithSqlite) {
  constexpr std::uint64_t kSeed = 20261128;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 rng(kSeed);
  std::size_t matched = 0;
  for (int trial = 0; trial < 30; ++trial) {
    const Files files = RandomFiles(rng, 1 + rng() % 60, 1 + rng() % 40);
    Sqlite sqlite;
    sqlite.Add("a", MustRead(files.a, {{"key"}, {"x"}, {"t", ColumnContent::kCategory}}));
    sqlite.Add("b", MustRead(files.b, {{"key"}, {"y"}, {"u", ColumnContent::kCategory}}));
    for (const std::string& condition : Conditions()) {
      const std::string tail = " FROM a JOIN b ON a.key = b.key WHERE " + condition + " GROUP BY b.u";
      const Query query = MustParse("SELECT count(*), count(b.y), sum(a.x + b.y), max(a.x), min(b.y)" + tail);
      SCOPED_TRACE(ToText(query));
      ASSERT_TRUE(CheckJoin(query, "", nullptr).has_value());
      std::map<std::string, std::vector<std::string>> want;
      for (auto& row :
           sqlite.Run("SELECT b.u, count(*), count(b.y), sum(a.x + b.y), max(a.x), min(b.y)" + tail))
        want[row[0]] = row;
      for (const PlainGroup& group : EvaluatePlain(query, PlainJoin(MustStack(query, files)))) {
        const auto found = want.find(group.label);
        if (found == want.end()) {
          EXPECT_EQ(group.counts[0], 0u) << group.label;
          continue;
        }
        matched += group.counts[0];
        for (std::size_t f = 0; f < 5; ++f) {
          const std::string& cell = found->second[f + 1];
          if (cell == "NULL") {
            EXPECT_TRUE(!group.figures[f].undefined.empty() || (f == 2 && group.figures[f].value == 0));
          } else {
            EXPECT_DOUBLE_EQ(group.figures[f].value, std::stod(cell)) << f;
          }
        }
      }
    }
  }
  EXPECT_GT(matched, 500u) << "hardly any rows match";
}

TEST(Join, OnSharesAgreesWithPlainEvaluation) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 rng(kSeed);
  const std::size_t trials = std::max<std::size_t>(3, ScaledTrials(24));
  for (std::size_t i = 0; i < trials && !testing::Test::HasFailure(); ++i) {
    const Files files = RandomFiles(rng, 2 + rng() % 90, 2 + rng() % 60);
    const std::string& condition = Conditions()[i % Conditions().size()];
    ExpectAsPlain(
        std::string("SELECT count(*), sum(a.x + b.y), mean(b.y), max(a.x), count(b.u) FROM a JOIN b ON ") +
            (i % 2 == 0 ? "a.key = b.key" : "b.key = a.key") + " WHERE " + condition +
            (i % 3 == 0   ? " GROUP BY b.u"
             : i % 3 == 1 ? " GROUP BY a.t"
                          : ""),
        files);
  }
}

TEST(Join, TakesEveryRowWithoutAFilterAndOtherStatistics) {
  const Files files{"key,x\n1,10\n2,20\n2,30\n3,40\n,50\n9,60\n", "key,y\n2,1.5\n1,-2\n,7\n4,8\n3,0\n"};
  ExpectAsPlain(
      "SELECT count(*), sum(b.y), median(a.x), variance(b.y), correlation(a.x, b.y) "
      "FROM a JOIN b ON a.key = b.key",
      files);
  ExpectAsPlain("SELECT sum(a.key), sum(b.key) FROM a JOIN b ON a.key = b.key", files);
}

TEST(Join, MissingKeysMatchNothingAlsoNotEachOther) {
  const Files files{"key,x\n,1\n,2\n0,4\n", "key,y\n,1\n,1\n5,1\n"};
  const Query query = MustParse("SELECT count(*), sum(a.x) FROM a JOIN b ON a.key = b.key");
  const StackedTables stacked = MustStack(query, files);
  const QueryRun run = RunQuery(MustPlan(query, stacked), stacked.table);
  ASSERT_TRUE(run.result.ok());
  EXPECT_EQ(run.outcome[0].figures[0].exact_text, "0");
  EXPECT_EQ(run.outcome[0].figures[1].exact_text, "0");
}

TEST(Join, ComparesKeysOfDifferentSignsAndDecimalsAsNumbers) {
  ExpectAsPlain("SELECT count(*), sum(a.x), sum(b.y) FROM a JOIN b ON a.key = b.k",
                {"key,x\n1,1\n-2,2\n2.5,4\n3,8\n", "k,y\n1.00,1\n-2.000,2\n2.50,4\n0.001,8\n"});
}

TEST(Join, ComparesTextsWhereKeysAreTexts) {
  ExpectAsPlain("SELECT count(*), sum(b.y) FROM a JOIN b ON a.state = b.state GROUP BY a.state",
                {"state\nOhio\nUtah\nOhio\n\nIowa\n", "state,y\nUtah,1\nAlaska,2\nOhio,4\n,8\n"},
                ColumnContent::kCategory);
}

TEST(Join, ReadsAKeyAsTextBesideTheSameColumnAsNumbers) {
  ExpectAsPlain("SELECT count(*), sum(a.key) FROM a JOIN b ON a.key = b.key WHERE a.key = '2' OR a.key > 7",
                {"key\n2\n8\n9\n1\n", "key\n2\nnine\n9\n1\n"}, ColumnContent::kCategory);
}

TEST(Join, OfTablesThatHaveNoKeyInCommonIsEmpty) {
  ExpectAsPlain("SELECT count(*), sum(a.x), mean(b.y) FROM a JOIN b ON a.key = b.key",
                {"key,x\n1,1\n2,2\n", "key,y\n3,1\n4,2\n5,6\n"});
}

// --- what is opened ------------------------------------------------------------------------------------------------

const std::set<std::string> kInternal = {"sort comparisons", "shuffle tag keys", "public randomness"};

std::vector<std::string> Opened(const std::string& text, const Files& files) {
  const Query query = MustParse(text);
  const StackedTables stacked = MustStack(query, files);
  const QueryRun run = RunQuery(MustPlan(query, stacked), stacked.table);
  EXPECT_TRUE(run.result.ok());
  std::vector<std::string> labels;
  for (const std::string& label : run.result.disclosures[0]) {
    if (!kInternal.contains(label)) labels.push_back(label);
  }
  EXPECT_EQ(run.result.disclosures[1], run.result.disclosures[0]);
  EXPECT_EQ(run.result.disclosures[2], run.result.disclosures[0]);
  return labels;
}

TEST(Join, OpensWhetherKeysRepeatAndItsSizeOnlyWhenAskedFor) {
  std::mt19937_64 rng(9);
  const Files files = RandomFiles(rng, 40, 30);
  const std::string tail = " FROM a JOIN b ON a.key = b.key";
  EXPECT_THAT(Opened("SELECT sum(a.x)" + tail, files), ElementsAre("keys repeat", "sum"));
  EXPECT_THAT(Opened("SELECT sum(b.y)" + tail + " WHERE a.x > 1", files), ElementsAre("keys repeat", "sum"));
  EXPECT_THAT(Opened("SELECT count(*)" + tail, files), ElementsAre("keys repeat", "n"));
}

// Payloads and how often keys match may differ; the network sees the same while the keys have the same order.
TEST(Join, TrafficDoesNotTellHowManyRowsMatch) {
  const Query query = MustParse("SELECT sum(a.x + b.y) FROM a JOIN b ON a.key = b.key WHERE b.y > 2");
  std::vector<SentFrame> frames[2];
  for (const int all : {0, 1}) {
    Files files{"key,x\n", "key,y\n"};
    for (int r = 0; r < 60; ++r) {
      files.b += std::to_string(4 * r) + "," + std::to_string(all == 1 ? 15 : r % 16) + "\n";
      files.a += std::to_string(4 * r + (all == 1 ? 0 : 1 + r % 3)) + "," +
                 std::to_string(all == 1 ? 7 : r % 8) + "\n";
    }
    // The same widths of both.
    files.b += "255,15\n";
    files.a += "254,7\n";
    const StackedTables stacked = MustStack(query, files);
    SimulationOptions options;
    options.hook = RecordInto(&frames[all]);
    ASSERT_TRUE(RunQuery(MustPlan(query, stacked), stacked.table, options).result.ok());
  }
  EXPECT_GT(frames[0].size(), 50u);
  EXPECT_EQ(frames[0], frames[1]);
}

TEST(Join, AFlippedBitStopsTheHonestPartiesWithoutAWrongFigure) {
  std::mt19937_64 rng(4);
  const Query query = MustParse("SELECT count(*), sum(a.x + b.y), max(b.y) FROM a JOIN b ON a.key = b.key");
  const StackedTables stacked = MustStack(query, RandomFiles(rng, 30, 20));
  const QueryPlan plan = MustPlan(query, stacked);
  const QueryRun honest = RunQuery(plan, stacked.table);
  ASSERT_TRUE(honest.result.ok());
  const std::uint32_t step = ScaledTrials(100) >= 100 ? 5 : 23;
  std::size_t stopped = 0;
  for (std::uint32_t round = 0; round < honest.result.cost[0].rounds; round += step) {
    const unsigned from = round % 3;
    SimulationOptions options;
    options.hook = [&](const FrameInFlight& frame) {
      if (frame.round != round || frame.from != PartyIndex(from) || frame.frame->size() <= 40) return;
      (*frame.frame)[36 + round % (frame.frame->size() - 36)] ^= 1;
    };
    const QueryRun run = RunQuery(plan, stacked.table, options);
    for (const unsigned party : {(from + 1) % 3, (from + 2) % 3}) {
      stopped += run.result.error[party] ? 1 : 0;
      for (std::size_t i = 0; i < run.outcome[party].figures.size(); ++i)
        EXPECT_EQ(run.outcome[party].figures[i], honest.outcome[0].figures[i]);
    }
  }
  EXPECT_GT(stopped, honest.result.cost[0].rounds / (4 * step));
}

// --- what is refused -----------------------------------------------------------------------------------------------

TEST(Join, StopsAllPartiesWhenKeysOfTheRightTableRepeat) {
  const Query query = MustParse("SELECT count(*) FROM a JOIN b ON a.key = b.key");
  const StackedTables stacked = MustStack(query, {"key\n1\n2\n3\n", "key\n5\n7\n\n\n5\n"});
  const QueryRun run = RunQuery(MustPlan(query, stacked), stacked.table);
  for (unsigned party = 0; party < 3; ++party) {
    ASSERT_TRUE(run.result.error[party].has_value());
    EXPECT_EQ(run.result.error[party]->code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(run.result.error[party]->message(), HasSubstr("several rows have the same b.key"));
    EXPECT_TRUE(run.outcome[party].figures.empty());
  }
}

std::string Refusal(const std::string& text, ErrorCode code = ErrorCode::kInvalidArgument) {
  std::size_t at = static_cast<std::size_t>(-1);
  const Status status = CheckJoin(MustParse(text), text, &at);
  EXPECT_FALSE(status.has_value()) << "accepted: " << text;
  if (status) return {};
  EXPECT_EQ(status.error().code(), code);
  EXPECT_LT(at, text.size());
  return status.error().message();
}

TEST(CheckJoin, RefusesColumnsWithoutATableOrOfAnother) {
  EXPECT_THAT(Refusal("SELECT sum(x) FROM a JOIN b ON a.key = b.key"), HasSubstr("such as a.x"));
  EXPECT_THAT(Refusal("SELECT sum(a.x) FROM a JOIN b ON a.key = b.key WHERE y > 2"),
              HasSubstr("such as a.y"));
  EXPECT_THAT(Refusal("SELECT sum(a.x) FROM a JOIN b ON key = b.key"), HasSubstr("character 34"));
  EXPECT_THAT(Refusal("SELECT sum(a.x) FROM a JOIN b ON a.key = b.key GROUP BY c.u", ErrorCode::kNotFound),
              HasSubstr("no table \"c\""));
}

TEST(CheckJoin, RefusesATableWithItselfAndKeysOfOneTable) {
  EXPECT_THAT(Refusal("SELECT sum(a.x) FROM a JOIN a ON a.key = a.key"), HasSubstr("not joined with itself"));
  EXPECT_THAT(Refusal("SELECT sum(a.x) FROM a JOIN b ON a.key = a.other"), HasSubstr("both keys are of"));
}

TEST(StackTables, RefusesKeysThatNeedMoreThanEighteenDigitsTogether) {
  const Query query = MustParse("SELECT count(*) FROM a JOIN b ON a.key = b.key");
  const Result<StackedTables> stacked = Stack(query, {"key\n123456789012345678\n", "key\n0.25\n"});
  ASSERT_FALSE(stacked.has_value());
  EXPECT_THAT(stacked.error().message(), HasSubstr("more than 18 digits"));
}

TEST(PlanQuery, RefusesAJoinOfColumnsThatAreNotStacked) {
  const Query query = MustParse("SELECT count(*) FROM a JOIN b ON a.key = b.key");
  StackedTables stacked = MustStack(query, {"key\n1\n", "key\n1\n"});
  EXPECT_TRUE(PlanQuery(query, stacked.columns, 2, "", nullptr).has_value());
  stacked.columns.back().type.bits = 2;
  EXPECT_FALSE(PlanQuery(query, stacked.columns, 2, "", nullptr).has_value());
  stacked.columns.pop_back();
  EXPECT_FALSE(PlanQuery(query, stacked.columns, 2, "", nullptr).has_value());
  EXPECT_FALSE(PlanQuery(query, {}, 2, "", nullptr).has_value());
}

TEST(EstimateCost, OfAJoinRunsOnMadeUpKeysThatRepeat) {
  std::mt19937_64 rng(2);
  const Query query = MustParse("SELECT count(*), sum(b.y) FROM a JOIN b ON a.key = b.key");
  const QueryPlan plan = MustPlan(query, MustStack(query, RandomFiles(rng, 50, 40)));
  const Result<CostEstimate> cost = EstimateCost(plan);
  ASSERT_TRUE(cost.has_value()) << cost.error().message();
  EXPECT_GT(cost->and_gates, 1000u);
  EXPECT_THAT(ExplainText(plan, *cost), HasSubstr("opens whether two rows have the same b.key"));
}

}  // namespace
}  // namespace mpcstats

// Queries on shares against the plain evaluation, what they open, and what the network sees of them.
#include "mpcstats/query/execute_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/testing.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/evaluate.h"
#include "mpcstats/query/query_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

QueryPlan MustPlan(const std::string& text, const Table& table) {
  std::size_t at = 0;
  const Result<Query> query = ParseQuery(text, &at);
  EXPECT_TRUE(query.has_value()) << text << ": " << query.error().message();
  Result<QueryPlan> plan = PlanQuery(*query, InfoOf(table), table.rows, text, &at);
  EXPECT_TRUE(plan.has_value()) << text << ": " << plan.error().message() << "\n" << CaretLines(text, at);
  return plan ? *plan : QueryPlan();
}

/// Runs `text` on shares and compares every figure, its n and its groups with the plain evaluation.
void ExpectAsPlain(const std::string& text, const Table& table) {
  SCOPED_TRACE(text);
  const Query query = *ParseQuery(text, nullptr);
  const QueryPlan plan = MustPlan(text, table);
  const QueryRun run = RunQuery(plan, table);
  ASSERT_TRUE(run.result.ok());
  const std::vector<PlainGroup> want = EvaluatePlain(query, table);
  ASSERT_EQ(plan.group_count(), want.size());
  const std::size_t items = query.items.size();
  for (const QueryOutcome& outcome : run.outcome) {
    ASSERT_EQ(outcome.figures.size(), want.size() * items);
    for (std::size_t g = 0; g < want.size(); ++g) {
      if (plan.groups) EXPECT_EQ(plan.groups->labels[g], want[g].label);
      for (std::size_t i = 0; i < items; ++i) {
        const Figure& got = outcome.figures[g * items + i];
        EXPECT_TRUE(AgreesWith(got, want[g].figures[i]))
            << ToText(query.items[i]) << " of group " << g << ": " << got.exact_text << got.undefined
            << " for " << want[g].figures[i].exact_text << want[g].figures[i].undefined;
        const auto& count = outcome.counts[g * items + i];
        if (count) EXPECT_EQ(*count, want[g].counts[i]);
      }
    }
  }
}

TEST(ExecuteQuery, AgreesWithPlainEvaluationOnThreeHundredRandomQueries) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 rng(kSeed);
  QueryWriter writer(rng);
  const std::vector<std::string> groups = {"",
                                           " GROUP BY t",
                                           " GROUP BY u",
                                           " GROUP BY bucket(c, -10, 0.5, 12)",
                                           " GROUP BY bucket(a + d, -2.25, 0, 7)",
                                           ""};
  const std::size_t trials = ScaledTrials(300);
  for (std::size_t i = 0; i < trials && !testing::Test::HasFailure(); ++i) {
    const std::size_t rows = i % 3 == 0 ? 64 : 1 + rng() % 90;
    const Table table = RandomTable(rng, std::max<std::size_t>(rows, 2));
    std::string value;
    do {
      value = writer.Column() + " + " + writer.Value(2);
    } while (value.find("NULL") != std::string::npos || value.find("0 * ") != std::string::npos);  // refused
    ExpectAsPlain("SELECT count(*), sum(" + value + "), mean(d), max(" + writer.Column() + " - " +
                      writer.Column() + "), count(t) FROM data WHERE " + writer.Condition(2) +
                      groups[i % groups.size()],
                  table);
  }
}

// A column times 0.1 has the column's units and a decimal more.
TEST(ExecuteQuery, MovesTheDecimalsOfAColumnTimesAPowerOfTen) {
  std::mt19937_64 rng(5);
  const Table table = RandomTable(rng, 70);
  for (const char* items : {"sum(c * 0.1), mean(0.01 * d), sum(c * 1), sum(a * 1.0)",
                            "max(0.001 * d), min(d * 0.1 * 10), variance(c * 0.1), sum(0.1 * b * 0.1)",
                            "covariance(c * 0.1, c), count(d * 0.01), sum(-(c * 0.1)), sum(0.1 * (a * b))"}) {
    for (const char* rest :
         {"", " WHERE c * 0.1 < 1.5 AND 0.01 * d <> 0.05", " GROUP BY bucket(c * 0.1, -1, 0.05, 2)"}) {
      ExpectAsPlain("SELECT " + std::string(items) + " FROM data" + rest, table);
    }
  }
}

Table TableOf(const std::string& text, const std::vector<WantedColumn>& wanted) {
  Result<Table> table = ReadTable("t.csv", text, wanted, CsvOptions());
  EXPECT_TRUE(table.has_value()) << table.error().message();
  return table ? *table : Table();
}

const Table& Small() {
  static const Table table = [] {
    std::mt19937_64 rng(3);
    return RandomTable(rng, 100);
  }();
  return table;
}

bool Plans(const std::string& call) {
  const Query query = *ParseQuery("SELECT " + call + " FROM data", nullptr);
  return PlanQuery(query, InfoOf(Small()), Small().rows, "", nullptr).has_value();
}

TEST(ExecuteQuery, RunsEveryStatisticWithAFilterAndInGroups) {
  std::size_t tested = 0;
  for (const Statistic* statistic : AllStatistics()) {
    std::string rest;
    for (std::size_t i = 1; i < statistic->columns.min; ++i) rest += i == 1 ? ", b" : ", a";
    for (const Decimal& number : statistic->ExampleNumbers()) rest += ", " + FormatDecimal(number);
    std::string call = std::string(statistic->name) + "(c" + rest + ")";
    if (!Plans(call)) call = std::string(statistic->name) + "(b" + rest + ")";  // not of negative numbers
    ASSERT_TRUE(Plans(call)) << call << " was not tested";
    ExpectAsPlain("SELECT " + call + " FROM data WHERE a > -4", Small());
    // Three times the work: the sanitizers' run takes a part of them.
    if (tested++ % std::min<std::size_t>(ScaledStride(), 4) != 0) continue;
    ExpectAsPlain("SELECT " + call + " FROM data GROUP BY u", Small());
  }
}

TEST(ExecuteQuery, TakesTextsWhereAStatisticTakesNumbers) {
  for (const char* items :
       {"frequency(t), frequency(u), count(t)", "frequency(t, 'South'), frequency(u, 'North', 'East')",
        "cross_table(t, u), chi_squared(u, t)",
        "welch_t(c, t, 'East', 'Ürgüp'), mann_whitney(a, u, 'South', 'East')",
        "welch_interval(c, t, 'East', 'Ürgüp'), welch_interval(a, u, 'South', 'East', 0.999)"}) {
    for (const char* rest : {"", " WHERE c > 0", " WHERE t <> 'South' GROUP BY u"}) {
      ExpectAsPlain("SELECT " + std::string(items) + " FROM data" + rest, Small());
    }
  }
}

TEST(ExecuteQuery, ReadsAColumnAsTextsAndAsNumbersAtOnce) {
  const std::string text = "SELECT frequency(x), sum(x), frequency(x, 30), mann_whitney(y, x) FROM data";
  const Table table = TableOf("x,y\n30,1\n4,2\n30,5\n,3\n4,7\n", WantedColumns(*ParseQuery(text, nullptr)));
  ExpectAsPlain(text, table);
}

TEST(ExecuteQuery, NamesWhatItCountsByTheTexts) {
  const std::string text = "SELECT frequency(t), frequency(t, 'b') FROM data";
  const Table table = TableOf("t\nb\na\n\nb\nc\n", {{"t", ColumnContent::kCategory}});
  const QueryRun run = RunQuery(MustPlan(text, table), table);
  ASSERT_TRUE(run.result.ok());
  std::vector<std::string> named;
  for (const Figure& figure : run.outcome[0].figures) {
    for (const Figure& part : figure.parts) named.push_back(part.name + " " + part.exact_text);
  }
  EXPECT_THAT(named, ElementsAre("a 1", "b 2", "c 1", "b 2", "other 2"));
}

TEST(ExecuteQuery, MultipliesSignedAndUnsignedExactly) {
  const Table table = TableOf("x,y,z\n-3,5,0\n2,-7,1\n-8,-8,1\n,4,0\n7,7,1\n0,-1,0\n", {{"x"}, {"y"}, {"z"}});
  ExpectAsPlain("SELECT sum(x * y), max(x * y), min(x * z), sum(y * z * 3), mean(x * x) FROM data", table);
  ExpectAsPlain("SELECT sum(-x * 2.5 + y), max(10 - y), count(x * y) FROM data WHERE x * y > -20", table);
}

TEST(ExecuteQuery, FollowsTheColumnOfOneValue) {
  const Table table = TableOf("x,t\n5,only\n5,only\n,\n", {{"x"}, {"t", ColumnContent::kCategory}});
  ExpectAsPlain("SELECT count(*), sum(x), max(x) FROM data WHERE t = 'only' GROUP BY t", table);
  ExpectAsPlain("SELECT count(*), mean(x) FROM data WHERE t <> 'other' OR x IS NULL", table);
  ExpectAsPlain("SELECT count(*) FROM data WHERE t > 'on' AND t < 'onz'", table);
}

TEST(ExecuteQuery, TakesFiltersThatKeepNothingOrEverything) {
  ExpectAsPlain("SELECT count(*), sum(a), mean(a), median(a) FROM data WHERE c > 1000", Small());
  ExpectAsPlain("SELECT count(*), sum(a), mean(a), median(a) FROM data WHERE c < 1000 OR t IS NULL", Small());
  ExpectAsPlain("SELECT count(*), mean(d) FROM data WHERE a = NULL GROUP BY t", Small());
}

TEST(ExecuteQuery, ReadsARealNineHundredNinetyNineAsANumber) {
  const Table table = TableOf("x\n1000\n999\n5\n\n7\n3\n", {{"x"}});
  ExpectAsPlain("SELECT median(x), count(x), count(*) FROM data WHERE x <> 3", table);
}

// --- what is opened ------------------------------------------------------------------------------------------------

const std::set<std::string> kInternal = {"sort comparisons", "shuffle tag keys", "public randomness"};

std::vector<std::string> Opened(const std::string& text, const Table& table = Small()) {
  const QueryRun run = RunQuery(MustPlan(text, table), table);
  EXPECT_TRUE(run.result.ok());
  std::vector<std::string> labels;
  for (const std::string& label : run.result.disclosures[0]) {
    if (!kInternal.contains(label)) labels.push_back(label);
  }
  std::ranges::sort(labels);
  EXPECT_EQ(run.result.disclosures[1], run.result.disclosures[0]);
  EXPECT_EQ(run.result.disclosures[2], run.result.disclosures[0]);
  return labels;
}

std::vector<std::string> Times(std::size_t n, const std::vector<std::string>& labels) {
  std::vector<std::string> all;
  for (const std::string& label : labels) all.insert(all.end(), n, label);
  return all;
}

TEST(QueryDisclosure, AFilterOpensNothingOfItsOwn) {
  EXPECT_THAT(Opened("SELECT sum(a) FROM data"), ElementsAre("n", "sum"));
  EXPECT_THAT(Opened("SELECT sum(a) FROM data WHERE b > 2"), ElementsAre("sum"));
  EXPECT_THAT(Opened("SELECT sum(a), mean(a) FROM data WHERE b > 2"), ElementsAre("n", "sum"));
  EXPECT_THAT(Opened("SELECT count(*) FROM data WHERE b > 2 AND t IN ('South', 'North')"), ElementsAre("n"));
  EXPECT_THAT(Opened("SELECT median(a), max(b) FROM data WHERE b > 2"),
              ElementsAre("max", "median", "n", "n"));
}

TEST(QueryDisclosure, GroupsOpenTheirSizesOnlyForCountAndMean) {
  EXPECT_THAT(Opened("SELECT sum(a) FROM data GROUP BY u"), ElementsAreArray(Times(3, {"sum"})));
  EXPECT_THAT(Opened("SELECT sum(a), sum(b) FROM data GROUP BY u"), ElementsAreArray(Times(6, {"sum"})));
  EXPECT_THAT(Opened("SELECT count(*) FROM data GROUP BY u"), ElementsAreArray(Times(3, {"n"})));
  EXPECT_THAT(Opened("SELECT mean(a), sum(a), count(a) FROM data GROUP BY u"),
              ElementsAreArray(Times(3, {"n", "sum"})));
}

TEST(QueryDisclosure, OtherStatisticsOpenInEachGroupWhatTheyDeclare) {
  EXPECT_THAT(Opened("SELECT max(c) FROM data GROUP BY u"), ElementsAreArray(Times(3, {"max", "n"})));
  EXPECT_THAT(Opened("SELECT sum(a), median(c) FROM data GROUP BY bucket(c, 0)"),
              ElementsAreArray(Times(2, {"median", "n", "sum"})));
}

TEST(QueryDisclosure, IsWhatExplainPromises) {
  const QueryPlan plan = MustPlan("SELECT sum(a), mean(a), max(c), count(*) FROM data GROUP BY u", Small());
  EXPECT_THAT(Disclosures(plan), ElementsAre("sum", "n, sum", "n, max", "n"));
}

// --- what the network sees -----------------------------------------------------------------------------------------

TEST(QueryTraffic, DoesNotDependOnTheData) {
  for (const std::string text :
       {"SELECT sum(a * b), mean(d), count(*) FROM data WHERE a + b > c AND t <> 'South' OR d IS NULL GROUP "
        "BY t",
        "SELECT sum(c), mean(a) FROM data WHERE c BETWEEN 0 AND 3 AND u IN ('East', 'South')"}) {
    SCOPED_TRACE(text);
    const Table& table = Small();
    Table other = table;
    for (NumericColumn& column : other.columns) {
      // The same types, categories and whether a cell may be missing; all values and missing cells elsewhere.
      std::ranges::reverse(column.units);
      std::ranges::reverse(column.valid);
      for (std::size_t r = 0; r + 1 < other.rows; ++r) {
        column.units[r] = column.units[other.rows - 1];
        if (!std::ranges::all_of(column.valid, [](std::uint8_t there) { return there != 0; }))
          column.valid[r] = 0;
      }
    }
    const QueryPlan plan = MustPlan(text, table);
    std::vector<SentFrame> frames[2];
    SimulationOptions options;
    options.hook = RecordInto(&frames[0]);
    ASSERT_TRUE(RunQuery(plan, table, options).result.ok());
    options.hook = RecordInto(&frames[1]);
    ASSERT_TRUE(RunQuery(plan, other, options).result.ok());
    EXPECT_GT(frames[0].size(), 50u);
    EXPECT_EQ(frames[0], frames[1]);
  }
}

// A party that changes one message of a filtered, grouped query: whoever is honest stops, or has the right figures.
TEST(QueryTraffic, AFlippedBitStopsTheHonestPartiesWithoutAWrongFigure) {
  const std::string text = "SELECT sum(a), mean(d), max(c) FROM data WHERE a + b > 3 GROUP BY bucket(c, 0)";
  const QueryPlan plan = MustPlan(text, Small());
  const QueryRun honest = RunQuery(plan, Small());
  ASSERT_TRUE(honest.result.ok());
  std::size_t stopped = 0;
  for (std::uint32_t round = 0; round < honest.result.cost[0].rounds; round += 7) {
    const unsigned from = round % 3;
    SimulationOptions options;
    options.hook = [&](const FrameInFlight& frame) {
      if (frame.round != round || frame.from != PartyIndex(from) || frame.frame->size() <= 40) return;
      (*frame.frame)[36 + round % (frame.frame->size() - 36)] ^= 1;
    };
    const QueryRun run = RunQuery(plan, Small(), options);
    for (const unsigned party : {(from + 1) % 3, (from + 2) % 3}) {
      stopped += run.result.error[party] ? 1 : 0;
      for (std::size_t i = 0; i < run.outcome[party].figures.size(); ++i)
        EXPECT_EQ(run.outcome[party].figures[i], honest.outcome[0].figures[i]);
    }
  }
  EXPECT_GT(stopped, honest.result.cost[0].rounds / 20);
}

// --- what is refused before a run ----------------------------------------------------------------------------------

std::string Refusal(const std::string& text, ErrorCode code = ErrorCode::kInvalidArgument) {
  const Result<Query> query = ParseQuery(text, nullptr);
  EXPECT_TRUE(query.has_value()) << query.error().message();
  std::size_t at = 0;
  const Result<QueryPlan> plan = PlanQuery(*query, InfoOf(Small()), Small().rows, text, &at);
  EXPECT_FALSE(plan.has_value()) << "accepted: " << text;
  if (plan) return {};
  EXPECT_EQ(plan.error().code(), code) << plan.error().message();
  EXPECT_EQ(plan.error().message().find('\n'), std::string::npos);
  return plan.error().message();
}

TEST(PlanQuery, RefusesWhatNeedsMoreThanEighteenDigits) {
  EXPECT_THAT(Refusal("SELECT sum(c * 1000000000 * 1000000000) FROM data"), HasSubstr("more than 18 digits"));
  std::string power = "c";
  for (int i = 0; i < 20; ++i) power += " * c";
  EXPECT_THAT(Refusal("SELECT sum(" + power + ") FROM data"), HasSubstr("more than 18 digits"));
}

TEST(PlanQuery, RefusesTextsWhereNumbersShouldBeAndNamesThatAreNotThere) {
  EXPECT_THAT(Refusal("SELECT sum(a + 'x') FROM data"), HasSubstr("is a text where a number should be"));
  EXPECT_THAT(Refusal("SELECT sum(a) FROM data WHERE a + 1 = 'x'"),
              HasSubstr("compared with a column alone"));
  EXPECT_THAT(Refusal("SELECT sum(a) FROM data WHERE t = South", ErrorCode::kNotFound), HasSubstr("'South'"));
  EXPECT_THAT(Refusal("SELECT sum(other.a) FROM data", ErrorCode::kNotFound),
              HasSubstr("no table \"other\""));
  EXPECT_THAT(Refusal("SELECT sum(3) FROM data", ErrorCode::kNotFound), HasSubstr("no column \"3\""));
  EXPECT_THAT(Refusal("SELECT sum(2 + 3) FROM data"), HasSubstr("the same for every row"));
  EXPECT_THAT(Refusal("SELECT quantile(a, 0.5, b) FROM data"), HasSubstr("columns stand before the numbers"));
  EXPECT_THAT(Refusal("SELECT median(a) FROM data GROUP BY bucket(a, 3, 2)"), HasSubstr("sort them"));
  EXPECT_THAT(Refusal("SELECT u, median(a) FROM data"), HasSubstr("a row's value is never shown"));
  EXPECT_THAT(Refusal("SELECT quantile(a, 'x') FROM data"), HasSubstr("is a text where a number should be"));
  EXPECT_THAT(Refusal("SELECT frequency(t, 'x') FROM data"), HasSubstr("'x' is no category"));
  EXPECT_THAT(Refusal("SELECT cross_table(t, u, 'South', 'South') FROM data"),
              HasSubstr("is a text where a number should be"));
  EXPECT_THAT(Refusal("SELECT welch_t(a, t) FROM data"), HasSubstr("name 2 in single quotes"));
  EXPECT_THAT(Refusal("SELECT welch_t(a, t, 'South') FROM data"), HasSubstr("name 2 in single quotes"));
  EXPECT_THAT(Refusal("SELECT welch_t(a, t, 'South', 'South') FROM data"), HasSubstr("both are"));
  EXPECT_THAT(Refusal("SELECT frequency(t, 'South', a) FROM data"), HasSubstr("columns stand before"));
  EXPECT_THAT(Refusal("SELECT frequency(t, 'South', 1) FROM data"),
              HasSubstr("is a text where a number should be"));
  EXPECT_THAT(Refusal("SELECT welch_t(a, t, 'South', 'East', 0.9) FROM data"),
              HasSubstr("is a text where a number should be"));
  EXPECT_THAT(Refusal("SELECT welch_interval(a, t, 'South', 'East', 1) FROM data"),
              HasSubstr("from 0.5 to 0.999999"));
  EXPECT_THAT(Refusal("SELECT welch_interval(a, t, 'South', 0.9) FROM data"),
              HasSubstr("is a text where a number should be"));
  EXPECT_THAT(Refusal("SELECT welch_interval(a, t, 0.9, 'South', 'East') FROM data"),
              HasSubstr("texts stand before the numbers"));
  EXPECT_THAT(Refusal("SELECT welch_interval(a, t, 'South', 'East', 0.9, 0.9) FROM data"),
              HasSubstr("at most three numbers"));
  EXPECT_THAT(Refusal("SELECT u FROM data GROUP BY u"), HasSubstr("nothing to compute"));
  EXPECT_THAT(Refusal("SELECT avg(a) FROM data"), HasSubstr("there is no statistic avg"));
}

TEST(PlanQuery, RefusesNumbersThatWouldBeComparedAsTexts) {
  const Table years =
      TableOf("x,y\n9,09\n10,10\n,11\n", {{"x", ColumnContent::kCategory}, {"y", ColumnContent::kCategory}});
  const auto plan = [&](const std::string& condition) {
    return PlanQueryText("SELECT count(*) FROM data WHERE " + condition, InfoOf(years), years.rows);
  };
  for (const char* condition : {"x > '9'", "'9' < x", "NOT x <= '9'", "x BETWEEN '8' AND '12'"}) {
    const Result<QueryPlan> refused = plan(condition);
    ASSERT_FALSE(refused.has_value()) << condition;
    EXPECT_THAT(refused.error().message(), HasSubstr("in another order as texts; write '"));
  }
  EXPECT_TRUE(plan("x = '9' OR x IN ('10', '12')").has_value());
  EXPECT_TRUE(plan("y > '09'").has_value()) << "of one length the order is the same";
}

TEST(PlanQuery, PointsAtTheFigureOrTheNumberThatDoesNotFit) {
  const auto fault = [](const std::string& text) {
    std::size_t at = 0;
    EXPECT_FALSE(PlanQuery(*ParseQuery(text, nullptr), InfoOf(Small()), Small().rows, text, &at).has_value());
    return text.substr(at);
  };
  EXPECT_EQ(fault("SELECT sum(a), modus(a) FROM data"), "modus(a) FROM data");
  EXPECT_EQ(fault("SELECT sum(a), quantile(a, 2) FROM data"), "2) FROM data");
  EXPECT_EQ(fault("SELECT quantile(a, 0.5, 10) FROM data"), "10) FROM data");
  EXPECT_EQ(fault("SELECT sum(a), quantile(b, 0.1, 7, 3) FROM data"), "3) FROM data");
  EXPECT_EQ(fault("SELECT sum(a), quantile(b) FROM data"), "quantile(b) FROM data");
  EXPECT_EQ(fault("SELECT sum(a), covariance(a) FROM data"), "covariance(a) FROM data");
  EXPECT_EQ(fault("SELECT sum(a), gini(d) FROM data"), "gini(d) FROM data");
}

TEST(PlanQuery, TakesTheGroupedColumnWithItsTableOrWithout) {
  EXPECT_EQ(MustPlan("SELECT u, count(*) FROM data GROUP BY data.u", Small()).group_count(), 3u);
  EXPECT_EQ(MustPlan("SELECT data.u, count(*) FROM data GROUP BY u", Small()).group_count(), 3u);
}

TEST(PlanQuery, NamesTheTextsOfAColumnThatHasTooManyOrTooFew) {
  std::string rows = "x,one,many\n";
  for (int i = 0; i < 300; ++i) rows += std::to_string(i) + ",a,text " + std::to_string(i) + "\n";
  const Table table = TableOf(rows, {{"one", ColumnContent::kCategory}, {"many", ColumnContent::kCategory}});
  const auto refusal = [&](const std::string& call) {
    const std::string text = "SELECT " + call + " FROM data";
    const Result<QueryPlan> plan = PlanQueryText(text, InfoOf(table), table.rows);
    return plan ? "accepted" : plan.error().message();
  };
  EXPECT_THAT(
      refusal("chi_squared(many, one)"),
      HasSubstr("chi_squared takes columns of 2 to 32 different texts, and many has 300, one has 1; choose"));
  EXPECT_THAT(refusal("frequency(many)"),
              HasSubstr("columns of at most 256 different texts, and many has 300;"));
  EXPECT_EQ(refusal("frequency(one)"), "accepted");
}

TEST(MentionOf, FindsTheColumnInFiguresKeysGroupsAndTheCondition) {
  const auto mention = [](const std::string& text, std::string_view table, std::string_view name) {
    const std::optional<Mention> found = MentionOf(*ParseQuery(text, nullptr), table, name);
    return found ? text.substr(found->begin) + (found->in_condition ? " ?" : "") : "none";
  };
  EXPECT_EQ(mention("SELECT sum(a + b) FROM t", "t", "b"), "b) FROM t");
  EXPECT_EQ(mention("SELECT sum(a) FROM t WHERE c = South", "t", "South"), "South ?");
  EXPECT_EQ(mention("SELECT sum(a) FROM t GROUP BY g", "t", "g"), "g");
  EXPECT_EQ(mention("SELECT sum(t.a) FROM t JOIN u ON t.k = u.k", "u", "k"), "u.k");
  EXPECT_EQ(mention("SELECT sum(a) FROM t", "t", "b"), "none");
}

TEST(PlanQuery, HashesEverythingThatDecidesTheRun) {
  std::set<Bytes32> hashes;
  for (const char* text : {"SELECT sum(a) FROM data", "SELECT sum(a) FROM data WHERE t = 'South'",
                           "SELECT sum(a) FROM data WHERE t = 'North'", "SELECT sum(a) FROM data GROUP BY t",
                           "SELECT sum(a + 1) FROM data"}) {
    hashes.insert(MustPlan(text, Small()).Hash());
  }
  Table other = Small();
  other.readings[4].categories[0] = "Earth";
  hashes.insert(MustPlan("SELECT sum(a) FROM data", other).Hash());
  EXPECT_EQ(hashes.size(), 6u);
  EXPECT_EQ(MustPlan("select  sum( a ) from data;", Small()).Hash(),
            MustPlan("SELECT sum(a) FROM data", Small()).Hash());
}

TEST(WantedColumns, ReadsAColumnAsWhatItIsUsedFor) {
  const Query query = *ParseQuery(
      "SELECT count(name), mean(x) FROM data WHERE t = 'a' AND year > 3 AND z IS NULL GROUP BY year",
      nullptr);
  EXPECT_THAT(WantedColumns(query),
              ElementsAre(WantedColumn{"x"}, WantedColumn{"t", ColumnContent::kCategory},
                          WantedColumn{"year"}, WantedColumn{"year", ColumnContent::kCategory},
                          WantedColumn{"name", ColumnContent::kPresence},
                          WantedColumn{"z", ColumnContent::kPresence}));
}

}  // namespace
}  // namespace mpcstats

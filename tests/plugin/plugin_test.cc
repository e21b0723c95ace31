// One more file is one more statistic: examples/statistics/mean_difference.cc in the command line, in EXPLAIN, in a survey and
// in the HTTP API, with no other file changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "mpcstats/engine/testing.h"
#include "mpcstats/net/http_client.h"
#include "mpcstats/service/openapi.h"
#include "mpcstats/service/testing.h"
#include "survey_system.h"

namespace mpcstats::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

Outcome RunWithExample(const std::vector<std::string>& arguments, Start start = Start::kAllowed) {
  return Program(arguments, start, MPCSTATS_WITH_EXAMPLE).Wait();
}

NumericColumn Signed(const std::vector<std::int64_t>& units) {
  NumericColumn column;
  column.name = "x";
  column.type = {.bits = 20, .is_signed = true, .scale = 1};
  column.units = units;
  column.valid.assign(units.size(), 1);
  return column;
}

PlanRun RunExample(const NumericColumn& column, const SimulationOptions& options = {}) {
  const Result<Plan> plan = PlanFor({"mean_difference(x)"}, {column});
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return RunPlan(*plan, {column}, options);
}

TEST(ExampleStatistic, IsTheMeanOfAllDifferences) {
  // (|1+4| + |1-7| + |-4-7|) / 3 tenths, and a value that is missing.
  NumericColumn column = Signed({1, -4, 7, 0});
  column.valid[3] = 0;
  const PlanRun run = RunExample(column);
  ASSERT_EQ(run.ErrorText(), "");
  EXPECT_EQ(run.figures[0][0].exact_text, "11/15");
  EXPECT_EQ(run.figures[1][0], run.figures[0][0]);
  EXPECT_EQ(run.figures[2][0], run.figures[0][0]);
}

TEST(ExampleStatistic, AgreesWithItsReferenceInTheClear) {
  const int trials = ScaledTrials(8);
  for (int trial = 0; trial < trials; ++trial) {
    const auto seed = static_cast<std::uint64_t>(trial);
    NumericColumn column = UniformColumn("x", 3 + 40 * static_cast<std::size_t>(trial), 20, seed);
    const PlanRun run = RunExample(column);
    ASSERT_EQ(run.ErrorText(), "");
    // All pairs, one by one: neither the statistic nor its reference does it like this.
    __int128 differences = 0;
    const auto rows = static_cast<__int128>(column.units.size());
    for (const std::int64_t a : column.units) {
      for (const std::int64_t b : column.units) differences += a < b ? b - a : 0;
    }
    const Rational mean = Rational(2 * differences) / Rational(rows * (rows - 1));
    EXPECT_EQ(run.figures[0][0].exact_text, mean.ToExact());
    const std::vector<std::vector<std::int64_t>> units = {column.units};
    const std::vector<ColumnType> types = {column.type};
    EXPECT_TRUE(AgreesWith(run.figures[0][0], FindStatistic("mean_difference")->Plain(units, types, {})));
  }
}

TEST(ExampleStatistic, OpensWhatItDeclares) {
  const PlanRun run = RunExample(UniformColumn("x", 70, 20, 3));
  ASSERT_EQ(run.ErrorText(), "");
  std::vector<std::string> labels;
  for (const std::string& label : run.result.disclosures[0]) {
    if (label != "sort comparisons" && label != "shuffle tag keys" && label != "public randomness")
      labels.push_back(label);
  }
  EXPECT_THAT(labels, testing::ElementsAre("n", "sum of differences"));
}

TEST(ExampleStatistic, OneValueHasNone) {
  const PlanRun run = RunExample(Signed({5}));
  ASSERT_EQ(run.ErrorText(), "");
  EXPECT_EQ(run.figures[0][0].undefined, "fewer than two values");
}

TEST(ExampleStatistic, AnAlteredMessageNeverBendsTheFigure) {
  const NumericColumn column = Signed({1, -4, 7, 12, 9});
  // Every message that party 1 sends in an honest run, by round and receiver.
  std::vector<std::pair<std::uint32_t, PartyIndex>> sent;
  SimulationOptions listen;
  listen.hook = [&](const FrameInFlight& frame) {
    if (frame.from == PartyIndex(1) && !frame.frame->empty()) sent.emplace_back(frame.round, frame.to);
  };
  const PlanRun honest = RunExample(column, listen);
  ASSERT_EQ(honest.ErrorText(), "");
  ASSERT_FALSE(sent.empty());
  std::size_t runs = 0;
  std::size_t stopped = 0;
  for (std::size_t i = 0; i < sent.size(); i += 1 + sent.size() / 8, ++runs) {
    SimulationOptions options;
    options.hook = [&](const FrameInFlight& frame) {
      if (frame.from != PartyIndex(1) || std::pair(frame.round, frame.to) != sent[i]) return;
      if (frame.frame->empty()) return;
      frame.frame->back() = static_cast<std::uint8_t>(frame.frame->back() ^ 1);
    };
    const PlanRun run = RunExample(column, options);
    stopped += run.ErrorText().empty() ? 0 : 1;
    for (const unsigned party : {0u, 2u}) {
      if (!run.figures[party].empty()) EXPECT_EQ(run.figures[party][0], honest.figures[0][0]);
    }
  }
  EXPECT_EQ(stopped, runs) << "whoever gets an altered message stops";
}

TEST(ExampleStatistic, IsComputedByTheCommand) {
  const Outcome outcome = RunWithExample({"compute", "--csv", SourceFile("examples/us_states_1977.csv"),
                                          "--json", "mean_difference(income_usd)"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json result = Json::parse(outcome.out).at("results").at(0);
  // R: Hmisc::GiniMd(state.x77[, "Income"])
  EXPECT_NEAR(result.at("value"), 692.67, 0.005) << result.dump();
}

TEST(ExampleStatistic, IsListed) {
  const Outcome with = RunWithExample({"statistics"});
  ASSERT_EQ(with.code, 0) << with.err;
  EXPECT_THAT(with.out, AllOf(HasSubstr("mean_difference(x)"), HasSubstr("mean(x)"),
                              HasSubstr("opens n, sum of differences")));
  EXPECT_THAT(RunProgram({"statistics"}).out, AllOf(HasSubstr("mean(x)"), Not(HasSubstr("mean_difference"))));
}

TEST(ExampleStatistic, IsExplained) {
  const Outcome outcome =
      RunWithExample({"compute", "--csv", SourceFile("examples/us_states_1977.csv"), "--query",
                      "EXPLAIN SELECT mean_difference(income_usd) FROM data WHERE frost_days > 50"},
                     Start::kRefused);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("mean_difference(income_usd)"), HasSubstr("sum of differences"),
                                 HasSubstr("AND gates")));
}

TEST(ExampleStatistic, AProgramWithoutItSaysWhichThereAre) {
  const Outcome outcome = RunProgram(
      {"compute", "--csv", SourceFile("examples/us_states_1977.csv"), "mean_difference(income_usd)"},
      Start::kRefused);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("no statistic mean_difference"), HasSubstr("median")));
}

TEST(ExampleStatistic, IsReleasedByASurveyAndListedByItsServers) {
  SystemOptions options;
  options.group_min = 6;
  options.extra_columns = "[[figures]]\nexpr = \"mean_difference(amount)\"\n";
  options.binary = MPCSTATS_WITH_EXAMPLE;
  SurveySystem system(options);
  ASSERT_EQ(system.ShareMany({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, "many").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  // 2 sum (2i - 11) i / 90 = 330 / 90
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "mean_difference(amount)"), "11/3");

  HttpClientOptions publisher;
  publisher.base = *Url::Parse("http://127.0.0.1:" + std::to_string(system.page_port()));
  auto client = HttpClient::Create(std::move(publisher));
  ASSERT_TRUE(client.has_value());
  const auto response = (*client)->Request("GET", "/v1/statistics");
  ASSERT_TRUE(response.has_value()) << response.error().message();
  const ByteSpan content = response->Content();
  const Json list = Json::parse(content.begin(), content.end()).at("statistics");
  const auto found =
      std::ranges::find_if(list, [](const Json& one) { return one.at("name") == "mean_difference"; });
  ASSERT_NE(found, list.end());
  EXPECT_EQ(found->at("call"), "mean_difference(x)");
  EXPECT_EQ(found->at("discloses"), Json::parse(R"(["n", "sum of differences"])"));
  EXPECT_THAT(std::string(OpenApiDocument()), HasSubstr("/v1/statistics"));
}

}  // namespace
}  // namespace mpcstats::e2e

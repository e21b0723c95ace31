// mpcstats compute and simulate on tables that are right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "program.h"

namespace mpcstats::e2e {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

Json ReadJson(const std::string& relative) {
  std::ifstream in(SourceFile(relative));
  return Json::parse(in);
}

std::string Call(const std::string& statistic, const std::string& column) {
  return statistic + "(\"" + column + "\")";
}

/// Expressions of a committed reference and the value of each.
std::vector<std::pair<std::string, Json>> Expectations(const Json& reference) {
  std::vector<std::pair<std::string, Json>> all;
  for (const auto& [column, statistics] : reference.at("columns").items()) {
    for (const auto& [statistic, value] : statistics.items()) {
      if (statistic == "n" || statistic == "missing") continue;
      if (statistic != "quantile") {
        if (!value.contains("reason")) all.emplace_back(Call(statistic, column), value);
        continue;
      }
      for (const auto& [q, quantile] : value.items()) {
        if (!quantile.contains("reason"))
          all.emplace_back("quantile(\"" + column + "\", " + q + ")", quantile);
      }
    }
  }
  return all;
}

void CheckTable(const std::string& csv, const std::string& reference) {
  SCOPED_TRACE(csv);
  const auto expectations = Expectations(ReadJson(reference));
  std::vector<std::string> arguments = {"compute", "--csv", SourceFile(csv), "--json"};
  for (const auto& [expression, unused] : expectations) arguments.push_back(expression);
  const Outcome outcome = RunProgram(arguments);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1) << "one line of JSON";
  const Json answer = Json::parse(outcome.out);
  ASSERT_EQ(answer.at("results").size(), expectations.size());
  for (std::size_t i = 0; i < expectations.size(); ++i) {
    const Json& got = answer.at("results").at(i);
    const Json& want = expectations[i].second;
    SCOPED_TRACE(expectations[i].first + " " + got.dump());
    if (got.contains("error_bound")) {
      EXPECT_LE(std::abs(got.at("value").get<double>() - want.at("double").get<double>()),
                got.at("error_bound").get<double>());
      continue;
    }
    EXPECT_EQ(got.at("value").get<double>(), want.at("double").get<double>());
    if (want.contains("exact")) EXPECT_EQ(got.at("exact"), want.at("exact"));
  }
  for (const char* field : {"rounds", "and_gates", "multiplications", "bytes_sent", "wall_seconds"}) {
    EXPECT_TRUE(answer.at("cost").contains(field)) << field;
  }
}

TEST(Compute, GivesTheExactFiguresOfTheExamples) {
  CheckTable("examples/us_states_1977.csv", "tests/data/statistics/us_states_1977.json");
  CheckTable("examples/old_faithful.csv", "tests/data/statistics/old_faithful.json");
}

TEST(Compute, GivesTheExactFiguresWithMissingValuesAndHugeOnes) {
  CheckTable("tests/data/statistics/missing.csv", "tests/data/statistics/missing.json");
  CheckTable("tests/data/statistics/extreme.csv", "tests/data/statistics/extreme.json");
}

TEST(Compute, PrintsATableForPeople) {
  const Outcome outcome = RunProgram({"compute", "--csv", SourceFile("examples/us_states_1977.csv"),
                                      "mean(income_usd)", "gini(income_usd)", "stdev(income_usd)"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"expression", "mean(income_usd)", "4435.8", "0.0765", "(within 5e-07)", "50 rows",
                           "every step was verified before a figure was opened", "rounds", "AND gates"}) {
    EXPECT_THAT(outcome.out, HasSubstr(part));
  }
  EXPECT_EQ(outcome.err, "") << "no progress bar without a terminal";
}

TEST(Compute, SaysWhyAFigureIsUndefined) {
  const TemporaryFile csv("undefined.csv", "x,y\n1,\n2,\n");
  const Outcome outcome =
      RunProgram({"compute", "--csv", csv.path(), "--json", "mean(y)", "stdev(y)", "count(y)"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json results = Json::parse(outcome.out).at("results");
  EXPECT_EQ(results[0].at("undefined"), "no values");
  EXPECT_TRUE(results[0].at("value").is_null());
  EXPECT_EQ(results[1].at("undefined"), "no values");
  EXPECT_EQ(results[2].at("exact"), "0");
}

TEST(Compute, ReadsOtherDelimitersAndQuotedNames) {
  for (const auto& [name, character] : {std::pair{";", ';'}, std::pair{"tab", '\t'}, std::pair{"|", '|'}}) {
    std::string text = "id,net income\na,10\nb,32\n";
    std::replace(text.begin(), text.end(), ',', character);
    const TemporaryFile csv("delimiter.csv", text);
    const Outcome outcome =
        RunProgram({"compute", "--csv", csv.path(), "--delimiter", name, "--json", "sum(\"net income\")"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out).at("results").at(0).at("exact"), "42");
  }
}

TEST(Compute, GivesTheSameFiguresWithMoreThreads) {
  const TemporaryFile csv("threads.csv", LargeTable(6000));
  const std::vector<std::string> one = {"compute", "--csv", csv.path(), "--json", "median(x)", "variance(x)"};
  std::vector<std::string> three = one;
  three.insert(three.end(), {"--threads", "3"});
  const Outcome first = RunProgram(one);
  const Outcome second = RunProgram(three);
  ASSERT_EQ(first.code, 0) << first.err;
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(Json::parse(first.out).at("results"), Json::parse(second.out).at("results"));
  EXPECT_EQ(Json::parse(first.out).at("cost").at("bytes_sent"),
            Json::parse(second.out).at("cost").at("bytes_sent"));
}

TEST(Compute, ValuesAreInNoArgumentOrEnvironmentOfAProcess) {
  std::string text = "secret\n";
  for (int i = 0; i < 20'000; ++i) text += "123456789012345\n";
  const TemporaryFile csv("secrets.csv", text);
  Program program({"compute", "--csv", csv.path(), "gini(secret)"});
  const auto parties = program.AwaitParties();
  ASSERT_TRUE(parties.has_value());
  std::size_t samples = 0;
  while (IsRunning(program.pid()) && samples < 100) {
    for (const pid_t pid : *parties) {
      for (const char* file : {"cmdline", "environ", "comm"}) {
        EXPECT_EQ(ReadProc(pid, file).find("123456789012345"), std::string::npos) << file;
      }
    }
    EXPECT_EQ(ReadProc(program.pid(), "cmdline").find("123456789012345"), std::string::npos);
    ++samples;
  }
  EXPECT_GT(samples, 3u);
  const Outcome outcome = program.Wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("123456789012345"), std::string::npos);
}

TEST(Simulate, IsTheSameEachTimeForOneSeed) {
  const std::vector<std::string> arguments = {
      "simulate", "--csv",          SourceFile("examples/old_faithful.csv"), "--seed", "7",
      "--json",   "median(waiting)"};
  const Outcome first = RunProgram(arguments);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.out, RunProgram(arguments).out);
}

TEST(Simulate, GivesTheSameFiguresForEverySeedAndNoProcess) {
  for (const char* seed : {"1", "2", "18446744073709551615"}) {
    const Outcome outcome = RunProgram({"simulate", "--csv", SourceFile("examples/us_states_1977.csv"),
                                        "--seed", seed, "--json", "median(income_usd)", "mean(income_usd)"},
                                       Start::kRefused);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out).at("results").at(0).at("exact"), "4519");
    EXPECT_EQ(Json::parse(outcome.out).at("results").at(1).at("exact"), "4435.8");
  }
}

TEST(Bench, ChecksItsAnswerAndPrintsCosts) {
  for (const char* operation : {"and", "sort", "dot", "median", "quantile"}) {
    const Outcome outcome = RunProgram({"bench", operation, "--rows", "300", "--bits", "16", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Json answer = Json::parse(outcome.out);
    EXPECT_EQ(answer.at("correct"), true);
    EXPECT_EQ(answer.at("rows"), 300);
    EXPECT_EQ(answer.at("bits"), 16);
  }
}

TEST(Version, IsOneLine) {
  const Outcome outcome = RunProgram({"--version"}, Start::kRefused);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::StartsWith("mpcstats "));
}

}  // namespace
}  // namespace mpcstats::e2e

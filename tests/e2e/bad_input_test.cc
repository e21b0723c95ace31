// Input that cannot be right: one sentence on standard error, nothing on standard output, exit code 2, no party started.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "program.h"

namespace mpcstats::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The sentence of a refusal.
std::string Refusal(const std::vector<std::string>& arguments) {
  const Outcome outcome = RunProgram(arguments, Start::kRefused);
  EXPECT_FALSE(outcome.by_signal);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.err, testing::StartsWith("mpcstats: "));
  return outcome.err;
}

std::string RefusalOf(const std::string& csv_text, const std::vector<std::string>& expressions,
                      const std::vector<std::string>& options = {}) {
  const TemporaryFile csv("bad.csv", csv_text);
  std::vector<std::string> arguments = {"compute", "--csv", csv.path()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), expressions.begin(), expressions.end());
  return Refusal(arguments);
}

// Without this the others would prove nothing about processes.
TEST(BadInput, TheTestWouldNoticeAPartyThatIsStarted) {
  const Outcome outcome = RunProgram(
      {"compute", "--csv", SourceFile("examples/us_states_1977.csv"), "count(income_usd)"}, Start::kRefused);
  EXPECT_EQ(outcome.code, 70);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("socket pair"));
}

TEST(BadInput, AFileThatIsNotThere) {
  EXPECT_THAT(Refusal({"compute", "--csv", "no/such/file.csv", "mean(x)"}), HasSubstr("no/such/file.csv"));
}

TEST(BadInput, AFolder) { EXPECT_THAT(Refusal({"compute", "--csv", "/", "mean(x)"}), HasSubstr("/")); }

TEST(BadInput, AFileThatIsNotCsv) {
  const std::string binary = std::string(
                                 "\x7f"
                                 "ELF\x02\x01\x01") +
                             std::string(7, '\0') + "\xff\xfe\n";
  EXPECT_THAT(RefusalOf(binary, {"mean(x)"}), HasSubstr("bad.csv:1"));
  EXPECT_THAT(RefusalOf("x\n1\n\"2\n3\n", {"mean(x)"}), HasSubstr("bad.csv:3"));
  EXPECT_THAT(RefusalOf("x,y\n1,2\n3\n", {"mean(x)"}), HasSubstr("bad.csv:3"));
  EXPECT_THAT(RefusalOf("{\"x\": [1, 2]}\n", {"mean(x)"}), HasSubstr("bad.csv"));
}

TEST(BadInput, AnEmptyFileOrATableWithoutRows) {
  EXPECT_THAT(RefusalOf("", {"mean(x)"}), HasSubstr("bad.csv"));
  EXPECT_THAT(RefusalOf("x\n", {"mean(x)"}), HasSubstr("bad.csv"));
  EXPECT_THAT(RefusalOf("\n", {"mean(x)"}), HasSubstr("bad.csv"));
}

TEST(BadInput, AColumnThatIsNotThere) {
  EXPECT_THAT(RefusalOf("income,age\n1,2\n", {"mean(incme)"}),
              AllOf(HasSubstr("bad.csv:1"), HasSubstr("no column \"incme\""),
                    HasSubstr("did you mean \"income\""), HasSubstr("\"age\"")));
}

TEST(BadInput, TextWhereNumbersAre) {
  EXPECT_THAT(RefusalOf("id,x\na,1\nb,two\n", {"mean(x)"}),
              AllOf(HasSubstr("bad.csv:3: column 2 \"x\""), HasSubstr("\"two\"")));
  EXPECT_THAT(RefusalOf("x\n$5\n", {"mean(x)"}),
              AllOf(HasSubstr("bad.csv:2: column 1"), HasSubstr("remove it")));
  EXPECT_THAT(RefusalOf("x\nNA\n", {"mean(x)"}), HasSubstr("bad.csv:2: column 1"));
  EXPECT_THAT(RefusalOf("x\n1e5\n", {"mean(x)"}), HasSubstr("bad.csv:2: column 1"));
  EXPECT_THAT(RefusalOf("x\n\"1,000\"\n", {"mean(x)"}), HasSubstr("bad.csv:2: column 1"));
}

TEST(BadInput, NineteenDigits) {
  EXPECT_THAT(RefusalOf("x\n1\n1234567890123456789\n", {"mean(x)"}),
              AllOf(HasSubstr("bad.csv:3: column 1 \"x\""), HasSubstr("18")));
  EXPECT_THAT(RefusalOf("x\n123456789012345678\n0.5\n", {"mean(x)"}),
              AllOf(HasSubstr("bad.csv:"), HasSubstr("18")));
}

TEST(BadInput, AnUnknownStatistic) {
  EXPECT_THAT(RefusalOf("x\n1\n", {"avg(x)"}),
              AllOf(HasSubstr("no statistic avg"), HasSubstr("mean, mean_interval, median")));
}

TEST(BadInput, AMalformedExpression) {
  EXPECT_THAT(RefusalOf("x\n1\n", {"mean(x"}), AllOf(HasSubstr("at character 7"), HasSubstr("mean(income)")));
  EXPECT_THAT(RefusalOf("x\n1\n", {"quantile(x, often)"}), HasSubstr("\"often\""));
  EXPECT_THAT(RefusalOf("x\n1\n", {"quantile(x, 1.5)"}), HasSubstr("from 0 to 1"));
  EXPECT_THAT(RefusalOf("x\n1\n", {"quantile(x)"}), HasSubstr("write quantile(x, 0.5)"));
  EXPECT_THAT(RefusalOf("x\n1\n", {"sum(x, 3)"}), HasSubstr("write sum(x)"));
  EXPECT_THAT(RefusalOf("x\n1\n", {"mean(\"a\nb\")"}), HasSubstr("control character"));
}

TEST(BadInput, OneRowWhereTwoAreNeeded) {
  for (const char* expression : {"variance(x)", "stdev(x)"}) {
    EXPECT_THAT(RefusalOf("x\n1\n", {expression}),
                AllOf(HasSubstr("bad.csv"), HasSubstr(expression), HasSubstr("at least two rows"),
                      HasSubstr("add rows")));
  }
}

TEST(BadInput, NegativeNumbersWhereNoneMayBe) {
  EXPECT_THAT(RefusalOf("x\n1\n-2\n", {"gini(x)"}), AllOf(HasSubstr("bad.csv"), HasSubstr("negative")));
}

TEST(BadInput, OneBadExpressionAmongGoodOnesRefusesAll) {
  EXPECT_THAT(RefusalOf("x\n1\n2\n", {"mean(x)", "max(x)", "modus(x)"}), HasSubstr("no statistic modus"));
}

TEST(BadInput, ADelimiterThatIsNone) {
  for (const char* delimiter : {"", "ab", "5", "\""}) {
    EXPECT_NE(RefusalOf("x\n1\n", {"mean(x)"}, {"--delimiter", delimiter}), "");
  }
}

TEST(BadInput, ArgumentsThatAreWrong) {
  EXPECT_THAT(Refusal({}), HasSubstr("--help"));
  EXPECT_THAT(Refusal({"divide"}), HasSubstr("--help"));
  EXPECT_THAT(Refusal({"compute"}), HasSubstr("--csv"));
  EXPECT_THAT(Refusal({"compute", "--csv", "x.csv"}), HasSubstr("expressions"));
  EXPECT_THAT(Refusal({"compute", "--csv", "x.csv", "--threads", "0", "mean(x)"}), HasSubstr("--threads"));
  EXPECT_THAT(Refusal({"compute", "--csv", "x.csv", "--threads", "many", "mean(x)"}), HasSubstr("--threads"));
  EXPECT_THAT(Refusal({"compute", "--csv", "x.csv", "--deadline", "0", "mean(x)"}), HasSubstr("--deadline"));
  EXPECT_THAT(Refusal({"compute", "--csv", "x.csv", "--frobnicate", "mean(x)"}), HasSubstr("--frobnicate"));
}

TEST(BadInput, BenchmarksThatAreNone) {
  EXPECT_THAT(Refusal({"bench", "divide", "--rows", "10"}), HasSubstr("divide"));
  EXPECT_THAT(Refusal({"bench", "sort", "--rows", "0"}), HasSubstr("--rows"));
  EXPECT_THAT(Refusal({"bench", "sort", "--rows", "10", "--bits", "61"}), HasSubstr("--bits"));
  EXPECT_THAT(Refusal({"bench", "variance", "--rows", "1"}), HasSubstr("two rows"));
}

TEST(BadInput, SimulateRefusesTheSame) {
  const TemporaryFile csv("bad.csv", "x\none\n");
  EXPECT_THAT(Refusal({"simulate", "--csv", csv.path(), "mean(x)"}), HasSubstr("bad.csv:2: column 1 \"x\""));
  EXPECT_THAT(Refusal({"simulate", "--csv", csv.path(), "modus(x)"}), HasSubstr("no statistic modus"));
  EXPECT_THAT(Refusal({"simulate", "--csv", csv.path(), "--seed", "often", "mean(x)"}), HasSubstr("--seed"));
}

}  // namespace
}  // namespace mpcstats::e2e

// The catalogue and the operators of a survey.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string With(std::string_view from, std::string_view to) {
  return SurveyError(SmallSurveyWith(from, to));
}

// The small survey with figures put in front of [hero].
std::string WithFigures(std::string_view figures, std::string_view rules = "") {
  return SurveyError(Replaced(SmallSurveyWith("[hero]", std::string(figures) + "\n[hero]"),
                              "partition = \"region\"", "partition = \"region\"\n" + std::string(rules)));
}

std::string Figure(std::string_view expr, std::string_view by = "") {
  return "[[figures]]\nexpr = \"" + std::string(expr) + "\"\n" +
         (by.empty() ? "" : "by = \"" + std::string(by) + "\"\n");
}

constexpr std::string_view kAllowed =
    "allow_rank_statistics = true\nrank_notice = \"One person's exact value.\"";

TEST(FigureText, HasOneCanonicalForm) {
  EXPECT_EQ(ReadFigureText("mean(x)")->text, "mean(x)");
  EXPECT_EQ(ReadFigureText(" mean ( x ) ")->text, "mean(x)");
  EXPECT_EQ(ReadFigureText("quantile(x,0.90)")->text, "quantile(x, 0.90)");
  EXPECT_EQ(ReadFigureText("quantile( x , .5)")->text, "quantile(x, 0.5)");
}

TEST(FigureText, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "mean", "mean(", "mean()", "(x)", "mean(x", "mean(x))", "mean(x,)", "mean(x, y)", "mean(x, 1, 2)",
        "mean(x) + 1", "Mean(x)", "mean(X)", "mean(\"x\")", "mean(x where y)", "me an(x)", "mean(x, 1e3)"}) {
    EXPECT_FALSE(ReadFigureText(text).has_value()) << text;
  }
}

TEST(Catalogue, RefusesExpressionsThatNameNoNumber) {
  EXPECT_THAT(WithFigures(Figure("mean income")),
              AllOf(HasSubstr("\"income\" at character 6"), HasSubstr("write it like mean(income)")));
  EXPECT_THAT(WithFigures(Figure("mean(income / 2)")), HasSubstr("there is no division"));
  EXPECT_THAT(WithFigures(Figure("mean(outcome)")), HasSubstr("names \"outcome\", which is no column"));
  EXPECT_THAT(WithFigures(Figure("count(account)")),
              HasSubstr("a hidden identifier of which nothing is released"));
  EXPECT_EQ(WithFigures(Figure("count(region)")), "accepted");
}

TEST(Catalogue, RefusesAFigureTwice) {
  EXPECT_EQ(WithFigures(Figure("mean( income )")),
            "line 46: mean(income) is in the catalogue already; remove one of the two");
  EXPECT_THAT(WithFigures(Figure("quantile(income, 0.9)") + Figure("quantile(income, 0.90)"), kAllowed),
              HasSubstr("is in the catalogue already"));
  EXPECT_EQ(WithFigures(Figure("mean(income)", "region")), "accepted");
}

TEST(Catalogue, RefusesAnEmptyOne) {
  const std::size_t first = kSmallSurvey.find("[[figures]]");
  EXPECT_THAT(With(kSmallSurvey.substr(first, kSmallSurvey.find("[hero]") - first), ""),
              HasSubstr("releases nothing"));
}

TEST(Catalogue, RefusesRankStatisticsUnlessAllowedWithANotice) {
  for (const std::string_view expr :
       {"min(income)", "max(income)", "median(income)", "quantile(income, 0.9)", "mode(income)"}) {
    EXPECT_THAT(WithFigures(Figure(expr)), HasSubstr("releases one person's exact value")) << expr;
    EXPECT_EQ(WithFigures(Figure(expr), kAllowed), "accepted") << expr;
  }
  EXPECT_THAT(WithFigures("", "allow_rank_statistics = true"),
              HasSubstr("[catalogue] has no \"rank_notice\""));
  EXPECT_THAT(WithFigures("", "rank_notice = \"x\""), HasSubstr("is for rank statistics only"));
  EXPECT_THAT(WithFigures("", "allow_rank_statistics = \"yes\""), HasSubstr("write true or false"));
}

TEST(Catalogue, RefusesAFigureWithoutItsCount) {
  EXPECT_EQ(
      With("expr = \"count(income)\"\n\n", "expr = \"count(region)\"\n\n"),
      "line 37: mean(income) also releases how many answered; add a [[figures]] expr = \"count(income)\"");
  EXPECT_THAT(With("expr = \"count(income)\"\nby", "expr = \"mean(income)\"\nby"),
              HasSubstr("add a [[figures]] expr = \"count(income)\" with by = \"region\""));
}

TEST(Catalogue, RefusesMoreFiguresOfAColumnThanHalfAGroup) {
  const std::string two = Figure("sum(income)") + Figure("variance(income)");
  EXPECT_EQ(WithFigures(two), "accepted");
  EXPECT_THAT(
      WithFigures(two + Figure("gini(income)")),
      HasSubstr(
          "\"income\" has 6 figures, each counted once for everybody and once when split, but group_min = 10 "
          "allows 5"));
  EXPECT_THAT(WithFigures(two + Figure("mean(income)", "region")), HasSubstr("write group_min = 12 or more"));
  EXPECT_EQ(WithFigures(two + Figure("count(region)")), "accepted") << "another column has its own account";
  EXPECT_EQ(SurveyError(Replaced(SmallSurveyWith("[hero]", two + Figure("gini(income)") + "[hero]"),
                                 "group_min = 10", "group_min = 12")),
            "accepted");
}

TEST(Catalogue, RefusesPartitionsThatAreNoCategory) {
  EXPECT_THAT(With("partition = \"region\"", "partition = \"land\""), HasSubstr("which is no column"));
  EXPECT_THAT(With("partition = \"region\"", "partition = \"income\""), HasSubstr("which is no category"));
  EXPECT_THAT(With("kind = \"category\"", "kind = \"category\"\nmay_be_missing = true"),
              HasSubstr("some people are in no cell"));
}

TEST(Catalogue, RefusesSplitsByAnythingElse) {
  EXPECT_THAT(With("by = \"region\"", "by = \"income\""), HasSubstr("write by = \"region\""));
  EXPECT_THAT(With("partition = \"region\"", ""),
              HasSubstr("needs a partition; write partition = \"region\""));
}

TEST(Catalogue, RefusesAHeroThatIsNoFigureForEverybody) {
  EXPECT_THAT(With("expr = \"mean(income)\"\nscale", "expr = \"gini(income)\"\nscale"),
              HasSubstr("which is no figure for everybody"));
  EXPECT_THAT(With("expr = \"mean(income)\"\nscale", "expr = \"mean\"\nscale"), HasSubstr("write it like"));
  EXPECT_THAT(With("up_to = 10,", "up_to = 20.5,"), HasSubstr("is not above the step before it"));
  EXPECT_THAT(With("up_to = 10,", "up_to = nan,"), HasSubstr("is not finite"));
  EXPECT_THAT(With("up_to = 10,", "up_to = \"10\","), HasSubstr("is no number"));
  std::string steps;
  for (int i = 0; i < 17; ++i) steps += "{up_to = " + std::to_string(i) + ", word = \"w\"}, ";
  EXPECT_THAT(With("scale = [{up_to = 10, word = \"low\"}, {up_to = 20.5, word = \"high\"}]",
                   "scale = [" + steps + "]"),
              HasSubstr("has 17 steps"));
}

// --- operators ---

TEST(Operators, AreExactlyThreeParties) {
  const std::size_t third = kSmallSurvey.find("[[parties]]\nname = \"Party C\"");
  const std::string party(kSmallSurvey.substr(third, kSmallSurvey.find("[coordinator]") - third));
  EXPECT_THAT(With(party, ""), HasSubstr("the file has 2 [[parties]]; write exactly 3"));
  EXPECT_THAT(With(party, party + party), HasSubstr("the file has 4 [[parties]]; write at most 3"));
}

TEST(Operators, AreRefusedWithoutACoordinator) {
  const std::size_t at = kSmallSurvey.find("[coordinator]");
  EXPECT_THAT(With(kSmallSurvey.substr(at, kSmallSurvey.find("[publisher]") - at), ""),
              HasSubstr("has no [coordinator]"));
}

TEST(Operators, AreDistinct) {
  EXPECT_THAT(With("0002\"", "0001\""),
              HasSubstr("\"identity\" in [[parties]] number 2 is the key of an operator above"));
  EXPECT_THAT(With("0004\"", "0001\""),
              HasSubstr("\"identity\" in [coordinator] is the key of an operator above"));
  EXPECT_THAT(With("0005\"", "0004\""),
              HasSubstr("\"identity\" in [publisher] is the key of an operator above"));
  EXPECT_THAT(With("Party B", "Party A"), HasSubstr("is that of a party above"));
  EXPECT_THAT(With("https://b.example", "https://a.example"),
              HasSubstr("\"url\" in [[parties]] number 2 is that of an operator"));
  EXPECT_THAT(With("\"b.example:7000", "\"a.example:7000"),
              HasSubstr("\"mpc\" in [[parties]] number 2 is that of a party"));
}

TEST(Operators, RefuseKeysThatAreNone) {
  for (const std::string_view key : {"rsa:0000", "ed25519:", "ed25519:00", "ED25519:00"}) {
    EXPECT_THAT(With("ed25519:0000000000000000000000000000000000000000000000000000000000000001", key),
                HasSubstr("is no public key"))
        << key;
  }
  EXPECT_THAT(With("0000000001\"", "000000000A\""), HasSubstr("in lower case"));
}

TEST(Operators, RefuseUrlsThatAreNone) {
  for (const std::string_view url :
       {"a.example:8443",          "ftp://a.example:8443",     "https://a.example",
        "https://a.example:8443/", "https://a.example:0",      "https://a.example:65536",
        "https://a.example:08443", "https://A.example:8443",   "https://user@a.example:8443",
        "https://a..example:8443", "https://-a.example:8443",  "https://a_b.example:8443",
        "https://1.2.3:8443",      "https://1.2.3.256:8443",   "https://0.0.0.0:8443",
        "https://[::]:8443",       "https://[::1:8443",        "https://[x]:8443",
        "https://:8443",           "https://a.example:8443?q", "https://a.example:8443 ",
        "https://ä.example:8443"}) {
    EXPECT_FALSE(ServiceUrlFault(url, UrlUse::kService).empty()) << url;
  }
  EXPECT_THAT(With("https://a.example:8443", "https://a.example"), HasSubstr("is not https://host:port"));
}

TEST(Operators, AcceptNamesAndAddresses) {
  for (const std::string_view url :
       {"https://localhost:8443", "https://127.0.0.1:1", "https://[::1]:65535", "https://a-b.c1:443"}) {
    EXPECT_EQ(ServiceUrlFault(url, UrlUse::kService), "") << url;
  }
}

TEST(Operators, PlainHttpIsForAPublisherOnThisMachineOnly) {
  EXPECT_THAT(With("https://a.example:8443", "http://127.0.0.1:8443"),
              HasSubstr("write https:// in place of http://"));
  EXPECT_THAT(With("https://c.example:8443", "http://127.0.0.1:8443"),
              HasSubstr("write https:// in place of http://"));
  EXPECT_THAT(With("http://127.0.0.1:8080", "http://p.example:8080"),
              HasSubstr("not encrypted and not on this machine"));
  EXPECT_THAT(With("http://127.0.0.1:8080", "http://127.evil.example:8080"), HasSubstr("not encrypted"));
  EXPECT_EQ(With("http://127.0.0.1:8080", "https://p.example:8080"), "accepted");
  EXPECT_EQ(With("http://127.0.0.1:8080", "http://[::1]:8080"), "accepted");
}

TEST(Operators, RefuseLinksThatAreNoAddress) {
  for (const std::string_view address :
       {"a.example", "https://a.example:7000", "a.example:", "0.0.0.0:7000", "a.example:7000/x"}) {
    EXPECT_THAT(With("\"a.example:7000\"", "\"" + std::string(address) + "\""), HasSubstr("is not host:port"))
        << address;
  }
}

TEST(Operators, RefuseLimitsOutOfRange) {
  EXPECT_THAT(With("posts_per_minute = 60", "posts_per_minute = 0"), HasSubstr("from 1 to 1000000"));
  EXPECT_THAT(With("posts_per_minute = 60", "posts_per_minute = 1000001"), HasSubstr("from 1 to 1000000"));
}

TEST(Operators, RefuseOriginsThatAreNone) {
  for (const std::string_view origin :
       {"www.example.org", "https://www.example.org/", "http://www.example.org", "file://", "https://*"}) {
    EXPECT_THAT(With("https://www.example.org", origin), HasSubstr("is no origin")) << origin;
  }
  EXPECT_THAT(With("\"null\"", "\"https://www.example.org\""), HasSubstr("is in \"cors\" twice"));
  EXPECT_EQ(With("\"null\"", "\"*\""), "accepted");
  std::string many = "\"null\"";
  for (int i = 0; i < 14; ++i) many += ", \"https://w" + std::to_string(i) + ".example\"";
  EXPECT_THAT(With("\"null\"", many), HasSubstr("has 17 entries"));
}

}  // namespace
}  // namespace mpcstats

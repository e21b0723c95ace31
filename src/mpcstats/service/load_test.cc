#include "mpcstats/service/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "mpcstats/service/load_answers.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

TEST(Load, LatencyIsTheValueAtItsRank) {
  std::vector<double> values(100);
  std::iota(values.rbegin(), values.rend(), 1.0);
  EXPECT_EQ(LatencyOf(values).p50, 50);
  EXPECT_EQ(LatencyOf(values).p99, 99);
  EXPECT_EQ(LatencyOf({7}).p99, 7);
}

TEST(Load, LatencyOfNothingIsZero) { EXPECT_EQ(LatencyOf({}).p99, 0); }

TEST(Load, RandomCellsFitTheSurveyAndVary) {
  const Survey survey = *ParseSurvey(kSmallSurvey);
  SystemRng rng;
  std::set<std::string> incomes;
  for (int i = 0; i < 200; ++i) {
    const auto cells = RandomCells(survey, rng);
    EXPECT_TRUE(EncodeRow(survey, cells)) << cells.at("income");
    incomes.insert(cells.at("income"));
  }
  EXPECT_GT(incomes.size(), 100u);
}

TEST(Load, MalformedCopyDiffersInOneBit) {
  EXPECT_EQ(MalformedCopy({1, 2, 8}), (Bytes{1, 2, 9}));
  EXPECT_TRUE(MalformedCopy({}).empty());
}

TEST(Load, RefusesServicesOnOtherMachines) {
  for (const char* url : {"https://c.example:8443", "https://192.0.2.7:8443", "https://localhost:8443",
                          "https://127.0.0.1.example:8443", "https://[2001:db8::1]:8443"}) {
    const Status checked = CheckLoadTarget(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_THAT(checked.error().message(), HasSubstr("is not on this machine"));
  }
  EXPECT_TRUE(CheckLoadTarget("https://127.0.0.1:8443"));
  EXPECT_TRUE(CheckLoadTarget("https://127.9.8.7:8443"));
  EXPECT_TRUE(CheckLoadTarget("https://[::1]:8443"));
}

TEST(Load, RefusesPagesOnOtherMachinesAndWithTls) {
  EXPECT_THAT(RunPagesLoad("http://pages.example/", {}).error().message(),
              HasSubstr("is not on this machine"));
  EXPECT_THAT(RunPagesLoad("https://127.0.0.1:1/", {}).error().message(), HasSubstr("http://"));
}

TEST(Load, RefusesNumbersOutOfRange) {
  EXPECT_TRUE(CheckLoadOptions({.answers = kMostLoadAnswers, .connections = kMostLoadConnections}));
  EXPECT_THAT(CheckLoadOptions({.answers = 0}).error().message(), HasSubstr("--answers"));
  EXPECT_THAT(CheckLoadOptions({.answers = kMostLoadAnswers + 1}).error().message(), HasSubstr("--answers"));
  EXPECT_THAT(CheckLoadOptions({.connections = 0}).error().message(), HasSubstr("--connections"));
  EXPECT_THAT(CheckLoadOptions({.connections = kMostLoadConnections + 1}).error().message(),
              HasSubstr("--connections"));
  EXPECT_THAT(CheckLoadOptions({.limit = kMostLoadTime + std::chrono::seconds(1)}).error().message(),
              HasSubstr("--seconds"));
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/service/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <set>

#include "mpcstats/service/load_answers.h"
#include "mpcstats/survey/submission_testing.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;

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

SealedAnswer SealedFor(const testing::TestSurvey& test, Rng& rng) {
  const auto cells = RandomCells(test.survey(), rng);
  const RowBits row = EncodeRow(test.survey(), cells).value();
  const Submission made = SealSubmission(test.signed_survey, row, SigningKey::Generate(rng), {}, rng).value();
  return {.id = SubmissionId(made.envelope.header), .bytes = EncodeSubmission(made)};
}

TEST(Load, AnswersThatWereMadeBeforeComeBackFromTheirFile) {
  const testing::TestSurvey test;
  SystemRng rng;
  const std::vector<SealedAnswer> made = {SealedFor(test, rng), SealedFor(test, rng)};
  const std::string path = ::testing::TempDir() + "mpcstats_sealed_answers";
  ASSERT_TRUE(WriteSealedAnswers(path, made));
  const auto read = ReadSealedAnswers(path);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  ASSERT_EQ(read->size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].id, made[i].id);
    EXPECT_EQ((*read)[i].bytes, made[i].bytes);
  }
  // The last byte is missing.
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_EQ(ReadSealedAnswers(path).error().code(), ErrorCode::kInvalidArgument);
  std::filesystem::remove(path);
  EXPECT_EQ(ReadSealedAnswers(path).error().code(), ErrorCode::kNotFound);
}

TEST(Load, RefusesAFileWithoutAnswersOrWithSomethingElse) {
  const std::string path = ::testing::TempDir() + "mpcstats_no_answers";
  ASSERT_TRUE(WriteSealedAnswers(path, {}));
  EXPECT_FALSE(ReadSealedAnswers(path).has_value());
  ASSERT_TRUE(WriteSealedAnswers(path, std::vector<SealedAnswer>{{.bytes = {1, 2, 3}}}));
  EXPECT_FALSE(ReadSealedAnswers(path).has_value());
  std::filesystem::remove(path);
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

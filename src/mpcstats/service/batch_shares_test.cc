#include "mpcstats/service/batch_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "mpcstats/service/survey_program_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

constexpr std::size_t kPeople = 70;

Bytes Stored(const Survey& survey) {
  const CloseRun run = RunClose(survey, RandomAnswers(survey, kPeople, 1));
  EXPECT_EQ(ErrorText(run.result), "");
  return run.batch[1];
}

std::string Refusal(const Survey& survey, ByteSpan bytes) {
  const Result<BatchShares> decoded = DecodeBatchShares(survey, bytes);
  if (decoded) return "none";
  EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidArgument);
  return decoded.error().message();
}

TEST(BatchShares, ComeBackFromTheirBytes) {
  const Survey survey = TestSurvey({});
  const Bytes bytes = Stored(survey);
  const Result<BatchShares> decoded = DecodeBatchShares(survey, bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->people, kPeople);
  EXPECT_EQ(decoded->rows(), 128u);
  ASSERT_EQ(decoded->columns.size(), survey.columns.size());
  EXPECT_EQ(decoded->columns[0].encoded.bits(), 0u);
  EXPECT_EQ(decoded->columns[kBalance].units.rows(), 128u);
  EXPECT_EQ(decoded->columns[kRegion].units.rows(), 0u);
  EXPECT_TRUE(CheckBatchShares(survey, *decoded).has_value());
  EXPECT_EQ(EncodeBatchShares(*decoded), bytes);
}

TEST(BatchShares, OfNoPeopleAreEightBytes) {
  const Survey survey = TestSurvey({});
  const Bytes bytes(8);
  const Result<BatchShares> decoded = DecodeBatchShares(survey, bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->rows(), 0u);
  EXPECT_EQ(EncodeBatchShares(*decoded), bytes);
}

TEST(BatchShares, StartWithThePeopleAndTheOwnComponents) {
  Survey survey;
  survey.columns = {NumberColumn("x", 0, 1)};
  Bytes bytes = {2, 0, 0, 0, 0, 0, 0, 0};
  const std::size_t component = 8 + 8 + 64 * 16;  // the bit, the validity, the units
  bytes.resize(8 + 2 * component);
  bytes[8] = 1;
  bytes[16] = 2;
  bytes[24] = 3;
  bytes[8 + component] = 4;
  const Result<BatchShares> decoded = DecodeBatchShares(survey, bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->columns[0].encoded.planes[0].own()[0], 1u);
  EXPECT_EQ(decoded->columns[0].valid.own()[0], 2u);
  EXPECT_EQ(decoded->columns[0].units.own()[0], Fp127::FromU64(3));
  EXPECT_EQ(decoded->columns[0].encoded.planes[0].next()[0], 4u);
}

TEST(BatchShares, RefuseEveryOtherLength) {
  const Survey survey = TestSurvey({});
  const Bytes bytes = Stored(survey);
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 50; ++trial) {
    const std::size_t size = trial < 12 ? static_cast<std::size_t>(trial) : random() % bytes.size();
    EXPECT_THAT(Refusal(survey, ByteSpan(bytes).first(size)), HasSubstr("do not fit")) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_THAT(Refusal(survey, longer), HasSubstr("bytes of columns"));
}

TEST(BatchShares, RefuseANumberOfPeopleThatNoBatchHas) {
  const Survey survey = TestSurvey({});
  Bytes bytes = Stored(survey);
  bytes[0] = kPeople + 64;
  EXPECT_THAT(Refusal(survey, bytes), HasSubstr("bytes of columns"));
  for (const std::size_t byte : {4u, 7u}) {
    Bytes many = bytes;
    many[byte] = 0xff;
    EXPECT_THAT(Refusal(survey, many), HasSubstr("number of people"));
  }
}

TEST(BatchShares, RefuseAnElementThatIsNotCanonical) {
  Survey survey;
  survey.columns = {NumberColumn("x", 0, 1)};
  const std::size_t component = 8 + 8 + 64 * 16;
  for (const std::size_t first : {std::size_t{24}, 8 + component + 16 + 63 * 16}) {
    Bytes bytes(8 + 2 * component);
    bytes[0] = 1;
    for (std::size_t i = 0; i < 16; ++i) bytes[first + i] = i < 15 ? 0xff : 0x7f;  // the modulus
    EXPECT_THAT(Refusal(survey, bytes), HasSubstr("canonical"));
    bytes[first] = 0xfe;
    EXPECT_EQ(Refusal(survey, bytes), "none");
  }
}

TEST(BatchShares, RefuseAnotherSurvey) {
  const Survey survey = TestSurvey({});
  const Bytes bytes = Stored(survey);
  Survey other = survey;
  other.columns.pop_back();
  EXPECT_THAT(Refusal(other, bytes), HasSubstr("do not fit"));
  const Result<BatchShares> decoded = DecodeBatchShares(survey, bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_FALSE(CheckBatchShares(other, *decoded).has_value());
  Survey wider = survey;
  wider.columns[kAge].max_units = 200;
  const Status check = CheckBatchShares(wider, *decoded);
  ASSERT_FALSE(check.has_value());
  EXPECT_THAT(check.error().message(), HasSubstr("age"));
}

}  // namespace
}  // namespace mpcstats

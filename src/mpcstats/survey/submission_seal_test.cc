#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using testing::Open;
using testing::TestKey;
using testing::TestRow;
using testing::TestSubmission;
using testing::TestSurvey;

// Counts what it gives.
class CountingRng final : public Rng {
 public:
  void Fill(MutableByteSpan out) override {
    bytes += out.size();
    rng_.Fill(out);
  }
  std::size_t bytes = 0;

 private:
  SeededRng rng_{std::uint64_t{3}};
};

std::string SealMessage(const TestSurvey& test, const RowBits& row, const SealOptions& options) {
  SeededRng rng(std::uint64_t{1});
  const auto sealed = SealSubmission(test.signed_survey, row, TestKey('a', 1), options, rng);
  if (sealed) return "sealed";
  EXPECT_EQ(sealed.error().code(), ErrorCode::kInvalidArgument);
  return sealed.error().message();
}

// A change of these bytes is a change of the protocol.
TEST(SealSubmission, WritesTheSameBytesUnderTheSameSeed) {
  EXPECT_EQ(ToHex(Sha256(EncodeSubmission(TestSubmission(TestSurvey(), 1)))),
            "55a3410175915fd0ceaba2e4ab943dbcc5cdb81139c6d175d73a1109cc5ed80b");
  EXPECT_EQ(ToHex(Sha256(EncodeSubmission(TestSubmission(TestSurvey(Eligibility::kInvite), 1)))),
            "d74105f7f7a387a2d43ee85003ba4042fcb531b44e89e4253ff7cd9694291f38");
}

TEST(SealSubmission, DrawsFullLengthRandomnessForEveryPart) {
  const TestSurvey test;
  CountingRng rng;
  ASSERT_TRUE(SealSubmission(test.signed_survey, TestRow(test.survey()), TestKey('a', 1), {}, rng));
  // header nonce, x_0 and x_1, three r, three ephemeral keys
  EXPECT_EQ(rng.bytes, 32u + 2 * 20 + 3 * 16 + 3 * 32);
}

TEST(SealSubmission, RepeatsNothingBetweenAnswersOrParts) {
  const TestSurvey test;
  std::set<Bytes> parts;
  for (std::uint8_t seed = 1; seed <= 10; ++seed) {
    const Submission submission = TestSubmission(test, seed);
    for (unsigned i = 0; i < 3; ++i) {
      const Bytes opened = Open(test, submission, i).value();
      parts.insert(RowShare(test.survey(), opened, 0));
      parts.insert(Bytes(opened.begin() + 20, opened.begin() + 36));
      parts.insert(submission.boxes[i]);
    }
    const Bytes32 nonce = DecodeHeader(submission.envelope.header)->nonce;
    parts.insert(Bytes(nonce.begin(), nonce.end()));
  }
  EXPECT_EQ(parts.size(), 100u);
}

TEST(SealSubmission, MakesReplacements) {
  const TestSurvey test;
  const Submission first = TestSubmission(test, 1);
  SeededRng rng(std::uint64_t{2});
  const SealOptions options{.version = 1, .replaces = SubmissionId(first.envelope.header)};
  const auto second =
      SealSubmission(test.signed_survey, TestRow(test.survey()), TestKey('a', 1), options, rng);
  ASSERT_TRUE(second);
  const CheckedEnvelope checked = testing::Checked(test, second->envelope);
  EXPECT_EQ(checked.header.version, 1u);
  EXPECT_EQ(checked.header.replaces, options.replaces);
  EXPECT_EQ(checked.header.control_key, DecodeHeader(first.envelope.header)->control_key);
  EXPECT_TRUE(VerifySeal(checked));
}

TEST(SealSubmission, RejectsAVersionWithoutPredecessorAndTheOtherWayRound) {
  const TestSurvey test;
  const RowBits row = TestRow(test.survey());
  EXPECT_THAT(SealMessage(test, row, {.version = 1}), HasSubstr("the id of the answer it replaces"));
  EXPECT_THAT(SealMessage(test, row, {.replaces = {1}}), HasSubstr("the id of the answer it replaces"));
}

TEST(SealSubmission, RejectsRowsOfAnotherShape) {
  const TestSurvey test;
  EXPECT_THAT(SealMessage(test, RowBits(Bytes(19)), {}), HasSubstr("not one of this survey"));
  EXPECT_THAT(SealMessage(test, RowBits(Bytes(21)), {}), HasSubstr("not one of this survey"));
  EXPECT_THAT(SealMessage(test, RowBits(Bytes(20, 0xff)), {}), HasSubstr("not one of this survey"));
}

TEST(SealSubmission, WantsAnInvitationExactlyWhereTheSurveyDoes) {
  const TestSurvey open;
  const TestSurvey invited(Eligibility::kInvite);
  const InviteToken token = invited.Token(2);
  EXPECT_THAT(SealMessage(open, TestRow(open.survey()), {.invite = &token}), HasSubstr("open to everybody"));
  EXPECT_THAT(SealMessage(invited, TestRow(invited.survey()), {}), HasSubstr("by invitation"));
  EXPECT_EQ(SealMessage(invited, TestRow(invited.survey()), {.invite = &token}), "sealed");
}

TEST(SealSubmission, RejectsAnInvitationToAnotherSurvey) {
  const TestSurvey invited(Eligibility::kInvite);
  InviteToken token = invited.Token(2);
  token.index = 3;
  EXPECT_THAT(SealMessage(invited, TestRow(invited.survey()), {.invite = &token}),
              HasSubstr("not to this survey"));
}

}  // namespace
}  // namespace mpcstats

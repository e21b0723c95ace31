#include "mpcstats/survey/submission.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <set>

#include "mpcstats/survey/submission_box.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using testing::Checked;
using testing::FlipBit;
using testing::Judge;
using testing::TestKey;
using testing::TestRow;
using testing::TestSubmission;
using testing::TestSurvey;

// The envelope of an answer whose header was changed; nothing else follows the change.
Envelope WithHeader(const Envelope& envelope, const std::function<void(Header&)>& change) {
  Header header = DecodeHeader(envelope.header).value();
  change(header);
  Envelope changed = envelope;
  changed.header = EncodeHeader(header);
  return changed;
}

TEST(Header, HasTheDocumentedLength) {
  const TestSurvey test;
  EXPECT_EQ(TestSubmission(test).envelope.header.size(), 183u + 107u + 96u);
  EXPECT_EQ(kMaxHeaderBytes, 183u + 8u * 203u);
}

TEST(Header, RoundTrips) {
  const TestSurvey test;
  const Bytes bytes = TestSubmission(test).envelope.header;
  EXPECT_EQ(EncodeHeader(DecodeHeader(bytes).value()), bytes);
}

TEST(Header, RejectsEveryOtherLength) {
  const TestSurvey test;
  Bytes bytes = TestSubmission(test).envelope.header;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = DecodeHeader(ByteSpan(bytes).first(size));
    ASSERT_FALSE(decoded) << size;
    EXPECT_EQ(decoded.error().code(), ErrorCode::kProtocolViolation);
  }
  bytes.push_back(0);
  EXPECT_FALSE(DecodeHeader(bytes));
}

TEST(Header, RejectsNoGroupsAndTooMany) {
  const TestSurvey test;
  Bytes bytes = TestSubmission(test).envelope.header;
  const std::size_t at = 182;  // n_groups
  ASSERT_EQ(bytes[at], 1);
  bytes[at] = 0;
  EXPECT_FALSE(DecodeHeader(ByteSpan(bytes).first(183)));
  Header header = DecodeHeader(TestSubmission(test).envelope.header).value();
  header.groups.resize(kMaxHeaderGroups);
  header.commitments.resize(kMaxHeaderGroups);
  Bytes most = EncodeHeader(header);
  EXPECT_EQ(most.size(), kMaxHeaderBytes);
  EXPECT_TRUE(DecodeHeader(most));
  most[at] = kMaxHeaderGroups + 1;
  most.insert(most.end(), 203, 0);
  EXPECT_FALSE(DecodeHeader(most));
}

TEST(Header, ContextLeavesOutAttestationsAndCommitmentsOnly) {
  const TestSurvey test;
  const Header header = DecodeHeader(TestSubmission(test).envelope.header).value();
  const Bytes32 context = ContextOf(header);
  Header other = header;
  other.groups[0].attestation_hash[0] ^= 1;
  other.commitments[0][2][31] ^= 1;
  EXPECT_EQ(ContextOf(other), context);
  const std::vector<std::function<void(Header&)>> changes = {
      [](Header& h) { h.survey_hash[0] ^= 1; },
      [](Header& h) { h.control_key[31] ^= 1; },
      [](Header& h) { h.nonce[5] ^= 1; },
      [](Header& h) { h.version ^= 1; },
      [](Header& h) { h.replaces[0] ^= 1; },
      [](Header& h) { h.token_hash[0] ^= 1; },
      [](Header& h) { h.groups[0].source_id ^= 1; },
      [](Header& h) { h.groups[0].column_mask ^= 1; },
      [](Header& h) { h.groups[0].bits ^= 1; },
      [](Header& h) { h.groups[0].notary_key_id[0] ^= 1; },
      [](Header& h) { h.groups[0].notary_session_id[0] ^= 1; },
      [](Header& h) { h.groups.emplace_back(); },
  };
  for (const auto& change : changes) {
    Header changed = header;
    change(changed);
    EXPECT_NE(ContextOf(changed), context);
  }
}

TEST(Envelope, RoundTripsWithAndWithoutInvitation) {
  for (const Eligibility eligibility : {Eligibility::kOpen, Eligibility::kInvite}) {
    const TestSurvey test(eligibility);
    const Bytes bytes = EncodeEnvelope(TestSubmission(test).envelope);
    EXPECT_EQ(EncodeEnvelope(DecodeEnvelope(bytes).value()), bytes);
    EXPECT_LE(bytes.size(), EnvelopeBytesLimit(test.survey()));
    EXPECT_LE(bytes.size(), kMaxEnvelopeBytes);
  }
}

TEST(Envelope, RejectsEveryOtherLength) {
  for (const Eligibility eligibility : {Eligibility::kOpen, Eligibility::kInvite}) {
    const TestSurvey test(eligibility);
    Bytes bytes = EncodeEnvelope(TestSubmission(test).envelope);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(DecodeEnvelope(ByteSpan(bytes).first(size))) << size;
      const auto checked = CheckEnvelope(test.signed_survey, ByteSpan(bytes).first(size));
      ASSERT_EQ(checked.error(), Refusal::kMalformed);
    }
    bytes.push_back(0);
    EXPECT_FALSE(DecodeEnvelope(bytes));
    EXPECT_EQ(CheckEnvelope(test.signed_survey, bytes).error(), Refusal::kMalformed);
    bytes.resize(1 << 20);
    EXPECT_EQ(CheckEnvelope(test.signed_survey, bytes).error(), Refusal::kMalformed);
  }
}

TEST(Envelope, LimitIsReachedByTheLongestPathOnly) {
  const TestSurvey test(Eligibility::kInvite);
  // Nine tokens: the first eight have four nodes beside their way, the last has one.
  EXPECT_EQ(EncodeEnvelope(TestSubmission(test, 1).envelope).size(), EnvelopeBytesLimit(test.survey()));
  EXPECT_EQ(EncodeEnvelope(TestSubmission(test, 8).envelope).size(), EnvelopeBytesLimit(test.survey()) - 96);
}

TEST(Envelope, RejectsAPathLongerThanAnyTree) {
  const TestSurvey test(Eligibility::kInvite);
  Bytes bytes = EncodeEnvelope(TestSubmission(test).envelope);
  const std::size_t at = EnvelopeBytesLimit(test.survey()) - 64 - 4 * 32 - 1;
  ASSERT_EQ(bytes[at], 4);
  bytes[at] = 33;
  bytes.insert(bytes.end(), 29 * 32, 0);
  EXPECT_FALSE(DecodeEnvelope(bytes));
}

TEST(Envelope, RejectsAnInvitationFlagThatIsNoFlag) {
  const TestSurvey test;
  Bytes bytes = EncodeEnvelope(TestSubmission(test).envelope);
  bytes.back() = 2;
  EXPECT_FALSE(DecodeEnvelope(bytes));
}

TEST(Submission, RoundTrips) {
  const TestSurvey test;
  const Bytes bytes = EncodeSubmission(TestSubmission(test));
  EXPECT_EQ(EncodeSubmission(DecodeSubmission(bytes).value()), bytes);
}

TEST(Submission, RejectsEveryOtherLength) {
  const TestSurvey test;
  Bytes bytes = EncodeSubmission(TestSubmission(test));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(DecodeSubmission(ByteSpan(bytes).first(size))) << size;
  }
  bytes.push_back(0);
  EXPECT_FALSE(DecodeSubmission(bytes));
}

TEST(Submission, RejectsBoxesAndWholesBeyondTheLimit) {
  const TestSurvey test;
  Submission submission = TestSubmission(test);
  submission.boxes[1].resize(kMaxBoxBytes);
  EXPECT_TRUE(DecodeSubmission(EncodeSubmission(submission)));
  submission.boxes[1].push_back(0);
  EXPECT_FALSE(DecodeSubmission(EncodeSubmission(submission)));
  EXPECT_FALSE(DecodeSubmission(Bytes(kMaxSubmissionBytes + 1)));
}

TEST(CheckEnvelope, AcceptsWhatSealSubmissionMakes) {
  for (const Eligibility eligibility : {Eligibility::kOpen, Eligibility::kInvite}) {
    const TestSurvey test(eligibility);
    const Submission submission = TestSubmission(test);
    const CheckedEnvelope checked = Checked(test, submission.envelope);
    EXPECT_EQ(checked.id, SubmissionId(submission.envelope.header));
    EXPECT_EQ(checked.header.survey_hash, test.signed_survey.hash());
    EXPECT_EQ(checked.header.groups[0].column_mask, 7u);
    EXPECT_EQ(checked.header.groups[0].bits, 159u);
    EXPECT_TRUE(VerifySeal(checked));
  }
}

TEST(CheckEnvelope, RefusesHeadersThatDoNotFitTheSurvey) {
  const TestSurvey test;
  const Envelope envelope = TestSubmission(test).envelope;
  const Bytes32 some = {1};
  const std::vector<std::function<void(Header&)>> changes = {
      [&](Header& h) { h.version = 1; },
      [&](Header& h) { h.replaces = some; },
      [&](Header& h) { h.token_hash = some; },
      [&](Header& h) { h.groups[0].source_id = 1; },
      [&](Header& h) { h.groups[0].column_mask = 3; },
      [&](Header& h) { h.groups[0].column_mask = 15; },
      [&](Header& h) { h.groups[0].bits = 158; },
      [&](Header& h) { h.groups[0].bits = 160; },
      [&](Header& h) { h.groups[0].notary_key_id = some; },
      [&](Header& h) { h.groups[0].notary_session_id = some; },
      [&](Header& h) { h.groups[0].attestation_hash = some; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(Judge(test, WithHeader(envelope, changes[i])), Refusal::kMalformed) << i;
  }
  EXPECT_EQ(Judge(test, WithHeader(envelope,
                                   [&](Header& h) {
                                     h.version = 1;
                                     h.replaces = some;
                                   })),
            Refusal::kNone);
}

TEST(CheckEnvelope, RefusesTwoGroups) {
  const TestSurvey test(Eligibility::kInvite);  // whose limit leaves room for them
  const Envelope envelope = WithHeader(TestSubmission(TestSurvey(), 1).envelope, [&](Header& h) {
    h.survey_hash = test.signed_survey.hash();
    h.groups.push_back(h.groups[0]);
    h.commitments.push_back(h.commitments[0]);
  });
  ASSERT_LE(EncodeEnvelope(envelope).size(), EnvelopeBytesLimit(test.survey()));
  EXPECT_EQ(Judge(test, envelope), Refusal::kMalformed);
}

TEST(CheckEnvelope, RefusesAnotherSurveysAnswer) {
  const TestSurvey test;
  const TestSurvey other(Eligibility::kOpen, "Another test");
  EXPECT_EQ(Judge(test, TestSubmission(other).envelope), Refusal::kOtherSurvey);
}

TEST(CheckEnvelope, RefusesAnInvitationNobodyAskedFor) {
  const TestSurvey open;
  Envelope envelope = TestSubmission(open).envelope;
  envelope.invite = InviteProof{};
  EXPECT_EQ(Judge(open, envelope), Refusal::kMalformed);
}

TEST(CheckEnvelope, RefusesWithoutAValidInvitation) {
  const TestSurvey test(Eligibility::kInvite);
  const Envelope good = TestSubmission(test, 1).envelope;
  ASSERT_EQ(Judge(test, good), Refusal::kNone);
  const std::vector<std::function<void(Envelope&)>> changes = {
      [](Envelope& e) { e.invite.reset(); },
      [](Envelope& e) { e.invite->token_key = TestKey('t', 2).PublicKey(); },  // another invited person's
      [](Envelope& e) { e.invite->index = 2; },
      [](Envelope& e) { e.invite->index = testing::kTestTokens; },
      [](Envelope& e) { e.invite->path.pop_back(); },
      [](Envelope& e) { std::swap(e.invite->path[0], e.invite->path[1]); },
      [](Envelope& e) { e.invite->signature[3] ^= 1; },
      [](Envelope& e) { e = WithHeader(e, [](Header& h) { h.token_hash = {}; }); },
      [](Envelope& e) { e = WithHeader(e, [](Header& h) { h.token_hash[0] ^= 1; }); },
      [](Envelope& e) {
        e = WithHeader(e, [](Header& h) { h.nonce[0] ^= 1; });
      },  // signed for another answer
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Envelope changed = good;
    changes[i](changed);
    EXPECT_EQ(Judge(test, changed), Refusal::kNotInvited) << i;
  }
}

// Otherwise one invitation would make any number of answers that parties do not see are one person's.
TEST(CheckEnvelope, RefusesATokenHashThatTheTokenItselfSignedButIsNotItsOwn) {
  const TestSurvey test(Eligibility::kInvite);
  const auto with_hash = [&](const Bytes32& token_hash) {
    Envelope envelope =
        WithHeader(TestSubmission(test, 1).envelope, [&](Header& h) { h.token_hash = token_hash; });
    envelope.invite->signature = TestKey('t', 1).Sign(InviteInput(SubmissionId(envelope.header)));
    return envelope;
  };
  EXPECT_EQ(Judge(test, with_hash(TokenHash(TestKey('t', 1).PublicKey()))), Refusal::kNone);
  EXPECT_EQ(Judge(test, with_hash(TokenHash(TestKey('t', 2).PublicKey()))), Refusal::kNotInvited);
  EXPECT_EQ(Judge(test, with_hash(testing::Seed('x', 1))), Refusal::kNotInvited);
}

TEST(CheckEnvelope, RefusesAnInvitationThatWasTakenOverFromAnotherAnswer) {
  const TestSurvey test(Eligibility::kInvite);
  Envelope envelope = TestSubmission(test, 1).envelope;
  envelope.invite = TestSubmission(test, 2).envelope.invite;
  EXPECT_EQ(Judge(test, envelope), Refusal::kNotInvited);
}

TEST(CheckEnvelope, NoticesEveryFlippedBitOfAnInvitation) {
  const TestSurvey test(Eligibility::kInvite);
  const Bytes bytes = EncodeEnvelope(TestSubmission(test, 1).envelope);
  for (std::size_t bit = 8 * (bytes.size() - 230); bit < 8 * bytes.size(); ++bit) {
    const auto checked = CheckEnvelope(test.signed_survey, FlipBit(bytes, bit));
    ASSERT_FALSE(checked) << bit;
    EXPECT_TRUE(checked.error() == Refusal::kNotInvited || checked.error() == Refusal::kMalformed) << bit;
  }
}

TEST(VerifySeal, IsFalseForAnotherKeysSealAndOtherBoxes) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test, 1);
  CheckedEnvelope checked = Checked(test, submission.envelope);
  std::swap(checked.envelope.box_hashes[0], checked.envelope.box_hashes[1]);
  EXPECT_FALSE(VerifySeal(checked));
  checked = Checked(test, submission.envelope);
  checked.envelope.seal = TestSubmission(test, 2).envelope.seal;
  EXPECT_FALSE(VerifySeal(checked));
}

TEST(Refusal, WordsAndSentencesAreDistinct) {
  std::set<std::string_view> words;
  std::set<std::string_view> sentences;
  for (std::uint8_t byte = 0; byte < kRefusals; ++byte) {
    const Refusal refusal = RefusalFromByte(byte).value();
    EXPECT_EQ(static_cast<std::uint8_t>(refusal), byte);
    words.insert(RefusalWord(refusal));
    sentences.insert(RefusalSentence(refusal));
  }
  EXPECT_EQ(words.size(), kRefusals);
  EXPECT_EQ(sentences.size(), kRefusals);
  EXPECT_EQ(RefusalWord(Refusal::kDuplicateNonce), "duplicate-nonce");
  EXPECT_EQ(RefusalWord(Refusal::kControlKeyUsed), "control-key-used");
}

TEST(Refusal, RejectsNumbersThatAreNone) {
  EXPECT_FALSE(RefusalFromByte(kRefusals));
  EXPECT_FALSE(RefusalFromByte(255));
}

RC_GTEST_PROP(Submission, WhatDecodesHasOneEncoding, ()) {
  static const TestSurvey test;
  static const Bytes good = EncodeSubmission(TestSubmission(test));
  Bytes bytes = good;
  const auto flips = *rc::gen::inRange(1, 6);
  for (int i = 0; i < flips; ++i) bytes = FlipBit(bytes, *rc::gen::inRange<std::size_t>(0, 8 * bytes.size()));
  bytes.resize(bytes.size() - *rc::gen::element<std::size_t>(0, 0, 0, 1, 7));
  if (const auto decoded = DecodeSubmission(bytes)) RC_ASSERT(EncodeSubmission(*decoded) == bytes);
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/survey/submission_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using testing::Checked;
using testing::FlipBit;
using ::testing::HasSubstr;
using testing::Judge;
using testing::Open;
using testing::TestKey;
using testing::TestRow;
using testing::TestSubmission;
using testing::TestSurvey;

Bytes Raw(const RowBits& row) { return row.bytes(SecretAccess("a test")); }

Bytes Xor(ByteSpan a, ByteSpan b) {
  Bytes sum(a.begin(), a.end());
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<std::uint8_t>(sum[i] ^ b[i]);
  return sum;
}

// Components 0, 1 and 2 as the three parties hold them.
std::array<Bytes, 3> Components(const TestSurvey& test, const Submission& submission) {
  std::array<Bytes, 3> components;
  for (unsigned i = 0; i < 3; ++i) {
    components[i] = ComponentOfBox(test.survey(), Open(test, submission, i).value(), 0);
  }
  return components;
}

// Seals `plaintext` anew as the box of `party`, as its provider can: with the hash in the envelope and a new seal.
void Reseal(const TestSurvey& test, Submission& submission, unsigned party, ByteSpan plaintext,
            const SigningKey& control) {
  SeededRng rng(99);
  const Bytes32 id = SubmissionId(submission.envelope.header);
  submission.boxes[party] = HpkeSeal(test.signed_survey.box_keys()[party],
                                     BoxInfo(test.signed_survey.hash(), party), id, plaintext, rng)
                                .value();
  submission.envelope.box_hashes[party] = Sha256(submission.boxes[party]);
  submission.envelope.seal = control.Sign(SealInput(id, submission.envelope.box_hashes));
}

// What a provider makes who may choose all components herself.
Submission Craft(const TestSurvey& test, const std::array<Bytes, 3>& components, const SigningKey& control) {
  Submission submission = TestSubmission(test);
  Header header = DecodeHeader(submission.envelope.header).value();
  header.control_key = control.PublicKey();
  const Bytes32 context = ContextOf(header);
  for (unsigned j = 0; j < 3; ++j) {
    header.commitments[0][j] =
        Commitment(context, {.j = j, .group = 0, .bits = header.groups[0].bits}, components[j]);
  }
  submission.envelope.header = EncodeHeader(header);
  for (unsigned i = 0; i < 3; ++i) {
    Reseal(test, submission, i, JoinComponents(test.survey(), components[i], components[(i + 1) % 3]),
           control);
  }
  return submission;
}

std::string OpenMessage(const TestSurvey& test, const Submission& submission, unsigned party) {
  const auto opened = Open(test, submission, party);
  if (opened) return "opened";
  EXPECT_EQ(opened.error().code(), ErrorCode::kProtocolViolation);
  return opened.error().message();
}

TEST(Box, SizesAreConstantForASurvey) {
  const TestSurvey test;
  EXPECT_EQ(BoxBytes(test.survey()), 2u * (20 + 16) + 48);
  EXPECT_LE(BoxBytes(test.survey()), kMaxBoxBytes);
  for (std::uint8_t seed = 1; seed < 5; ++seed) {
    for (const Bytes& box : TestSubmission(test, seed).boxes) EXPECT_EQ(box.size(), BoxBytes(test.survey()));
  }
}

TEST(Box, OpensAtEachParty) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  const std::array<Bytes, 3> components = Components(test, submission);
  for (unsigned i = 0; i < 3; ++i) {
    const Bytes opened = Open(test, submission, i).value();
    EXPECT_EQ(ComponentOfBox(test.survey(), opened, 1), components[(i + 1) % 3]);
    EXPECT_EQ(JoinComponents(test.survey(), components[i], components[(i + 1) % 3]), opened);
  }
}

TEST(Box, SharesAddUpToTheRow) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  std::array<Bytes, 3> shares;
  for (unsigned i = 0; i < 3; ++i) shares[i] = RowShare(test.survey(), Open(test, submission, i).value(), 0);
  EXPECT_EQ(Xor(Xor(shares[0], shares[1]), shares[2]), Raw(TestRow(test.survey())));
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(RowShare(test.survey(), Open(test, submission, i).value(), 1), shares[(i + 1) % 3]);
  }
}

TEST(Box, MixedBoxesAreNotDelivered) {
  const TestSurvey test;
  Submission submission = TestSubmission(test, 1);
  std::swap(submission.boxes[0], submission.boxes[1]);
  EXPECT_THAT(OpenMessage(test, submission, 0), HasSubstr("was not delivered"));
  EXPECT_THAT(OpenMessage(test, submission, 1), HasSubstr("was not delivered"));
  EXPECT_EQ(OpenMessage(test, submission, 2), "opened");
  submission.boxes[2] = TestSubmission(test, 2).boxes[2];
  EXPECT_THAT(OpenMessage(test, submission, 2), HasSubstr("was not delivered"));
}

TEST(Box, CutAndEmptyBoxesAreNotDelivered) {
  const TestSurvey test;
  Submission submission = TestSubmission(test);
  submission.boxes[0].pop_back();
  submission.boxes[1].clear();
  submission.boxes[2].resize(kMaxBoxBytes);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_THAT(OpenMessage(test, submission, i), HasSubstr("was not delivered"));
  }
}

TEST(Box, SwappedBoxesWithSwappedHashesDoNotOpen) {
  const TestSurvey test;
  Submission submission = TestSubmission(test);
  std::swap(submission.boxes[0], submission.boxes[1]);
  std::swap(submission.envelope.box_hashes[0], submission.envelope.box_hashes[1]);
  EXPECT_THAT(OpenMessage(test, submission, 0), HasSubstr("does not open"));
  EXPECT_THAT(OpenMessage(test, submission, 1), HasSubstr("does not open"));
}

TEST(Box, SaysNothingOfWhyItDoesNotOpen) {
  const TestSurvey test;
  const SigningKey control = TestKey('a', 1);
  Submission junk = TestSubmission(test);
  Reseal(test, junk, 0, Bytes(72, 0x5a), control);
  Submission damaged = TestSubmission(test);
  damaged.boxes[0].back() ^= 1;
  damaged.envelope.box_hashes[0] = Sha256(damaged.boxes[0]);
  EXPECT_EQ(OpenMessage(test, junk, 0), OpenMessage(test, damaged, 0));
}

TEST(Box, JunkUnderTheRightIdDoesNotOpenAndTheSealSaysWhoseItIs) {
  const TestSurvey test;
  const Submission good = TestSubmission(test);
  Submission submission = good;
  Reseal(test, submission, 1, Bytes(72, 0x5a), TestKey('a', 1));
  EXPECT_THAT(OpenMessage(test, submission, 1), HasSubstr("does not open"));
  EXPECT_TRUE(VerifySeal(Checked(test, submission.envelope)));
  submission = good;  // now by a coordinator, who has not the control key
  Reseal(test, submission, 1, Bytes(72, 0x5a), TestKey('c', 0));
  EXPECT_THAT(OpenMessage(test, submission, 1), HasSubstr("does not open"));
  EXPECT_FALSE(VerifySeal(Checked(test, submission.envelope)));
}

TEST(Box, SealedPlaintextOfAnotherLengthDoesNotOpen) {
  const TestSurvey test;
  for (const std::size_t size : {0u, 36u, 71u, 73u, 108u}) {
    Submission submission = TestSubmission(test);
    Reseal(test, submission, 2, Bytes(size), TestKey('a', 1));
    EXPECT_THAT(OpenMessage(test, submission, 2), HasSubstr("does not open")) << size;
  }
}

TEST(Box, DoesNotOpenWithAnotherPartysKey) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  const auto opened = OpenBox(test.signed_survey, Checked(test, submission.envelope), 0, test.box_keys[1],
                              submission.boxes[0]);
  EXPECT_FALSE(opened);
}

TEST(Box, DifferentComponentsForTwoPartiesAreCaughtByOne) {
  const TestSurvey test;
  const std::array<Bytes, 3> components = Components(test, TestSubmission(test));
  for (unsigned lied_to = 0; lied_to < 3; ++lied_to) {
    for (const bool own : {true, false}) {
      Submission submission = TestSubmission(test);
      const Bytes other = FlipBit(components[own ? lied_to : (lied_to + 1) % 3], 3);
      const Bytes plaintext = own ? JoinComponents(test.survey(), other, components[(lied_to + 1) % 3])
                                  : JoinComponents(test.survey(), components[lied_to], other);
      Reseal(test, submission, lied_to, plaintext, TestKey('a', 1));
      for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(OpenMessage(test, submission, i) == "opened", i != lied_to) << lied_to << own;
      }
    }
  }
}

TEST(Box, AnHonestCraftedAnswerOpens) {
  const TestSurvey test;
  const std::array<Bytes, 3> components = Components(test, TestSubmission(test));
  const Submission submission = Craft(test, components, TestKey('a', 9));
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(OpenMessage(test, submission, i), "opened");
}

TEST(Box, RefusesTopBitsInAnyComponentThoughTheyAreCommittedTo) {
  const TestSurvey test;  // 159 bits: one top bit
  const std::array<Bytes, 3> components = Components(test, TestSubmission(test));
  for (unsigned bad = 0; bad < 3; ++bad) {
    std::array<Bytes, 3> crafted = components;
    crafted[bad] = FlipBit(crafted[bad], 159);
    crafted[(bad + 1) % 3] = FlipBit(crafted[(bad + 1) % 3], 159);  // so that the sum's top bit is zero
    const Submission submission = Craft(test, crafted, TestKey('a', 9));
    const CheckedEnvelope checked = Checked(test, submission.envelope);
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_THAT(OpenMessage(test, submission, i), HasSubstr("does not open"));
      const bool touched = i == bad || i == (bad + 1) % 3;
      EXPECT_EQ(CheckComponent(test.signed_survey, checked, i, crafted[i]), !touched);
    }
  }
}

TEST(Component, OpensItsOwnCommitmentOnly) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  const CheckedEnvelope checked = Checked(test, submission.envelope);
  const std::array<Bytes, 3> components = Components(test, submission);
  for (unsigned j = 0; j < 3; ++j) {
    for (unsigned k = 0; k < 3; ++k) {
      EXPECT_EQ(CheckComponent(test.signed_survey, checked, j, components[k]), j == k);
    }
  }
}

TEST(Component, RefusesEveryOtherLengthAndEveryFlippedBit) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  const CheckedEnvelope checked = Checked(test, submission.envelope);
  Bytes component = Components(test, submission)[1];
  for (std::size_t bit = 0; bit < 8 * component.size(); ++bit) {
    ASSERT_FALSE(CheckComponent(test.signed_survey, checked, 1, FlipBit(component, bit))) << bit;
  }
  for (std::size_t size = 0; size < component.size(); ++size) {
    ASSERT_FALSE(CheckComponent(test.signed_survey, checked, 1, ByteSpan(component).first(size))) << size;
  }
  component.push_back(0);
  EXPECT_FALSE(CheckComponent(test.signed_survey, checked, 1, component));
}

// review.md K4: a coordinator, even with a party that opens its box for it, posts somebody's commitments again.
TEST(CopiedBallot, OpensAtNobodyUnderAnotherHeader) {
  const TestSurvey test;
  const Submission victim = TestSubmission(test, 1);
  const std::array<Bytes, 3> components = Components(test, victim);
  Submission copy = victim;
  Header header = DecodeHeader(copy.envelope.header).value();
  header.control_key = TestKey('a', 2).PublicKey();
  header.nonce[0] ^= 1;
  copy.envelope.header = EncodeHeader(header);
  for (unsigned i = 0; i < 3; ++i) EXPECT_THAT(OpenMessage(test, copy, i), HasSubstr("does not open"));
  // Even with all openings, sealed again under the copy's id.
  for (unsigned i = 0; i < 3; ++i) {
    Reseal(test, copy, i, JoinComponents(test.survey(), components[i], components[(i + 1) % 3]),
           TestKey('a', 2));
  }
  const CheckedEnvelope checked = Checked(test, copy.envelope);
  EXPECT_TRUE(VerifySeal(checked));
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_THAT(OpenMessage(test, copy, i), HasSubstr("does not open"));
    EXPECT_FALSE(CheckComponent(test.signed_survey, checked, i, components[i]));
  }
}

TEST(CopiedBallot, NoBitOfTheHeaderCanChange) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  const std::array<Bytes, 3> components = Components(test, submission);
  const std::size_t core_bits = 8 * (183 + 107);
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < 8 * submission.envelope.header.size(); ++bit) {
    Submission changed = submission;
    changed.envelope.header = FlipBit(submission.envelope.header, bit);
    if (Judge(test, changed.envelope) != Refusal::kNone) continue;
    ++accepted;
    const CheckedEnvelope checked = Checked(test, changed.envelope);
    ASSERT_FALSE(VerifySeal(checked)) << bit;
    for (unsigned i = 0; i < 3; ++i) {
      ASSERT_FALSE(Open(test, changed, i)) << bit;
      const bool still = bit >= core_bits && (bit - core_bits) / 256 != i;  // another component's commitment
      ASSERT_EQ(CheckComponent(test.signed_survey, checked, i, components[i]), still) << bit;
    }
  }
  EXPECT_EQ(accepted,
            8u * (32 + 32 + 96));  // control key, nonce and commitments: all else is refused at once
}

TEST(FlippedBit, OfABoxIsNotDelivered) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  for (std::size_t bit = 0; bit < 8 * submission.boxes[1].size(); ++bit) {
    Submission changed = submission;
    changed.boxes[1] = FlipBit(submission.boxes[1], bit);
    ASSERT_THAT(OpenMessage(test, changed, 1), HasSubstr("was not delivered")) << bit;
    changed.envelope.box_hashes[1] = Sha256(changed.boxes[1]);
    ASSERT_THAT(OpenMessage(test, changed, 1), HasSubstr("does not open")) << bit;
  }
}

TEST(FlippedBit, OfAnEnvelopeIsNoticed) {
  const TestSurvey test;
  const Submission submission = TestSubmission(test);
  const Bytes bytes = EncodeEnvelope(submission.envelope);
  for (std::size_t bit = 8 * (4 + submission.envelope.header.size()); bit < 8 * bytes.size(); ++bit) {
    const auto checked = CheckEnvelope(test.signed_survey, FlipBit(bytes, bit));
    if (!checked) continue;
    ASSERT_FALSE(VerifySeal(*checked)) << bit;
    const std::size_t byte = bit / 8 - 4 - submission.envelope.header.size();
    if (byte >= 96) continue;  // the seal itself
    const auto party = static_cast<unsigned>(byte / 32);
    const auto opened =
        OpenBox(test.signed_survey, *checked, party, test.box_keys[party], submission.boxes[party]);
    ASSERT_FALSE(opened) << bit;
    EXPECT_THAT(opened.error().message(), HasSubstr("was not delivered"));
  }
}

RC_GTEST_PROP(Box, RebuildsEveryRow, ()) {
  static const TestSurvey test;
  std::map<std::string, std::string> cells;
  cells["balance"] = FormatDecimal({*rc::gen::inRange<std::int64_t>(-100'000'000, 100'000'001), 2});
  cells["account"] = "u" + std::to_string(*rc::gen::arbitrary<std::uint32_t>());
  cells["region"] = *rc::gen::element<std::string>("", "north", "south", "far east");
  const auto row = EncodeRow(test.survey(), cells);
  RC_ASSERT(row.has_value());
  SeededRng rng(*rc::gen::arbitrary<std::uint64_t>());
  const auto submission = SealSubmission(test.signed_survey, *row, TestKey('a', 1), {}, rng);
  RC_ASSERT(submission.has_value());
  Bytes sum(LayoutOf(test.survey()).bytes());
  for (unsigned i = 0; i < 3; ++i) {
    const auto opened = Open(test, *submission, i);
    RC_ASSERT(opened.has_value());
    sum = Xor(sum, RowShare(test.survey(), *opened, 0));
  }
  RC_ASSERT(DecodeRow(test.survey(), sum) == cells);
}

}  // namespace
}  // namespace mpcstats

// Uploads at one party: what is stored, what its signed verdicts say, and what is nobody's fault.
#include "mpcstats/service/party_ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "mpcstats/crypto/merkle.h"
#include "mpcstats/service/jobs_testing.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

using ::mpcstats::testing::kJobNow;
using ::mpcstats::testing::ThreeParties;

class PartyIngestTest : public ::testing::Test {
 protected:
  static UploadedBox Upload(const Submission& submission, unsigned party = 0) {
    return {.envelope = EncodeEnvelope(submission.envelope), .box = submission.boxes[party]};
  }
  Result<UploadAnswer> Submit(std::vector<UploadedBox> items) {
    auto promise = std::make_shared<std::promise<Result<UploadAnswer>>>();
    auto future = promise->get_future();
    ingest_.Submit(*parties_.survey, std::move(items),
                   [promise](Result<UploadAnswer> answer) { promise->set_value(std::move(answer)); });
    return future.get();
  }
  UploadVerdict VerdictOn(UploadedBox item) {
    const auto answer = Submit({std::move(item)});
    CHECK(answer.has_value() && answer->verdicts.size() == 1);
    return answer->verdicts[0];
  }
  std::size_t Open() { return parties_.stores[0]->OpenIds(parties_.survey->hash())->size(); }
  // A box of junk that the person sealed herself.
  static Submission Junk(const ThreeParties::Answer& answer) {
    Submission junk = answer.submission;
    for (std::uint8_t& byte : junk.boxes[0]) byte = static_cast<std::uint8_t>(byte ^ 0x55);
    junk.envelope.box_hashes[0] = Sha256(junk.boxes[0]);
    Writer sealed;
    sealed.Raw(AsBytes("mpcstats/v1/boxes")).Raw(answer.envelope.id);
    for (const Bytes32& hash : junk.envelope.box_hashes) sealed.Raw(hash);
    junk.envelope.seal = answer.control.Sign(std::move(sealed).Take());
    return junk;
  }

  ThreeParties parties_;
  PartyContext context_ = parties_.Party(0);
  ManualClock clock_{kJobNow};
  PartyIngest ingest_{context_, clock_};
};

TEST_F(PartyIngestTest, StoresAGoodAnswerOnceHoweverOftenItComes) {
  const auto answer = parties_.Make("7");
  for (int again = 0; again < 3; ++again) {
    const UploadVerdict verdict = VerdictOn(Upload(answer.submission));
    EXPECT_EQ(verdict.outcome, UploadOutcome::kVerdict);
    EXPECT_EQ(verdict.refusal, Refusal::kNone);
    EXPECT_EQ(verdict.submission, answer.envelope.id);
    EXPECT_EQ(Open(), 1u);
  }
  EXPECT_EQ((*parties_.stores[0]->FindSubmission(parties_.survey->hash(), answer.envelope.id))->state,
            SubmissionState::kPending);
}

TEST_F(PartyIngestTest, AMixedUpBoxIsNotDeliveredAndTheRightOneStillCounts) {
  const auto answer = parties_.Make("7");
  UploadedBox mixed = Upload(parties_.Make("8").submission);
  mixed.envelope = EncodeEnvelope(answer.submission.envelope);
  EXPECT_EQ(VerdictOn(mixed).outcome, UploadOutcome::kNotDelivered);
  EXPECT_EQ(VerdictOn(Upload(answer.submission, 1)).outcome, UploadOutcome::kNotDelivered)
      << "another party's box";
  EXPECT_EQ(Open(), 0u);
  EXPECT_EQ(VerdictOn(Upload(answer.submission)).refusal, Refusal::kNone);
  EXPECT_EQ(Open(), 1u);
}

TEST_F(PartyIngestTest, AJunkBoxUnderTheRightSealIsAComplaint) {
  const auto answer = parties_.Make("7");
  const UploadVerdict verdict = VerdictOn(Upload(Junk(answer)));
  EXPECT_EQ(verdict.outcome, UploadOutcome::kVerdict);
  EXPECT_EQ(verdict.refusal, Refusal::kBoxDoesNotOpen);
  EXPECT_EQ((*parties_.stores[0]->FindSubmission(parties_.survey->hash(), answer.envelope.id))->state,
            SubmissionState::kComplained);
}

TEST_F(PartyIngestTest, AJunkBoxUnderAForgedSealBlamesNobody) {
  Submission forged = Junk(parties_.Make("7"));
  forged.envelope.seal[5] ^= 1;
  EXPECT_EQ(VerdictOn(Upload(forged)).outcome, UploadOutcome::kNotDelivered);
  EXPECT_EQ(Open(), 0u);
}

TEST_F(PartyIngestTest, AReplacementWithoutItsKeysSealIsNotStored) {
  const auto first = parties_.Make("7");
  auto second =
      parties_.Make("8", &first.control, {.version = 1, .replaces = first.envelope.id, .invite = nullptr});
  second.submission.envelope.seal[5] ^= 1;
  EXPECT_EQ(VerdictOn(Upload(second.submission)).refusal, Refusal::kBadSeal);
  EXPECT_EQ(Open(), 0u);
}

TEST_F(PartyIngestTest, GarbageIsUndecodableAndSpoilsNothingElse) {
  const auto good = parties_.Make("7");
  const auto answer = Submit({{.envelope = {1, 2, 3}, .box = {4}}, Upload(good.submission)});
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->verdicts[0].outcome, UploadOutcome::kUndecodable);
  EXPECT_EQ(answer->verdicts[1].refusal, Refusal::kNone);
  EXPECT_EQ(answer->count, 1u) << "nothing is signed about what has no id";
  EXPECT_EQ(Open(), 1u);
}

TEST_F(PartyIngestTest, AnotherSurveysAnswerIsRefusedByItsId) {
  ThreeParties elsewhere;
  const auto foreign = elsewhere.Make("7");
  const UploadVerdict verdict = VerdictOn(Upload(foreign.submission));
  EXPECT_EQ(verdict.refusal, Refusal::kOtherSurvey);
  EXPECT_EQ(verdict.submission, foreign.envelope.id);
}

TEST_F(PartyIngestTest, SignsOneRootThatProvesEveryVerdict) {
  std::vector<UploadedBox> items;
  for (const char* amount : {"1", "2", "3"}) items.push_back(Upload(parties_.Make(amount).submission));
  items.push_back(Upload(Junk(parties_.Make("4"))));
  const auto answer = Submit(items);
  ASSERT_TRUE(answer) << answer.error().message();
  std::vector<Bytes32> leaves;
  for (const UploadVerdict& verdict : answer->verdicts)
    leaves.push_back(VerdictLeafHash({verdict.submission, verdict.refusal}));
  const MerkleTree tree = MerkleTree::OfLeafHashes(leaves);
  for (std::uint32_t i = 0; i < 4; ++i) {
    VerdictProof proof{.verdict = {answer->verdicts[i].submission, answer->verdicts[i].refusal},
                       .index = i,
                       .count = answer->count,
                       .path = tree.Path(i),
                       .root = answer->root,
                       .signature = answer->signature};
    EXPECT_TRUE(VerifyVerdict(proof, *parties_.survey, 0)) << i;
    EXPECT_FALSE(VerifyVerdict(proof, *parties_.survey, 1)) << "another party did not say so";
    proof.verdict.refusal = Refusal::kMalformed;
    EXPECT_FALSE(VerifyVerdict(proof, *parties_.survey, 0)) << i;
  }
}

TEST_F(PartyIngestTest, TakesNothingOnceItIsStopped) {
  ingest_.Stop();
  const auto answer = Submit({Upload(parties_.Make("7").submission)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(Open(), 0u);
}

TEST_F(PartyIngestTest, UploadsComeBackFromTheirBytesAndNoOthers) {
  const Survey& survey = parties_.survey->survey();
  const Bytes body = EncodeUpload(std::vector<UploadedBox>{Upload(parties_.Make("7").submission)});
  const auto items = DecodeUpload(survey, body);
  ASSERT_TRUE(items) << items.error().message();
  EXPECT_EQ(EncodeUpload(*items), body);
  for (std::size_t size = 0; size < body.size(); ++size)
    ASSERT_FALSE(DecodeUpload(survey, ByteSpan(body).first(size))) << size;
  Bytes longer = body;
  longer.push_back(0);
  EXPECT_FALSE(DecodeUpload(survey, longer));
  EXPECT_FALSE(DecodeUpload(survey, Bytes(4, 0))) << "no answers";
  EXPECT_FALSE(DecodeUpload(survey, EncodeUpload(std::vector<UploadedBox>(PartyIngest::kMaxItems + 1))));
}

}  // namespace
}  // namespace mpcstats

// Proven answers at three parties: what arrives, what is refused by all three and why, cures, and keys revoked behind the upload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "mpcstats/service/jobs_testing.h"
#include "mpcstats/service/party_ingest.h"
#include "mpcstats/survey/proven_testing.h"

namespace mpcstats {
namespace {

using testing::FakeNotary;
using testing::FakeProof;
using ::testing::HasSubstr;
using testing::kJobNow;
using Fault = AttestationFault;

constexpr auto kNowMinute = static_cast<std::uint64_t>(kJobNow / 60);
constexpr std::string_view kWho = "[[columns]]\nname = \"who\"\nkind = \"unique\"\n";

class ProvenJobs : public ::testing::Test {
 protected:
  ProvenJobs()
      : parties_(std::string(kWho) + FakeNotary().Toml() +
                     testing::SourceToml("exchange", "\"amount\", \"who\"", 0x7e, "mode = \"mpc\"\n"),
                 4, 4, 100, "proven") {
    for (unsigned i = 0; i < 3; ++i) {
      contexts_[i] = parties_.Party(i);
      ingests_[i] = std::make_unique<PartyIngest>(contexts_[i], clock_);
    }
  }

  Submission Make(const std::string& amount, const FakeProof& proof = {.end_minute = kNowMinute - 2},
                  const std::string& who = "") {
    return testing::FakeSubmission(*parties_.survey, notary_,
                                   {{"amount", amount}, {"who", who.empty() ? "id-" + amount : who}},
                                   SigningKey::Generate(rng_), proof, rng_);
  }
  Refusal Upload(const Submission& submission, unsigned party) {
    std::promise<Result<UploadAnswer>> promise;
    ingests_[party]->Submit(
        *parties_.survey, {{.envelope = EncodeEnvelope(submission.envelope), .box = submission.boxes[party]}},
        [&](Result<UploadAnswer> answer) { promise.set_value(std::move(answer)); });
    const auto answer = promise.get_future().get();
    CHECK(answer.has_value() && answer->verdicts.size() == 1);
    return answer->verdicts[0].refusal;
  }
  // The word of all three.
  Refusal UploadToAll(const Submission& submission) {
    const Refusal first = Upload(submission, 0);
    EXPECT_EQ(Upload(submission, 1), first);
    EXPECT_EQ(Upload(submission, 2), first);
    return first;
  }
  Bytes32 IdOf(const Submission& submission) { return SubmissionId(submission.envelope.header); }
  Refusal StoredAt(unsigned party, const Submission& submission) {
    const auto found = parties_.stores[party]->FindSubmission(parties_.survey->hash(), IdOf(submission));
    CHECK(found.has_value() && found->has_value());
    return (*found)->refusal;
  }
  void ExpectClosed(const testing::ThreeParties::CloseResults& results, std::size_t counted,
                    std::size_t refused) {
    for (const auto& result : results) {
      ASSERT_TRUE(result) << result.error().message();
      ASSERT_EQ(result->kind, CloseResult::Kind::kClosed);
      EXPECT_EQ(result->counted, counted);
      EXPECT_EQ(result->refused, refused);
    }
  }

  FakeNotary notary_;
  testing::ThreeParties parties_;
  ManualClock clock_{kJobNow};
  SystemRng rng_;
  std::array<PartyContext, 3> contexts_;
  std::array<std::unique_ptr<PartyIngest>, 3> ingests_;
};

TEST_F(ProvenJobs, FourProvenAnswersCloseAndTheirSumIsReleasedWithItsProvenance) {
  for (const char* amount : {"1", "20", "300", "0"}) EXPECT_EQ(UploadToAll(Make(amount)), Refusal::kNone);
  ExpectClosed(parties_.Close(1), 4, 0);
  for (const auto& result : parties_.Release()) {
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_TRUE(result->receipt);
    const ReceiptBody& body = result->receipt->body;
    EXPECT_EQ(body.outputs[0].exact, "321");
    EXPECT_EQ(body.outputs[0].provenance, "amount: proven by exchange.example (mpc)");
    EXPECT_EQ(body.protocol, "mpcstats/2");
  }
}

// One row a reason. What a party refuses at upload is not stored, so it is in no list.
TEST_F(ProvenJobs, AllThreeRefuseWhatDoesNotHoldWithTheReason) {
  struct Row {
    std::string_view word;
    FakeProof proof;
  };
  const auto changed = [](testing::FactsChange change) {
    FakeProof proof{.end_minute = kNowMinute - 2};
    proof.change = std::move(change);
    return proof;
  };
  const std::vector<Row> rows = {
      {"attestation-commitments", changed([](Attestation& a, auto) { a.statement.commitments[0][0] ^= 1; })},
      {"attestation-template", changed([](Attestation& a, auto) { a.statement.template_hash[1] ^= 1; })},
      {"attestation-columns", changed([](Attestation& a, auto) { a.statement.columns[0].scale = 4; })},
      {"attestation-host", changed([](Attestation& a, auto) { a.server.host = "other.example"; })},
      {"attestation-context", changed([](Attestation& a, auto) { a.session.context[0] ^= 1; })},
      {"attestation-session", changed([](Attestation& a, auto) { a.session.session_id[0] ^= 1; })},
      {"attestation-mode", changed([](Attestation& a, auto) { a.session.mode = AttestationMode::kProxy; })},
      {"attestation-incomplete", changed([](Attestation& a, auto) { a.session.complete = false; })},
      {"attestation-tls", changed([](Attestation& a, auto) { a.session.suite = 0x009c; })},
      {"attestation-too-old", {.end_minute = kNowMinute - 64}},
      {"attestation-too-new", {.end_minute = kNowMinute + 4}},
      {"attestation-key-expired", {.end_minute = kNowMinute - 2, .key = 1}},
      {"attestation-signature", {.end_minute = kNowMinute - 2, .key = 0, .change = {}, .signed_by = 1}},
  };
  for (const Row& row : rows) {
    const Submission submission = Make("7", row.proof);
    EXPECT_EQ(RefusalWord(UploadToAll(submission)), row.word);
    for (const auto& store : parties_.stores) {
      EXPECT_TRUE(store->OpenIds(parties_.survey->hash())->empty()) << row.word;
    }
  }
}

TEST_F(ProvenJobs, AKeyThatIsRevokedAtUploadIsRefusedThere) {
  for (const auto& store : parties_.stores) ASSERT_TRUE(store->AddNotaryList(notary_.List(2, {0})).value());
  EXPECT_EQ(UploadToAll(Make("7")), RefusalOf(Fault::kRevoked));
}

TEST_F(ProvenJobs, AKeyRevokedBehindTheUploadIsRefusedAtCloseByAllOnceOnePartyKnows) {
  std::vector<Submission> stolen;
  for (const char* amount : {"5", "6"}) stolen.push_back(Make(amount));
  for (const Submission& one : stolen) EXPECT_EQ(UploadToAll(one), Refusal::kNone);
  // The survey's other key begins later, so the honest answers come then.
  clock_.Set(kJobNow + 12 * 86400);
  const std::uint64_t later = kNowMinute + 12 * 1440 - 2;
  for (const char* amount : {"1", "2", "3", "4"}) {
    EXPECT_EQ(UploadToAll(Make(amount, {.end_minute = later, .key = 1})), Refusal::kNone);
  }
  // Party 2 alone has heard.
  ASSERT_TRUE(parties_.stores[2]->AddNotaryList(notary_.List(3, {0})).value());
  const auto results = parties_.Close(
      1, {}, [&](unsigned, CloseRequest& request) { request.closed_at = request.now = clock_.Now(); });
  ExpectClosed(results, 4, 2);
  const std::vector<NotaryKeyList> lists = {notary_.List(3, {0})};
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(results[i]->batch->certificate.revocations, NotaryListsHash(lists));
    EXPECT_TRUE(VerifyBatch(*results[i]->batch, *parties_.survey));
    EXPECT_EQ(StoredAt(i, stolen[0]), RefusalOf(Fault::kRevoked));
    EXPECT_EQ(parties_.stores[i]->NotaryLists(parties_.survey->survey())->size(), 1u)
        << "party " << i << " learnt it";
  }
}

TEST_F(ProvenJobs, APartyThatDidNotGetABoxGetsComponentsAndAttestationFromItsNeighbours) {
  std::vector<Submission> all;
  for (const char* amount : {"1", "2", "3", "4"}) all.push_back(Make(amount));
  for (unsigned party = 0; party < 3; ++party) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i != party) EXPECT_EQ(Upload(all[i], party), Refusal::kNone);
    }
  }
  ExpectClosed(parties_.Close(1), 4, 0);
}

TEST_F(ProvenJobs, AClockThatRefusedAtUploadDoesNotPartTheParties) {
  // Old enough for party 0's clock alone.
  std::vector<Submission> all;
  for (const char* amount : {"1", "2", "3", "4"})
    all.push_back(Make(amount, {.end_minute = kNowMinute - 61}));
  for (const Submission& one : all) {
    EXPECT_EQ(Upload(one, 1), Refusal::kNone);
    EXPECT_EQ(Upload(one, 2), Refusal::kNone);
  }
  clock_.Advance(119);
  for (const Submission& one : all) EXPECT_EQ(Upload(one, 0), RefusalOf(Fault::kTooOld));
  ExpectClosed(parties_.Close(1), 4, 0);
}

// A corrupt party that skips the check at upload and tells one honest neighbour nothing.
TEST_F(ProvenJobs, WhatOnlyACorruptPartyTookInIsNotCounted) {
  for (const char* amount : {"1", "2", "3", "4"}) EXPECT_EQ(UploadToAll(Make(amount)), Refusal::kNone);
  FakeProof forged{.end_minute = kNowMinute - 2, .key = 0, .change = {}, .signed_by = 1};
  const Submission bad = Make("999", forged);
  const auto envelope = CheckEnvelope(*parties_.survey, EncodeEnvelope(bad.envelope));
  ASSERT_TRUE(envelope);
  parties_.Deliver(bad, *envelope, 1);
  for (const auto& result : parties_.Close(1)) {
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->counted, 4u);
    EXPECT_EQ(result->deferred, 1u) << "two parties lack its box";
  }
}

TEST_F(ProvenJobs, AForgedAttestationThatTwoStoresHoldIsRefusedByTheCuredThird) {
  for (const char* amount : {"1", "2", "3", "4"}) EXPECT_EQ(UploadToAll(Make(amount)), Refusal::kNone);
  FakeProof forged{.end_minute = kNowMinute - 2, .key = 0, .change = {}, .signed_by = 1};
  const Submission bad = Make("999", forged);
  const auto envelope = CheckEnvelope(*parties_.survey, EncodeEnvelope(bad.envelope));
  ASSERT_TRUE(envelope);
  // More than the one corrupt party that is allowed for: still the third does not go along, and stops the close.
  parties_.Deliver(bad, *envelope, 1);
  parties_.Deliver(bad, *envelope, 2);
  const auto results = parties_.Close(1);
  EXPECT_FALSE(results[0]);
  EXPECT_TRUE(parties_.stores[0]->ClosedBatches(parties_.survey->hash())->empty());
}

TEST_F(ProvenJobs, OneAccountCountsOnceThoughItProvedTwice) {
  for (const char* amount : {"1", "2", "3"}) EXPECT_EQ(UploadToAll(Make(amount)), Refusal::kNone);
  EXPECT_EQ(UploadToAll(Make("40", {.end_minute = kNowMinute - 2}, "one")), Refusal::kNone);
  EXPECT_EQ(UploadToAll(Make("50", {.end_minute = kNowMinute - 2}, "one")), Refusal::kNone);
  ExpectClosed(parties_.Close(1), 4, 1);
}

TEST_F(ProvenJobs, AReusedSessionIsOneAnswer) {
  for (const char* amount : {"1", "2", "3", "4"}) EXPECT_EQ(UploadToAll(Make(amount)), Refusal::kNone);
  const Submission once = Make("5");
  EXPECT_EQ(UploadToAll(once), Refusal::kNone);
  EXPECT_EQ(UploadToAll(once), Refusal::kNone) << "the same bytes are the same answer";
  ExpectClosed(parties_.Close(1), 5, 0);
}

}  // namespace
}  // namespace mpcstats

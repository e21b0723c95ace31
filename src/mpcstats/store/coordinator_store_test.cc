#include "mpcstats/store/coordinator_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/store/coordinator_schema.h"
#include "mpcstats/store/coordinator_state.h"
#include "mpcstats/store/query.h"
#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using testing::MadeRecord;
using testing::MessageOf;
using testing::NumberHash;
using testing::SignAll;
using testing::TemporaryFolder;
using testing::TestSurvey;

Bytes32 Id(std::uint64_t number) { return NumberHash("id", number); }

Signature Signed(std::uint8_t by) {
  Signature signature{};
  signature[0] = by;
  return signature;
}

class CoordinatorStoreTest : public ::testing::Test {
 protected:
  CoordinatorStoreTest() { EXPECT_TRUE(store->AddSurvey(survey)); }

  void Add(std::uint64_t first, std::uint64_t count, UnixSeconds received_at = 100) {
    std::vector<Bytes> bytes;
    std::vector<IncomingSubmission> items;
    bytes.reserve(count);
    for (std::uint64_t i = first; i < first + count; ++i) {
      bytes.push_back(Bytes(10, static_cast<std::uint8_t>(i)));
      items.push_back({Id(i), bytes.back(), received_at, received_at + 60, Signed(1)});
    }
    ASSERT_TRUE(store->AddSubmissions(hash, items));
  }
  Status Deliver(unsigned party, std::uint64_t number, Refusal refusal = Refusal::kNone) {
    const SignedVerdicts signed_by{.count = 1, .root = NumberHash("root", number), .signature = Signed(7)};
    const std::vector<DeliveredVerdict> verdicts = {{{Id(number), refusal}, 5, "[\"ab\"]"}};
    return store->MarkDelivered(hash, party, signed_by, verdicts);
  }
  void DeliverToAll(std::uint64_t number) {
    for (unsigned party = 0; party < 3; ++party) ASSERT_TRUE(Deliver(party, number));
  }
  SignedBatch Batch(std::vector<Bytes32> accepted, std::vector<std::pair<Bytes32, Refusal>> refused = {}) {
    const BatchRecord record = MadeRecord(test, 1, 1, std::move(accepted), std::move(refused));
    return {.certificate = record.certificate, .signatures = SignAll(test, record.certificate)};
  }
  std::vector<Bytes32> Candidates(std::size_t limit = 100) {
    return store->ProposalCandidates(hash, limit).value();
  }

  TestSurvey test;
  SignedSurvey survey = test.signed_survey;
  Bytes32 hash = survey.hash();
  std::unique_ptr<CoordinatorStore> store = CoordinatorStore::Open(":memory:").value();
};

TEST_F(CoordinatorStoreTest, SaysNewOrKnownAndKeepsTheFirstTicket) {
  const Bytes bytes(10, 1);
  const Bytes other(10, 2);
  const std::vector<IncomingSubmission> items = {{Id(1), bytes, 100, 160, Signed(1)},
                                                 {Id(1), other, 200, 260, Signed(2)},
                                                 {Id(2), other, 200, 260, Signed(3)}};
  const auto added = store->AddSubmissions(hash, items).value();
  ASSERT_EQ(added.size(), 3u);
  EXPECT_TRUE(added[0].is_new);
  EXPECT_FALSE(added[1].is_new);
  EXPECT_TRUE(added[2].is_new);
  EXPECT_EQ(added[1].ticket.received_at, 100);
  EXPECT_EQ(added[1].ticket.propose_by, 160);
  EXPECT_EQ(added[1].ticket.signature, Signed(1));
  EXPECT_EQ(added[1].ticket.submission, Id(1));
  EXPECT_EQ(store->Undelivered(hash, 0, 10).value().at(0).bytes, bytes);
}

TEST_F(CoordinatorStoreTest, RefusesASurveyThatWasNotAdded) {
  const auto added = store->AddSubmissions(Bytes32{}, {});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(store->Counts(Bytes32{}));
}

TEST_F(CoordinatorStoreTest, DeliversToEachPartyInOrderOfArrival) {
  Add(0, 5);
  ASSERT_TRUE(Deliver(1, 0));
  ASSERT_TRUE(Deliver(1, 2));
  const auto rest = store->Undelivered(hash, 1, 2).value();
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].id, Id(1));
  EXPECT_EQ(rest[1].id, Id(3));
  EXPECT_EQ(store->Undelivered(hash, 2, 100).value().size(), 5u);
  EXPECT_FALSE(store->Undelivered(hash, 3, 100));
}

TEST_F(CoordinatorStoreTest, KeepsVerdictsWithTheirProof) {
  Add(0, 1);
  ASSERT_TRUE(Deliver(2, 0, Refusal::kNotInvited));
  const SubmissionStatus status = store->FindSubmission(hash, Id(0)).value().value();
  EXPECT_FALSE(status.verdicts[0].has_value());
  ASSERT_TRUE(status.verdicts[2].has_value());
  EXPECT_EQ(status.verdicts[2]->refusal, Refusal::kNotInvited);
  EXPECT_EQ(status.verdicts[2]->signed_by.root, NumberHash("root", 0));
  EXPECT_EQ(status.verdicts[2]->signed_by.signature, Signed(7));
  EXPECT_EQ(status.verdicts[2]->index, 5u);
  EXPECT_EQ(status.verdicts[2]->path, "[\"ab\"]");
  EXPECT_FALSE(store->FindSubmission(hash, Id(1)).value().has_value());
}

TEST_F(CoordinatorStoreTest, AVerdictStaysButForAComplaint) {
  Add(0, 2);
  ASSERT_TRUE(Deliver(0, 0, Refusal::kNone));
  ASSERT_TRUE(Deliver(0, 0, Refusal::kNotInvited));
  EXPECT_EQ(store->FindSubmission(hash, Id(0)).value()->verdicts[0]->refusal, Refusal::kNone);
  ASSERT_TRUE(Deliver(0, 1, Refusal::kBoxDoesNotOpen));
  EXPECT_TRUE(store->Undelivered(hash, 0, 10).value().empty());
  ASSERT_TRUE(store->Redeliver(hash, 0, Id(0)));
  ASSERT_TRUE(store->Redeliver(hash, 0, Id(1)));
  EXPECT_EQ(store->Undelivered(hash, 0, 10).value().size(), 1u);
  ASSERT_TRUE(Deliver(0, 1, Refusal::kNone));
  EXPECT_EQ(store->FindSubmission(hash, Id(1)).value()->verdicts[0]->refusal, Refusal::kNone);
  EXPECT_FALSE(store->Redeliver(hash, 0, Id(9)));
}

TEST_F(CoordinatorStoreTest, WhatIsGivenUpIsNobodysVerdictAndInNobodysWay) {
  Add(0, 3);
  ASSERT_TRUE(Deliver(0, 1));
  const std::vector<Bytes32> junk = {Id(0), Id(1)};
  ASSERT_TRUE(store->GiveUp(hash, 0, junk));
  const auto left = store->Undelivered(hash, 0, 10).value();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, Id(2));
  EXPECT_EQ(store->Undelivered(hash, 1, 10).value().size(), 3u);
  EXPECT_FALSE(store->FindSubmission(hash, Id(0)).value()->verdicts[0]);
  // A verdict that is there stays.
  EXPECT_EQ(store->FindSubmission(hash, Id(1)).value()->verdicts[0]->refusal, Refusal::kNone);
  ASSERT_TRUE(store->GiveUp(hash, 1, junk));
  ASSERT_TRUE(store->GiveUp(hash, 2, junk));
  EXPECT_TRUE(Candidates().empty());
  EXPECT_FALSE(store->GiveUp(hash, 3, junk));
}

TEST_F(CoordinatorStoreTest, RefusesVerdictsOnStrangersAndStoresNone) {
  Add(0, 1);
  const std::vector<DeliveredVerdict> verdicts = {{{Id(0), Refusal::kNone}, 0, "[]"},
                                                  {{Id(9), Refusal::kNone}, 1, "[]"}};
  EXPECT_THAT(MessageOf(store->MarkDelivered(hash, 0, {}, verdicts)), HasSubstr("not known here"));
  EXPECT_EQ(store->Undelivered(hash, 0, 10).value().size(), 1u);
}

TEST_F(CoordinatorStoreTest, ProposesWhatTwoPartiesFoundWellFormed) {
  Add(0, 6);
  DeliverToAll(0);
  for (const std::uint64_t number : {1u, 2u, 3u, 4u}) {
    ASSERT_TRUE(Deliver(0, number));
    if (number != 4) ASSERT_TRUE(Deliver(1, number));
  }
  ASSERT_TRUE(Deliver(2, 1, Refusal::kBoxDoesNotOpen));  // can be cured
  ASSERT_TRUE(Deliver(2, 2, Refusal::kNotInvited));      // refused
  ASSERT_TRUE(Deliver(1, 4, Refusal::kBoxDoesNotOpen));  // with 2 still missing: only one is well-formed
  const std::vector<Bytes32> candidates = Candidates();
  EXPECT_THAT(candidates, ::testing::UnorderedElementsAre(Id(0), Id(1), Id(3)));
  EXPECT_EQ(store->Counts(hash).value().waiting.candidates, 3);
}

TEST_F(CoordinatorStoreTest, ProposesInTheOrderOfArrival) {
  Add(0, 1, 300);
  Add(1, 2, 200);
  Add(3, 1, 100);
  for (std::uint64_t i = 0; i < 4; ++i) DeliverToAll(i);
  const std::vector<Bytes32> expected = {Id(0), Id(1), Id(2), Id(3)};
  EXPECT_EQ(Candidates(), expected);
  EXPECT_EQ(Candidates(2).size(), 2u);
  EXPECT_EQ(store->Counts(hash).value().waiting.next_propose_by, 160);
}

// It is asked many times a second while answers come: reading their rows takes longer than taking them.
TEST_F(CoordinatorStoreTest, CountsCandidatesWithoutReadingTheirRows) {
  Database database = Database::Open(":memory:", kCoordinatorMigrations).value();
  const std::string sql = "EXPLAIN QUERY PLAN SELECT count(*), min(propose_by) FROM submissions ";
  Statement plan = Query(database, sql + std::string(kCandidates), {std::int64_t{1}}).value();
  ASSERT_TRUE(plan.Step().value());
  EXPECT_THAT(plan.Text(3), HasSubstr("COVERING INDEX candidates"));
}

TEST_F(CoordinatorStoreTest, CountsNoCandidatesOfASurveyWithoutAnswers) {
  const CandidateCount count = store->Candidates(hash).value();
  EXPECT_EQ(count.candidates, 0);
  EXPECT_FALSE(count.next_propose_by.has_value());
  EXPECT_EQ(store->Candidates(NumberHash("survey", 77)).error().code(), ErrorCode::kNotFound);
}

TEST_F(CoordinatorStoreTest, AClosedBatchDecidesAndDeletesBoxes) {
  Add(0, 4);
  for (std::uint64_t i = 0; i < 4; ++i) DeliverToAll(i);
  const std::vector accepted = {Id(1), Id(0), Id(77)};
  const std::vector<std::pair<Bytes32, Refusal>> refused = {{Id(2), Refusal::kWithdrawn}};
  const SignedBatch batch = Batch(accepted, refused);
  ASSERT_TRUE(store->CloseBatch(batch, accepted, refused));
  EXPECT_TRUE(store->CloseBatch(batch, accepted, refused));
  const SubmissionStatus counted = store->FindSubmission(hash, Id(0)).value().value();
  EXPECT_EQ(counted.batch, 1u);
  EXPECT_EQ(counted.final, Refusal::kNone);
  EXPECT_EQ(counted.index, 1u);
  EXPECT_EQ(store->FindSubmission(hash, Id(2)).value()->final, Refusal::kWithdrawn);
  EXPECT_EQ(store->FindSubmission(hash, Id(3)).value()->batch, 0u);
  EXPECT_EQ(Candidates(), std::vector{Id(3)});
  EXPECT_EQ(store->AcceptedIds(hash, 1).value(), accepted);
  EXPECT_TRUE(VerifyBatch(store->ClosedBatches(hash).value().at(0), survey));
  const CoordinatorCounts counts = store->Counts(hash).value();
  EXPECT_EQ(counts.submissions, 4);
  EXPECT_EQ(counts.counted, 2);
  EXPECT_EQ(counts.refused, 1);
  EXPECT_EQ(store->DeleteBoxes(hash).value(), 1);
}

TEST_F(CoordinatorStoreTest, RefusesAnotherCertificateOrOtherLists) {
  Add(0, 2);
  const std::vector first = {Id(0)};
  const std::vector second = {Id(1)};
  const std::vector both = {Id(0), Id(1)};
  EXPECT_THAT(MessageOf(store->CloseBatch(Batch(first), both, {})), HasSubstr("not as long"));
  EXPECT_THAT(MessageOf(store->CloseBatch(Batch(first), second, {})), HasSubstr("not those"));
  ASSERT_TRUE(store->CloseBatch(Batch(first), first, {}));
  EXPECT_THAT(MessageOf(store->CloseBatch(Batch(second), second, {})), HasSubstr("never changes"));
  EXPECT_EQ(store->FindSubmission(hash, Id(1)).value()->batch, 0u);
  EXPECT_FALSE(store->AcceptedIds(hash, 2));
}

TEST_F(CoordinatorStoreTest, DeliversWithdrawals) {
  const Withdrawal withdrawal{.submission = Id(0), .signature = Signed(3)};
  Add(0, 1);
  ASSERT_TRUE(store->AddWithdrawal(hash, withdrawal));
  ASSERT_TRUE(store->AddWithdrawal(hash, withdrawal));
  EXPECT_TRUE(store->FindSubmission(hash, Id(0)).value()->withdrawal_known);
  const std::vector ids = {Id(0)};
  ASSERT_TRUE(store->MarkWithdrawalsDelivered(hash, 1, ids));
  EXPECT_TRUE(store->UndeliveredWithdrawals(hash, 1, 10).value().empty());
  const auto rest = store->UndeliveredWithdrawals(hash, 2, 10).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].signature, Signed(3));
  EXPECT_EQ(store->Counts(hash).value().withdrawals, 1);
  EXPECT_FALSE(store->MarkWithdrawalsDelivered(hash, 1, std::vector{Id(5)}));
  EXPECT_FALSE(store->UndeliveredWithdrawals(hash, 3, 10));
}

TEST_F(CoordinatorStoreTest, ReplacesTheStateOfAJob) {
  JobState job{.kind = "close",
               .number = 2,
               .phase = JobPhase::kRunning,
               .tries = 1,
               .next_try = 50,
               .last_error = ""};
  ASSERT_TRUE(store->SaveJob(hash, job));
  job.phase = JobPhase::kNeedsOperator;
  job.last_error = "party 1 is gone";
  ASSERT_TRUE(store->SaveJob(hash, job));
  ASSERT_EQ(store->Jobs(hash).value().size(), 1u);
  const JobState found = store->FindJob(hash, "close", 2).value().value();
  EXPECT_EQ(found.phase, JobPhase::kNeedsOperator);
  EXPECT_EQ(found.last_error, "party 1 is gone");
  EXPECT_EQ(found.next_try, 50);
  EXPECT_FALSE(store->FindJob(hash, "release", 2).value().has_value());
}

TEST(CoordinatorStoreFiles, SurviveARestart) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const Bytes bytes(50, 1);
  const std::vector<IncomingSubmission> items = {{Id(1), bytes, 100, 160, Signed(1)}};
  {
    const auto store = CoordinatorStore::Open(folder.path()).value();
    ASSERT_TRUE(store->AddSurvey(test.signed_survey));
    ASSERT_TRUE(store->AddSubmissions(test.signed_survey.hash(), items));
    EXPECT_FALSE(CoordinatorStore::Open(folder.path()));
  }
  const auto store = CoordinatorStore::Open(folder.path()).value();
  EXPECT_EQ(store->Surveys().value().at(0).hash(), test.signed_survey.hash());
  EXPECT_EQ(store->Undelivered(test.signed_survey.hash(), 0, 10).value().at(0).bytes, bytes);
}

}  // namespace
}  // namespace mpcstats

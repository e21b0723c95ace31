#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/store/database.h"
#include "mpcstats/store/party_schema.h"
#include "mpcstats/store/party_store.h"
#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using testing::Finish;
using ::testing::HasSubstr;
using testing::Items;
using testing::kTestOpens;
using testing::MadeEnvelope;
using testing::MadeRecord;
using testing::MessageOf;
using testing::NumberHash;
using testing::SignAll;
using testing::TemporaryFolder;
using testing::TestSurvey;

class PartyBatches : public ::testing::Test {
 protected:
  PartyBatches() : items(survey, 0, 5) {
    EXPECT_TRUE(store->AddSurvey(survey));
    EXPECT_TRUE(store->AddSubmissions(survey, items.items, kTestOpens));
  }
  /// Accepts 0 and 1, refuses 2, leaves 3 and 4.
  BatchRecord First(std::uint32_t attempt = 1) {
    return MadeRecord(test, 1, attempt, {items.id(0), items.id(1)}, {{items.id(2), Refusal::kWithdrawn}});
  }
  Status Close(const BatchRecord& record) {
    return store->CloseBatch(survey, record.batch, record.attempt, SignAll(test, record.certificate));
  }
  void PrepareAndClose(const BatchRecord& record) {
    ASSERT_TRUE(store->PrepareBatch(survey, record));
    const Status status = Close(record);
    ASSERT_TRUE(status) << MessageOf(status);
  }

  TestSurvey test;
  SignedSurvey survey = test.signed_survey;
  Items items;
  std::unique_ptr<PartyStore> store = PartyStore::Open(":memory:").value();
};

TEST_F(PartyBatches, CountsAttempts) {
  EXPECT_EQ(store->NextAttempt(survey.hash(), 1).value(), 1u);
  EXPECT_EQ(store->NextAttempt(survey.hash(), 1).value(), 2u);
  ASSERT_TRUE(store->PrepareBatch(survey, First(7)));
  EXPECT_EQ(store->NextAttempt(survey.hash(), 1).value(), 8u);
}

TEST_F(PartyBatches, RefusesAttemptsOfABatchThatIsNotNext) {
  EXPECT_FALSE(store->NextAttempt(survey.hash(), 2));
  PrepareAndClose(First());
  EXPECT_FALSE(store->NextAttempt(survey.hash(), 1));
  EXPECT_TRUE(store->NextAttempt(survey.hash(), 2));
}

TEST_F(PartyBatches, GivesBackWhatWasPrepared) {
  BatchRecord record = First();
  record.pseudonyms = {Bytes(16, 1), Bytes(16, 2)};
  record.pseudonym_key = Bytes(32, 5);
  ASSERT_TRUE(store->PrepareBatch(survey, record));
  ASSERT_TRUE(store->PrepareBatch(survey, record));
  const auto prepared = store->PreparedBatches(survey, 1).value();
  ASSERT_EQ(prepared.size(), 1u);
  EXPECT_EQ(EncodeCertificate(prepared[0].certificate), EncodeCertificate(record.certificate));
  EXPECT_EQ(prepared[0].accepted, record.accepted);
  EXPECT_EQ(prepared[0].refused, record.refused);
  EXPECT_EQ(prepared[0].pseudonyms, record.pseudonyms);
  EXPECT_EQ(prepared[0].pseudonym_key, record.pseudonym_key);
  EXPECT_EQ(prepared[0].shares, record.shares);
  EXPECT_EQ(prepared[0].signatures, record.signatures);
  EXPECT_TRUE(store->ClosedBatches(survey.hash()).value().empty());
}

TEST_F(PartyBatches, RefusesASecondRootForAnAttempt) {
  ASSERT_TRUE(store->PrepareBatch(survey, First()));
  const BatchRecord other = MadeRecord(test, 1, 1, {items.id(0), items.id(3)});
  EXPECT_THAT(MessageOf(store->PrepareBatch(survey, other)), HasSubstr("another certificate"));
  EXPECT_EQ(store->PreparedBatches(survey, 1).value().at(0).accepted, First().accepted);
}

TEST_F(PartyBatches, RefusesARecordThatDoesNotFitItsCertificate) {
  const auto refused = [&](auto change) {
    BatchRecord record = First();
    change(record);
    return MessageOf(store->PrepareBatch(survey, record));
  };
  EXPECT_THAT(refused([](BatchRecord& r) { r.accepted.pop_back(); }), HasSubstr("not as long"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.refused.clear(); }), HasSubstr("not as long"));
  EXPECT_THAT(refused([](BatchRecord& r) { std::swap(r.accepted[0], r.accepted[1]); }),
              HasSubstr("not those"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.refused[0].second = Refusal::kReplaced; }),
              HasSubstr("not those"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.attempt = 2; }), HasSubstr("another number"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.certificate.survey_hash = {}; }), HasSubstr("another survey"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.signatures = {}; }), HasSubstr("signature is missing"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.pseudonyms = {Bytes(16, 1)}; }), HasSubstr("one pseudonym"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.pseudonyms.assign(2, Bytes(15, 1)); }), HasSubstr("16 bytes"));
  EXPECT_THAT(refused([](BatchRecord& r) { r.certificate.previous[0] = 1; }), HasSubstr("does not follow"));
  EXPECT_TRUE(store->PreparedBatches(survey, 1).value().empty());
}

TEST_F(PartyBatches, ClosingDecidesEverySubmission) {
  PrepareAndClose(First());
  const auto find = [&](std::size_t i) { return *store->FindSubmission(survey.hash(), items.id(i)).value(); };
  EXPECT_EQ(find(1).state, SubmissionState::kCounted);
  EXPECT_EQ(find(1).batch, 1u);
  EXPECT_EQ(find(1).index, 1u);
  EXPECT_EQ(find(2).state, SubmissionState::kRefused);
  EXPECT_EQ(find(2).refusal, Refusal::kWithdrawn);
  EXPECT_EQ(store->OpenIds(survey.hash()).value(), (std::vector{items.id(3), items.id(4)}));
  const std::vector<Bytes32> ids = items.ids();
  const auto loaded = store->LoadSubmissions(survey, std::span(ids).first(3)).value();
  for (const StoredSubmission& decided : loaded) {
    EXPECT_TRUE(decided.opening.empty());
  }
  EXPECT_EQ(
      store->AddSubmissions(survey, items.items, 1).value(),
      (std::vector{Refusal::kNone, Refusal::kNone, Refusal::kWithdrawn, Refusal::kNone, Refusal::kNone}));
}

TEST_F(PartyBatches, ClosingKeepsSharesAndDropsOtherAttempts) {
  ASSERT_TRUE(store->PrepareBatch(survey, First(1)));
  ASSERT_TRUE(store->PrepareBatch(survey, First(2)));
  ASSERT_TRUE(Close(First(1)));
  EXPECT_TRUE(store->PreparedBatches(survey, 1).value().empty());
  EXPECT_EQ(store->BatchShares(survey, 1).value(), First().shares);
  EXPECT_EQ(store->AcceptedIds(survey.hash(), 1).value(), First().accepted);
  EXPECT_EQ(store->ClosedBatches(survey.hash()).value().at(0).certificate.attempt, 1u);
  EXPECT_TRUE(VerifyBatch(store->ClosedBatches(survey.hash()).value().at(0), survey));
}

TEST_F(PartyBatches, ClosingMarksWhatWasUsed) {
  BatchRecord record = First();
  record.pseudonyms = {Bytes(16, 1), Bytes(16, 2)};
  PrepareAndClose(record);
  const std::vector tokens = {NumberHash("token", 0), NumberHash("token", 2)};
  const std::vector keys = {NumberHash("control", 1), NumberHash("control", 3)};
  const std::vector pseudonyms = {Bytes(16, 2), Bytes(16, 3)};
  EXPECT_EQ(store->TokensUsed(survey.hash(), tokens).value(), (std::vector{true, false}));
  EXPECT_EQ(store->ControlKeysUsed(survey.hash(), keys).value(), (std::vector{true, false}));
  EXPECT_EQ(store->PseudonymsUsed(survey.hash(), pseudonyms).value(), (std::vector{true, false}));
}

TEST_F(PartyBatches, ClosingMakesThePseudonymKeyTheSurveys) {
  EXPECT_TRUE(store->PseudonymKey(survey).value().empty());
  BatchRecord record = First();
  record.pseudonym_key = Bytes(32, 5);
  ASSERT_TRUE(store->PrepareBatch(survey, record));
  EXPECT_TRUE(store->PseudonymKey(survey).value().empty());
  ASSERT_TRUE(Close(record));
  EXPECT_EQ(store->PseudonymKey(survey).value(), Bytes(32, 5));
  EXPECT_TRUE(store->SetPseudonymKey(survey, Bytes(32, 5)));
  EXPECT_FALSE(store->SetPseudonymKey(survey, Bytes(32, 6)));
  EXPECT_FALSE(store->SetPseudonymKey(survey, Bytes(31, 5)));
}

TEST_F(PartyBatches, ClosingTwiceIsOnce) {
  PrepareAndClose(First());
  EXPECT_TRUE(Close(First()));
  EXPECT_EQ(store->ClosedBatches(survey.hash()).value().size(), 1u);
}

TEST_F(PartyBatches, RefusesToCloseWithAWrongSignature) {
  ASSERT_TRUE(store->PrepareBatch(survey, First()));
  for (unsigned i = 0; i < 3; ++i) {
    auto signatures = SignAll(test, First().certificate);
    signatures[i][5] = static_cast<std::uint8_t>(signatures[i][5] ^ 1);
    EXPECT_FALSE(store->CloseBatch(survey, 1, 1, signatures)) << i;
  }
  EXPECT_TRUE(store->ClosedBatches(survey.hash()).value().empty());
  EXPECT_EQ(store->OpenIds(survey.hash()).value().size(), 5u);
}

TEST_F(PartyBatches, RefusesToCloseWhatWasNotPrepared) {
  const Status status = Close(First());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
}

TEST_F(PartyBatches, RefusesToCloseAnotherAttemptOfAClosedBatch) {
  ASSERT_TRUE(store->PrepareBatch(survey, First(1)));
  ASSERT_TRUE(store->PrepareBatch(survey, First(2)));
  ASSERT_TRUE(Close(First(2)));
  EXPECT_THAT(MessageOf(Close(First(1))), HasSubstr("never changes"));
  EXPECT_THAT(MessageOf(store->PrepareBatch(survey, First(3))), HasSubstr("batch 2 is the next one"));
}

TEST_F(PartyBatches, RefusesToCountAStrangerAndChangesNothing) {
  const BatchRecord record = MadeRecord(test, 1, 1, {items.id(0), NumberHash("stranger", 0)});
  ASSERT_TRUE(store->PrepareBatch(survey, record));
  EXPECT_THAT(MessageOf(Close(record)), HasSubstr("not stored here"));
  EXPECT_EQ(store->OpenIds(survey.hash()).value().size(), 5u);
  EXPECT_FALSE(store->ControlKeysUsed(survey.hash(), std::vector{NumberHash("control", 0)}).value()[0]);
}

TEST_F(PartyBatches, RefusesToCountASubmissionTwice) {
  const BatchRecord first = First();
  PrepareAndClose(first);
  const BatchRecord second = MadeRecord(test, 2, 1, {items.id(3), items.id(0)}, {}, &first.certificate);
  ASSERT_TRUE(store->PrepareBatch(survey, second));
  EXPECT_THAT(MessageOf(Close(second)), HasSubstr("which batch 1 has decided"));
  EXPECT_EQ(store->ClosedBatches(survey.hash()).value().size(), 1u);
}

TEST_F(PartyBatches, RemembersTheRefusalOfASubmissionThatWasNotStored) {
  const Items late(survey, 50, 1);
  PrepareAndClose(
      MadeRecord(test, 1, 1, {items.id(0), items.id(1)}, {{late.id(0), Refusal::kDuplicateCommitment}}));
  EXPECT_EQ(store->FindSubmission(survey.hash(), late.id(0)).value()->refusal, Refusal::kDuplicateCommitment);
  EXPECT_EQ(store->AddSubmissions(survey, late.items, 1).value().at(0), Refusal::kDuplicateCommitment);
}

TEST_F(PartyBatches, FollowingBatchesAreChained) {
  const BatchRecord first = First();
  PrepareAndClose(first);
  PrepareAndClose(MadeRecord(test, 2, 1, {items.id(3), items.id(4)}, {}, &first.certificate));
  EXPECT_EQ(store->ClosedBatches(survey.hash()).value().size(), 2u);
  EXPECT_NE(store->BatchShares(survey, 1).value(), store->BatchShares(survey, 2).value());
  EXPECT_FALSE(store->BatchShares(survey, 3));
  EXPECT_FALSE(store->AcceptedIds(survey.hash(), 3));
}

TEST_F(PartyBatches, AdoptsABatchThatItPrepared) {
  ASSERT_TRUE(store->PrepareBatch(survey, First()));
  const SignedBatch batch{.certificate = First().certificate,
                          .signatures = SignAll(test, First().certificate)};
  EXPECT_TRUE(store->AdoptBatch(survey, batch));
  EXPECT_TRUE(store->AdoptBatch(survey, batch));
  EXPECT_EQ(store->BatchShares(survey, 1).value(), First().shares);
}

TEST_F(PartyBatches, StopsTheSurveyWhenItsSharesOfABatchAreLost) {
  SignedBatch batch{.certificate = First().certificate, .signatures = SignAll(test, First().certificate)};
  SignedBatch forged = batch;
  forged.signatures[2] = {};
  EXPECT_FALSE(store->AdoptBatch(survey, forged));
  EXPECT_FALSE(store->StopReason(survey.hash()).value().has_value());
  EXPECT_THAT(MessageOf(store->AdoptBatch(survey, batch)), HasSubstr("no one else has our shares"));
  EXPECT_THAT(store->StopReason(survey.hash()).value().value_or(""), HasSubstr("stopped at this party"));
  const Items more(survey, 80, 1);
  EXPECT_THAT(MessageOf(store->AddSubmissions(survey, more.items, 1)), HasSubstr("stopped at this party"));
  EXPECT_FALSE(store->NextAttempt(survey.hash(), 1));
  EXPECT_FALSE(store->PrepareBatch(survey, First(2)));
}

TEST(PartyBatchFiles, AClosedBatchCannotBeWrittenOver) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const SignedSurvey& survey = test.signed_survey;
  const Items items(survey, 0, 3);
  const BatchRecord record =
      MadeRecord(test, 1, 1, {items.id(0), items.id(1)}, {{items.id(2), Refusal::kWithdrawn}});
  {
    const auto store = PartyStore::Open(folder.path()).value();
    ASSERT_TRUE(store->AddSurvey(survey));
    ASSERT_TRUE(store->AddSubmissions(survey, items.items, 1));
    ASSERT_TRUE(store->PrepareBatch(survey, record));
    ASSERT_TRUE(store->CloseBatch(survey, 1, 1, SignAll(test, record.certificate)));
  }
  Database database = Database::Open(folder / "party.db", kPartyMigrations).value();
  for (const char* sql :
       {"UPDATE batches SET closed = 0", "UPDATE batches SET accepted = x''", "DELETE FROM batches",
        "UPDATE batches SET shares = x'00'", "UPDATE submissions SET state = 0",
        "UPDATE submissions SET place = 7", "DELETE FROM submissions"}) {
    EXPECT_FALSE(database.Execute(sql)) << sql;
  }
}

}  // namespace
}  // namespace mpcstats

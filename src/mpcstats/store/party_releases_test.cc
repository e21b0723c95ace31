#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/store/party_store.h"
#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using testing::Items;
using testing::MadeRecord;
using testing::MessageOf;
using testing::NumberHash;
using testing::SignAll;
using testing::TestSurvey;

Signature Signed(std::uint8_t by) {
  Signature signature{};
  signature[0] = by;
  return signature;
}

const std::array<std::optional<Signature>, 3> kAll = {Signed(1), Signed(2), Signed(3)};

/// Two closed batches of two submissions each.
class PartyReleases : public ::testing::Test {
 protected:
  PartyReleases() {
    EXPECT_TRUE(store->AddSurvey(survey));
    const Items items(survey, 0, 4);
    EXPECT_TRUE(store->AddSubmissions(survey, items.items, 1));
    const BatchRecord first = MadeRecord(test, 1, 1, {items.id(0), items.id(1)});
    Close(first);
    Close(MadeRecord(test, 2, 1, {items.id(2), items.id(3)}, {}, &first.certificate));
  }
  void Close(const BatchRecord& record) {
    EXPECT_TRUE(store->PrepareBatch(survey, record));
    EXPECT_TRUE(store->CloseBatch(survey, record.batch, record.attempt, SignAll(test, record.certificate)));
  }
  static ReleaseIntent Intent(std::uint32_t sequence, std::uint32_t batches) {
    return {.sequence = sequence, .batches = batches, .plan_hash = NumberHash("plan", 0), .as_of = 100};
  }
  static ReleaseRecord Release(std::uint32_t sequence, std::uint32_t batches, std::string body = "{}") {
    return {
        .sequence = sequence, .batches = batches, .body = std::move(body), .signatures = {Signed(1), {}, {}}};
  }
  void Complete(std::uint32_t sequence, std::uint32_t batches) {
    ASSERT_TRUE(store->SaveIntent(hash, Intent(sequence, batches)));
    ASSERT_TRUE(store->SaveRelease(hash, Release(sequence, batches)));
    ASSERT_TRUE(store->AddReleaseSignatures(hash, sequence, kAll));
  }

  TestSurvey test;
  SignedSurvey survey = test.signed_survey;
  Bytes32 hash = survey.hash();
  std::unique_ptr<PartyStore> store = PartyStore::Open(":memory:").value();
};

TEST_F(PartyReleases, KeepsTheIntent) {
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 2)));
  EXPECT_TRUE(store->SaveIntent(hash, Intent(1, 2)));
  const ReleaseIntent intent = store->FindIntent(hash, 1).value().value();
  EXPECT_EQ(intent.batches, 2u);
  EXPECT_EQ(intent.plan_hash, NumberHash("plan", 0));
  EXPECT_EQ(intent.as_of, 100);
  EXPECT_FALSE(store->FindIntent(hash, 2).value().has_value());
}

TEST_F(PartyReleases, RefusesAnotherIntentOfTheSameNumber) {
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  ReleaseIntent other = Intent(1, 1);
  other.as_of = 101;
  EXPECT_THAT(MessageOf(store->SaveIntent(hash, other)), HasSubstr("only that one may follow"));
  other = Intent(1, 1);
  other.plan_hash = {};
  EXPECT_FALSE(store->SaveIntent(hash, other));
  EXPECT_FALSE(store->SaveIntent(hash, Intent(1, 2)));
  EXPECT_EQ(store->FindIntent(hash, 1).value()->as_of, 100);
}

TEST_F(PartyReleases, AHeldVersionLeavesTheNumberToALaterOne) {
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  ASSERT_TRUE(store->SaveHeld(hash, 1));
  ASSERT_TRUE(store->SaveHeld(hash, 1));
  EXPECT_EQ(store->Held(hash).value(), std::vector{1u});
  EXPECT_TRUE(store->SaveIntent(hash, Intent(1, 2)));
  EXPECT_FALSE(store->SaveIntent(hash, Intent(1, 1)));
}

TEST_F(PartyReleases, RefusesAnIntentOfBatchesThatAreNotClosed) {
  EXPECT_THAT(MessageOf(store->SaveIntent(hash, Intent(1, 3))), HasSubstr("but 2 are closed"));
  EXPECT_FALSE(store->SaveIntent(hash, Intent(1, 0)));
}

TEST_F(PartyReleases, NumbersFollowOneAnother) {
  EXPECT_THAT(MessageOf(store->SaveIntent(hash, Intent(2, 1))), HasSubstr("release 1 is the next one"));
  Complete(1, 1);
  EXPECT_FALSE(store->SaveIntent(hash, Intent(1, 2)));
  Complete(2, 2);
  EXPECT_EQ(store->Releases(hash).value().size(), 2u);
}

TEST_F(PartyReleases, NothingFollowsAReleaseThatLacksSignatures) {
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  ASSERT_TRUE(store->SaveRelease(hash, Release(1, 1)));
  EXPECT_THAT(MessageOf(store->SaveIntent(hash, Intent(2, 2))), HasSubstr("still lacks signatures"));
  ASSERT_TRUE(store->AddReleaseSignatures(hash, 1, kAll));
  EXPECT_TRUE(store->SaveIntent(hash, Intent(2, 2)));
}

TEST_F(PartyReleases, RefusesABodyWithoutItsIntent) {
  EXPECT_THAT(MessageOf(store->SaveRelease(hash, Release(1, 1))), HasSubstr("not intended"));
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  EXPECT_FALSE(store->SaveRelease(hash, Release(1, 2)));
  EXPECT_TRUE(store->SaveRelease(hash, Release(1, 1)));
}

TEST_F(PartyReleases, RefusesASecondBody) {
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  ASSERT_TRUE(store->SaveRelease(hash, Release(1, 1, "{\"a\":1}")));
  const Status status = store->SaveRelease(hash, Release(1, 1, "{\"a\":2}"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(status.error().message(), HasSubstr("another body"));
  EXPECT_EQ(store->Releases(hash).value().at(0).body, "{\"a\":1}");
}

TEST_F(PartyReleases, MergesSignaturesAndChangesNone) {
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  ASSERT_TRUE(store->SaveRelease(hash, Release(1, 1)));
  ReleaseRecord again = Release(1, 1);
  again.signatures = {std::nullopt, Signed(2), std::nullopt};
  ASSERT_TRUE(store->SaveRelease(hash, again));
  ASSERT_TRUE(store->AddReleaseSignatures(hash, 1, {std::nullopt, std::nullopt, Signed(3)}));
  EXPECT_EQ(store->Releases(hash).value().at(0).signatures, kAll);
  EXPECT_THAT(MessageOf(store->AddReleaseSignatures(hash, 1, {Signed(9), {}, {}})),
              HasSubstr("party 0 gave another"));
  EXPECT_EQ(store->Releases(hash).value().at(0).signatures, kAll);
  EXPECT_FALSE(store->AddReleaseSignatures(hash, 2, kAll));
}

TEST_F(PartyReleases, AdoptsACompleteReleaseOnly) {
  ReleaseRecord release = Release(1, 2);
  EXPECT_THAT(MessageOf(store->AdoptRelease(hash, release)), HasSubstr("three signatures"));
  release.signatures = kAll;
  ASSERT_TRUE(store->AdoptRelease(hash, release));
  EXPECT_TRUE(store->AdoptRelease(hash, release));
  release.body = "{\"other\":1}";
  EXPECT_FALSE(store->AdoptRelease(hash, release));
  EXPECT_EQ(store->Releases(hash).value().size(), 1u);
}

TEST_F(PartyReleases, RefusesToAdoptOutOfTurnOrWithoutItsBatches) {
  ReleaseRecord release = Release(2, 2);
  release.signatures = kAll;
  EXPECT_THAT(MessageOf(store->AdoptRelease(hash, release)), HasSubstr("does not follow"));
  release.sequence = 1;
  release.batches = 3;
  EXPECT_THAT(MessageOf(store->AdoptRelease(hash, release)), HasSubstr("and 2 are closed here"));
}

TEST_F(PartyReleases, TheHeadMovesWhenAReleaseIsComplete) {
  const Bytes32 head = store->ReleaseHead(hash).value();
  ASSERT_TRUE(store->SaveIntent(hash, Intent(1, 1)));
  ASSERT_TRUE(store->SaveRelease(hash, Release(1, 1)));
  EXPECT_EQ(store->ReleaseHead(hash).value(), head);
  ASSERT_TRUE(store->AddReleaseSignatures(hash, 1, kAll));
  EXPECT_NE(store->ReleaseHead(hash).value(), head);
}

TEST_F(PartyReleases, CountsFailuresOfEachJob) {
  EXPECT_EQ(store->Failures(hash, "close 3").value(), 0u);
  EXPECT_EQ(store->CountFailure(hash, "close 3").value(), 1u);
  EXPECT_EQ(store->CountFailure(hash, "close 3").value(), 2u);
  EXPECT_EQ(store->CountFailure(hash, "release 1").value(), 1u);
  EXPECT_EQ(store->Failures(hash, "close 3").value(), 2u);
  ASSERT_TRUE(store->ClearFailures(hash));
  EXPECT_EQ(store->Failures(hash, "close 3").value(), 0u);
}

TEST_F(PartyReleases, RefusesASurveyThatWasNotAdded) {
  const Bytes32 nobody{};
  EXPECT_FALSE(store->SaveIntent(nobody, Intent(1, 1)));
  EXPECT_FALSE(store->CountFailure(nobody, "close 1"));
  EXPECT_FALSE(store->PolicyHead(nobody));
}

}  // namespace
}  // namespace mpcstats

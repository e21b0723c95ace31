#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <thread>

#include "mpcstats/store/party_store.h"
#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using testing::FileText;
using testing::Finish;
using ::testing::HasSubstr;
using testing::Items;
using testing::kTestOpens;
using testing::MadeEnvelope;
using testing::MessageOf;
using testing::NumberHash;
using testing::TemporaryFolder;
using testing::TestSurvey;

class PartySubmissions : public ::testing::Test {
 protected:
  PartySubmissions() { EXPECT_TRUE(store->AddSurvey(survey)); }

  std::vector<Refusal> Add(const Items& items) {
    return store->AddSubmissions(survey, items.items, kTestOpens).value();
  }
  /// One changed submission with a good opening.
  Refusal AddOne(CheckedEnvelope made, Bytes opening = Items::OpeningOf(99)) {
    Finish(made);
    const std::vector<NewSubmission> one = {{&made, EncodeEnvelope(made.envelope), std::move(opening)}};
    return store->AddSubmissions(survey, one, kTestOpens).value().at(0);
  }
  SubmissionState StateOf(const Bytes32& id) {
    return store->FindSubmission(survey.hash(), id).value()->state;
  }

  TestSurvey test;
  SignedSurvey survey = test.signed_survey;
  std::unique_ptr<PartyStore> store = PartyStore::Open(":memory:").value();
};

TEST_F(PartySubmissions, GivesBackWhatWasStored) {
  const Items items(survey, 0, 3);
  EXPECT_EQ(Add(items), std::vector<Refusal>(3, Refusal::kNone));
  EXPECT_EQ(store->OpenIds(survey.hash()).value(), items.ids());
  const std::vector<Bytes32> backwards = {items.id(2), items.id(0)};
  const auto loaded = store->LoadSubmissions(survey, backwards).value();
  ASSERT_EQ(loaded.size(), 2u);
  EXPECT_EQ(loaded[0].id, items.id(2));
  EXPECT_EQ(loaded[0].opening, Items::OpeningOf(2));
  EXPECT_EQ(loaded[1].opening, Items::OpeningOf(0));
  EXPECT_EQ(loaded[1].envelope, items.items[0].envelope_bytes);
  EXPECT_EQ(loaded[1].received_at, kTestOpens);
  EXPECT_TRUE(store->FindSubmission(survey.hash(), items.id(0)).value()->opening.empty());
}

TEST_F(PartySubmissions, TakesTheSameOneAgainWithoutAChange) {
  const Items items(survey, 0, 2);
  Add(items);
  EXPECT_EQ(Add(items), std::vector<Refusal>(2, Refusal::kNone));
  EXPECT_EQ(store->OpenIds(survey.hash()).value().size(), 2u);
}

TEST_F(PartySubmissions, NoNonceOrCommitmentKeepsAnotherOut) {
  Items items(survey, 0, 3);
  items.envelopes[1].header.nonce = items.envelopes[0].header.nonce;
  items.envelopes[2].header.commitments = items.envelopes[0].header.commitments;
  for (std::size_t i = 1; i < 3; ++i) {
    Finish(items.envelopes[i]);
    items.items[i].envelope_bytes = EncodeEnvelope(items.envelopes[i].envelope);
  }
  EXPECT_EQ(Add(items), std::vector<Refusal>(3, Refusal::kNone));
  EXPECT_EQ(store->OpenIds(survey.hash()).value(), items.ids());
}

TEST_F(PartySubmissions, AComplaintBlocksNobody) {
  CheckedEnvelope junk = MadeEnvelope(survey, 1);
  junk.header.nonce = NumberHash("nonce", 0);
  junk.header.commitments = MadeEnvelope(survey, 0).header.commitments;
  EXPECT_EQ(AddOne(junk, {}), Refusal::kNone);
  EXPECT_EQ(Add(Items(survey, 0, 1)), std::vector{Refusal::kNone});
  EXPECT_EQ(store->OpenIds(survey.hash()).value().size(), 2u);
}

TEST_F(PartySubmissions, AGoodBoxReplacesAComplaintAndItsEnvelope) {
  Items items(survey, 0, 1);
  CheckedEnvelope mixed = items.envelopes[0];
  mixed.envelope.box_hashes[0] = NumberHash("other box", 0);
  const std::vector<NewSubmission> first = {{&mixed, EncodeEnvelope(mixed.envelope), {}}};
  ASSERT_EQ(store->AddSubmissions(survey, first, kTestOpens).value().at(0), Refusal::kNone);
  ASSERT_EQ(StateOf(items.id(0)), SubmissionState::kComplained);
  EXPECT_EQ(Add(items), std::vector{Refusal::kNone});
  EXPECT_EQ(StateOf(items.id(0)), SubmissionState::kPending);
  const auto loaded = store->LoadSubmissions(survey, items.ids()).value();
  EXPECT_EQ(loaded[0].opening, Items::OpeningOf(0));
  EXPECT_EQ(loaded[0].envelope, items.items[0].envelope_bytes);
}

TEST_F(PartySubmissions, ACureMakesItPending) {
  Items items(survey, 0, 1);
  items.items[0].opening.clear();
  Add(items);
  ASSERT_TRUE(store->SetOpening(survey, items.id(0), Items::OpeningOf(0)));
  EXPECT_EQ(StateOf(items.id(0)), SubmissionState::kPending);
}

TEST_F(PartySubmissions, RefusesAnotherOpening) {
  const Items items(survey, 0, 1);
  Add(items);
  EXPECT_TRUE(store->SetOpening(survey, items.id(0), Items::OpeningOf(0)));
  EXPECT_THAT(MessageOf(store->SetOpening(survey, items.id(0), Items::OpeningOf(1))),
              HasSubstr("another opening"));
  EXPECT_FALSE(store->SetOpening(survey, items.id(0), {}));
}

TEST_F(PartySubmissions, LeavesOutWhatIsNotStored) {
  const std::vector<Bytes32> ids = {NumberHash("nobody", 1)};
  EXPECT_TRUE(store->LoadSubmissions(survey, ids).value().empty());
  EXPECT_FALSE(store->SetOpening(survey, ids[0], Items::OpeningOf(0)));
  EXPECT_FALSE(store->FindSubmission(survey.hash(), ids[0]).value().has_value());
}

TEST_F(PartySubmissions, RefusesASurveyThatWasNotAdded) {
  const TestSurvey other(Eligibility::kOpen, "Another");
  const Items items(other.signed_survey, 0, 1);
  const auto added = store->AddSubmissions(other.signed_survey, items.items, kTestOpens);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), ErrorCode::kNotFound);
}

TEST_F(PartySubmissions, RefusesAHeaderOfAnotherSurvey) {
  const TestSurvey other(Eligibility::kOpen, "Another");
  EXPECT_EQ(Add(Items(other.signed_survey, 0, 1)), std::vector{Refusal::kOtherSurvey});
}

TEST_F(PartySubmissions, SurveysDoNotShareAnswers) {
  const TestSurvey other(Eligibility::kOpen, "Another");
  ASSERT_TRUE(store->AddSurvey(other.signed_survey));
  Add(Items(survey, 0, 1));
  const Items items(other.signed_survey, 0, 1);
  EXPECT_EQ(store->AddSubmissions(other.signed_survey, items.items, 0).value(), std::vector{Refusal::kNone});
}

TEST_F(PartySubmissions, KeepsTheFirstWithdrawal) {
  Withdrawal first{.submission = NumberHash("w", 1), .signature = {}};
  first.signature[0] = 1;
  Withdrawal second = first;
  second.signature[0] = 2;
  ASSERT_TRUE(store->AddWithdrawal(survey.hash(), first));
  ASSERT_TRUE(store->AddWithdrawal(survey.hash(), second));
  const auto withdrawals = store->Withdrawals(survey.hash()).value();
  ASSERT_EQ(withdrawals.size(), 1u);
  EXPECT_EQ(withdrawals[0].submission, first.submission);
  EXPECT_EQ(withdrawals[0].signature, first.signature);
}

TEST_F(PartySubmissions, TakesGroupsFromManyThreads) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEach = 50;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < kThreads; ++i) {
      // Neighbours overlap by half.
      threads.emplace_back([&, i] { Add(Items(survey, i * kEach / 2, kEach)); });
    }
  }
  const auto ids = store->OpenIds(survey.hash()).value();
  EXPECT_EQ(ids.size(), (kThreads + 1) * kEach / 2);
  EXPECT_EQ(store->LoadSubmissions(survey, ids).value().size(), ids.size());
}

bool Contains(const std::string& text, ByteSpan bytes) {
  return text.find(std::string(bytes.begin(), bytes.end())) != std::string::npos;
}

// Ids are not secret: that they are found shows that the search would find an opening too.
void ExpectNoOpening(const std::string& text, const Items& items) {
  for (std::uint64_t i = 0; i < items.envelopes.size(); ++i) {
    EXPECT_TRUE(Contains(text, items.id(i))) << i;
    EXPECT_FALSE(Contains(text, ByteSpan(Items::OpeningOf(i)).first(12))) << i;
  }
  EXPECT_FALSE(Contains(text, Bytes(12, 'x')));  // the rest of every opening
}

TEST(PartySubmissionFiles, HoldNoByteOfAnOpening) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const Items items(test.signed_survey, 0, 20);
  {
    const auto store = PartyStore::Open(folder.path()).value();
    ASSERT_TRUE(store->AddSurvey(test.signed_survey));
    ASSERT_TRUE(store->AddSubmissions(test.signed_survey, items.items, 1));
    ExpectNoOpening(FileText(folder / "party.db-wal"), items);
  }
  ExpectNoOpening(FileText(folder / "party.db"), items);
}

RC_GTEST_FIXTURE_PROP(PartySubmissions, KeepsEachIdOnceInOrderOfArrival,
                      (const std::vector<std::uint8_t>& numbers)) {
  std::vector<Bytes32> expected;
  for (const std::uint8_t number : numbers) {
    CheckedEnvelope made = MadeEnvelope(survey, 1000 + number % 16);
    Finish(made);
    if (std::ranges::find(expected, made.id) == expected.end()) expected.push_back(made.id);
    RC_ASSERT(AddOne(made) == Refusal::kNone);
  }
  RC_ASSERT(store->OpenIds(survey.hash()).value() == expected);
}

}  // namespace
}  // namespace mpcstats

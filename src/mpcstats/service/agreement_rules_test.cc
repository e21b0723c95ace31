// The rules by which a batch is agreed on, one by one. jobs_test.cc has the three parties together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/service/agreement.h"
#include "mpcstats/service/job_order.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using ::testing::ElementsAre;

Bytes32 Id(std::uint8_t first) {
  Bytes32 id{};
  id[0] = first;
  return id;
}

TEST(MergeRules, NobodyTakesAnIdAwayThatAnotherPartyNames) {
  const auto merged = MergeLists({{{Id(1), Id(2)}, {}, {Id(3)}}}, 10);
  EXPECT_THAT(merged, ElementsAre(Id(1), Id(2), Id(3)));
}

TEST(MergeRules, EachIdIsNamedOnceAndTheFirstPartyOrdersFirst) {
  const auto merged = MergeLists({{{Id(2), Id(1), Id(2)}, {Id(1), Id(4)}, {Id(4), Id(3)}}}, 10);
  EXPECT_THAT(merged, ElementsAre(Id(2), Id(1), Id(4), Id(3)));
}

TEST(MergeRules, StopsAtTheLimit) { EXPECT_EQ(MergeLists({{{Id(1)}, {Id(2)}, {Id(3)}}}, 2).size(), 2u); }

TEST(SettleRules, OneThatLacksItsSharesIsCured) {
  for (unsigned party = 0; party < 3; ++party) {
    for (const Complaint complaint : {Complaint::kNotDelivered, Complaint::kDoesNotOpen}) {
      std::array<Complaint, 3> complaints{};
      complaints[party] = complaint;
      EXPECT_EQ(Complainer(Settle(complaints)).value(), party);
    }
  }
}

TEST(SettleRules, OneCorruptPartyCannotHaveAnAnswerRefused) {
  // Whatever one party says, a submission that opens at the two others is neither refused nor deferred.
  for (unsigned liar = 0; liar < 3; ++liar) {
    for (unsigned word = 0; word < 3; ++word) {
      std::array<Complaint, 3> complaints{};
      complaints[liar] = static_cast<Complaint>(word);
      const Settlement settled = Settle(complaints);
      EXPECT_NE(settled, Settlement::kRefused);
      EXPECT_NE(settled, Settlement::kDeferred);
    }
  }
}

TEST(SettleRules, UndeliveredBoxesAreNobodysFault) {
  EXPECT_EQ(Settle({Complaint::kNotDelivered, Complaint::kNotDelivered, Complaint::kNone}),
            Settlement::kDeferred);
  EXPECT_EQ(Settle({Complaint::kNotDelivered, Complaint::kDoesNotOpen, Complaint::kNone}),
            Settlement::kDeferred);
  EXPECT_EQ(Settle({Complaint::kNotDelivered, Complaint::kNotDelivered, Complaint::kNotDelivered}),
            Settlement::kDeferred);
}

TEST(SettleRules, ABoxThatDoesNotOpenAtTwoIsTheSendersFault) {
  EXPECT_EQ(Settle({Complaint::kDoesNotOpen, Complaint::kNone, Complaint::kDoesNotOpen}),
            Settlement::kRefused);
  EXPECT_EQ(Settle({Complaint::kDoesNotOpen, Complaint::kDoesNotOpen, Complaint::kNotDelivered}),
            Settlement::kRefused);
}

TEST(PseudonymRules, TheFirstOfEqualsStaysUnlessItIsTaken) {
  const std::vector<Bytes> pseudonyms = {{1}, {2}, {1}, {3}, {2}};
  EXPECT_THAT(FirstOfEquals(pseudonyms, {false, false, false, true, false}),
              ElementsAre(true, true, false, false, false));
}

TEST(JobOrderJson, ComesBackAsItWas) {
  JobOrder order{
      .kind = JobKind::kBatch, .number = 7, .at = 1'800'000'000, .list = {Id(1), Id(9)}, .signature = {}};
  order.signature[5] = 3;
  const auto back = JobOrderFromJson(JobOrderToJson(order), 10);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(JobOrderInput(*back, Id(4)), JobOrderInput(order, Id(4)));
  EXPECT_EQ(back->signature, order.signature);
}

TEST(JobOrderJson, RefusesWhatIsNoJob) {
  const std::string good = JobOrderToJson(
      {.kind = JobKind::kRelease, .number = 1, .at = 1'800'000'000, .list = {}, .signature = {}});
  ASSERT_TRUE(JobOrderFromJson(good, 10));
  for (const char* text : {"", "[]", "{}", R"({"kind":"batch"})",
                           R"({"kind":"close","number":1,"at":"2026-01-01T00:00:00Z"})"}) {
    EXPECT_FALSE(JobOrderFromJson(text, 10)) << text;
  }
  std::string zero = good;
  zero.replace(zero.find("\"number\":1"), 10, "\"number\":0");
  EXPECT_FALSE(JobOrderFromJson(zero, 10));
}

TEST(JobOrderJson, RefusesMoreIdsThanTheSurveyAllows) {
  JobOrder order{.kind = JobKind::kBatch,
                 .number = 1,
                 .at = 1'800'000'000,
                 .list = {Id(1), Id(2), Id(3)},
                 .signature = {}};
  EXPECT_FALSE(JobOrderFromJson(JobOrderToJson(order), 2));
}

TEST(JobOrderInput, BindsEveryField) {
  const JobOrder order{.kind = JobKind::kBatch, .number = 1, .at = 5, .list = {Id(1)}, .signature = {}};
  const Bytes input = JobOrderInput(order, Id(1));
  JobOrder other = order;
  other.number = 2;
  EXPECT_NE(JobOrderInput(other, Id(1)), input);
  other = order;
  other.kind = JobKind::kRelease;
  EXPECT_NE(JobOrderInput(other, Id(1)), input);
  other = order;
  other.at = 6;
  EXPECT_NE(JobOrderInput(other, Id(1)), input);
  other = order;
  other.list = {Id(2)};
  EXPECT_NE(JobOrderInput(other, Id(1)), input);
  EXPECT_NE(JobOrderInput(order, Id(2)), input);
}

}  // namespace
}  // namespace mpcstats

// Which of the agreed answers count, rule by rule, and all 27 things that three parties can say of one box.
#include "mpcstats/service/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using ::mpcstats::testing::Checked;
using ::mpcstats::testing::Finish;
using ::mpcstats::testing::MadeEnvelope;
using ::mpcstats::testing::TestKey;
using ::mpcstats::testing::TestRow;
using ::mpcstats::testing::TestSurvey;
using ::testing::Each;
using ::testing::ElementsAre;

class FilterListTest : public ::testing::Test {
 protected:
  CheckedEnvelope Seal(std::uint8_t key, std::uint32_t version = 0, const Bytes32& replaces = {}) {
    auto sealed = SealSubmission(test_.signed_survey, TestRow(test_.survey()), TestKey('a', key),
                                 {.version = version, .replaces = replaces, .invite = nullptr}, rng_);
    CHECK(sealed.has_value());
    return Checked(test_, sealed->envelope);
  }
  CheckedEnvelope Made(std::uint64_t number) { return MadeEnvelope(test_.signed_survey, number); }
  FilterInput Input(const std::vector<CheckedEnvelope>& list) {
    FilterInput input;
    input.survey = &test_.signed_survey;
    input.list = list;
    input.token_used.assign(list.size(), false);
    input.control_key_used.assign(list.size(), false);
    return input;
  }
  std::vector<Refusal> Filter(std::vector<CheckedEnvelope> list) {
    for (CheckedEnvelope& one : list) {
      if (one.envelope.header.empty()) Finish(one);
    }
    return FilterList(Input(list));
  }

  TestSurvey test_;
  SeededRng rng_{7};
};

TEST_F(FilterListTest, KeepsAnswersThatHaveNothingInCommon) {
  EXPECT_TRUE(Filter({}).empty());
  EXPECT_THAT(Filter({Made(1), Made(2), Made(3)}), Each(Refusal::kNone));
}

TEST_F(FilterListTest, TheHighestVersionCountsWhereverItStands) {
  const CheckedEnvelope first = Seal(1);
  const CheckedEnvelope second = Seal(1, 1, first.id);
  const CheckedEnvelope third = Seal(1, 2, second.id);
  EXPECT_THAT(Filter({first, second, third}),
              ElementsAre(Refusal::kReplaced, Refusal::kReplaced, Refusal::kNone));
  EXPECT_THAT(Filter({third, first, second}),
              ElementsAre(Refusal::kNone, Refusal::kReplaced, Refusal::kReplaced));
}

TEST_F(FilterListTest, AReplacementWithoutTheKeysSealReplacesNothing) {
  const CheckedEnvelope first = Seal(1);
  CheckedEnvelope forged = Seal(1, 1, first.id);
  forged.envelope.seal[3] ^= 1;
  EXPECT_THAT(Filter({first, forged}), ElementsAre(Refusal::kNone, Refusal::kBadSeal));
  EXPECT_THAT(Filter({forged}), ElementsAre(Refusal::kBadSeal)) << "also alone";
}

TEST_F(FilterListTest, OfEqualVersionsTheFirstCounts) {
  const CheckedEnvelope one = Seal(1);
  const CheckedEnvelope other = Seal(1);
  EXPECT_THAT(Filter({one, other}), ElementsAre(Refusal::kNone, Refusal::kControlKeyUsed));
  EXPECT_THAT(Filter({other, one}), ElementsAre(Refusal::kNone, Refusal::kControlKeyUsed));
}

TEST_F(FilterListTest, ASealIsAskedForOnlyWhereItDecides) {
  CheckedEnvelope alone = Seal(1);
  alone.envelope.seal[3] ^= 1;
  EXPECT_THAT(Filter({alone, Seal(2)}), Each(Refusal::kNone));
}

TEST_F(FilterListTest, OfEqualTokensAndCommitmentsTheFirstCounts) {
  CheckedEnvelope token = Made(2);
  token.header.token_hash = Made(1).header.token_hash;
  EXPECT_THAT(Filter({Made(1), token}), ElementsAre(Refusal::kNone, Refusal::kTokenUsed));
  for (unsigned component = 0; component < 3; ++component) {
    CheckedEnvelope copied = Made(2);
    copied.header.commitments[0][component] = Made(1).header.commitments[0][(component + 1) % 3];
    EXPECT_THAT(Filter({Made(1), copied}), ElementsAre(Refusal::kNone, Refusal::kDuplicateCommitment));
  }
}

TEST_F(FilterListTest, ANonceThatSomebodySawFirstKeepsItsOwnerNotOut) {
  CheckedEnvelope front_runner = Made(1);
  front_runner.header.nonce = Made(2).header.nonce;
  EXPECT_THAT(Filter({front_runner, Made(2)}), Each(Refusal::kNone));
}

TEST_F(FilterListTest, WithoutInvitationsNoTokenIsShared) {
  CheckedEnvelope one = Made(1);
  CheckedEnvelope other = Made(2);
  one.header.token_hash = {};
  other.header.token_hash = {};
  EXPECT_THAT(Filter({one, other}), Each(Refusal::kNone));
}

TEST_F(FilterListTest, WhatAClosedBatchUsedIsRefused) {
  std::vector<CheckedEnvelope> list = {Made(1), Made(2), Made(3)};
  for (CheckedEnvelope& one : list) Finish(one);
  FilterInput input = Input(list);
  input.token_used[0] = true;
  input.control_key_used[2] = true;
  EXPECT_THAT(FilterList(input), ElementsAre(Refusal::kTokenUsed, Refusal::kNone, Refusal::kControlKeyUsed));
}

TEST_F(FilterListTest, AWithdrawnAnswerGivesBackItsToken) {
  std::vector<CheckedEnvelope> list = {Made(1), Made(2)};
  list[1].header.token_hash = list[0].header.token_hash;
  for (CheckedEnvelope& one : list) Finish(one);
  FilterInput input = Input(list);
  input.withdrawn = {list[0].id};
  EXPECT_THAT(FilterList(input), ElementsAre(Refusal::kWithdrawn, Refusal::kNone));
}

TEST_F(FilterListTest, WithdrawingTheNewestVersionDoesNotBringBackAnOlderOne) {
  const CheckedEnvelope first = Seal(1);
  const std::vector<CheckedEnvelope> list = {first, Seal(1, 1, first.id)};
  FilterInput input = Input(list);
  input.withdrawn = {list[1].id};
  EXPECT_THAT(FilterList(input), ElementsAre(Refusal::kReplaced, Refusal::kWithdrawn));
}

TEST_F(FilterListTest, OnlyTheAnswersOwnKeyWithdrawsIt) {
  const std::vector<CheckedEnvelope> list = {Seal(1), Seal(2)};
  const Bytes32 survey = test_.signed_survey.hash();
  const auto by = [&](std::uint8_t key, const Bytes32& id) {
    return Withdrawal{.submission = id, .signature = TestKey('a', key).Sign(WithdrawalInput(id, survey))};
  };
  const std::vector<Withdrawal> foreign = {by(2, list[0].id), by(1, list[1].id), by(1, Bytes32{})};
  EXPECT_TRUE(ValidWithdrawals(survey, list, foreign).empty());
  // A forged one in front does not keep the person's own from working.
  const std::vector<Withdrawal> own = {by(2, list[0].id), by(1, list[0].id)};
  EXPECT_EQ(ValidWithdrawals(survey, list, own), std::set<Bytes32>{list[0].id});
  EXPECT_TRUE(ValidWithdrawals(Bytes32{}, list, own).empty()) << "signed for another survey";
}

TEST(Settle, DecidesAll27CombinationsByTheirCounts) {
  for (unsigned code = 0; code < 27; ++code) {
    const std::array<unsigned, 3> words = {code % 3, code / 3 % 3, code / 9};
    std::array<Complaint, 3> complaints{};
    for (unsigned i = 0; i < 3; ++i) complaints[i] = static_cast<Complaint>(words[i]);
    const auto good = std::count(words.begin(), words.end(), 0u);
    const auto bad = std::count(words.begin(), words.end(), 2u);
    const Settlement settled = Settle(complaints);
    if (good == 3) {
      EXPECT_EQ(settled, Settlement::kOpens);
    } else if (good == 2) {
      const auto who = std::find_if(words.begin(), words.end(), [](unsigned word) { return word != 0; });
      EXPECT_EQ(Complainer(settled).value(), static_cast<unsigned>(who - words.begin())) << code;
    } else {
      EXPECT_EQ(settled, bad >= 2 ? Settlement::kRefused : Settlement::kDeferred) << code;
    }
  }
}

}  // namespace
}  // namespace mpcstats

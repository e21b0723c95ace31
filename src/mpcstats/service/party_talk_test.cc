// What a party takes from its peers between sessions. The peers are raw links that say anything.
#include "mpcstats/service/party_talk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/net/memory_links.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;

class PartyTalkTest : public ::testing::Test {
 protected:
  // Frames of parties 1 and 2 that wait for party 0.
  void Say(const Bytes& one, const Bytes& two) {
    ASSERT_TRUE(links_[1]->Exchange({Bytes(), one}, {0, 0}));
    ASSERT_TRUE(links_[2]->Exchange({two, Bytes()}, {0, 0}));
  }
  Error Refused(std::size_t limit = 8) {
    const auto swapped = talk_.Swap(4, Bytes{9}, limit);
    return swapped ? Error(ErrorCode::kInternal, "it was taken") : swapped.error();
  }

  SeededRng rng_{3};
  std::array<std::unique_ptr<PeerLinks>, 3> links_ = MakeMemoryLinks(rng_);
  PartyTalk talk_{*links_[0]};
};

TEST_F(PartyTalkTest, SwapsPayloadsOfTheSameStep) {
  Say({4, 10, 11}, {4});
  const auto swapped = talk_.Swap(4, {Bytes{1}, Bytes{2, 3}}, 8);
  ASSERT_TRUE(swapped) << swapped.error().message();
  EXPECT_EQ((*swapped)[Slot(Peer::kNext)], (Bytes{10, 11}));
  EXPECT_TRUE((*swapped)[Slot(Peer::kPrevious)].empty());
  EXPECT_EQ((*links_[1]->Exchange({}, {0, 8}))[1], (Bytes{4, 1}));
  EXPECT_EQ((*links_[2]->Exchange({}, {8, 0}))[0], (Bytes{4, 2, 3}));
}

TEST_F(PartyTalkTest, RefusesAnotherStepAndNamesWhoIsThere) {
  Say({4, 1}, {5, 1});
  const Error error = Refused();
  EXPECT_EQ(error.code(), ErrorCode::kProtocolViolation);
  EXPECT_THAT(error.message(), HasSubstr("party 2 is at step 5 where step 4 is due"));
}

TEST_F(PartyTalkTest, PassesOnWhyAPeerStoppedInPrintableCharacters) {
  Say({0, 'n', 'o', '\n', 0x1b, 0xff}, {4, 1});
  const Error error = Refused();
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("party 1 stopped: no???"));
}

TEST_F(PartyTalkTest, RefusesMoreThanMayCome) {
  Say({4, 1}, Bytes(700, 4));
  EXPECT_EQ(Refused().code(), ErrorCode::kProtocolViolation);
}

TEST_F(PartyTalkTest, SaysWhyItStopsToBothAndIsGone) {
  talk_.Stop(Error(ErrorCode::kUnavailable, std::string(1000, 'x')));
  PartyTalk next(*links_[1]);
  ASSERT_TRUE(links_[2]->Exchange({Bytes(), Bytes{4, 1}}, {0, 0}));
  const auto swapped = next.Swap(4, Bytes{1}, 1);
  ASSERT_FALSE(swapped) << "even where one byte was due, the sentence comes through";
  EXPECT_EQ(swapped.error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(talk_.Swap(4, Bytes{1}, 1));
}

TEST_F(PartyTalkTest, FailsWhenAPeerIsGone) {
  links_[2].reset();
  const Error error = Refused();
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("party 2"));
}

}  // namespace
}  // namespace mpcstats

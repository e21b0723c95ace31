#include "mpcstats/survey/invite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr SecretAccess kTest("test");

Bytes32 SeedOf(const InviteToken& token) {
  return token.seed.With(kTest, [](const Bytes32& seed) { return seed; });
}

InviteList MakeList(std::uint32_t count, std::uint64_t seed = 1) {
  SeededRng rng(seed);
  return InviteList::Make(count, rng).value();
}

Survey SurveyFor(const InviteList& list) {
  Survey survey;
  survey.eligibility = Eligibility::kInvite;
  survey.invite_root = list.root();
  survey.invite_count = list.size();
  return survey;
}

std::string ErrorOf(std::string_view text) {
  const auto token = ParseInvite(text);
  if (token) return "accepted";
  EXPECT_EQ(token.error().code(), ErrorCode::kInvalidArgument);
  return token.error().message();
}

bool SameToken(const InviteToken& a, const InviteToken& b) {
  return SeedOf(a) == SeedOf(b) && a.index == b.index && a.path == b.path;
}

TEST(InviteList, GivesEveryoneAKeyOfTheTree) {
  for (const std::uint32_t count : {2u, 3u, 5u, 64u, 65u}) {
    const InviteList list = MakeList(count);
    const Survey survey = SurveyFor(list);
    std::set<Bytes32> seeds;
    for (std::uint32_t i = 0; i < count; ++i) {
      const InviteToken token = list.Token(i);
      EXPECT_EQ(token.index, i);
      EXPECT_TRUE(seeds.insert(SeedOf(token)).second);
      EXPECT_TRUE(CheckInvite(token, survey).has_value()) << i << " of " << count;
    }
  }
}

TEST(InviteList, LeavesArePublicKeys) {
  const InviteList list = MakeList(3);
  std::vector<Bytes32> keys;
  for (std::uint32_t i = 0; i < 3; ++i) keys.push_back(SigningKey::FromSeed(list.Token(i).seed).PublicKey());
  EXPECT_EQ(list.root(), MerkleRoot("mpcstats/v1/invited", keys));
}

TEST(InviteList, RefusesCountsOutOfRange) {
  SeededRng rng(1);
  EXPECT_FALSE(InviteList::Make(0, rng).has_value());
  EXPECT_FALSE(InviteList::Make(1, rng).has_value());
  EXPECT_THAT(InviteList::Make(kMaxInvites + 1, rng).error().message(), HasSubstr("ask for 2 to 1000000"));
}

TEST(InviteListDeath, TokenBehindTheEndStops) {
  const InviteList list = MakeList(2);
  EXPECT_DEATH((void)list.Token(2), "");
}

// Computed with Python's hashlib and base64 from the documented bytes.
TEST(InviteText, HasTheDocumentedBytes) {
  InviteToken token;
  Bytes32 seed;
  for (std::uint8_t i = 0; i < 32; ++i) seed[i] = i;
  token.seed = Secret<Bytes32>(seed);
  token.index = 0x01020304;
  token.path.emplace_back().fill(0xff);
  EXPECT_EQ(InviteText(token),
            "mpcinvite1-"
            "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypqiaycah77777777777777777777777777777777777777"
            "7777777777776cogeicq");
  token.path.clear();
  EXPECT_EQ(InviteText(token).size(), 75u);
}

RC_GTEST_PROP(InviteText, IsReadAgain, ()) {
  const auto count = *rc::gen::inRange<std::uint32_t>(2, 40);
  const auto index = *rc::gen::inRange<std::uint32_t>(0, count);
  const InviteToken token = MakeList(count, *rc::gen::arbitrary<std::uint64_t>()).Token(index);
  RC_ASSERT(SameToken(ParseInvite(InviteText(token)).value(), token));
}

TEST(ParseInvite, TakesWhatMailProgramsMakeOfIt) {
  const InviteToken token = MakeList(9).Token(8);
  std::string text = InviteText(token);
  text.insert(60, "\r\n");
  text.insert(30, " \t");
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  EXPECT_TRUE(SameToken(ParseInvite("\n" + text + "\n").value(), token));
}

TEST(ParseInvite, RefusesTextsThatAreNone) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("does not start with mpcinvite1-"));
  EXPECT_THAT(ErrorOf("mpcinvite2-aaaa"), HasSubstr("does not start with mpcinvite1-"));
  EXPECT_THAT(ErrorOf("mpcinvite1-"), HasSubstr("is cut"));
  EXPECT_THAT(ErrorOf("mpcinvite1-aaaa"), HasSubstr("is cut"));
  EXPECT_THAT(ErrorOf("mpcinvite1-aa!a"), HasSubstr("none of a to z and 2 to 7"));
  EXPECT_THAT(ErrorOf("mpcinvite1-" + std::string(5000, 'a')), HasSubstr("is too long"));
}

TEST(ParseInvite, RefusesEveryCutAndEveryLongerText) {
  const std::string text = InviteText(MakeList(5).Token(2));
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(ErrorOf(text.substr(0, size)), "accepted") << size;
  for (std::size_t more = 1; more < 60; ++more)
    EXPECT_NE(ErrorOf(text + std::string(more, 'a')), "accepted") << more;
}

TEST(ParseInvite, RefusesEveryWrongCharacter) {
  const std::string text = InviteText(MakeList(5).Token(2));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char other : {'a', 'z', '2', '7', '1', '8', '-', '@', '`', '{', '\x80'}) {
      if (text[at] == other) continue;
      std::string changed = text;
      changed[at] = other;
      EXPECT_NE(ErrorOf(changed), "accepted") << at << other;
    }
  }
}

TEST(ParseInvite, NeverRepeatsTheText) {
  const std::string text = InviteText(MakeList(5).Token(2));
  EXPECT_THAT(ErrorOf(text.substr(0, 60)), testing::Not(HasSubstr(text.substr(11, 8))));
}

TEST(ParseInvite, RefusesMoreLevelsThanATreeCanHave) {
  InviteToken token;
  token.path.resize(20);
  EXPECT_EQ(ErrorOf(InviteText(token)), "accepted");
  token.path.resize(21);
  EXPECT_THAT(ErrorOf(InviteText(token)), HasSubstr("is cut, or has something behind it"));
}

TEST(CheckInvite, RefusesATokenOfAnotherSurvey) {
  const Survey survey = SurveyFor(MakeList(5, 1));
  EXPECT_THAT(CheckInvite(MakeList(5, 2).Token(0), survey).error().message(),
              StartsWith("the invitation is for another survey"));
}

TEST(CheckInvite, RefusesATokenAtAnotherPlace) {
  const InviteList list = MakeList(5);
  InviteToken token = list.Token(1);
  token.index = 2;
  EXPECT_FALSE(CheckInvite(token, SurveyFor(list)).has_value());
  token = list.Token(1);
  token.path.pop_back();
  EXPECT_FALSE(CheckInvite(token, SurveyFor(list)).has_value());
  Survey larger = SurveyFor(list);
  larger.invite_count = 9;
  EXPECT_FALSE(CheckInvite(list.Token(1), larger).has_value());
}

TEST(CheckInvite, RefusesAnInvitationToAnOpenSurvey) {
  const InviteList list = MakeList(5);
  Survey survey = SurveyFor(list);
  survey.eligibility = Eligibility::kOpen;
  EXPECT_THAT(CheckInvite(list.Token(0), survey).error().message(), HasSubstr("answer without one"));
}

}  // namespace
}  // namespace mpcstats

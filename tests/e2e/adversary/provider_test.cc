// Malicious people who answer: whatever they send to the coordinator and to the parties, the honest answers are counted, once each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mpcstats/base/check.h"
#include "mpcstats/cli/client.h"
#include "mpcstats/wire/codec.h"
#include "rogue_coordinator.h"

namespace mpcstats::e2e {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class MaliciousProvider : public testing::Test {
 protected:
  MaliciousProvider() : survey(SurveyOf(system)) {
    auto made = ClientOf(survey.survey().coordinator);
    CHECK(made.has_value());
    coordinator = std::move(*made);
  }

  struct Said {
    int status = 0;
    std::string problem;  ///< the word of the problem type
  };
  Said Post(const std::string& target, ByteSpan body) {
    const auto response =
        coordinator->Request("POST", target, {{"Content-Type", "application/octet-stream"}}, body);
    if (!response) return {};
    const ByteSpan content = response->Content();
    const auto json = nlohmann::json::parse(content.begin(), content.end(), nullptr, false);
    std::string type = json.is_object() ? json.value("type", "") : "";
    return {response->status, type.substr(type.rfind(':') + 1)};
  }
  Said PostAnswer(ByteSpan body) { return Post(SurveyPath(survey, "/submissions"), body); }
  Said PostAnswer(const Submission& submission) { return PostAnswer(EncodeSubmission(submission)); }
  Parts PartsOf(const std::string& amount, const SigningKey& control) {
    return HonestParts(survey, {{"amount", amount}}, control.PublicKey());
  }
  /// 1 to 10, by honest people; then the release must count `people`.
  void ExpectCount(unsigned people, const std::string& sum) {
    std::vector<std::string> values;
    for (unsigned i = 1; i <= 10; ++i) values.push_back(std::to_string(i));
    ASSERT_EQ(system.ShareMany(values, "honest").code, 0);
    ASSERT_EQ(system.AwaitCount(people, "result.json").code, 0);
    EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), sum);
  }
  std::string StateOf(const Bytes32& id) {
    const auto text =
        Fetch(*coordinator, "coordinator", "GET", SurveyPath(survey, "/submissions/" + ToHex(id)));
    if (!text) return "";
    const auto json = nlohmann::json::parse(*text);
    return json["state"].get<std::string>() +
           (json["refusal"].is_string() ? " " + json["refusal"].get<std::string>() : "");
  }
  bool AllAlive() {
    for (const std::string& name : system.ServiceNames()) {
      if (!IsRunning(system.PidOf(name))) return false;
    }
    return true;
  }

  SurveySystem system;
  SignedSurvey survey;
  std::unique_ptr<HttpClient> coordinator;
};

TEST_F(MaliciousProvider, GarbageInEveryFieldIsRefusedOrCountsNothing) {
  const Bytes good = EncodeSubmission(Honest(survey, {{"amount", "700"}}, FreshKey()).submission);
  std::size_t taken = 0;
  // A bit of every eleventh byte, which meets every field of the layout, and every seventh length.
  for (std::size_t at = 0; at < good.size(); at += 11) {
    Bytes bad = good;
    bad[at] ^= 0x40;
    const Said said = PostAnswer(bad);
    // An id, a commitment or a seal may be any bytes; whether they fit is for the parties to say.
    ASSERT_THAT(said.status, AnyOf(200, 400)) << "byte " << at;
    if (said.status == 400) EXPECT_FALSE(said.problem.empty()) << "byte " << at;
    taken += said.status == 200 ? 1 : 0;
  }
  EXPECT_GT(taken, 0u);
  for (std::size_t size = 0; size < good.size(); size += 7) {
    ASSERT_EQ(PostAnswer(ByteSpan(good).first(size)).status, 400) << "cut to " << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(PostAnswer(longer).status, 400);
  // Of all these one is an answer: with a seal of noise, which is looked at in disputes only.
  ExpectCount(11, "755");
  EXPECT_TRUE(AllAlive());
}

TEST_F(MaliciousProvider, GarbageAtThePartiesIsRefusedOrCountsNothing) {
  const Crafted answer = Honest(survey, {{"amount", "700"}}, FreshKey());
  for (unsigned party = 0; party < 3; ++party) {
    auto client = ClientOf(survey.survey().parties[party]);
    ASSERT_TRUE(client);
    const UploadedBox box = BoxFor(party, answer.submission);
    const Bytes good = EncodeUpload({&box, 1});
    for (std::size_t at = 0; at < good.size(); at += 13) {
      Bytes bad = good;
      bad[at] ^= 0x40;
      const auto response = (*client)->Request("POST", SurveyPath(survey, "/submissions"), {}, bad);
      ASSERT_TRUE(response) << at;
      ASSERT_THAT(response->status, AnyOf(200, 400)) << at;
      ASSERT_TRUE(
          (*client)->Request("POST", SurveyPath(survey, "/submissions"), {}, ByteSpan(good).first(at)));
      (void)(*client)->Request("POST", SurveyPath(survey, "/jobs"), {}, bad);
      (void)(*client)->Request("POST", SurveyPath(survey, "/withdrawals"), {}, bad);
    }
  }
  ExpectCount(11, "755");  // as above
  EXPECT_TRUE(AllAlive());
}

TEST_F(MaliciousProvider, OversizeBodiesAreRefusedBeforeTheyAreRead) {
  const Bytes large(std::size_t{200} << 10, 7);
  EXPECT_EQ(PostAnswer(large).status, 413);
  EXPECT_EQ(Post(SurveyPath(survey, "/withdrawals"), Bytes(5000, 1)).status, 413);
  for (unsigned party = 0; party < 3; ++party) {
    auto client = ClientOf(survey.survey().parties[party]);
    ASSERT_TRUE(client);
    const auto response =
        (*client)->Request("POST", SurveyPath(survey, "/submissions"), {}, Bytes(std::size_t{5} << 20, 7));
    // The server may be gone before the client has sent all of it.
    if (response) EXPECT_EQ(response->status, 413);
    // A count that the body does not have.
    const auto many =
        (*client)->Request("POST", SurveyPath(survey, "/submissions"), {}, Bytes{255, 255, 255, 255});
    ASSERT_TRUE(many);
    EXPECT_EQ(many->status, 400);
  }
  EXPECT_TRUE(AllAlive());
}

TEST_F(MaliciousProvider, AComponentThatDiffersAtOnePartyIsCuredAndAtTwoRefused) {
  // Party 1's box has another x_2 than the commitment; the two others' boxes have the right one.
  const SigningKey key = FreshKey();
  Parts one = PartsOf("100", key);
  one.boxed[1][1][0] ^= 1;
  EXPECT_EQ(PostAnswer(Craft(survey, one, key).submission).status, 200);
  // Committed to something that nobody gets: both holders of x_0 find out.
  const SigningKey other = FreshKey();
  Parts two = PartsOf("9000", other);
  two.committed[0][0] ^= 1;
  const Crafted refused = Craft(survey, two, other);
  EXPECT_EQ(PostAnswer(refused.submission).status, 200);
  ExpectCount(11, "155");
  EXPECT_EQ(StateOf(refused.id), "refused box-does-not-open");
}

TEST_F(MaliciousProvider, OneCommitmentTwiceCountsOnce) {
  const SigningKey key = FreshKey();
  const Parts parts = PartsOf("100", key);
  const Crafted first = Craft(survey, parts, key);
  EXPECT_EQ(PostAnswer(first.submission).status, 200);
  EXPECT_EQ(PostAnswer(first.submission).status, 200);  // the same again is the same
  // Two of its commitments, and another third component.
  Parts changed = parts;
  for (Bytes* component :
       {&changed.openings[2], &changed.committed[2], &changed.boxed[2][0], &changed.boxed[1][1]}) {
    (*component)[0] ^= 1;
  }
  const Crafted second = Craft(survey, changed, key);
  ASSERT_NE(second.id, first.id);
  EXPECT_EQ(PostAnswer(second.submission).status, 200);
  ExpectCount(11, "155");
  EXPECT_EQ(StateOf(first.id), "counted");
  EXPECT_EQ(StateOf(second.id), "refused control-key-used");
}

TEST_F(MaliciousProvider, NobodyReplacesAnothersAnswer) {
  const SigningKey hers = FreshKey();
  const Crafted victim = Craft(survey, PartsOf("100", hers), hers);
  EXPECT_EQ(PostAnswer(victim.submission).status, 200);
  // Her key in the header of a replacement, signed by somebody else; and somebody else's key with her answer's id.
  const SigningKey his = FreshKey();
  Parts replacement = PartsOf("9000", hers);
  replacement.header.version = 7;
  replacement.header.replaces = victim.id;
  const Crafted forged = Craft(survey, replacement, his);
  EXPECT_EQ(PostAnswer(forged.submission).status, 200);
  replacement.header.control_key = his.PublicKey();
  const Crafted foreign = Craft(survey, replacement, his);
  const Said said = PostAnswer(foreign.submission);
  EXPECT_THAT(said.status, AnyOf(200, 400));
  ExpectCount(said.status == 200 ? 12 : 11, said.status == 200 ? "9155" : "155");
  EXPECT_EQ(StateOf(victim.id), "counted");
  EXPECT_EQ(StateOf(forged.id), "refused bad-seal");
}

TEST_F(MaliciousProvider, ValuesOutOfRangeCountForNothing) {
  // 1,000 rows of bits are not all amounts: the highest raw value lies beyond the survey's maximum.
  const SigningKey key = FreshKey();
  Parts parts = PartsOf("1", key);
  const unsigned bits = LayoutOf(survey.survey()).bits;
  // row = x_0 ^ x_1 ^ x_2: all ones.
  for (std::size_t i = 0; i < (bits + 7) / 8; ++i) {
    const auto mask =
        static_cast<std::uint8_t>(i == (bits - 1) / 8 && bits % 8 != 0 ? (1u << (bits % 8)) - 1 : 0xff);
    parts.openings[2][i] =
        static_cast<std::uint8_t>((parts.openings[0][i] ^ parts.openings[1][i] ^ 0xff) & mask);
  }
  parts.committed = parts.openings;
  for (unsigned i = 0; i < 3; ++i) parts.boxed[i] = {parts.openings[i], parts.openings[(i + 1) % 3]};
  const Crafted answer = Craft(survey, parts, key);
  EXPECT_EQ(PostAnswer(answer.submission).status, 200);
  ExpectCount(10, "55");
  // In the input set, as nobody may learn whose row it was.
  EXPECT_EQ(StateOf(answer.id), "counted");
}

TEST_F(MaliciousProvider, JunkThatNobodySignedIsInNobodysWay) {
  // More than a delivery takes: boxes of noise under seals of noise, each of which the coordinator has to take.
  for (unsigned i = 0; i < 300; ++i) {
    const SigningKey key = FreshKey();
    Parts parts = PartsOf("1", key);
    parts.committed[0][0] ^= 1;
    parts.committed[1][0] ^= 1;
    parts.committed[2][0] ^= 1;
    Submission junk = Craft(survey, parts, key).submission;
    junk.envelope.seal[0] ^= 1;
    ASSERT_EQ(PostAnswer(junk).status, 200) << i;
  }
  ExpectCount(10, "55");
}

}  // namespace
}  // namespace mpcstats::e2e

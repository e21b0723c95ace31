// The bytes of submissions against scripts/reference/submission.py, which was written from the design alone.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/promises.h"
#include "mpcstats/survey/submission_box.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

Json Vectors() {
  std::ifstream file(std::string(MPCSTATS_SOURCE_DIR) + "/tests/data/submission/vectors.json");
  return Json::parse(file);
}

Bytes Hex(const Json& text) { return FromHex(text.get<std::string>()).value(); }

Bytes32 Hash(const Json& text) {
  const Bytes bytes = Hex(text);
  Bytes32 hash{};
  EXPECT_EQ(bytes.size(), hash.size());
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

HeaderGroup GroupOf(const Json& json) {
  return {.source_id = json["source_id"].get<std::uint8_t>(),
          .column_mask = std::stoull(json["column_mask"].get<std::string>()),
          .bits = json["bits"].get<std::uint16_t>(),
          .notary_key_id = Hash(json["notary_key_id"]),
          .notary_session_id = Hash(json["notary_session_id"]),
          .attestation_hash = Hash(json["attestation_hash"])};
}

Header CoreOf(const Json& json) {
  Header header;
  header.survey_hash = Hash(json["survey_hash"]);
  header.control_key = Hash(json["control_key"]);
  header.nonce = Hash(json["nonce"]);
  header.version = json["version"].get<std::uint32_t>();
  header.replaces = Hash(json["replaces"]);
  if (const Json& token = json["token_key"]; token != "") header.token_hash = TokenHash(Hash(token));
  for (const Json& group : json["groups"]) header.groups.push_back(GroupOf(group));
  return header;
}

// Checks each commitment and puts it into the header.
void Commit(const Json& json, Header& header) {
  for (unsigned g = 0; g < header.groups.size(); ++g) {
    const Bytes32 context = ContextOf(header, g);
    EXPECT_EQ(Json(ToHex(context)), json["expected"]["ctx"][g]);
    auto& triple = header.commitments.emplace_back();
    for (unsigned j = 0; j < 3; ++j) {
      Bytes opening = Hex(json["groups"][g]["x"][j]);
      const Bytes r = Hex(json["groups"][g]["r"][j]);
      opening.insert(opening.end(), r.begin(), r.end());
      triple[j] = Commitment(context, {.j = j, .group = g, .bits = header.groups[g].bits}, opening);
      EXPECT_EQ(Json(ToHex(triple[j])), json["expected"]["commitments"][g][j]) << g << " " << j;
    }
  }
}

TEST(SubmissionVectors, AgreeWithTheReference) {
  const Json vectors = Vectors();
  ASSERT_EQ(vectors.size(), 6u);
  for (const Json& json : vectors) {
    SCOPED_TRACE(json["name"].get<std::string>());
    const Json& expected = json["expected"];
    Header header = CoreOf(json);
    EXPECT_EQ(Json(ToHex(header.token_hash)), expected["token_hash"]);
    Commit(json, header);
    const Bytes bytes = EncodeHeader(header);
    EXPECT_EQ(Json(ToHex(bytes)), expected["header"]);
    EXPECT_EQ(EncodeHeader(DecodeHeader(bytes).value()), bytes);
    const Bytes32 id = SubmissionId(bytes);
    EXPECT_EQ(Json(ToHex(id)), expected["id"]);
    std::array<Bytes32, 3> hashes;
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_EQ(Json(ToHex(BoxInfo(header.survey_hash, i))), expected["box_infos"][i]);
      hashes[i] = Sha256(Hex(json["boxes"][i]));
    }
    EXPECT_EQ(Json(ToHex(SealInput(id, hashes))), expected["seal_input"]);
    EXPECT_EQ(Json(ToHex(InviteInput(id))), expected["invite_input"]);
    EXPECT_EQ(Json(ToHex(WithdrawalInput(id, header.survey_hash))), expected["withdraw_input"]);
  }
}

TEST(SubmissionVectors, HoldWhatSealSubmissionMakes) {
  const testing::TestSurvey test;
  const Submission submission = testing::TestSubmission(test, 1);
  const Json vectors = Vectors();
  const Json& json = vectors.back();
  ASSERT_EQ(json["name"], "sealed under seed 1");
  EXPECT_EQ(Json(ToHex(submission.envelope.header)), json["expected"]["header"]);
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(Json(ToHex(submission.boxes[i])), json["boxes"][i]);
  EXPECT_TRUE(VerifySignature(Hash(json["control_key"]), Hex(json["expected"]["seal_input"]),
                              submission.envelope.seal));
}

TEST(SubmissionVectors, ReachEveryNumberOfCompressions) {
  std::set<unsigned> bits;
  for (const Json& json : Vectors()) {
    for (const Json& group : json["groups"]) bits.insert(group["bits"].get<unsigned>());
  }
  EXPECT_TRUE(bits.contains(8 * 39) && bits.contains(8 * 40));
  EXPECT_EQ(*bits.begin(), 1u);
}

}  // namespace
}  // namespace mpcstats

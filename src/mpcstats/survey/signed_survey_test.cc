#include "mpcstats/survey/signed_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

struct Parties {
  std::vector<SigningKey> keys;
  SurveyDraft draft;
};

void Sign(Parties& parties) {
  const Bytes32 hash = parties.draft.Hash();
  for (unsigned i = 0; i < 3; ++i)
    parties.draft.signatures[i] = parties.keys[i].Sign(SurveySignatureInput(hash, i));
}

// The small survey with three identities of the test, box keys, and their signatures.
Parties MakeParties() {
  SeededRng rng(7);
  Parties parties;
  parties.draft.text = kSmallSurvey;
  for (unsigned i = 0; i < 3; ++i) {
    parties.keys.push_back(SigningKey::Generate(rng));
    const std::string placeholder = std::string(63, '0') + std::to_string(i + 1);
    parties.draft.text = Replaced(parties.draft.text, placeholder, ToHex(parties.keys[i].PublicKey()));
    rng.Fill(parties.draft.box_keys[i].emplace());
  }
  Sign(parties);
  return parties;
}

void AddClose(Parties& parties, UnixSeconds closes_at) {
  SurveyClose& close = parties.draft.close.emplace();
  close.closes_at = closes_at;
  const Bytes32 hash = parties.draft.Hash();
  for (unsigned i = 0; i < 3; ++i)
    close.signatures[i] = parties.keys[i].Sign(SurveyCloseInput(hash, closes_at, i));
}

std::string ErrorOf(const SurveyDraft& draft) {
  const auto survey = SignedSurvey::FromDraft(draft);
  if (survey) return "accepted";
  EXPECT_EQ(survey.error().code(), ErrorCode::kInvalidArgument);
  return survey.error().message();
}

std::string JsonError(std::string_view json) {
  const auto draft = DraftFromJson(json);
  if (draft) return "accepted";
  EXPECT_EQ(draft.error().code(), ErrorCode::kInvalidArgument);
  return draft.error().message();
}

bool SameDraft(const SurveyDraft& a, const SurveyDraft& b) {
  if (a.text != b.text || a.box_keys != b.box_keys || a.signatures != b.signatures) return false;
  if (a.close.has_value() != b.close.has_value()) return false;
  return !a.close || (a.close->closes_at == b.close->closes_at && a.close->signatures == b.close->signatures);
}

TEST(SignedSurvey, TakesThreeSignatures) {
  const Parties parties = MakeParties();
  const SignedSurvey survey = SignedSurvey::FromDraft(parties.draft).value();
  EXPECT_EQ(survey.survey().id, "small");
  EXPECT_EQ(survey.hash(), parties.draft.Hash());
  EXPECT_EQ(survey.box_keys()[2], *parties.draft.box_keys[2]);
  EXPECT_EQ(survey.closes_at(), survey.survey().closes);
  const SignedSurvey again = SignedSurvey::FromJson(survey.ToJson()).value();
  EXPECT_EQ(again.hash(), survey.hash());
  EXPECT_TRUE(SameDraft(again.draft(), survey.draft()));
}

// Computed with Python's hashlib from the documented bytes.
TEST(SurveyDraft, HashesTheDocumentedBytes) {
  SurveyDraft draft{.text = "a survey", .box_keys = {}, .signatures = {}, .close = {}};
  for (std::uint8_t i = 0; i < 3; ++i) draft.box_keys[i].emplace().fill(static_cast<std::uint8_t>(i + 1));
  EXPECT_EQ(ToHex(draft.Hash()), "2442a73e8b804f78b7909af7badaabb325966014a5c37cc6f04b2f07cb90ff56");
}

TEST(SurveyDraft, SignsTheDocumentedBytes) {
  Bytes32 hash;
  hash.fill(0xab);
  EXPECT_EQ(ToHex(SurveySignatureInput(hash, 2)),
            ToHex(AsBytes("mpcstats/v1/survey-signature")) + ToHex(hash) + "02");
  EXPECT_EQ(
      ToHex(SurveyCloseInput(hash, 0x0102030405, 1)),
      ToHex(AsBytes("mpcstats/v1/survey-close")) + ToHex(hash) + "01000000" + "0504030201000000" + "01");
}

RC_GTEST_PROP(SurveyDraft, AnyFlippedByteGivesAnotherHash, ()) {
  static const Parties parties = MakeParties();
  SurveyDraft draft = parties.draft;
  const auto at = *rc::gen::inRange<std::size_t>(0, draft.text.size() + 96);
  const auto flip = static_cast<std::uint8_t>(*rc::gen::inRange(1, 256));
  if (at < draft.text.size()) {
    draft.text[at] = static_cast<char>(static_cast<std::uint8_t>(draft.text[at]) ^ flip);
  } else {
    const std::size_t place = at - draft.text.size();
    (*draft.box_keys[place / 32])[place % 32] ^= flip;
  }
  RC_ASSERT(draft.Hash() != parties.draft.Hash());
  RC_ASSERT(!SignedSurvey::FromDraft(draft).has_value());
}

TEST(SurveyDraft, TextAndKeysCannotTradeBytes) {
  Parties parties = MakeParties();
  const Bytes32 hash = parties.draft.Hash();
  parties.draft.text += "\n";
  EXPECT_NE(parties.draft.Hash(), hash);
}

TEST(SurveyDraftDeath, HashWithoutAllKeysStops) {
  SurveyDraft draft = MakeParties().draft;
  draft.box_keys[1].reset();
  EXPECT_FALSE(draft.HasAllKeys());
  EXPECT_DEATH((void)draft.Hash(), "");
}

TEST(SignedSurvey, RefusesAMissingBoxKey) {
  Parties parties = MakeParties();
  parties.draft.box_keys[1].reset();
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("party 1 (Party B) has given no box key yet"));
}

TEST(SignedSurvey, RefusesOneBoxKeyForTwoParties) {
  Parties parties = MakeParties();
  parties.draft.box_keys[2] = parties.draft.box_keys[0];
  Sign(parties);
  EXPECT_THAT(ErrorOf(parties.draft),
              HasSubstr("party 0 (Party A) and party 2 (Party C) have the same box key"));
}

TEST(SignedSurvey, RefusesAMissingSignature) {
  for (unsigned i = 0; i < 3; ++i) {
    Parties parties = MakeParties();
    parties.draft.signatures[i].reset();
    EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("party " + std::to_string(i) + " (Party"));
    EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("has not signed the survey yet"));
  }
}

TEST(SignedSurvey, RefusesAWrongSignature) {
  for (unsigned i = 0; i < 3; ++i) {
    Parties parties = MakeParties();
    (*parties.draft.signatures[i])[5] ^= 1;
    EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the signature of party " + std::to_string(i)));
  }
}

TEST(SignedSurvey, RefusesSwappedSignatures) {
  Parties parties = MakeParties();
  std::swap(parties.draft.signatures[0], parties.draft.signatures[1]);
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the signature of party 0"));
}

TEST(SignedSurvey, RefusesSwappedBoxKeys) {
  Parties parties = MakeParties();
  std::swap(parties.draft.box_keys[0], parties.draft.box_keys[1]);
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the signature of party 0"));
}

TEST(SignedSurvey, RefusesASignatureForAnotherPlace) {
  Parties parties = MakeParties();
  parties.draft.signatures[1] = parties.keys[1].Sign(SurveySignatureInput(parties.draft.Hash(), 0));
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the signature of party 1"));
}

TEST(SignedSurvey, RefusesKeysThatTheFileDoesNotName) {
  Parties parties = MakeParties();
  SeededRng rng(8);
  for (SigningKey& key : parties.keys) key = SigningKey::Generate(rng);
  Sign(parties);
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("is not by its identity key"));
}

TEST(SignedSurvey, RefusesATextThatIsNoSurvey) {
  Parties parties = MakeParties();
  parties.draft.text = Replaced(parties.draft.text, "batch_min", "batch_mim");
  Sign(parties);
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the nearest is \"batch_min\""));
}

// --- close ---

TEST(SignedSurvey, ClosesEarlierWhenAllThreeSay) {
  Parties parties = MakeParties();
  const UnixSeconds early = ParseTime("2026-12-10T00:00:00Z").value();
  AddClose(parties, early);
  const SignedSurvey survey = SignedSurvey::FromDraft(parties.draft).value();
  EXPECT_EQ(survey.closes_at(), early);
  EXPECT_EQ(survey.hash(), MakeParties().draft.Hash()) << "closing does not rename the survey";
  EXPECT_EQ(SignedSurvey::FromJson(survey.ToJson()).value().closes_at(), early);
}

TEST(SignedSurvey, StaysOpenWhileACloseLacksASignature) {
  Parties parties = MakeParties();
  AddClose(parties, ParseTime("2026-12-10T00:00:00Z").value());
  parties.draft.close->signatures[2].reset();
  const SignedSurvey survey = SignedSurvey::FromDraft(parties.draft).value();
  EXPECT_EQ(survey.closes_at(), survey.survey().closes);
}

TEST(SignedSurvey, RefusesACloseThatExtends) {
  Parties parties = MakeParties();
  AddClose(parties, ParseTime("2026-12-15T18:00:01Z").value());
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("a survey can only be closed earlier"));
}

TEST(SignedSurvey, RefusesAWrongCloseSignature) {
  Parties parties = MakeParties();
  AddClose(parties, ParseTime("2026-12-10T00:00:00Z").value());
  parties.draft.close->closes_at -= 1;
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the close signature of party 0"));
  parties.draft.close->closes_at += 1;
  std::swap(parties.draft.close->signatures[1], parties.draft.close->signatures[2]);
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the close signature of party 1"));
}

TEST(SignedSurvey, RefusesASurveySignatureInPlaceOfAClose) {
  Parties parties = MakeParties();
  AddClose(parties, ParseTime("2026-12-10T00:00:00Z").value());
  parties.draft.close->signatures = parties.draft.signatures;
  EXPECT_THAT(ErrorOf(parties.draft), HasSubstr("the close signature of party 0"));
}

// --- JSON ---

TEST(SurveyDraft, RoundTripsWhileThingsAreMissing) {
  Parties parties = MakeParties();
  AddClose(parties, 1'800'000'000);
  for (unsigned missing = 0; missing < 16; ++missing) {
    SurveyDraft draft = parties.draft;
    if ((missing & 1) != 0) draft.box_keys[0].reset();
    if ((missing & 2) != 0) draft.signatures[1].reset();
    if ((missing & 4) != 0) draft.close->signatures[2].reset();
    if ((missing & 8) != 0) draft.close.reset();
    EXPECT_TRUE(SameDraft(DraftFromJson(DraftToJson(draft)).value(), draft)) << missing;
  }
}

TEST(SurveyDraft, KeepsEveryByteOfTheText) {
  SurveyDraft draft;
  draft.text = "# \"quoted\" \\ back\tslash\r\nüöä \xf0\x9f\x98\x80 </script>\n";
  EXPECT_EQ(DraftFromJson(DraftToJson(draft)).value().text, draft.text);
}

TEST(SurveyDraft, LongestTextFitsIntoTheJson) {
  SurveyDraft draft = MakeParties().draft;
  draft.text += "#" + std::string(256 * 1024 - draft.text.size() - 1, '"');
  EXPECT_EQ(draft.text.size(), 256u * 1024);
  Parties parties = MakeParties();
  parties.draft.text = draft.text;
  Sign(parties);
  EXPECT_TRUE(SignedSurvey::FromJson(DraftToJson(parties.draft)).has_value());
}

TEST(SurveyDraft, RefusesJsonThatIsTooLong) {
  EXPECT_THAT(JsonError(std::string(kMaxSurveyBytes + 1, ' ')), HasSubstr("at most 1048576 are read"));
}

TEST(SurveyDraft, RefusesWhatIsNoJsonObject) {
  for (const std::string_view text : {"", "[]", "3", "{", "{} x", "null", "{\"format\":}", "\xff"}) {
    EXPECT_THAT(JsonError(text), HasSubstr("is not a JSON object")) << text;
  }
  EXPECT_THAT(JsonError("{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}"),
              HasSubstr("nested deeper"));
}

TEST(SurveyDraft, RefusesFieldsThatAreUnknownMissingOrTwice) {
  const std::string json = DraftToJson(MakeParties().draft);
  EXPECT_THAT(JsonError(Replaced(json, "{\"format\"", "{\"extra\":1,\"format\"")),
              HasSubstr("unknown field \"extra\""));
  EXPECT_THAT(JsonError(Replaced(json, "{\"format\"", "{\"close\":null,\"format\"")),
              HasSubstr("has a field twice"));
  EXPECT_THAT(JsonError(Replaced(json, ",\"close\":null", "")),
              HasSubstr("\"close\" of the signed survey is missing"));
  Parties parties = MakeParties();
  AddClose(parties, 1'800'000'000);
  const std::string closed = DraftToJson(parties.draft);
  EXPECT_THAT(JsonError(Replaced(closed, "{\"closes_at\"", "{\"why\":1,\"closes_at\"")),
              HasSubstr("unknown field \"close.why\""));
  EXPECT_THAT(JsonError(Replaced(closed, "\"closes_at\"", "\"closed_at\"")),
              HasSubstr("\"close.closes_at\" of the signed survey is missing"));
}

TEST(SurveyDraft, RefusesFieldsOfAnotherType) {
  const SurveyDraft draft = MakeParties().draft;
  const std::string json = DraftToJson(draft);
  const std::string key = ToHex(*draft.box_keys[0]);
  EXPECT_THAT(JsonError(Replaced(json, "mpcstats/v1/survey", "mpcstats/v2/survey")),
              HasSubstr("is not \"mpcstats/v1/survey\""));
  EXPECT_THAT(JsonError(Replaced(json, "\"" + key + "\",", "")),
              HasSubstr("\"box_keys\" of the signed survey is not a list of three"));
  EXPECT_THAT(JsonError(Replaced(json, key, key.substr(2))), HasSubstr("\"box_keys[0]\""));
  EXPECT_THAT(JsonError(Replaced(json, key, "XY" + key.substr(2))),
              HasSubstr("64 hexadecimal digits in lower case"));
  EXPECT_THAT(JsonError(Replaced(json, "\"" + key + "\"", "7")), HasSubstr("\"box_keys[0]\""));
  EXPECT_THAT(JsonError(Replaced(json, ToHex(*draft.signatures[2]), key)), HasSubstr("\"signatures[2]\""));
  EXPECT_THAT(JsonError(Replaced(json, "\"close\":null", "\"close\":[]")),
              HasSubstr("neither null nor an object"));
  EXPECT_THAT(JsonError("{\"format\":\"mpcstats/v1/"
                        "survey\",\"survey\":1,\"box_keys\":[],\"signatures\":[],\"close\":null}"),
              HasSubstr("\"survey\" of the signed survey is no text"));
}

TEST(SurveyDraft, RefusesCloseTimesInAnotherSpelling) {
  Parties parties = MakeParties();
  AddClose(parties, ParseTime("2026-12-10T00:00:00Z").value());
  const std::string json = DraftToJson(parties.draft);
  const std::string time = "\"2026-12-10T00:00:00Z\"";
  EXPECT_THAT(JsonError(Replaced(json, time, "\"2026-12-10T01:00:00+01:00\"")), HasSubstr("is not in UTC"));
  EXPECT_THAT(JsonError(Replaced(json, time, "\"soon\"")), HasSubstr("is no time"));
  EXPECT_THAT(JsonError(Replaced(json, time, "1765324800")), HasSubstr("is no text"));
}

RC_GTEST_PROP(SurveyDraft, ChangedJsonIsRefusedOrMeansWhatItMeant, ()) {
  static const Parties parties = MakeParties();
  static const std::string original = SignedSurvey::FromDraft(parties.draft).value().ToJson();
  std::string json = original;
  const auto at = *rc::gen::inRange<std::size_t>(0, json.size());
  const auto flip = static_cast<std::uint8_t>(*rc::gen::inRange(1, 256));
  json[at] = static_cast<char>(static_cast<std::uint8_t>(json[at]) ^ flip);
  const auto survey = SignedSurvey::FromJson(json);
  // An escape can have two spellings; what was signed is the same then.
  if (survey) RC_ASSERT(SameDraft(survey->draft(), parties.draft));
}

}  // namespace
}  // namespace mpcstats

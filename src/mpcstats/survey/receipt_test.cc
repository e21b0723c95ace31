// The receipt's bytes and its file.
#include "mpcstats/survey/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/receipt_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

const SampleSurvey& Sample() {
  static const SampleSurvey sample = MakeSampleSurvey();
  return sample;
}
std::string SampleFile() {
  return ResultJson(SignSample(Sample(), SampleBody(Sample().survey)), Sample().survey);
}
std::string ParseFault(const Json& file) {
  const Result<ParsedResult> parsed = ParseResult(file.dump());
  return parsed ? "" : parsed.error().message();
}

TEST(ReceiptBody, IsCanonicalJson) {
  const std::string text = CanonicalJson(SampleBody(Sample().survey));
  EXPECT_EQ(Json::parse(text).dump(), text);  // keys sorted, no spaces
  EXPECT_THAT(text, HasSubstr(R"("as_of":"2026-11-23T09:00:00Z")"));
  EXPECT_THAT(SampleFile(), HasSubstr("\"body\":" + text + ","));
}

TEST(ReceiptBody, HasNoFloatingPointNumber) {
  const std::function<void(const Json&)> walk = [&](const Json& value) {
    EXPECT_FALSE(value.is_number_float()) << value;
    if (value.is_structured()) {
      for (const Json& part : value) walk(part);
    }
  };
  walk(Json::parse(CanonicalJson(SampleBody(Sample().survey))));
}

// The documented bytes, built here a second time from the JSON alone.
TEST(ReceiptSignedBytes, AreTagAndDigestsOfTheFields) {
  const ReceiptBody body = SampleBody(Sample().survey);
  const auto u32 = [](std::size_t size) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(size >> (8 * i) & 0xff));
    return bytes;
  };
  std::string list;
  const auto add = [&](const std::string& name, const std::string& value) {
    const Bytes32 digest =
        Sha256(AsBytes("mpcstats/v1/receipt-field" + u32(name.size()) + name + u32(value.size()) + value));
    list += u32(name.size()) + name + std::string(digest.begin(), digest.end());
  };
  const Json fields = Json::parse(CanonicalJson(body));
  for (const auto& [name, value] : fields.items()) {
    if (name != "outputs") {
      add(name, value.dump());
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) add("outputs[" + std::to_string(i) + "]", value[i].dump());
  }
  const Bytes32 digest = Sha256(AsBytes(list));
  const std::string expected = "mpcstats/v1/receipt" + std::string(digest.begin(), digest.end());
  EXPECT_EQ(ReceiptSignedBytes(body), Bytes(expected.begin(), expected.end()));
  EXPECT_EQ(ReceiptHash(body), Sha256(AsBytes(expected)));
}

TEST(ReceiptSignedBytes, ChangeWithEveryField) {
  const ReceiptBody body = SampleBody(Sample().survey);
  std::set<Bytes> seen = {ReceiptSignedBytes(body)};
  const auto expect_new = [&](auto change) {
    ReceiptBody altered = body;
    change(altered);
    EXPECT_TRUE(seen.insert(ReceiptSignedBytes(altered)).second) << CanonicalJson(altered);
  };
  expect_new([](ReceiptBody& b) { b.protocol += "x"; });
  expect_new([](ReceiptBody& b) { b.build += "x"; });
  expect_new([](ReceiptBody& b) { b.survey_hash[0] ^= 1; });
  expect_new([](ReceiptBody& b) { ++b.sequence; });
  expect_new([](ReceiptBody& b) { b.previous[31] ^= 1; });
  expect_new([](ReceiptBody& b) { b.plan += "x"; });
  expect_new([](ReceiptBody& b) { b.plan_hash[0] ^= 1; });
  expect_new([](ReceiptBody& b) { b.view[0] ^= 1; });
  expect_new([](ReceiptBody& b) { b.batches.pop_back(); });
  expect_new([](ReceiptBody& b) { ++b.batches[0].batch; });
  expect_new([](ReceiptBody& b) { b.batches[0].root[0] ^= 1; });
  expect_new([](ReceiptBody& b) { ++b.batches[0].count; });
  expect_new([](ReceiptBody& b) { b.gate += "x"; });
  expect_new([](ReceiptBody& b) { b.outputs.pop_back(); });
  expect_new([](ReceiptBody& b) { std::swap(b.outputs[0], b.outputs[1]); });
  expect_new([](ReceiptBody& b) { b.outputs[0].expression += "x"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].label += "x"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].cell += "x"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].value += "1"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].exact += "1"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].error_bound += "1"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].undefined += "x"; });
  expect_new([](ReceiptBody& b) { b.outputs[0].unit += "x"; });
  const auto part_of = [](ReceiptBody& b) -> ReceiptPart& {
    b.outputs[0].parts = {{.name = "low", .value = "1", .exact = "", .error_bound = "0.5", .undefined = ""}};
    return b.outputs[0].parts[0];
  };
  expect_new([&](ReceiptBody& b) { part_of(b); });
  expect_new([&](ReceiptBody& b) { part_of(b).name += "x"; });
  expect_new([&](ReceiptBody& b) { part_of(b).value += "1"; });
  expect_new([&](ReceiptBody& b) { part_of(b).exact += "1"; });
  expect_new([&](ReceiptBody& b) { part_of(b).error_bound += "1"; });
  expect_new([&](ReceiptBody& b) { part_of(b).undefined += "x"; });
  expect_new([&](ReceiptBody& b) { b.outputs[0].parts.push_back(part_of(b)); });
  expect_new([](ReceiptBody& b) { b.rule += "x"; });
  expect_new([](ReceiptBody& b) { b.eligibility += "x"; });
  expect_new([](ReceiptBody& b) { ++b.as_of; });
  expect_new([](ReceiptBody& b) { b.next_due = 0; });
  expect_new([](ReceiptBody& b) { b.signers[2][0] ^= 1; });
}

TEST(ResultJson, ComesBackAsItWent) {
  const Receipt receipt = SignSample(Sample(), SampleBody(Sample().survey));
  const Result<ParsedResult> parsed = ParseResult(ResultJson(receipt, Sample().survey));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(CanonicalJson(parsed->receipt.body), CanonicalJson(receipt.body));
  EXPECT_EQ(parsed->receipt.signatures, receipt.signatures);
  EXPECT_EQ(parsed->field_digests.size(), DigestsOf(receipt.body).size());
  const auto survey = SignedSurvey::FromJson(parsed->survey_json);
  ASSERT_TRUE(survey) << survey.error().message();
  EXPECT_EQ(survey->hash(), Sample().survey.hash());
}

TEST(ResultJson, KeepsTheValuesOfAFigureThatHasSeveral) {
  ReceiptBody body = SampleBody(Sample().survey);
  body.outputs[0].value = body.outputs[0].exact = body.outputs[0].error_bound = "";
  body.outputs[0].parts = {
      {.name = "slope", .value = "-0.25", .exact = "-1/4", .error_bound = "0", .undefined = ""},
      {.name = "p value", .value = "", .exact = "", .error_bound = "", .undefined = "all values are equal"}};
  const Receipt receipt{.body = body, .signatures = {}};
  const Result<ParsedResult> parsed = ParseResult(ResultJson(receipt, Sample().survey));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(CanonicalJson(parsed->receipt.body), CanonicalJson(body));
  ASSERT_EQ(parsed->receipt.body.outputs[0].parts.size(), 2u);
  EXPECT_EQ(parsed->receipt.body.outputs[0].parts[0].exact, "-1/4");
  EXPECT_TRUE(parsed->receipt.body.outputs[1].parts.empty());
  EXPECT_EQ(CanonicalJson(SampleBody(Sample().survey)).find("parts"), std::string::npos)
      << "other receipts have no such field";
}

TEST(ParseBody, RefusesPartsThatAreNone) {
  ReceiptBody body = SampleBody(Sample().survey);
  body.outputs[0].parts = {{.name = "low", .value = "1", .exact = "", .error_bound = "0.5", .undefined = ""}};
  const Json good = Json::parse(CanonicalJson(body));
  ASSERT_TRUE(ParseBody(good.dump()));
  const auto refusal = [&](auto change) {
    Json json = good;
    change(json["outputs"][0]["parts"]);
    const auto parsed = ParseBody(json.dump());
    return parsed ? std::string("none") : parsed.error().message();
  };
  EXPECT_THAT(refusal([](Json& parts) { parts = Json::array(); }), HasSubstr("list of 1 to 1024"));
  EXPECT_THAT(refusal([](Json& parts) { parts = "low"; }), HasSubstr("list of 1 to 1024"));
  EXPECT_THAT(refusal([](Json& parts) { parts = Json(std::vector<Json>(1025, parts[0])); }),
              HasSubstr("list of 1 to 1024"));
  EXPECT_THAT(refusal([](Json& parts) { parts[0]["value"] = 1; }),
              HasSubstr("body.outputs[0].parts[0].value"));
  EXPECT_THAT(refusal([](Json& parts) { parts[0]["value"] = "one"; }), HasSubstr("number as text"));
  EXPECT_THAT(refusal([](Json& parts) { parts[0].erase("name"); }), HasSubstr("is missing"));
  EXPECT_THAT(refusal([](Json& parts) { parts[0]["parts"] = Json::array(); }),
              HasSubstr("nothing is known of"));
}

TEST(ResultJson, KeepsEveryKindOfText) {
  ReceiptBody body = SampleBody(Sample().survey);
  body.build = "quote \" backslash \\ tab \t null \x01 </script> \xe2\x80\xae \xf0\x9f\x8e\x89";
  body.next_due = 0;
  const Receipt receipt{.body = body, .signatures = {}};
  const Result<ParsedResult> parsed = ParseResult(ResultJson(receipt, Sample().survey));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->receipt.body.build, body.build);
  EXPECT_EQ(parsed->receipt.body.next_due, 0);
  EXPECT_FALSE(parsed->receipt.signatures[0].has_value());
}

TEST(ResultJson, StaysOneTextForBytesThatAreNoUtf8) {
  ReceiptBody body = SampleBody(Sample().survey);
  body.build = "\xff";
  EXPECT_TRUE(Json::accept(CanonicalJson(body)));
}

TEST(ParseResult, RefusesMissingAndUnknownFieldsByName) {
  const Json file = Json::parse(SampleFile());
  for (const std::string pointer : {"", "/body", "/body/outputs/3", "/body/batches/1"}) {
    const Json::json_pointer at(pointer);
    const Json object = file.at(at);
    for (const auto& [name, value] : object.items()) {
      Json altered = file;
      altered.at(at).erase(name);
      EXPECT_THAT(ParseFault(altered), HasSubstr(name + "\" that is missing")) << pointer;
    }
    Json altered = file;
    altered.at(at)["extra"] = 1;
    EXPECT_THAT(ParseFault(altered), HasSubstr("extra\" that nothing is known of")) << pointer;
  }
}

TEST(ParseResult, RefusesOtherTypesByName) {
  const Json file = Json::parse(SampleFile());
  const Json flat = file["body"].flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (const Json& wrong :
         {Json(1.5), Json(-1), Json(true), Json::array({1}), Json(std::string(9000, 'x'))}) {
      if (pointer == "/plan" && wrong.is_string()) continue;
      Json altered = file;
      altered["body"][Json::json_pointer(pointer)] = wrong;
      const std::string name = pointer.substr(1, pointer.find('/', 1) - 1);
      EXPECT_THAT(ParseFault(altered), HasSubstr(name)) << pointer << " " << wrong;
    }
  }
}

TEST(ParseResult, RefusesOtherSpellings) {
  const auto refused = [](const std::string& pointer, const Json& value) {
    Json file = Json::parse(SampleFile());
    file[Json::json_pointer(pointer)] = value;
    return !ParseResult(file.dump()).has_value();
  };
  EXPECT_FALSE(refused("/body/view", std::string(64, 'a')));
  EXPECT_TRUE(refused("/body/view", std::string(64, 'A')));
  EXPECT_TRUE(refused("/body/view", std::string(63, 'a')));
  EXPECT_TRUE(refused("/body/view", std::string(66, 'a')));
  EXPECT_TRUE(refused("/body/view", std::string(64, 'g')));
  EXPECT_TRUE(refused("/body/as_of", "2026-11-23T10:00:00+01:00"));
  EXPECT_TRUE(refused("/body/as_of", nullptr));
  EXPECT_FALSE(refused("/body/next_due", nullptr));
  EXPECT_TRUE(refused("/body/next_due", "1970-01-01T00:00:00Z"));
  EXPECT_TRUE(refused("/body/sequence", 4294967296));
  EXPECT_TRUE(refused("/body/signers", Json::array()));
  EXPECT_TRUE(refused("/body/outputs/0/value", "1,000"));
  EXPECT_TRUE(refused("/body/outputs/0/value", "nan"));
  EXPECT_TRUE(refused("/body/outputs/0/value", "1/3"));
  EXPECT_FALSE(refused("/body/outputs/0/exact", "-1/3"));
  EXPECT_FALSE(refused("/body/outputs/0/value", "-1.5e-7"));
  for (const std::string wrong : {"1.", ".5", "+1", "1e", "--1", "1 ", "0x1", "1/"}) {
    EXPECT_TRUE(refused("/body/outputs/0/exact", wrong)) << wrong;
  }
  EXPECT_TRUE(refused("/format", "mpcstats/v2/result"));
  EXPECT_TRUE(refused("/survey", "text"));
  EXPECT_TRUE(refused("/signatures/1", ""));
  EXPECT_TRUE(refused("/signatures", Json::array({nullptr, nullptr})));
}

TEST(ParseResult, RefusesTheSameFieldTwice) {
  std::string file = SampleFile();
  file.replace(file.find("\"gate\":"), 0, "\"sequence\":7,");
  const Result<ParsedResult> parsed = ParseResult(file);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message(), HasSubstr("\"sequence\" twice"));
}

TEST(ParseResult, RefusesWhatIsTooLargeOrTooDeep) {
  EXPECT_FALSE(ParseResult(std::string(kMaxResultBytes + 1, ' ')));
  const Result<ParsedResult> deep = ParseResult(std::string(1'000'000, '['));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(ParseResult(std::string(100, '[') + std::string(100, ']')));
}

TEST(ParseResult, RefusesEveryTruncation) {
  const std::string file = SampleFile();
  for (std::size_t size = 0; size + 1 < file.size(); size += 1 + size / 50) {
    EXPECT_FALSE(ParseResult(file.substr(0, size))) << size;
  }
}

TEST(ReceiptWords, SayWhatTheSurveySays) {
  EXPECT_EQ(EligibilityText(Sample().survey.survey()), "open: anyone could answer any number of times");
  EXPECT_EQ(EligibilityText(MakeSampleSurvey({.eligibility = "invite"}).survey.survey()),
            "invited: each of 400 invitations counted at most once");
  EXPECT_EQ(GateText(Sample().survey.survey()), "every cell gained nobody or at least 16 people");
  EXPECT_THAT(RuleText(Sample().survey.survey()), HasSubstr("at least 20 answers"));
}

TEST(ShowsOneValue, KnowsRankStatistics) {
  for (const char* rank : {"min(x)", "max(x)", "median(x)", "quantile(x, 0.9)", "mode(x)"}) {
    EXPECT_TRUE(ShowsOneValue(rank)) << rank;
  }
  for (const char* other : {"mean(max)", "count(x)", "gini(min)", "minimum(x)", ""}) {
    EXPECT_FALSE(ShowsOneValue(other)) << other;
  }
}

}  // namespace
}  // namespace mpcstats

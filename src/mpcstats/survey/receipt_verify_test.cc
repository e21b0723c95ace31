// What VerifyResult refuses, and how it says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/survey/receipt.h"
#include "mpcstats/survey/receipt_testing.h"

namespace mpcstats {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Json = nlohmann::json;

const SampleSurvey& Sample() {
  static const SampleSurvey sample = MakeSampleSurvey();
  return sample;
}
ReceiptBody Body() { return SampleBody(Sample().survey); }
Pinned Pin() { return {.survey_hash = Sample().survey.hash()}; }

VerifyReport VerifyText(const std::string& file) {
  const Result<ParsedResult> parsed = ParseResult(file);
  if (!parsed) return {.faults = {parsed.error().message()}, .checked = {}};
  return VerifyResult(*parsed, Pin());
}
// All three sign the body, as if all three were corrupt: what the reader's own checks are for.
VerifyReport VerifySigned(const ReceiptBody& body) {
  return VerifyText(ResultJson(SignSample(Sample(), body), Sample().survey));
}

TEST(VerifyResult, AcceptsAGoodResult) {
  const VerifyReport report = VerifySigned(Body());
  EXPECT_TRUE(report.Trusted());
  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_THAT(report.checked, Contains(HasSubstr("each signed every field")));
}

TEST(VerifyResult, AcceptsOtherWhiteSpace) {
  EXPECT_TRUE(
      VerifyText(Json::parse(ResultJson(SignSample(Sample(), Body()), Sample().survey)).dump(4)).Trusted());
}

// Two queries with their counts; the survey has seven figures of `balance` and may have eight.
SampleSurvey WithQueries() {
  return MakeSampleSurvey(
      {.rank_statistics = false,
       .more =
           "[[figures]]\nexpr = \"SELECT count(balance) FROM data WHERE region = 'Asia'\"\n"
           "[[figures]]\nexpr = \"SELECT count(balance) FROM data GROUP BY bucket(balance, 10, 1000)\"\n"});
}
VerifyReport VerifyQueries(const SampleSurvey& sample, const ReceiptBody& body) {
  const auto parsed = ParseResult(ResultJson(SignSample(sample, body), sample.survey));
  if (!parsed) return {.faults = {parsed.error().message()}, .checked = {}};
  return VerifyResult(*parsed, {.survey_hash = sample.survey.hash()});
}

TEST(VerifyResult, AcceptsTheFiguresOfQueries) {
  const SampleSurvey sample = WithQueries();
  const ReceiptBody body = SampleBody(sample.survey);
  EXPECT_EQ(body.outputs.back().cell, "1000 and above");
  EXPECT_EQ(body.outputs.back().expression,
            "SELECT count(balance) FROM data GROUP BY bucket(balance, 10, 1000)");
  const VerifyReport report = VerifyQueries(sample, body);
  EXPECT_TRUE(report.Trusted());
  EXPECT_THAT(report.faults, IsEmpty());
}

TEST(VerifyResult, RefusesAnotherFilterAnotherGroupAndAMissingOne) {
  const SampleSurvey sample = WithQueries();
  const std::size_t last = SampleBody(sample.survey).outputs.size() - 1;
  ReceiptBody body = SampleBody(sample.survey);
  body.outputs[last - 3].expression = "SELECT count(balance) FROM data WHERE region = 'Europe'";
  EXPECT_THAT(
      VerifyQueries(sample, body).faults,
      Contains(HasSubstr("where the catalogue has SELECT count(balance) FROM data WHERE region = 'Asia'")));
  body = SampleBody(sample.survey);
  body.outputs[last].cell = "10 to below 1000";
  EXPECT_THAT(VerifyQueries(sample, body).faults, Contains(HasSubstr("of \"1000 and above\"")));
  body = SampleBody(sample.survey);
  body.outputs.pop_back();
  EXPECT_THAT(VerifyQueries(sample, body).faults, Contains(HasSubstr("is missing")));
  body = SampleBody(sample.survey);
  body.outputs[last].exact = body.outputs[last].value = "138";
  EXPECT_THAT(VerifyQueries(sample, body).faults, Contains(HasSubstr("where the batches hold 137 answers")));
  body = SampleBody(sample.survey);
  body.gate = "every cell gained nobody or at least 16 people";
  EXPECT_THAT(VerifyQueries(sample, body).faults, Contains(HasSubstr("gate: is not the survey's")));
}

TEST(VerifyResult, WithoutAPinDoesNotTrustTheSigner) {
  const auto parsed = ParseResult(ResultJson(SignSample(Sample(), Body()), Sample().survey));
  ASSERT_TRUE(parsed);
  const VerifyReport report = VerifyResult(*parsed, {});
  EXPECT_TRUE(report.ok);
  EXPECT_FALSE(report.signer_pinned);
  EXPECT_FALSE(report.Trusted());
}

// A forger with three keys of her own makes a result that fits itself.
TEST(VerifyResult, RefusesAnotherSurveyThanThePinnedOne) {
  const SampleSurvey forged = MakeSampleSurvey({.seed = 2});
  const auto parsed = ParseResult(ResultJson(SignSample(forged, SampleBody(forged.survey)), forged.survey));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(VerifyResult(*parsed, {}).ok);
  const VerifyReport report = VerifyResult(*parsed, Pin());
  EXPECT_FALSE(report.ok);
  EXPECT_FALSE(report.signer_pinned);
  EXPECT_THAT(report.faults, Contains(HasSubstr("another one than the survey")));
}

TEST(VerifyResult, RefusesABodyOfAnotherSurvey) {
  const SampleSurvey other = MakeSampleSurvey({.seed = 3});
  const VerifyReport report = VerifySigned(SampleBody(other.survey));
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.faults, Contains(StartsWith("survey_hash")));
  EXPECT_THAT(report.faults, Contains(StartsWith("signers")));
}

// The span of each field in the file, for the tests that flip bytes.
struct Span {
  std::string field;
  std::size_t first;
  std::size_t end;
};
std::vector<Span> BodySpans(const std::string& file) {
  const std::string body = CanonicalJson(Body());
  const std::size_t start = file.find(body);
  const Json fields = Json::parse(body);
  std::vector<Span> spans;
  std::size_t at = start + 1;
  for (const auto& [name, value] : fields.items()) {
    const std::size_t end = at + name.size() + 3 + value.dump().size();
    if (name == "outputs") {
      std::size_t element = at + name.size() + 4;
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::size_t size = value[i].dump().size();
        spans.push_back({"outputs[" + std::to_string(i) + "]", element, element + size});
        element += size + 1;
      }
      spans.push_back({"outputs", at, at + name.size() + 4});
    } else {
      spans.push_back({name, at, end});
    }
    at = end + 1;
  }
  EXPECT_EQ(at, start + body.size());
  return spans;
}

bool Names(const VerifyReport& report, const std::string& field) {
  for (const std::string& fault : report.faults) {
    if (fault.find(field) != std::string::npos) return true;
  }
  return false;
}

constexpr std::array<char, 3> kMasks = {0x01, 0x20, 0x06};

TEST(VerifyResult, NamesTheFieldOfEveryFlippedByteOfTheBody) {
  const std::string file = ResultJson(SignSample(Sample(), Body()), Sample().survey);
  std::size_t parsed = 0;
  for (const Span& span : BodySpans(file)) {
    for (std::size_t at = span.first; at < span.end; at += ScaledStride()) {
      std::string altered = file;
      altered[at] = static_cast<char>(altered[at] ^ kMasks[at % kMasks.size()]);
      const VerifyReport report = VerifyText(altered);
      ASSERT_FALSE(report.ok) << span.field << " at " << at;
      if (!Json::accept(altered)) continue;
      ++parsed;
      ASSERT_TRUE(Names(report, span.field)) << span.field << " at " << at << ": " << report.faults[0];
    }
  }
  EXPECT_GT(parsed, 1000u / ScaledStride());
}

TEST(VerifyResult, RefusesEveryFlippedByteOutsideTheBody) {
  const std::string file = ResultJson(SignSample(Sample(), Body()), Sample().survey);
  const std::string body = CanonicalJson(Body());
  const std::size_t first = file.find(body);
  const Json meaning = Json::parse(file);
  std::size_t white_space = 0;
  for (std::size_t at = 0; at < file.size(); at += ScaledStride()) {
    if (at >= first && at < first + body.size()) continue;
    std::string altered = file;
    altered[at] = static_cast<char>(altered[at] ^ kMasks[at % kMasks.size()]);
    const VerifyReport report = VerifyText(altered);
    if (!report.ok) continue;
    ASSERT_EQ(Json::parse(altered), meaning) << at;
    ++white_space;
  }
  EXPECT_LE(white_space, 1u);  // the newline at the end
}

TEST(VerifyResult, NamesAFieldAlteredBehindTheSigning) {
  Receipt receipt = SignSample(Sample(), Body());
  std::string file = ResultJson(receipt, Sample().survey);
  Json altered = Json::parse(file);
  altered["body"]["outputs"][1]["value"] = "1000";
  const VerifyReport report = VerifyText(altered.dump());
  EXPECT_THAT(report.faults, Contains(StartsWith("outputs[1]: was altered")));
  EXPECT_THAT(report.faults, Contains(HasSubstr("signed the digests in the file, not these fields")));
}

TEST(VerifyResult, RefusesAFieldAlteredWithItsDigest) {
  Receipt receipt = SignSample(Sample(), Body());
  receipt.body.outputs[1].value = "1000";
  const VerifyReport report = VerifyText(ResultJson(receipt, Sample().survey));  // digests made anew
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.faults, Contains(StartsWith("signatures[0]: is not by")));
}

TEST(VerifyResult, RefusesMissingAndUnknownDigests) {
  Json file = Json::parse(ResultJson(SignSample(Sample(), Body()), Sample().survey));
  file["field_digests"].erase("plan");
  file["field_digests"]["outputs[99]"] = std::string(64, '0');
  const VerifyReport report = VerifyText(file.dump());
  EXPECT_THAT(report.faults, Contains("plan: has no digest in \"field_digests\""));
  EXPECT_THAT(report.faults, Contains(HasSubstr("\"outputs[99]\" is a digest of no field")));
}

TEST(VerifyResult, RefusesTwoSignatures) {
  for (std::size_t i = 0; i < 3; ++i) {
    Receipt receipt = SignSample(Sample(), Body());
    receipt.signatures[i].reset();
    const VerifyReport report = VerifyText(ResultJson(receipt, Sample().survey));
    EXPECT_FALSE(report.ok);
    EXPECT_THAT(report.faults, Contains(HasSubstr("three signatures are needed")));
  }
}

TEST(VerifyResult, RefusesSwappedAndRepeatedSignatures) {
  Receipt swapped = SignSample(Sample(), Body());
  std::swap(swapped.signatures[0], swapped.signatures[1]);
  EXPECT_EQ(VerifyText(ResultJson(swapped, Sample().survey)).faults.size(), 2u);
  Receipt repeated = SignSample(Sample(), Body());
  repeated.signatures[2] = repeated.signatures[1];
  EXPECT_THAT(VerifyText(ResultJson(repeated, Sample().survey)).faults,
              Contains(StartsWith("signatures[2]")));
}

TEST(VerifyResult, RefusesSignaturesOfAnotherResult) {
  ReceiptBody other = Body();
  other.view[0] ^= 1;
  Receipt receipt = SignSample(Sample(), Body());
  receipt.signatures = SignSample(Sample(), other).signatures;
  EXPECT_FALSE(VerifyText(ResultJson(receipt, Sample().survey)).ok);
}

// --- what three signatures do not make true ---------------------------------------------------------------------

struct Impossible {
  const char* fault;
  void (*change)(ReceiptBody&);
};

class VerifyImpossible : public ::testing::TestWithParam<Impossible> {};

TEST_P(VerifyImpossible, IsRefusedByName) {
  ReceiptBody body = Body();
  GetParam().change(body);
  const VerifyReport report = VerifySigned(body);
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.faults, Contains(HasSubstr(GetParam().fault)));
}

const std::array kImpossible = {
    Impossible{"protocol: is", [](ReceiptBody& b) { b.protocol = "mpcstats/2"; }},
    Impossible{"sequence: is 0", [](ReceiptBody& b) { b.sequence = 0; }},
    Impossible{"previous: is empty", [](ReceiptBody& b) { b.sequence = 2; }},
    Impossible{"previous: the first", [](ReceiptBody& b) { b.previous[0] = 1; }},
    Impossible{"gate: is not",
               [](ReceiptBody& b) { b.gate = "every cell gained nobody or at least 1 people"; }},
    Impossible{"rule: is not", [](ReceiptBody& b) { b.rule = "none"; }},
    Impossible{"eligibility: is not", [](ReceiptBody& b) { b.eligibility = "invited"; }},
    Impossible{"batches: there is none", [](ReceiptBody& b) { b.batches.clear(); }},
    Impossible{"batches: number 2", [](ReceiptBody& b) { std::swap(b.batches[0], b.batches[1]); }},
    Impossible{"batches: batch 1 has 19", [](ReceiptBody& b) { b.batches[0].count = 19; }},
    Impossible{"batches: batch 2 has 5001", [](ReceiptBody& b) { b.batches[1].count = 5001; }},
    Impossible{"as_of: is before", [](ReceiptBody& b) { b.as_of = 1'000'000'000; }},
    Impossible{"next_due: is not after", [](ReceiptBody& b) { b.next_due = b.as_of; }},
    Impossible{"signers: key 2", [](ReceiptBody& b) { b.signers[1][0] ^= 1; }},
    Impossible{"outputs[12]: is missing", [](ReceiptBody& b) { b.outputs.pop_back(); }},
    Impossible{"outputs[0]: is \"mean(balance)\"",
               [](ReceiptBody& b) { b.outputs.erase(b.outputs.begin()); }},
    Impossible{"outputs[13]: \"sum(balance)\" is not in",
               [](ReceiptBody& b) {
                 b.outputs.push_back(b.outputs[1]);
                 b.outputs.back().expression = "sum(balance)";
               }},
    Impossible{"outputs[0]: is \"gini(balance)\"", [](ReceiptBody& b) { b.outputs[0].cell = "Europe"; }},
    Impossible{"outputs[0]: has a label", [](ReceiptBody& b) { b.outputs[0].label = "Wealth"; }},
    Impossible{"outputs[1]: has neither", [](ReceiptBody& b) { b.outputs[1].value.clear(); }},
    Impossible{"outputs[1]: has a value and", [](ReceiptBody& b) { b.outputs[1].undefined = "nobody"; }},
    Impossible{"outputs[1]: has no error", [](ReceiptBody& b) { b.outputs[1].error_bound.clear(); }},
    Impossible{"outputs[1]: is exact and", [](ReceiptBody& b) { b.outputs[1].error_bound = "0.5"; }},
    Impossible{"outputs[4]: counts \"138\"",
               [](ReceiptBody& b) { b.outputs[4].value = b.outputs[4].exact = "138"; }},
    Impossible{"outputs[4]: counts \"-1\"",
               [](ReceiptBody& b) { b.outputs[4].value = b.outputs[4].exact = "-1"; }},
    Impossible{"outputs[4]: counts \"1.5\"",
               [](ReceiptBody& b) { b.outputs[4].value = b.outputs[4].exact = "1.5"; }},
};
INSTANTIATE_TEST_SUITE_P(Bodies, VerifyImpossible, ::testing::ValuesIn(kImpossible),
                         [](const auto& instance) { return "Body" + std::to_string(instance.index); });

TEST(VerifyResult, RefusesARankStatisticThatTheSurveyDoesNotTurnOn) {
  const SampleSurvey sample = MakeSampleSurvey({.rank_statistics = false});
  ReceiptBody body = SampleBody(sample.survey);
  body.outputs.push_back(body.outputs[1]);
  body.outputs.back().expression = "max(balance)";
  const auto parsed = ParseResult(ResultJson(SignSample(sample, body), sample.survey));
  ASSERT_TRUE(parsed);
  const VerifyReport report = VerifyResult(*parsed, {.survey_hash = sample.survey.hash()});
  EXPECT_THAT(report.faults, Contains(HasSubstr("which the survey does not turn on")));
  EXPECT_THAT(report.faults, Contains(HasSubstr("\"max(balance)\" is not in the catalogue")));
}

TEST(VerifyResult, AcceptsAFigureWithoutAValue) {
  ReceiptBody body = Body();
  body.outputs[0].value = body.outputs[0].error_bound = "";
  body.outputs[0].undefined = "all values are zero";
  EXPECT_TRUE(VerifySigned(body).ok);
}

ReceiptBody BodyWithParts() {
  ReceiptBody body = Body();
  body.outputs[1].value = body.outputs[1].exact = body.outputs[1].error_bound = "";
  body.outputs[1].parts = {
      {.name = "low", .value = "1.5", .exact = "", .error_bound = "0.5", .undefined = ""},
      {.name = "high", .value = "", .exact = "", .error_bound = "", .undefined = "all values are equal"}};
  return body;
}

TEST(VerifyResult, AcceptsAFigureOfSeveralValues) { EXPECT_TRUE(VerifySigned(BodyWithParts()).ok); }

TEST(VerifyResult, SaysWhichOfSeveralValuesCannotBe) {
  const auto fault = [](auto change) {
    ReceiptBody body = BodyWithParts();
    change(body.outputs[1]);
    const VerifyReport report = VerifySigned(body);
    EXPECT_FALSE(report.ok);
    return report.faults.empty() ? std::string() : report.faults.front();
  };
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.value = "1", o.error_bound = "0"; }),
              HasSubstr("outputs[1]: has several values and one at once"));
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.undefined = "nobody"; }), HasSubstr("several values and one"));
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.parts[1].name = "low"; }),
              HasSubstr("without a name of its own"));
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.parts[0].name = ""; }), HasSubstr("without a name of its own"));
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.parts[0].error_bound = ""; }),
              HasSubstr("outputs[1].parts[0]: has no error bound"));
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.parts[0].exact = "3/2"; }), HasSubstr("exact and inexact"));
  EXPECT_THAT(fault([](ReceiptOutput& o) { o.parts[1].undefined = ""; }),
              HasSubstr("outputs[1].parts[1]: has neither"));
}

// --- two results --------------------------------------------------------------------------------------------------

ReceiptBody Next(const ReceiptBody& body) {
  ReceiptBody next = body;
  next.sequence = body.sequence + 1;
  next.previous = ReceiptHash(body);
  next.as_of = body.as_of + 86400;
  next.next_due = next.as_of + 86400;
  next.batches.push_back({static_cast<std::uint32_t>(body.batches.size() + 1), {}, 40});
  return next;
}

TEST(ChainFaults, AcceptsTheNextResultAndTheSame) {
  const ReceiptBody first = Body();
  const ReceiptBody second = Next(first);
  EXPECT_TRUE(VerifySigned(second).ok);
  EXPECT_THAT(ChainFaults(first, second), IsEmpty());
  EXPECT_THAT(ChainFaults(first, first), IsEmpty());
  EXPECT_THAT(ChainFaults(first, Next(second)), IsEmpty());  // one in between was not seen
}

TEST(ChainFaults, SeesAFork) {
  const ReceiptBody second = Next(Body());
  ReceiptBody fork = second;
  fork.outputs[1].value = fork.outputs[1].exact = "7";
  EXPECT_TRUE(VerifySigned(fork).ok);  // each alone is fine
  EXPECT_THAT(ChainFaults(second, fork), Contains(HasSubstr("two different results have the number 2")));
}

TEST(ChainFaults, SeesAReplay) {
  EXPECT_THAT(ChainFaults(Next(Body()), Body()), Contains(HasSubstr("this is the older result 1")));
}

TEST(ChainFaults, SeesABrokenChain) {
  ReceiptBody second = Next(Body());
  second.previous[0] ^= 1;
  EXPECT_THAT(ChainFaults(Body(), second), Contains(StartsWith("previous:")));
}

TEST(ChainFaults, SeesAChangedBatch) {
  for (void (*change)(ReceiptBody&) :
       {+[](ReceiptBody& b) { b.batches[0].root[0] ^= 1; }, +[](ReceiptBody& b) { ++b.batches[1].count; },
        +[](ReceiptBody& b) { b.batches.resize(1); }}) {
    ReceiptBody second = Next(Body());
    change(second);
    EXPECT_THAT(ChainFaults(Body(), second), Contains(StartsWith("batches:")));
  }
}

TEST(ChainFaults, SeesAClockThatRanBackAndAnotherSurvey) {
  ReceiptBody second = Next(Body());
  second.as_of = Body().as_of - 1;
  EXPECT_THAT(ChainFaults(Body(), second), Contains(StartsWith("as_of:")));
  second.survey_hash[0] ^= 1;
  EXPECT_THAT(ChainFaults(Body(), second), Contains(StartsWith("survey_hash:")));
}

}  // namespace
}  // namespace mpcstats

// Receipts of surveys with sources say of each figure what was proven.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/survey/proven_testing.h"
#include "mpcstats/survey/receipt_testing.h"

namespace mpcstats {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SampleSurvey Proven(const std::string& mode = "") {
  SampleOptions options;
  options.eligibility = "proven";
  options.more = testing::FakeNotary().Toml() + testing::SourceToml("exchange", "\"balance\"", 0x7e, mode);
  return MakeSampleSurvey(options);
}

std::vector<std::string> Faults(const SampleSurvey& sample, const ReceiptBody& body) {
  const auto parsed = ParseResult(ResultJson(SignSample(sample, body), sample.survey));
  if (!parsed) return {parsed.error().message()};
  return VerifyResult(*parsed, {.survey_hash = sample.survey.hash()}).faults;
}

TEST(ReceiptProvenance, EachFigureSaysWhichColumnsWereProvenAndByWhom) {
  const SampleSurvey sample = Proven();
  const ReceiptBody body = SampleBody(sample.survey);
  EXPECT_EQ(body.protocol, "mpcstats/2");
  EXPECT_THAT(Faults(sample, body), IsEmpty());
  for (const ReceiptOutput& output : body.outputs) {
    const std::string proven = "balance: proven by exchange.example (mpc)";
    EXPECT_EQ(output.provenance, output.cell.empty() ? proven : proven + "; region: declared")
        << output.expression;
  }
}

TEST(ReceiptProvenance, NamesAreWholeAndNotThoseOfStatistics) {
  const SampleSurvey sample = Proven("mode = \"proxy\"\n");
  const Survey& survey = sample.survey.survey();
  EXPECT_EQ(ProvenanceText(survey, "gini(balance)", ""),
            "balance: proven by exchange.example (proxy or mpc)");
  EXPECT_EQ(ProvenanceText(survey, "count(region)", ""), "region: declared");
  EXPECT_EQ(ProvenanceText(survey, "correlation(region, balance)", ""),
            "balance: proven by exchange.example (proxy or mpc); region: declared");
  EXPECT_EQ(ProvenanceText(survey, "balance(region)", ""), "region: declared");
  EXPECT_EQ(ProvenanceText(survey, "sum(balance2)", ""), "");
}

TEST(ReceiptProvenance, SurveysWithoutSourcesHaveNoSuchField) {
  const SampleSurvey sample = MakeSampleSurvey();
  const ReceiptBody body = SampleBody(sample.survey);
  EXPECT_EQ(body.protocol, "mpcstats/1");
  EXPECT_EQ(CanonicalJson(body).find("provenance"), std::string::npos);
  EXPECT_THAT(Faults(sample, body), IsEmpty());
}

TEST(ReceiptProvenance, AnythingElseThanTheSurveysWordIsAFault) {
  const SampleSurvey sample = Proven();
  ReceiptBody body = SampleBody(sample.survey);
  body.outputs[0].provenance = "balance: proven by another.example (mpc)";
  EXPECT_THAT(Faults(sample, body), Contains(HasSubstr("where its columns come from")));
  body.outputs[0].provenance.clear();
  EXPECT_THAT(Faults(sample, body), Contains(HasSubstr("where its columns come from")));
  ReceiptBody older = SampleBody(sample.survey);
  older.protocol = "mpcstats/1";
  EXPECT_THAT(Faults(sample, older), Contains(HasSubstr("\"mpcstats/2\"")));
  const SampleSurvey plain = MakeSampleSurvey();
  ReceiptBody claims = SampleBody(plain.survey);
  claims.outputs[0].provenance = "balance: proven by exchange.example (mpc)";
  EXPECT_THAT(Faults(plain, claims), Contains(HasSubstr("where its columns come from")));
}

TEST(ReceiptProvenance, AnEmptyFieldIsAnotherSpellingAndRefused) {
  const SampleSurvey plain = MakeSampleSurvey();
  std::string json = CanonicalJson(SampleBody(plain.survey));
  const std::string field = "\"label\":";
  json.insert(json.find(field), "\"provenance\":\"\",");
  const auto parsed = ParseBody(json);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message(), HasSubstr("provenance"));
}

TEST(ReceiptProvenance, TheTextsOfASurveyNameSourcesNotariesAndWhatAnAccountCanDo) {
  const SampleSurvey sample = Proven();
  const Survey& survey = sample.survey.survey();
  EXPECT_EQ(
      EligibilityText(survey),
      "proven: each answer came with attestations of exchange.example (mpc), as true as these notaries are "
      "honest: Test notary");
  EXPECT_THAT(RuleText(survey), HasSubstr("one account could answer many times"))
      << "no unique column is proven";
}

}  // namespace
}  // namespace mpcstats

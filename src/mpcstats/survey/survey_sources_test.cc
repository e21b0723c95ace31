#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/survey/proven_testing.h"
#include "mpcstats/survey/row.h"
#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using ::testing::ElementsAre;
using testing::FakeNotary;
using ::testing::HasSubstr;
using testing::SourceToml;

std::string Proven(const std::string& more) {
  return SmallSurveyWith("eligibility = \"open\"", "eligibility = \"proven\"") + more;
}
std::string Good() { return FakeNotary().Toml() + SourceToml("exchange", "\"account\", \"income\"", 0x7e); }
std::string With(std::string_view from, std::string_view to) {
  return SurveyError(Proven(Replaced(Good(), from, to)));
}

TEST(SurveySources, AreReadWithTheirNotaries) {
  const auto survey = ParseSurvey(Proven(Good()));
  ASSERT_TRUE(survey) << survey.error().message();
  EXPECT_EQ(survey->eligibility, Eligibility::kProven);
  ASSERT_EQ(survey->notaries.size(), 1u);
  EXPECT_EQ(survey->notaries[0].keys.size(), 2u);
  EXPECT_EQ(survey->notaries[0].keys[1].from, 1'794'268'800);
  ASSERT_EQ(survey->sources.size(), 1u);
  const SurveySource& source = survey->sources[0];
  EXPECT_EQ(source.host, "exchange.example");
  EXPECT_EQ(source.template_hash, testing::Filled(0x7e));
  EXPECT_EQ(source.max_age_seconds, 3600u);
  EXPECT_FALSE(source.root_store);
  EXPECT_THAT(source.columns, ElementsAre(0u, 2u)) << "in the survey's order";
  EXPECT_THAT(source.notaries, ElementsAre(0u));
  EXPECT_EQ(survey->SourceOf(1), nullptr);
  EXPECT_EQ(survey->SourceOf(2), &source);
}

TEST(SurveySources, TakeOnlyModeMpcUnlessProxyIsNamed) {
  EXPECT_EQ(ParseSurvey(Proven(Good()))->sources[0].weakest, AttestationMode::kMpc);
  EXPECT_EQ(ParseSurvey(Proven(Good() + "mode = \"mpc\"\n"))->sources[0].weakest, AttestationMode::kMpc);
  EXPECT_EQ(ParseSurvey(Proven(Good() + "mode = \"proxy\"\n"))->sources[0].weakest, AttestationMode::kProxy);
  EXPECT_THAT(SurveyError(Proven(Good() + "mode = \"any\"\n")),
              HasSubstr("\"proxy\" to take the weaker mode"));
}

TEST(SurveySources, GroupsAreTheDeclaredColumnsAndEachSource) {
  const auto survey = ParseSurvey(Proven(FakeNotary().Toml() + SourceToml("bank", "\"income\"", 1) +
                                         SourceToml("registry", "\"account\"", 2)));
  ASSERT_TRUE(survey);
  const auto groups = GroupsOf(*survey);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_THAT(groups[0].columns, ElementsAre(1u));
  EXPECT_THAT(groups[1].columns, ElementsAre(0u));
  EXPECT_THAT(groups[2].columns, ElementsAre(2u));
  EXPECT_EQ(groups[2].column_mask, 4u);
  EXPECT_EQ(groups[0].layout.bits + groups[1].layout.bits + groups[2].layout.bits, LayoutOf(*survey).bits);
  const auto all =
      ParseSurvey(Proven(FakeNotary().Toml() + SourceToml("bank", "\"income\", \"region\", \"account\"", 1)));
  ASSERT_TRUE(all);
  EXPECT_EQ(GroupsOf(*all).size(), 1u) << "nothing is declared";
}

TEST(SurveySources, StandOnlyInSurveysOfProvenAnswers) {
  EXPECT_THAT(SurveyError(std::string(kSmallSurvey) + Good()), HasSubstr("write eligibility = \"proven\""));
  EXPECT_THAT(SurveyError(Proven("")), HasSubstr("needs at least one [[notaries]] and one [[sources]]"));
  EXPECT_THAT(SurveyError(Proven(FakeNotary().Toml())), HasSubstr("needs at least one"));
  EXPECT_THAT(SurveyError(Proven(SourceToml("exchange", "\"income\"", 1))), HasSubstr("needs at least one"));
}

TEST(SurveySources, WrongValuesAreRefusedWithWhatToWrite) {
  EXPECT_THAT(With("id = \"exchange\"", "id = \"Exchange\""), HasSubstr("a letter first"));
  EXPECT_THAT(With("host = \"exchange.example\"", "host = \"Exchange.example\""), HasSubstr("in lower case"));
  EXPECT_THAT(With("host = \"exchange.example\"", "host = \"exchange.example:443\""),
              HasSubstr("without port"));
  EXPECT_THAT(With("host = \"exchange.example\"\n", ""), HasSubstr("has no \"host\""));
  EXPECT_THAT(With("template = \"sha256:7e", "template = \"sha256:7E"), HasSubstr("is no hash"));
  EXPECT_THAT(With("template = \"sha256:7e", "template = \"sha256:"), HasSubstr("is no hash"));
  EXPECT_THAT(With("max_age = \"1h\"\n", ""), HasSubstr("the oldest proof that is taken"));
  EXPECT_THAT(With("max_age = \"1h\"", "max_age = 0"),
              HasSubstr("\"max_age\" in [[sources]] number 1 is no time"));
  EXPECT_THAT(With("max_age = \"1h\"", "max_age = \"1h\"\ntemplate_file = \"../a\""),
              HasSubstr("names a folder"));
  EXPECT_THAT(With("max_age = \"1h\"", "max_age = \"1h\"\nroot_store = \"any\""), HasSubstr("is no hash"));
  EXPECT_THAT(With("max_age = \"1h\"", "max_age = \"1h\"\nnotaries = [\"Another\"]"),
              HasSubstr("no notary of this file"));
  EXPECT_THAT(With("max_age", "max-age"), HasSubstr("has no key \"max-age\"; the nearest is \"max_age\""));
}

TEST(SurveySources, AColumnIsProvenOnceAndIsAColumn) {
  EXPECT_THAT(With("columns = [\"account\", \"income\"]", "columns = [\"account\", \"balance\"]"),
              HasSubstr("is no column"));
  EXPECT_THAT(With("columns = [\"account\", \"income\"]", "columns = [\"account\", \"account\"]"),
              HasSubstr("is proven already"));
  EXPECT_THAT(With("columns = [\"account\", \"income\"]", "columns = []"),
              HasSubstr("names of 1 to 16 columns"));
  EXPECT_THAT(SurveyError(Proven(Good() + SourceToml("bank", "\"income\"", 1))),
              HasSubstr("is proven already"));
  EXPECT_THAT(SurveyError(Proven(Good() + SourceToml("exchange", "\"region\"", 1))),
              HasSubstr("is that of a source above"));
}

TEST(SurveySources, NotariesAreThemselvesAndNobodyElse) {
  const FakeNotary notary;
  const std::string identity = FakeNotary::KeyText(notary.identity);
  EXPECT_THAT(With("identity = \"" + identity,
                   "identity = \"ed25519:0000000000000000000000000000000000000000000000000000000000000001"),
              HasSubstr("is a key that stands above"));
  EXPECT_THAT(With("{key = \"" + FakeNotary::KeyText(notary.keys[1]),
                   "{key = \"" + FakeNotary::KeyText(notary.keys[0])),
              HasSubstr("write each once"));
  EXPECT_THAT(With("{key = \"" + FakeNotary::KeyText(notary.keys[1]), "{key = \"" + identity),
              HasSubstr("write each once"))
      << "the identity that revokes does not attest";
  EXPECT_THAT(With("from = 2020-01-01T00:00:00Z", "from = 2037-10-01T00:00:00Z"),
              HasSubstr("is not after \"from\""));
  EXPECT_THAT(With("{key = \"ed25519:", "{key = \"rsa:"), HasSubstr("is no public key"));
  EXPECT_THAT(SurveyError(Proven(FakeNotary().Toml() + Good())), HasSubstr("is that of a notary above"));
  EXPECT_THAT(With("url = \"https://notary.example.org:8443\"", "url = \"http://notary.example.org\""),
              HasSubstr("\"url\""));
}

TEST(SurveySources, ProvenSurveysTakeNoInvitations) {
  EXPECT_THAT(SurveyError(Proven(Good()).insert(0, "")), HasSubstr("accepted"));
  const std::string text =
      Replaced(Proven(Good()), "eligibility = \"proven\"", "eligibility = \"proven\"\ninvite_count = 30");
  EXPECT_THAT(SurveyError(text), HasSubstr("is for invitations only"));
}

}  // namespace
}  // namespace mpcstats

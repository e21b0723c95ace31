#include "mpcstats/survey/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

#include "mpcstats/survey/survey_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// The error of the small survey after one replacement.
std::string With(std::string_view from, std::string_view to, ErrorCode code = ErrorCode::kInvalidArgument) {
  return SurveyError(SmallSurveyWith(from, to), code);
}

TEST(Survey, ReadsEveryKey) {
  const Survey survey = ParseSurvey(kSmallSurvey).value();
  EXPECT_EQ(survey.id, "small");
  EXPECT_EQ(survey.title, "Small survey");
  EXPECT_EQ(FormatTime(survey.opens), "2026-12-01T09:00:00Z");
  EXPECT_EQ(FormatTime(survey.closes), "2026-12-15T18:00:00Z");
  EXPECT_EQ(survey.retention_days, 30u);
  EXPECT_EQ(survey.eligibility, Eligibility::kOpen);
  EXPECT_EQ(survey.batch_min, 20u);
  EXPECT_EQ(survey.batch_max, 500u);
  EXPECT_EQ(survey.group_min, 10u);
  EXPECT_EQ(survey.release_every_seconds, 3600u);
  EXPECT_EQ(survey.partition, std::optional<std::size_t>(1));
  EXPECT_FALSE(survey.allow_rank_statistics);
  EXPECT_EQ(survey.hero.expression, "mean(income)");
  EXPECT_THAT(survey.hero.up_to, ElementsAre(std::pair(10.0, "low"), std::pair(20.5, "high")));
  EXPECT_EQ(survey.parties[0].name, "Party A");
  EXPECT_EQ(survey.parties[1].url, "https://b.example:8443");
  EXPECT_EQ(survey.parties[2].mpc_address, "192.0.2.7:7000");
  EXPECT_EQ(survey.parties[2].identity_key[31], 3);
  EXPECT_EQ(survey.coordinator.name, "Coordinator");
  EXPECT_EQ(survey.publisher->url, "http://127.0.0.1:8080");
  EXPECT_EQ(survey.posts_per_minute, 60u);
  EXPECT_THAT(survey.cors_origins, ElementsAre("https://www.example.org", "http://localhost:5173", "null"));
}

TEST(Survey, ReadsColumnsExactly) {
  const Survey survey = ParseSurvey(kSmallSurvey).value();
  ASSERT_EQ(survey.columns.size(), 3u);
  const SurveyColumn& income = survey.columns[0];
  EXPECT_EQ(income.label, "income");
  EXPECT_EQ(income.unit, "EUR");
  EXPECT_EQ(income.min_units, -10000);
  EXPECT_EQ(income.max_units, 999999);
  EXPECT_EQ(income.Type(), (ColumnType{21, true, 2}));
  EXPECT_EQ(income.value_bits(), 21u);
  EXPECT_EQ(survey.columns[1].Type(), (ColumnType{2, false, 0}));
  EXPECT_EQ(survey.columns[2].value_bits(), 128u);
  EXPECT_EQ(survey.UniqueColumn(), std::optional<std::size_t>(2));
  EXPECT_EQ(survey.FindColumn("region"), &survey.columns[1]);
  EXPECT_EQ(survey.FindColumn("nothing"), nullptr);
}

TEST(SurveyDeath, TypeOfAnIdentifierStops) {
  const Survey survey = ParseSurvey(kSmallSurvey).value();
  EXPECT_DEATH((void)survey.columns[2].Type(), "");
}

TEST(Survey, ReadsFiguresInCanonicalForm) {
  const Survey survey =
      ParseSurvey(SmallSurveyWith("\"count(income)\"", "\" count ( income ) \"")).value_or(Survey{});
  EXPECT_TRUE(survey.figures.empty()) << "spaces at the ends are refused";
  const Survey spaced = ParseSurvey(SmallSurveyWith("\"count(income)\"", "\"count ( income )\"")).value();
  ASSERT_EQ(spaced.figures.size(), 3u);
  EXPECT_EQ(spaced.figures[0].expression, "count(income)");
  EXPECT_EQ(spaced.figures[0].label, "count(income)");
  EXPECT_EQ(spaced.figures[1].label, "Average");
  EXPECT_FALSE(spaced.figures[1].by_partition);
  EXPECT_TRUE(spaced.figures[2].by_partition);
}

TEST(Survey, ReadsTheBalancesExample) {
  const Survey survey = ParseSurvey(ExampleSurvey("personal-balances.toml")).value();
  EXPECT_EQ(survey.columns[1].max_units, 10'000'000'000'000);
  EXPECT_EQ(survey.figures[3].expression, "quantile(balance, 0.9)");
  EXPECT_EQ(survey.hero.expression, "gini(balance)");
  EXPECT_TRUE(survey.allow_rank_statistics);
  EXPECT_EQ(survey.release_every_seconds, 3600u);
}

TEST(Survey, ReadsThePayEquityExample) {
  const Survey survey = ParseSurvey(ExampleSurvey("pay-equity.toml")).value();
  EXPECT_EQ(survey.eligibility, Eligibility::kInvite);
  EXPECT_EQ(survey.invite_count, 1200u);
  EXPECT_EQ(survey.invite_root[0], 0xb8);
  EXPECT_EQ(FormatTime(survey.opens), "2027-01-11T07:00:00Z");
  EXPECT_EQ(survey.partition, std::optional<std::size_t>(0));
  EXPECT_TRUE(survey.columns[2].may_be_missing);
  EXPECT_FALSE(survey.publisher.has_value());
}

TEST(Survey, GivesDefaultsForWhatMayBeAbsent) {
  std::string text = Replaced(kSmallSurvey, kSmallSurvey.substr(kSmallSurvey.find("[publisher]")), "");
  text = Replaced(text,
                  kSmallSurvey.substr(kSmallSurvey.find("[hero]"),
                                      kSmallSurvey.find("[[parties]]") - kSmallSurvey.find("[hero]")),
                  "");
  const Survey survey = ParseSurvey(text).value();
  EXPECT_FALSE(survey.publisher.has_value());
  EXPECT_EQ(survey.posts_per_minute, 600u);
  EXPECT_TRUE(survey.cors_origins.empty());
  EXPECT_TRUE(survey.hero.expression.empty());
  EXPECT_TRUE(survey.description.empty());
}

// --- the file ---

TEST(Survey, RefusesAnUnknownKeyWithTheNearestOne) {
  EXPECT_EQ(With("batch_min", "batchmin"),
            "line 8: [survey] has no key \"batchmin\"; the nearest is \"batch_min\"");
  EXPECT_EQ(With("[limits]", "[limit]"), "line 76: the file has no key \"limit\"; the nearest is \"limits\"");
  EXPECT_EQ(With("label = \"Average\"", "lable = \"Average\""),
            "line 38: [[figures]] number 2 has no key \"lable\"; the nearest is \"label\"");
  EXPECT_THAT(With("unit =", "units ="), StartsWith("line 15: [[columns]] number 1 has no key \"units\""));
  EXPECT_THAT(With("kind = \"category\"", "kind = \"category\"\nmin = 0"), HasSubstr("no key \"min\""));
  EXPECT_THAT(With("kind = \"unique\"", "kind = \"unique\"\nunit = \"x\""), HasSubstr("no key \"unit\""));
  EXPECT_THAT(With("partition", "partitions"), HasSubstr("[catalogue] has no key"));
  EXPECT_THAT(With("word = \"low\"", "wort = \"low\""), HasSubstr("the nearest is \"word\""));
  EXPECT_THAT(With("expr = \"mean(income)\"\nscale", "exp = \"mean(income)\"\nscale"),
              HasSubstr("[hero] has no key"));
  EXPECT_THAT(With("mpc = \"a", "mcp = \"a"), HasSubstr("the nearest is \"mpc\""));
  EXPECT_THAT(With("name = \"Coordinator\"", "nam = \"Coordinator\""), HasSubstr("[coordinator] has no key"));
  EXPECT_THAT(With("name = \"Publisher\"", "nam = \"Publisher\""), HasSubstr("[publisher] has no key"));
  EXPECT_THAT(With("posts_per_minute", "posts_per_second"), HasSubstr("[limits] has no key"));
  EXPECT_THAT(With("cors", "core"), HasSubstr("[page] has no key"));
}

TEST(Survey, RefusesWhatIsNotToml) {
  EXPECT_THAT(With("retention_days = 30", "retention_days = "), StartsWith("line 6: not valid TOML ("));
  EXPECT_THAT(With("id = \"small\"", "id = \"small\"\nid = \"twice\""),
              StartsWith("line 3: not valid TOML ("));
  for (const std::string_view text : {"[=]", "[", "[]", "[a.]", "[[", "[[a]", "a", "a =", "a = [", "a = {",
                                      "a = \"", ".", "=", "a.=1", "ä = 1", "a = 1 Ф"}) {
    EXPECT_THAT(SurveyError(text), HasSubstr("not valid TOML")) << text;
  }
  EXPECT_EQ(SurveyError(""), "the file has no [survey]; start it with one");
}

TEST(Survey, RefusesTextThatShowsAsSomethingElse) {
  EXPECT_EQ(With("\"small\"", "\"sm\xff\""),
            "line 2: the survey file is not UTF-8 text; save the file as UTF-8");
  EXPECT_EQ(With("title =", "# \u202e\ntitle ="),
            "line 3: the survey file has a character that turns the direction of writing; remove it");
  EXPECT_EQ(With("title =", "# \x1b[2J\ntitle ="),
            "line 3: the survey file has a control character; remove it");
  EXPECT_EQ(With("Small survey", "Small\\u0007"),
            "line 3: \"title\" in [survey] has a control character; remove it");
  EXPECT_EQ(With("Small survey", "Small\\u2066"),
            "line 3: \"title\" in [survey] has a character that turns the direction of writing; remove it");
  EXPECT_THAT(With("Small survey", "Small\\nsurvey"), HasSubstr("has a line end or a tab"));
}

TEST(Survey, RefusesAFileThatIsTooLargeOrTooDeep) {
  const std::string long_comment = "\n#" + std::string(300'000, 'x');
  EXPECT_THAT(SurveyError(std::string(kSmallSurvey) + long_comment), HasSubstr("make it at most 262144"));
  std::string deep = "a";
  for (int i = 0; i < 4000; ++i) deep += ".a";
  EXPECT_EQ(SurveyError(deep + " = 1\n"),
            "line 1: the value is nested deeper than any key that is read; write it flat");
  EXPECT_EQ(SurveyError("[" + deep + "]\n"), SurveyError(deep + " = 1\n"));
  for (int i = 0; i < 100; ++i) deep += ".a";
  EXPECT_THAT(SurveyError(deep + " = 1\n"), HasSubstr("more than 4096 full stops"));
  EXPECT_THAT(SurveyError("a = " + std::string(5000, '[')), HasSubstr("not valid TOML"));
}

TEST(Survey, RefusesASectionOfTheWrongShape) {
  EXPECT_THAT(SurveyError("survey = 3\n"),
              StartsWith("line 1: [survey] is a whole number where a table should be"));
  EXPECT_THAT(With("[[columns]]\nname = \"account\"\nkind = \"unique\"\n", ""), "accepted");
  EXPECT_THAT(
      SurveyError(Replaced(Replaced(Replaced(kSmallSurvey, "[[columns]]", "[columns]"), "[[columns]]", "[x]"),
                           "[[columns]]", "[page2]")),
      HasSubstr("has no key"));
  EXPECT_THAT(
      SurveyError("figures = 1\n" + std::string(kSmallSurvey.substr(0, kSmallSurvey.find("[[figures]]")))),
      HasSubstr(
          "\"figures\" is a whole number where a list of tables should be; write [[figures]] above each"));
  EXPECT_THAT(With("scale = [{up_to = 10, word = \"low\"}", "scale = [3"),
              HasSubstr("a step of \"scale\" in [hero] is a whole"));
}

// --- [survey] ---

TEST(Survey, RefusesAMissingKeyWithAnExample) {
  EXPECT_EQ(With("title = \"Small survey\"\n", ""),
            "line 1: [survey] has no \"title\"; write title = \"How much do we hold?\"");
  for (const std::string_view line :
       {"id = \"small\"\n", "opens = 2026-12-01T09:00:00Z\n", "closes = 2026-12-15T18:00:00Z\n",
        "retention_days = 30\n", "eligibility = \"open\"\n", "batch_min = 20\n", "batch_max = 500\n",
        "group_min = 10\n", "release_every = 3600\n"}) {
    EXPECT_THAT(With(line, ""), StartsWith("line 1: [survey] has no \"")) << line;
  }
  for (const std::string_view line :
       {"name = \"income\"\n", "kind = \"number\"\n", "min = \"-100\"\n", "max = \"9999.99\"\n",
        "categories = [\"north\", \"south\", \"east\"]\n", "expr = \"count(income)\"\n",
        "name = \"Party A\"\n", "url = \"https://a.example:8443\"\n", "mpc = \"a.example:7000\"\n",
        "name = \"Coordinator\"\n", ", word = \"low\"", "up_to = 10, "}) {
    EXPECT_THAT(With(line, ""), HasSubstr(" has no \"")) << line;
  }
}

TEST(Survey, RefusesValuesOfAnotherType) {
  EXPECT_EQ(With("\"Small survey\"", "7"),
            "line 3: \"title\" in [survey] is a whole number; write a text in quotes: title = \"How much do "
            "we hold?\"");
  EXPECT_THAT(With("retention_days = 30", "retention_days = \"30\""),
              HasSubstr("is a text; write a whole number from 1 to 3650"));
  EXPECT_THAT(With("batch_min = 20", "batch_min = 20.0"), HasSubstr("is a number with a fraction"));
  EXPECT_THAT(With("kind = \"unique\"", "kind = \"unique\"\nmay_be_missing = 1"),
              HasSubstr("write true or false"));
  EXPECT_THAT(With("cors = [", "cors = \"x\" #"), HasSubstr("write a list in square brackets"));
  EXPECT_THAT(With("\"null\"", "3"), HasSubstr("an entry of \"cors\" in [page] is a whole number"));
  EXPECT_THAT(With("opens = 2026-12-01T09:00:00Z", "opens = true"), HasSubstr("write a time like"));
}

TEST(Survey, RefusesTextsThatAreEmptyPaddedOrLong) {
  EXPECT_THAT(With("Small survey", ""), HasSubstr("is empty"));
  EXPECT_THAT(With("Small survey", " Small"), HasSubstr("has spaces at its ends"));
  EXPECT_THAT(With("Small survey", std::string(201, 'x')), HasSubstr("has 201 bytes; shorten it to 200"));
}

TEST(Survey, RefusesIdsThatAreNoAddress) {
  for (const std::string_view id : {"Small", "1small", "sm all", "small/../x", "sm_all"}) {
    EXPECT_THAT(With("\"small\"", "\"" + std::string(id) + "\""),
                StartsWith("line 2: \"id\" in [survey] is \""))
        << id;
  }
  EXPECT_EQ(With("\"small\"", "\"" + std::string(64, 'a') + "\""), "accepted");
  EXPECT_THAT(With("\"small\"", "\"" + std::string(65, 'a') + "\""), HasSubstr("write 1 to 64"));
}

TEST(Survey, RefusesTimesThatAreNone) {
  EXPECT_EQ(With("closes = 2026-12-15", "closes = 2026-12-01"), "accepted");
  EXPECT_EQ(With("closes = 2026-12-15T18", "closes = 2026-12-01T09"),
            "line 5: \"closes\" in [survey] is not after \"opens\"; write a later time");
  EXPECT_THAT(With("2026-12-01T09:00:00Z", "2026-12-01T09:00:00"),
              HasSubstr("with whole seconds and Z or an offset"));
  EXPECT_THAT(With("2026-12-01T09:00:00Z", "2026-12-01"), HasSubstr("is no time"));
  EXPECT_THAT(With("2026-12-01T09:00:00Z", "09:00:00"), HasSubstr("is no time"));
  EXPECT_THAT(With("2026-12-01T09:00:00Z", "2026-12-01T09:00:00.5Z"), HasSubstr("is no time"));
  EXPECT_THAT(With("2026-12-01T09:00:00Z", "\"tomorrow\""), HasSubstr("is no time: \"tomorrow\""));
}

TEST(Survey, RefusesGroupsOutOfOrder) {
  EXPECT_THAT(With("group_min = 10", "group_min = 1"),
              HasSubstr("is 1; write a whole number from 2 to 100000"));
  EXPECT_THAT(With("group_min = 10", "group_min = 21"),
              HasSubstr("\"batch_min\" in [survey] is below group_min; write 21"));
  EXPECT_THAT(With("batch_max = 500", "batch_max = 19"),
              HasSubstr("\"batch_max\" in [survey] is below batch_min; write 20"));
  EXPECT_THAT(With("batch_max = 500", "batch_max = 100001"), HasSubstr("from 2 to 100000"));
  EXPECT_EQ(With("batch_max = 500", "batch_max = 100000"), "accepted");
}

TEST(Survey, RefusesRetentionOutOfRange) {
  EXPECT_THAT(With("retention_days = 30", "retention_days = 0"), HasSubstr("from 1 to 3650"));
  EXPECT_THAT(With("retention_days = 30", "retention_days = 3651"), HasSubstr("from 1 to 3650"));
}

TEST(Survey, ReadsSchedulesWithUnits) {
  const auto seconds = [](std::string_view value) {
    return ParseSurvey(SmallSurveyWith("= 3600", "= " + std::string(value))).value().release_every_seconds;
  };
  EXPECT_EQ(seconds("\"45s\""), 45u);
  EXPECT_EQ(seconds("\"10m\""), 600u);
  EXPECT_EQ(seconds("\"1h\""), 3600u);
  EXPECT_EQ(seconds("\"366d\""), 366u * 86400);
}

TEST(Survey, RefusesSchedulesThatAreNone) {
  for (const std::string_view value :
       {"0", "-5", "31622401", "\"\"", "\"m\"", "\"10\"", "\"1.5h\"", "\"-1h\"", "\"1 week\"", "\"367d\"",
        "\" 1h\"", "\"999999999999999999d\"", "true", "1.5", "[1]"}) {
    EXPECT_THAT(With("= 3600", "= " + std::string(value)),
                HasSubstr("\"release_every\" in [survey] is no time"))
        << value;
  }
}

TEST(Survey, RefusesWhatIsNotBuilt) {
  constexpr auto kCode = ErrorCode::kUnimplemented;
  EXPECT_THAT(With("eligibility", "mode = \"analyst\"\neligibility", kCode), HasSubstr("which is not built"));
  for (const std::string_view key :
       {"epsilon = 1.0", "delta = 1", "privacy_budget = 3", "noise = true", "dp = true"}) {
    EXPECT_THAT(With("eligibility", std::string(key) + "\neligibility", kCode),
                HasSubstr("differential privacy"))
        << key;
  }
  EXPECT_THAT(With("by = \"region\"", "by = \"region\"\nepsilon = 1", kCode),
              HasSubstr("differential privacy"));
  EXPECT_THAT(With("[limits]", "[privacy]\n[limits]", kCode), HasSubstr("differential privacy"));
  EXPECT_EQ(With("eligibility", "mode = \"exact\"\neligibility"), "accepted");
  EXPECT_THAT(With("eligibility", "mode = \"approximate\"\neligibility"), HasSubstr("write \"exact\""));
  EXPECT_THAT(With("eligibility = \"open\"", "eligibility = \"all\""),
              HasSubstr("write \"open\", \"invite\" or \"proven\""));
}

TEST(Survey, RefusesInvitationsThatDoNotFit) {
  const std::string root(64, 'a');
  const std::string good = "eligibility = \"invite\"\ninvite_root = \"" + root + "\"\ninvite_count = 20";
  EXPECT_EQ(With("eligibility = \"open\"", good), "accepted");
  EXPECT_THAT(With("eligibility = \"open\"", Replaced(good, root, root.substr(1))), HasSubstr("is no hash"));
  EXPECT_THAT(With("eligibility = \"open\"", Replaced(good, root, std::string(64, 'A'))),
              HasSubstr("in lower case"));
  EXPECT_THAT(With("eligibility = \"open\"", Replaced(good, "= 20", "= 19")),
              HasSubstr("from 20 to 1000000"));
  EXPECT_THAT(With("eligibility = \"open\"", Replaced(good, "= 20", "= 1000001")),
              HasSubstr("from 20 to 1000000"));
  EXPECT_THAT(With("eligibility = \"open\"", "eligibility = \"invite\""),
              HasSubstr("has no \"invite_root\""));
  EXPECT_THAT(With("eligibility = \"open\"", Replaced(good, "\ninvite_count = 20", "")),
              HasSubstr("has no \"invite_count\""));
  EXPECT_THAT(With("eligibility = \"open\"", Replaced(good, "\"invite\"", "\"open\"")),
              HasSubstr("is for invitations only"));
}

// --- [[columns]] ---

TEST(Survey, RefusesBoundsThatAreNotExact) {
  EXPECT_THAT(With("min = \"-100\"", "min = -0.5"), HasSubstr("is a binary fraction"));
  EXPECT_THAT(With("min = \"-100\"", "min = \"0.001\""), HasSubstr("has 3 decimals but scale = 2"));
  EXPECT_EQ(With("min = \"-100\"", "min = \"0.100\""), "accepted");
  EXPECT_EQ(With("min = \"-100\"", "min = -100"), "accepted");
  EXPECT_THAT(With("min = \"-100\"", "min = \"1e3\""), HasSubstr("is no number: \"1e3\""));
  EXPECT_THAT(With("min = \"-100\"", "min = true"), HasSubstr("is no number; write it in quotes"));
  EXPECT_THAT(With("max = \"9999.99\"", "max = \"10000000000000000\""),
              HasSubstr("needs more than 18 digits at scale = 2"));
  EXPECT_THAT(With("max = \"9999.99\"", "max = 9223372036854775807"), HasSubstr("has more than 18 digits"));
  EXPECT_THAT(With("max = \"9999.99\"", "max = \"-100.00\""), HasSubstr("is not above \"min\""));
  EXPECT_THAT(With("scale = 2", "scale = 19"), HasSubstr("from 0 to 18"));
}

TEST(Survey, RefusesNumbersWiderThanSixtyBits) {
  EXPECT_THAT(
      With("max = \"9999.99\"", "max = \"9999999999999999.99\""),
      HasSubstr("need 61 bits at scale = 2, sign included; write bounds or a scale that need at most 60"));
  EXPECT_EQ(SurveyError(Replaced(SmallSurveyWith("max = \"9999.99\"", "max = \"9999999999999999.99\""),
                                 "min = \"-100\"", "min = \"0\"")),
            "accepted");
}

TEST(Survey, RefusesColumnsThatDoNotFit) {
  EXPECT_THAT(With("name = \"income\"", "name = \"Income\""), HasSubstr("write 1 to 32 lower-case letters"));
  EXPECT_THAT(With("name = \"income\"", "name = \"" + std::string(33, 'a') + "\""),
              HasSubstr("write 1 to 32"));
  EXPECT_THAT(With("name = \"region\"", "name = \"income\""),
              HasSubstr("is \"income\" like that of a column above"));
  EXPECT_THAT(With("kind = \"number\"", "kind = \"text\""),
              HasSubstr("write \"number\", \"category\" or \"unique\""));
  EXPECT_THAT(With("kind = \"unique\"", "kind = \"unique\"\nmay_be_missing = true"),
              HasSubstr("everybody has once"));
  EXPECT_THAT(With("[catalogue]", "[[columns]]\nname = \"b\"\nkind = \"unique\"\n[catalogue]"),
              HasSubstr("is \"unique\" like that of \"account\""));
  std::string many;
  for (int i = 0; i < 62; ++i)
    many += "[[columns]]\nname = \"c" + std::to_string(i) + "\"\nkind = \"number\"\nmin = 0\nmax = 1\n";
  EXPECT_THAT(With("[catalogue]", many + "[catalogue]"),
              HasSubstr("the file has 65 [[columns]]; write at most 64"));
  const std::size_t first = kSmallSurvey.find("[[columns]]");
  EXPECT_THAT(With(kSmallSurvey.substr(first, kSmallSurvey.find("[catalogue]") - first), ""),
              HasSubstr("asks nothing"));
}

TEST(Survey, RefusesCategoriesThatDoNotFit) {
  EXPECT_THAT(With("[\"north\", \"south\", \"east\"]", "[\"north\"]"),
              HasSubstr("has 1 entries; write 2 to 256"));
  EXPECT_THAT(With("\"south\"", "\"north\""), HasSubstr("has \"north\" twice"));
  EXPECT_THAT(With("\"south\"", "\"\""),
              HasSubstr("an entry of \"categories\" in [[columns]] number 2 is empty"));
  EXPECT_THAT(With("\"south\"", "\"so\\tuth\""), HasSubstr("line end or a tab"));
  EXPECT_THAT(With("\"south\"", "\"" + std::string(101, 's') + "\""), HasSubstr("shorten it to 100"));
  std::string many = "\"south\"";
  for (int i = 0; i < 254; ++i) many += ", \"" + std::to_string(i) + "\"";
  EXPECT_THAT(With("\"south\"", many), HasSubstr("has 257 entries"));
}

// --- times ---

TEST(Time, ReadsOffsets) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:00Z").value(), 0);
  EXPECT_EQ(ParseTime("2000-02-29T12:00:00Z").value(), 951825600);  // GNU date
  EXPECT_EQ(ParseTime("2026-11-23T10:00:00+01:00").value(), ParseTime("2026-11-23T09:00:00Z").value());
  EXPECT_EQ(ParseTime("2026-11-22T22:30:00-10:30").value(), ParseTime("2026-11-23T09:00:00Z").value());
  EXPECT_EQ(FormatTime(ParseTime("9999-12-31T23:59:59Z").value()), "9999-12-31T23:59:59Z");
}

TEST(Time, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "2026-11-23",
                                      "2026-11-23T09:00:00",
                                      "2026-11-23t09:00:00Z",
                                      "2026-11-23 09:00:00Z",
                                      "2026-11-23T09:00:00z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T23:60:00Z",
                                      "2026-11-23T23:59:60Z",
                                      "2026-11-23T09:00:00.5Z",
                                      "2026-11-23T09:00:00+1:00",
                                      "2026-11-23T09:00:00+24:00",
                                      "2026-11-23T09:00:00+01:60",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+00:01",
                                      "+026-11-23T09:00:00Z",
                                      "2026-11-23T09:00:00ZZ",
                                      "9999-12-31T23:59:59-00:01",
                                      "2026-1 -23T09:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text).has_value()) << text;
  }
}

RC_GTEST_PROP(Time, FormatsWhatItReads, ()) {
  const auto time = *rc::gen::inRange<std::int64_t>(0, 253'402'300'800);
  RC_ASSERT(ParseTime(FormatTime(time)).value() == time);
}

// Every error is one sentence on one line, whatever is in the file.
RC_GTEST_PROP(Survey, ChangedBytesGiveOneSentenceOrASurvey, ()) {
  std::string text(kSmallSurvey);
  const int changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
  }
  const auto survey = ParseSurvey(text);
  if (survey) return;
  const std::string& message = survey.error().message();
  RC_ASSERT(!message.empty() && message.size() < 1000);
  RC_ASSERT(message.find_first_of("\r\n") == std::string::npos);
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/language/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpcstats {
namespace {

using testing::HasSubstr;

Query MustParse(std::string_view text) {
  std::size_t at = 0;
  Result<Query> query = ParseQuery(text, &at);
  EXPECT_TRUE(query.has_value()) << text << "\n" << query.error().message() << "\n" << CaretLines(text, at);
  return query ? *query : Query();
}

std::string Where(const std::string& condition) {
  const Query query = MustParse("SELECT count(*) FROM data WHERE " + condition);
  return query.where ? ToText(*query.where) : "";
}

/// The sentence, and the caret's place in `*at`.
std::string Refusal(std::string_view text, std::size_t* at = nullptr) {
  std::size_t fault = 0;
  const Result<Query> query = ParseQuery(text, &fault);
  EXPECT_FALSE(query.has_value()) << "accepted: " << text;
  if (query) return {};
  EXPECT_EQ(query.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(query.error().message().find('\n'), std::string::npos);
  if (at != nullptr) *at = fault;
  return query.error().message();
}

TEST(ParseQuery, ReadsEveryPart) {
  const Query query = MustParse(
      "explain select count(*), mean(income - tax), quantile(income, 0.9) from data "
      "where region = 'South' and age between 18 and 65 group by bucket(age, 18, 30.5, 65);");
  EXPECT_TRUE(query.explain);
  ASSERT_EQ(query.items.size(), 3u);
  EXPECT_TRUE(query.items[0].of_rows);
  EXPECT_EQ(ToText(query.items[1]), "mean(income - tax)");
  ASSERT_TRUE(query.group_by.has_value());
  EXPECT_EQ(query.group_by->edges.size(), 3u);
  EXPECT_EQ(ToText(query),
            "EXPLAIN SELECT count(*), mean(income - tax), quantile(income, 0.9) FROM data WHERE region = "
            "'South' AND age "
            "BETWEEN 18 AND 65 GROUP BY bucket(age, 18, 30.5, 65)");
}

TEST(ParseQuery, BindsAndTighterThanOrAndNotTighterThanAnd) {
  EXPECT_EQ(Where("a = 1 OR b = 2 AND NOT c = 3"), "a = 1 OR b = 2 AND NOT c = 3");
  EXPECT_EQ(Where("(a = 1 OR b = 2) AND c = 3"), "(a = 1 OR b = 2) AND c = 3");
  EXPECT_EQ(Where("NOT (a = 1 AND b = 2)"), "NOT (a = 1 AND b = 2)");
  const Query query = MustParse("SELECT count(*) FROM data WHERE NOT a = 1 AND b = 2");
  EXPECT_EQ(query.where->kind, NodeKind::kAnd);
  EXPECT_EQ(query.where->children[0].kind, NodeKind::kNot);
}

TEST(ParseQuery, BindsTimesTighterThanPlusAndFromTheLeft) {
  EXPECT_EQ(Where("a - b - c * 2 + d > 0"), "a - b - c * 2 + d > 0");
  EXPECT_EQ(Where("a - (b - c) * 2 > 0"), "a - (b - c) * 2 > 0");
  EXPECT_EQ(Where("-(a + b) * -2 < - -3"), "-(a + b) * -2 < 3");
}

TEST(ParseQuery, TheAndOfBetweenBelongsToIt) {
  const Query query =
      MustParse("SELECT count(*) FROM data WHERE a NOT BETWEEN 1 AND 2 + b AND c IN (1, 'x', NULL)");
  ASSERT_EQ(query.where->kind, NodeKind::kAnd);
  EXPECT_EQ(query.where->children[0].kind, NodeKind::kBetween);
  EXPECT_TRUE(query.where->children[0].negated);
  EXPECT_EQ(ToText(*query.where), "a NOT BETWEEN 1 AND 2 + b AND c IN (1, 'x', NULL)");
}

TEST(ParseQuery, ReadsQuotedNamesTextsAndBothWaysOfUnequal) {
  EXPECT_EQ(Where("\"net \"\"x\"\" (€)\" <> 'it''s' OR data.\"group\" != 3 OR a IS NOT NULL"),
            "\"net \"\"x\"\" (€)\" <> 'it''s' OR data.\"group\" <> 3 OR a IS NOT NULL");
}

TEST(ParseQuery, ReadsStatisticsInAnyCaseAndNamesAsTheyAre) {
  EXPECT_EQ(ToText(MustParse("SELECT COUNT(*), Mean(Age) FROM Data")),
            "SELECT count(*), mean(Age) FROM Data");
}

TEST(ParseQuery, ReadsAnInnerJoinAsAJoinAndATableCalledInnerAsATable) {
  const std::string text = "SELECT count(*) FROM a JOIN b ON a.k = b.k";
  EXPECT_EQ(ToText(MustParse("SELECT count(*) FROM a INNER JOIN b ON a.k = b.k")), text);
  EXPECT_EQ(MustParse("SELECT count(*) FROM inner JOIN b ON inner.k = b.k").table, "inner");
  EXPECT_THAT(Refusal("SELECT count(*) FROM a INNER b ON a.k = b.k"), HasSubstr("\"INNER b ON"));
}

TEST(ParseQuery, ReadsAJoin) {
  const Query query = MustParse("SELECT mean(a.x) FROM a JOIN b ON a.key = b.key WHERE b.y > 0");
  ASSERT_TRUE(query.join.has_value());
  EXPECT_EQ(query.join->table, "b");
  EXPECT_EQ(ToText(query), "SELECT mean(a.x) FROM a JOIN b ON a.key = b.key WHERE b.y > 0");
}

TEST(ParseQuery, TakesTheGroupedColumnAmongTheItems) {
  const Query query = MustParse("SELECT region, count(*) FROM data GROUP BY region");
  EXPECT_EQ(query.items.size(), 1u);
  EXPECT_EQ(query.keys.size(), 1u);
}

TEST(ParseQuery, TakesTwoMinusSignsAsNone) { EXPECT_EQ(Where("---a < -(-b)"), "-a < b"); }

TEST(ParseQuery, WritesAQueryWithoutFiguresSoThatItReadsBack) {
  EXPECT_EQ(ToText(MustParse("SELECT co, bucket(a, 1) FROM data")), "SELECT co, bucket(a, 1) FROM data");
}

TEST(ParseQuery, TakesSeveralLines) {
  EXPECT_EQ(ToText(MustParse("SELECT mean(x)\r\n\tFROM data\nWHERE x > 0\n")),
            "SELECT mean(x) FROM data WHERE x > 0");
}

TEST(ParseQuery, PointsAtTheCharacterThatDoesNotFit) {
  std::size_t at = 0;
  const std::string text = "SELECT mean(x) FROM data WHERE a = = 1";
  EXPECT_THAT(Refusal(text, &at), HasSubstr("at character 36 where a value should be"));
  EXPECT_EQ(at, 35u);
  EXPECT_EQ(CaretLines(text, at), "  " + text + "\n  " + std::string(35, ' ') + "^\n");
}

TEST(ParseQuery, CountsCharactersAndNotBytes) {
  std::size_t at = 0;
  const std::string text = "SELECT mean(\"€€\") FROM\nüber x";
  EXPECT_THAT(Refusal(text, &at), HasSubstr("at character 29"));
  EXPECT_EQ(CaretLines(text, at), "  über x\n       ^\n");
}

TEST(CaretLines, ShowsThePartOfALongLineThatTheCaretIsIn) {
  const std::string text =
      "SELECT mean(x) FROM data WHERE a = 1" + std::string(5000, ' ') + "= 2 " + std::string(500, '-');
  EXPECT_EQ(CaretLines(text, 5036), "  ..." + std::string(120, ' ') + "= 2 " + std::string(76, '-') +
                                        "...\n" + std::string(125, ' ') + "^\n");
  std::string euros;
  for (int i = 0; i < 300; ++i) euros += "€";
  const std::string shown = CaretLines(euros, 3 * 150);
  EXPECT_TRUE(shown.starts_with("  ...€€")) << shown;
  EXPECT_EQ(shown.find("...\n"), 5u + 3 * 200) << "200 characters, not bytes";
}

TEST(ParseQuery, NamesTheFixOfWhatOtherDialectsWrite) {
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE a == 1"), HasSubstr("written with one ="));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE a LIKE 'b%'"), HasSubstr("there is no LIKE"));
  EXPECT_THAT(Refusal("SELECT mean(a.x) FROM a LEFT JOIN b ON a.k = b.k"), HasSubstr("on equal keys only"));
  EXPECT_THAT(Refusal("SELECT mean(a.x) FROM a JOIN b ON a.k = b.k JOIN c ON a.k = c.k"),
              HasSubstr("two tables are joined at most"));
  EXPECT_THAT(Refusal("SELECT mean(a / 2) FROM data"), HasSubstr("there is no division"));
  EXPECT_THAT(Refusal("SELECT mean(x) AS m FROM data"), HasSubstr("no other names"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data ORDER BY x"),
              HasSubstr("only FROM, JOIN, WHERE and GROUP BY"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data GROUP BY a, b"), HasSubstr("name one"));
  EXPECT_THAT(Refusal("SELECT * FROM data"), HasSubstr("the name of a"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE mean(x) > 3"),
              HasSubstr("a statistic cannot stand inside"));
}

TEST(ParseQuery, RefusesAValueForAConditionAndTheOtherWayRound) {
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE a"), HasSubstr("compare it"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE a AND b = 1"), HasSubstr("a value, where a condition"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE (a = 1) + 2 > 0"),
              HasSubstr("a condition, where a value"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE NOT a"), HasSubstr("a value, where a condition"));
  EXPECT_THAT(Refusal("SELECT mean(a = 1) FROM data"), HasSubstr("\")\" should be"));
}

TEST(ParseQuery, RefusesWhatIsIncomplete) {
  const std::string text =
      "SELECT count(*), mean(a + 2) FROM data JOIN b ON data.k = b.k WHERE a IN (1, 2) AND NOT b BETWEEN 1 "
      "AND 'x' GROUP "
      "BY bucket(a, 1, 2)";
  (void)MustParse(text);
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    std::size_t at = 0;
    const Result<Query> query = ParseQuery(text.substr(0, length), &at);
    EXPECT_LE(at, length);
    if (!query) EXPECT_FALSE(query.error().message().empty());
  }
}

TEST(ParseQuery, RefusesChainsOfComparisons) {
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE 1 < a < 3"), HasSubstr("join two with AND"));
}

TEST(ParseQuery, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](std::size_t levels) {
    return "SELECT mean(x) FROM data WHERE " + std::string(levels, '(') + "a = 1" + std::string(levels, ')');
  };
  (void)MustParse(nested(100));
  EXPECT_THAT(Refusal(nested(101)), HasSubstr("nested deeper than 100"));
  EXPECT_THAT(Refusal(nested(1900)), HasSubstr("nested deeper than 100"));
  std::string sum = "a";
  for (int i = 0; i < 101; ++i) sum += " + a";
  EXPECT_THAT(Refusal("SELECT mean(" + sum + ") FROM data"), HasSubstr("nested deeper than 100"));
  std::string many = "a = 1";
  for (int i = 0; i < 400; ++i) many += " OR a = 1";
  (void)MustParse("SELECT mean(x) FROM data WHERE " + many);
}

TEST(ParseQuery, RefusesMoreThanAHundredThousandBytes) {
  EXPECT_THAT(Refusal("SELECT mean(" + std::string(100'000, 'x') + ") FROM data"),
              HasSubstr("longer than 100000 bytes"));
}

TEST(ParseQuery, RefusesNumbersThatAreNotExact) {
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE x > 1.2345678901234567890"), HasSubstr("the number"));
  EXPECT_THAT(Refusal("SELECT mean(x) FROM data WHERE x > 1.5e3"), HasSubstr("no number"));
}

TEST(ParseCall, ReadsTextsBehindTheColumns) {
  const Result<Call> call = ParseCall("welch_t(income, region, 'it''s', 'South')", nullptr);
  ASSERT_TRUE(call) << call.error().message();
  ASSERT_EQ(call->arguments.size(), 4u);
  EXPECT_EQ(call->arguments[2].kind, NodeKind::kText);
  EXPECT_EQ(call->arguments[2].text, "it's");
  EXPECT_EQ(ToText(*call), "welch_t(income, region, 'it''s', 'South')");
}

TEST(ParseCall, ReadsWhatHasBeenAColumnFromTheBeginning) {
  for (const char* text : {"mean(group)", "mean(2020)", "mean(1st)", "quantile(null, 0.5)", "sum(select)"}) {
    const Result<Call> call = ParseCall(text, nullptr);
    ASSERT_TRUE(call.has_value()) << call.error().message();
    EXPECT_EQ(call->arguments[0].kind, NodeKind::kColumn);
    EXPECT_EQ(ToText(*call), text);
  }
}

}  // namespace
}  // namespace mpcstats

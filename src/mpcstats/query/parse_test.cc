#include "mpcstats/query/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Expression MustParse(std::string_view text) {
  const Result<Expression> parsed = ParseExpression(text);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message();
  return parsed ? *parsed : Expression();
}

std::string Refusal(std::string_view text) {
  const Result<Expression> parsed = ParseExpression(text);
  EXPECT_FALSE(parsed.has_value()) << "accepted: " << text;
  if (parsed) return {};
  EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(parsed.error().message().find('\n'), std::string::npos) << "more than one line";
  return parsed.error().message();
}

TEST(ParseExpression, ReadsAStatisticOfAColumn) {
  const Expression mean = MustParse("mean(income_usd)");
  EXPECT_EQ(mean.statistic, "mean");
  EXPECT_THAT(mean.columns, ElementsAre("income_usd"));
  EXPECT_TRUE(mean.numbers.empty());
  EXPECT_EQ(mean.text, "mean(income_usd)");
}

TEST(ParseExpression, ReadsANumberExactly) {
  const Expression quantile = MustParse("quantile(x, 0.90)");
  EXPECT_THAT(quantile.numbers, ElementsAre(Decimal{90, 2}));
  EXPECT_EQ(quantile.text, "quantile(x, 0.90)");
}

TEST(ParseExpression, ReadsColumnsThenNumbers) {
  const Expression call = MustParse("f(a,\"2020\" , b, -1,0.50)");
  EXPECT_THAT(call.columns, ElementsAre("a", "2020", "b"));
  EXPECT_THAT(call.numbers, ElementsAre(Decimal{-1, 0}, Decimal{50, 2}));
  EXPECT_EQ(call.text, "f(a, \"2020\", b, -1, 0.50)");
  EXPECT_THAT(MustParse("mean(2020)").columns, ElementsAre("2020")) << "the first is always a column";
}

TEST(ParseExpression, RefusesAColumnBehindANumber) {
  EXPECT_THAT(Refusal("f(a, 1, b)"), HasSubstr("has \"b)\" at character 9, a column behind the number"));
  EXPECT_THAT(MustParse("f(a, 2b)").columns, ElementsAre("a", "2b")) << "digits alone are a number";
}

TEST(ParseExpression, IgnoresSpacesBetweenTheParts) {
  EXPECT_EQ(MustParse(" \tquantile (  x ,0.5 ) ").text, "quantile(x, 0.5)");
}

TEST(ParseExpression, TakesAnyNameInQuotesAndDoublesAQuote) {
  const Expression quoted = MustParse(R"q(max("net income, ""2020"" (€)"))q");
  EXPECT_EQ(quoted.columns[0], "net income, \"2020\" (€)");
  EXPECT_EQ(quoted.text, R"q(max("net income, ""2020"" (€)"))q");
}

TEST(ParseExpression, TakesLettersOfEveryScriptWithoutQuotes) {
  EXPECT_EQ(MustParse("mean(größe)").columns[0], "größe");
  EXPECT_EQ(MustParse("mean(収入)").text, "mean(収入)");
}

TEST(ParseExpression, DropsQuotesThatAreNotNeeded) { EXPECT_EQ(MustParse("sum(\"x\")").text, "sum(x)"); }

TEST(ParseExpression, ItsCanonicalTextReadsBackAsTheSame) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, bool with_number) {
    std::string column = bytes;
    for (char& c : column) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte >= 0x7f) c = '"';
    }
    if (column.empty()) column = " ";
    const std::vector<Decimal> numbers(with_number ? 2 : 0, Decimal{125, 3});
    const std::vector<std::string> columns = {column, column, "2020"};
    const std::string text = ExpressionText("median", columns, numbers);
    const Result<Expression> parsed = ParseExpression(text);
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->columns == columns);
    RC_ASSERT(parsed->numbers == numbers);
    RC_ASSERT(parsed->text == text);
  }));
}

TEST(ParseExpression, NamesThePositionOfWhatDoesNotFit) {
  EXPECT_THAT(Refusal("mean income"), HasSubstr("has \"income\" at character 6 where \"(\" should be"));
  EXPECT_THAT(Refusal("mean(income"), HasSubstr("has the end at character 12 where \")\" should be"));
  EXPECT_THAT(Refusal("mean(income))"), HasSubstr("has \")\" at character 13 where the end should be"));
  EXPECT_THAT(Refusal("mean(a b)"), HasSubstr("has \"b)\" at character 8 where \")\" should be"));
  EXPECT_THAT(Refusal("(income)"), HasSubstr("at character 1 where the name of a statistic should be"));
  EXPECT_THAT(Refusal("mean()"), HasSubstr("at character 6 where the name of a column should be"));
  EXPECT_THAT(Refusal(""), HasSubstr("has the end at character 1 where the name of a statistic should be"));
}

TEST(ParseExpression, EveryRefusalShowsHowToWriteOne) {
  for (const char* text :
       {"mean", "mean(", "mean(x", "mean(x,", "mean(\"x", "mean(\"\")", "mean(x,0.5,0.6", "+"}) {
    EXPECT_THAT(Refusal(text), testing::AnyOf(HasSubstr("mean(income)"), HasSubstr("closing quote"))) << text;
  }
}

TEST(ParseExpression, RefusesAQuoteThatDoesNotClose) {
  EXPECT_THAT(Refusal("mean(\"income)"), HasSubstr("a closing quote should be"));
}

TEST(ParseExpression, RefusesAnEmptyQuotedName) {
  EXPECT_THAT(Refusal("mean(\"\")"), HasSubstr("the name of a column should be"));
}

TEST(ParseExpression, RefusesWhatIsNoDecimalNumber) {
  EXPECT_THAT(Refusal("quantile(x, 0.5, half)"), HasSubstr("a column behind the number"));
  EXPECT_THAT(Refusal("quantile(x, 1e-1)"), HasSubstr("neither a column nor a number"));
  EXPECT_THAT(Refusal("quantile(x, )"), HasSubstr("a column or a number should be"));
  EXPECT_THAT(Refusal("quantile(x, 0.1234567890123456789)"), HasSubstr("the number"));
}

TEST(ParseExpression, RefusesMoreThanFourThousandBytes) {
  EXPECT_EQ(MustParse("mean(" + std::string(3994, 'x') + ")").columns[0].size(), 3994u);
  EXPECT_THAT(Refusal("mean(" + std::string(3995, 'x') + ")"), HasSubstr("longer than 4000 bytes"));
}

TEST(ParseExpression, RefusesBytesThatAreNotUtf8) {
  EXPECT_THAT(Refusal("mean(\xff)"), HasSubstr("not UTF-8"));
  EXPECT_THAT(Refusal("mean(\xc0\xaf)"), HasSubstr("not UTF-8"));
}

TEST(ParseExpression, RefusesControlCharactersAndShowsThemHarmlessly) {
  EXPECT_THAT(Refusal("mean(\"a\nb\")"), HasSubstr("\\n"));
  EXPECT_THAT(Refusal("mean(\"\x1b[2J\")"), HasSubstr("\\x1b"));
  EXPECT_THAT(Refusal(std::string_view("mean(\0)", 7)), HasSubstr("control character"));
}

TEST(ParseExpression, SurvivesEveryPrefixOfAValidText) {
  const std::string text = R"q( quantile("net ""x"" (€)", 0.25) )q";
  for (std::size_t length = 0; length + 2 < text.size(); ++length) (void)Refusal(text.substr(0, length));
}

}  // namespace
}  // namespace mpcstats

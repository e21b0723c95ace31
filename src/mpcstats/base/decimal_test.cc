#include "mpcstats/base/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace mpcstats {
namespace {

std::string Message(std::string_view text) {
  const auto parsed = ParseDecimal(text);
  return parsed ? "accepted" : parsed.error().message();
}

TEST(Decimal, ReadsIntegersAndFractions) {
  EXPECT_EQ(ParseDecimal("0").value(), (Decimal{0, 0}));
  EXPECT_EQ(ParseDecimal("42").value(), (Decimal{42, 0}));
  EXPECT_EQ(ParseDecimal("+42").value(), (Decimal{42, 0}));
  EXPECT_EQ(ParseDecimal("-12.5").value(), (Decimal{-125, 1}));
  EXPECT_EQ(ParseDecimal("69.05").value(), (Decimal{6905, 2}));
}

TEST(Decimal, KeepsTrailingZerosInTheScale) { EXPECT_EQ(ParseDecimal("1.50").value(), (Decimal{150, 2})); }

TEST(Decimal, AcceptsAPointWithDigitsOnOneSideOnly) {
  EXPECT_EQ(ParseDecimal(".5").value(), (Decimal{5, 1}));
  EXPECT_EQ(ParseDecimal("-.5").value(), (Decimal{-5, 1}));
  EXPECT_EQ(ParseDecimal("5.").value(), (Decimal{5, 0}));
}

TEST(Decimal, IgnoresSpacesAndTabsAround) { EXPECT_EQ(ParseDecimal(" \t 7 \t").value(), (Decimal{7, 0})); }

TEST(Decimal, ReadsMinusZeroAsZero) {
  EXPECT_EQ(ParseDecimal("-0").value(), (Decimal{0, 0}));
  EXPECT_EQ(ParseDecimal("-0.00").value(), (Decimal{0, 2}));
}

TEST(Decimal, AcceptsEighteenDigits) {
  EXPECT_EQ(ParseDecimal("999999999999999999").value().units, kDecimalUnitsEnd - 1);
  EXPECT_EQ(ParseDecimal("-9.99999999999999999").value(), (Decimal{-(kDecimalUnitsEnd - 1), 17}));
  EXPECT_EQ(ParseDecimal("0.000000000000000001").value(), (Decimal{1, 18}));
}

TEST(Decimal, DoesNotCountLeadingZeros) {
  EXPECT_EQ(ParseDecimal("0000000000000000000000042").value(), (Decimal{42, 0}));
  EXPECT_EQ(ParseDecimal("-000.999999999999999999").value(), (Decimal{-(kDecimalUnitsEnd - 1), 18}));
}

TEST(Decimal, RejectsNineteenDigits) {
  const std::string want = "has more than 18 digits; round it, remove trailing zeros or choose a larger unit";
  EXPECT_EQ(Message("1234567890123456789"), want);
  EXPECT_EQ(Message("1.000000000000000000"), want);
  EXPECT_EQ(Message(std::string(100000, '9')), want);
}

TEST(Decimal, RejectsNineteenDecimals) {
  EXPECT_EQ(Message("0.0000000000000000001"),
            "has more than 18 digits after the point; round it to 18 or fewer");
}

TEST(Decimal, RejectsThousandsSeparators) {
  const std::string want = "has thousands separators; remove them (write 1234, not 1,234 or 1 234)";
  for (const char* text :
       {"1,234", "-12,345,678.90", "1 234", "1'234", "1_234", "1\u00a0234", "1\u202f234"}) {
    EXPECT_EQ(Message(text), want) << text;
  }
}

TEST(Decimal, RejectsADecimalComma) {
  for (const char* text : {"1,5", "12,34", "1.234,56", ",5", "1,2345"}) {
    EXPECT_EQ(Message(text), "has a decimal comma; write a point (1.5, not 1,5)") << text;
  }
}

TEST(Decimal, RejectsAnExponent) {
  for (const char* text : {"1e5", "-1.5E+10", "1e-3"}) {
    EXPECT_EQ(Message(text), "has an exponent; write the number out (100000, not 1e5)") << text;
  }
}

TEST(Decimal, RejectsCurrencyAndPercentSigns) {
  for (const char* text : {"$5", "5 €", "£1,000", "-$5"}) {
    EXPECT_EQ(Message(text), "has a currency sign; remove it (write 5, not $5)") << text;
  }
  EXPECT_EQ(Message("5%"), "has a percent sign; remove it (write 5, not 5%)");
}

TEST(Decimal, RejectsOtherWaysToWriteMinus) {
  EXPECT_EQ(Message("(5)"), "is in parentheses; write a minus sign (-5, not (5))");
  EXPECT_EQ(Message("−5"), "starts with a typographic dash; write the plain '-'");
  EXPECT_EQ(Message("5-"), "has a misplaced sign; write one sign in front (-5, not 5-)");
  EXPECT_EQ(Message("--5"), "has a misplaced sign; write one sign in front (-5, not 5-)");
}

TEST(Decimal, RejectsASecondPoint) {
  EXPECT_EQ(Message("1.2.3"), "has more than one decimal point; keep one at most");
}

TEST(Decimal, RejectsHexadecimal) {
  EXPECT_EQ(Message("0xff"), "is hexadecimal; write it in decimal digits (255, not 0xff)");
}

TEST(Decimal, RejectsEmptyText) {
  EXPECT_EQ(Message(""), "is empty; write a number such as 12.5");
  EXPECT_EQ(Message("  "), "is empty; write a number such as 12.5");
}

TEST(Decimal, RejectsWordsAndLoneSigns) {
  const std::string want = "is not a number; write digits with at most one decimal point";
  for (const char* text :
       {"abc", "-", "+", ".", "-.", "inf", "nan", "12 apples", "(x1)", "1/2", "\xff\xfe"}) {
    EXPECT_EQ(Message(text), want) << text;
  }
}

TEST(Decimal, FormatsWithExactlyTheScale) {
  EXPECT_EQ(FormatDecimal({-1250, 2}), "-12.50");
  EXPECT_EQ(FormatDecimal({5, 2}), "0.05");
  EXPECT_EQ(FormatDecimal({-5, 1}), "-0.5");
  EXPECT_EQ(FormatDecimal({0, 3}), "0.000");
  EXPECT_EQ(FormatDecimal({7, 0}), "7");
  EXPECT_EQ(FormatDecimal({std::numeric_limits<std::int64_t>::min(), 0}), "-9223372036854775808");
}

RC_GTEST_PROP(DecimalProperty, FormattedValuesParseBack, ()) {
  const auto units = *rc::gen::inRange<std::int64_t>(1 - kDecimalUnitsEnd, kDecimalUnitsEnd);
  const auto shift = *rc::gen::inRange(0, 18);  // short numbers as often as long ones
  std::int64_t value = units;
  for (int i = 0; i < shift; ++i) value /= 10;
  const Decimal decimal{value, *rc::gen::inRange(0u, kMaxDecimalDigits + 1)};
  RC_ASSERT(ParseDecimal(FormatDecimal(decimal)).value() == decimal);
}

RC_GTEST_PROP(DecimalProperty, DigitsArePlacedAsWritten, ()) {
  const auto digits = rc::gen::inRange('0', static_cast<char>('9' + 1));
  const auto whole = *rc::gen::resize(9, rc::gen::container<std::string>(digits));
  const auto fraction = *rc::gen::resize(9, rc::gen::container<std::string>(digits));
  RC_PRE(!whole.empty() || !fraction.empty());
  const Decimal parsed = ParseDecimal("-" + whole + "." + fraction).value();
  RC_ASSERT(parsed.scale == fraction.size());
  RC_ASSERT(parsed.units == -std::stoll(whole + fraction));
}

RC_GTEST_PROP(DecimalProperty, AnyTextIsReadOrRefused, (const std::string& text)) {
  const auto parsed = ParseDecimal(text);
  RC_ASSERT(parsed.has_value() || !parsed.error().message().empty());
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/stats/confidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mpcstats {
namespace {

double Tail(Decimal level) { return TailOf(std::span(&level, 1)); }

/// A figure of the statistic in the clear.
Figure PlainWith(const char* statistic, std::vector<std::vector<std::int64_t>> columns,
                 const std::vector<Decimal>& numbers) {
  const Statistic* found = FindStatistic(statistic);
  EXPECT_NE(found, nullptr);
  const std::vector<ColumnType> types(columns.size(), ColumnType{.bits = 8, .is_signed = true});
  return found->Plain(columns, types, numbers);
}

Figure PlainOf(const char* statistic, std::vector<std::vector<std::int64_t>> columns, Decimal level) {
  return PlainWith(statistic, std::move(columns), {level});
}

constexpr Decimal kHighest{999'999, 6};

void ExpectWithin(const Figure& got, double want) {
  EXPECT_EQ(got.undefined, "");
  EXPECT_LE(std::abs(got.value - want), got.error_bound + std::abs(want) * 0x1p-52)
      << got.name << " is " << want;
}

TEST(TailOf, IsRoundedOnce) {
  EXPECT_EQ(TailOf({}), 0.025);
  EXPECT_EQ(Tail({999'999, 6}), 0.0000005) << "(1 - 0.999999) / 2 of doubles is 5.0000000002e-7";
  EXPECT_EQ(Tail({5, 1}), 0.25);
}

TEST(Quantiles, AreThoseOfClosedFormsAndTables) {
  EXPECT_NEAR(NormalUpperQuantile(0.025), 1.959963984540054, 1e-14);
  // One degree of freedom is Cauchy's distribution; chi squared with two is exponential.
  for (const double tail : {0.25, 0.025, 0.0000005}) {
    const double cauchy = 1 / std::tan(std::numbers::pi * tail);
    EXPECT_NEAR(StudentUpperQuantile(tail, 1), cauchy, 1e-13 * cauchy);
    EXPECT_NEAR(ChiSquaredUpperQuantile(tail, 2), -2 * std::log(tail), 1e-12);
    EXPECT_NEAR(ChiSquaredLowerQuantile(tail, 2), -2 * std::log1p(-tail), 1e-12 * tail);
  }
}

// Made with mpmath 1.3.0, from the regularised incomplete beta function in 40 digits.
TEST(Quantiles, AreThoseOfFractionalDegreesOfFreedom) {
  struct Known {
    double freedom, tail, quantile;
  };
  constexpr Known kKnown[] = {
      {1.25, 0.025, 8.0279513772520615095},          {1.25, 0.0000005, 46416.441921011678995},
      {1.25, 0.25, 0.92097257541987273265},          {2.5, 0.025, 3.5746548420036832185},
      {2.5, 0.0000005, 290.52306159901499294},       {2.5, 0.25, 0.78501368299230110491},
      {3.7, 0.025, 2.8675207071911894637},           {3.7, 0.0000005, 62.290773014833747109},
      {3.7, 0.25, 0.74648515348245421809},           {17.3, 0.025, 2.1070320037534681373},
      {17.3, 0.0000005, 7.3610656449755040862},      {17.3, 0.25, 0.68893542418143952676},
      {4999.5, 0.025, 1.9604385991792670542},        {4999.5, 0.0000005, 4.8977426826691537751},
      {4999.5, 0.25, 0.6745388252686992449},         {1000000.5, 0.025, 1.9599663568129208974},
      {1000000.5, 0.0000005, 4.8916689606951426906}, {1000000.5, 0.25, 0.67448999553096471114}};
  for (const Known& known : kKnown) {
    EXPECT_NEAR(StudentUpperQuantile(known.tail, known.freedom), known.quantile, 1e-13 * known.quantile)
        << known.freedom << " degrees and " << known.tail;
  }
}

// Whatever the numbers are within their bounds, the limits are within theirs.
TEST(StudentInterval, BoundsItsLimitsForAllThatItsNumbersMayBe) {
  const auto off = [](double value, double bound) { return Figure({}, value, bound, {}); };
  for (const double tail : {0.25, 0.025, 0.0000005}) {
    for (const double freedom : {1.0, 1.5, 40.0}) {
      const Figure figure = StudentInterval(off(-3, 0.001), off(2, 0.01), off(freedom, 0.001), 1, tail);
      ASSERT_EQ(figure.parts.size(), 2u);
      for (const double side : {-1.0, 1.0}) {
        const double root = std::sqrt(2 + 0.01 * side);
        const double quantile = StudentUpperQuantile(tail, std::max(1.0, freedom - 0.001 * side));
        ExpectWithin(figure.parts[0], -3 - 0.001 * side - root * quantile);
        ExpectWithin(figure.parts[1], -3 + 0.001 * side + root * quantile);
      }
      const double width = figure.parts[1].value - figure.parts[0].value;
      EXPECT_LT(figure.parts[0].error_bound, 0.02 * width) << "it says something";
    }
  }
}

TEST(StudentInterval, OfNoErrorIsTheMiddle) {
  const Figure figure =
      StudentInterval(Figure({}, 5, 0, {}), Figure({}, 0, 0, {}), Figure({}, 3, 0, {}), 3, 0.0000005);
  ASSERT_EQ(figure.parts.size(), 2u);
  EXPECT_EQ(figure.parts[0].value, 5);
  EXPECT_EQ(figure.parts[1].value, 5);
}

TEST(MeanInterval, KeepsItsBoundAtTheHighestLevelOfTwoValues) {
  const Figure figure = PlainOf("mean_interval", {{1, 2}}, {999'999, 6});
  const double reach = 0.5 / std::tan(std::numbers::pi * 0.0000005);
  ASSERT_EQ(figure.parts.size(), 2u);
  ExpectWithin(figure.parts[0], 1.5 - reach);
  ExpectWithin(figure.parts[1], 1.5 + reach);
}

TEST(VarianceInterval, IsThatOfClosedFormsForThreeValues) {
  const Figure figure = PlainOf("variance_interval", {{-1, 0, 1}}, {999'999, 6});
  ASSERT_EQ(figure.parts.size(), 2u);
  ExpectWithin(figure.parts[0], 2 / (-2 * std::log(0.0000005)));
  ExpectWithin(figure.parts[1], 2 / (-2 * std::log1p(-0.0000005)));
}

TEST(VarianceInterval, OfEqualValuesIsZeroAndOfOneValueUndefined) {
  const Figure equal = PlainOf("variance_interval", {{7, 7, 7}}, {95, 2});
  ASSERT_EQ(equal.parts.size(), 2u);
  EXPECT_EQ(equal.parts[1].value, 0);
  EXPECT_NE(PlainOf("variance_interval", {{7}}, {95, 2}).undefined, "");
}

TEST(CorrelationInterval, IsFishers) {
  // r = 0.8, n = 5: tanh(atanh 0.8 -+ z / sqrt 2)
  const Figure figure = PlainOf("correlation_interval", {{1, 2, 3, 4, 5}, {2, 1, 4, 3, 5}}, {95, 2});
  ASSERT_EQ(figure.parts.size(), 2u);
  const double z = 1.959963984540054 / std::numbers::sqrt2;
  ExpectWithin(figure.parts[0], std::tanh(std::atanh(0.8) - z));
  ExpectWithin(figure.parts[1], std::tanh(std::atanh(0.8) + z));
}

TEST(CorrelationInterval, OfALineHasNoWidthAndOfFewOrEqualValuesIsUndefined) {
  const Figure line = PlainOf("correlation_interval", {{1, 2, 3, 4}, {-1, -2, -3, -4}}, {95, 2});
  ASSERT_EQ(line.parts.size(), 2u);
  ExpectWithin(line.parts[0], -1);
  ExpectWithin(line.parts[1], -1);
  EXPECT_EQ(PlainOf("correlation_interval", {{1, 2, 3}, {1, 2, 4}}, {95, 2}).undefined,
            "fewer than four values");
  EXPECT_EQ(PlainOf("correlation_interval", {{1, 1, 1, 1}, {1, 2, 3, 4}}, {95, 2}).undefined,
            "a column is constant");
}

void ExpectInterval(const Figure& figure, double low, double high) {
  ASSERT_EQ(figure.parts.size(), 2u) << figure.undefined;
  EXPECT_EQ(figure.parts[0].name, "low");
  EXPECT_EQ(figure.parts[1].name, "high");
  ExpectWithin(figure.parts[0], low);
  ExpectWithin(figure.parts[1], high);
}

// The slope is 1 and its standard error 0.4; mpmath 1.3.0, and R's confint to 15 digits.
TEST(SlopeInterval, IsStudents) {
  const std::vector<std::vector<std::int64_t>> line = {{1, 2, 3, 4, 5}, {2, 1, 4, 3, 6}};
  ExpectInterval(PlainWith("slope_interval", line, {}), -0.27297852211348383709, 2.2729785221134838371);
  ExpectInterval(PlainOf("slope_interval", line, kHighest), -51.06183582334318033, 53.06183582334318033);
}

TEST(SlopeInterval, KeepsItsBoundAtTheHighestLevelOfThreeValues) {
  // Slope 1/2 and squared error 3/4 of one degree of freedom, which is Cauchy's distribution.
  const double reach = std::sqrt(0.75) / std::tan(std::numbers::pi * 0.0000005);
  ExpectInterval(PlainOf("slope_interval", {{0, 1, 2}, {0, 2, 1}}, kHighest), 0.5 - reach, 0.5 + reach);
}

TEST(SlopeInterval, OfALineHasNoWidthAndOfAConstantYIsZero) {
  ExpectInterval(PlainOf("slope_interval", {{1, 2, 5}, {-3, -6, -15}}, kHighest), -3, -3);
  ExpectInterval(PlainOf("slope_interval", {{1, 2, 5}, {4, 4, 4}}, kHighest), 0, 0);
}

TEST(SlopeInterval, OfTwoValuesOrAConstantXIsUndefined) {
  EXPECT_EQ(PlainWith("slope_interval", {{}, {}}, {}).undefined, "fewer than three values");
  EXPECT_EQ(PlainWith("slope_interval", {{1, 2}, {1, 3}}, {}).undefined, "fewer than three values");
  EXPECT_EQ(PlainWith("slope_interval", {{2, 2, 2}, {1, 3, 4}}, {}).undefined, "x is constant");
}

// 4.64 degrees of freedom; mpmath 1.3.0, and R's t.test to 15 digits.
TEST(WelchInterval, IsWelchs) {
  const std::vector<std::vector<std::int64_t>> groups = {{1, 3, 9, 7, 2, 8, 4, 10}, {0, 1, 5, 1, 0, 1, 0, 1}};
  ExpectInterval(PlainWith("welch_interval", groups, {{0, 0}, {1, 0}}), -9.1816243109496481721,
                 -0.15170902238368516127);
  ExpectInterval(PlainWith("welch_interval", groups, {{0, 0}, {1, 0}, {5, 1}}), -5.9209415319670436496,
                 -3.4123918013662896837);
  ExpectInterval(PlainWith("welch_interval", groups, {{0, 0}, {1, 0}, kHighest}), -62.408858241668696648,
                 53.075524908335363314);
}

TEST(WelchInterval, OfAConstantGroupIsThatOfTheOther) {
  // The squared error is 1/4 and there is one degree of freedom.
  const double reach = 0.5 / std::tan(std::numbers::pi * 0.0000005);
  ExpectInterval(PlainWith("welch_interval", {{1, 2, 9, 9, 9}, {0, 0, 1, 1, 1}}, {{1, 0}, {0, 0}, kHighest}),
                 7.5 - reach, 7.5 + reach);
}

TEST(WelchInterval, OfASmallGroupOrConstantGroupsIsUndefined) {
  const std::vector<Decimal> groups = {{0, 0}, {1, 0}};
  EXPECT_EQ(PlainWith("welch_interval", {{}, {}}, groups).undefined, "fewer than two values in a group");
  EXPECT_EQ(PlainWith("welch_interval", {{1, 2, 3}, {0, 0, 1}}, groups).undefined,
            "fewer than two values in a group");
  EXPECT_EQ(PlainWith("welch_interval", {{5, 5, 8, 8}, {0, 0, 1, 1}}, groups).undefined,
            "both groups are constant");
}

}  // namespace
}  // namespace mpcstats

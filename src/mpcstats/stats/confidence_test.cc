#include "mpcstats/stats/confidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace mpcstats {
namespace {

double Tail(Decimal level) { return TailOf(std::span(&level, 1)); }

/// A figure of the statistic in the clear.
Figure PlainOf(const char* statistic, std::vector<std::vector<std::int64_t>> columns, Decimal level) {
  const Statistic* found = FindStatistic(statistic);
  EXPECT_NE(found, nullptr);
  const std::vector<ColumnType> types(columns.size(), ColumnType{.bits = 8, .is_signed = true});
  return found->Plain(columns, types, std::span(&level, 1));
}

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

}  // namespace
}  // namespace mpcstats

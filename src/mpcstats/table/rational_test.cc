#include "mpcstats/table/rational.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace mpcstats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSmallest = std::numeric_limits<double>::denorm_min();
constexpr double kLargest = std::numeric_limits<double>::max();

Rational PowerOfTwo(int exponent) {
  Rational power = 1;
  for (int i = 0; i < std::abs(exponent); ++i) power = power * 2;
  return exponent < 0 ? Rational(1) / power : power;
}

// The exact value of a finite double.
Rational Exactly(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return Rational(static_cast<std::int64_t>(std::ldexp(fraction, 53))) * PowerOfTwo(exponent - 53);
}

bool IsEven(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  const int precision = std::min(53, exponent + 1074);
  return std::fmod(std::ldexp(fraction, precision), 2) == 0;
}

// Whether `value` is the double nearest to `exact`, by the two halves around it.
bool IsNearest(double value, const Rational& exact) {
  const Rational below = (Exactly(std::nextafter(value, -kInfinity)) + Exactly(value)) / 2;
  const Rational above = (Exactly(value) + Exactly(std::nextafter(value, kInfinity))) / 2;
  if (exact == below || exact == above) return IsEven(value);
  return below < exact && exact < above;
}

bool IsNearestRoot(double root, const Rational& square) {
  const Rational below = (Exactly(std::nextafter(root, 0)) + Exactly(root)) / 2;
  const Rational above = (Exactly(root) + Exactly(std::nextafter(root, kInfinity))) / 2;
  return below * below <= square && square <= above * above;
}

TEST(Rational, ComputesInLowestTerms) {
  const Rational third = Rational(1) / 3;
  EXPECT_EQ((third + Rational(1) / 6).ToExact(), "0.5");
  EXPECT_EQ((third - 1).ToExact(), "-2/3");
  EXPECT_EQ((third * 6).ToExact(), "2");
  EXPECT_EQ((Rational(4) / -6).ToExact(), "-2/3");
  EXPECT_EQ((-third).ToExact(), "-1/3");
  EXPECT_EQ(Rational().ToExact(), "0");
}

TEST(Rational, Compares) {
  EXPECT_LT(Rational(1) / 3, Rational(1) / 2);
  EXPECT_GT(Rational(-1) / 3, Rational(-1) / 2);
  EXPECT_EQ(Rational(2) / 4, Rational(1) / 2);
  EXPECT_EQ(Rational(-3).Sign(), -1);
  EXPECT_EQ(Rational(0).Sign(), 0);
  EXPECT_TRUE((Rational(6) / 3).IsInteger());
}

TEST(Rational, TakesEveryWidthOfInteger) {
  EXPECT_EQ(Rational(std::numeric_limits<std::int64_t>::min()).ToExact(), "-9223372036854775808");
  EXPECT_EQ(Rational(std::numeric_limits<std::uint64_t>::max()).ToExact(), "18446744073709551615");
  const unsigned __int128 ones = ~static_cast<unsigned __int128>(0);
  EXPECT_EQ(Rational(ones).ToExact(), "340282366920938463463374607431768211455");
  EXPECT_EQ(Rational(static_cast<__int128>(static_cast<unsigned __int128>(1) << 127)).ToExact(),
            "-170141183460469231731687303715884105728");
  const std::array<std::uint64_t, 3> limbs = {5, 0, 1};
  EXPECT_EQ(Rational::FromLimbs(true, limbs).ToExact(), "-340282366920938463463374607431768211461");
  EXPECT_EQ(Rational::FromLimbs(true, {}), Rational(0));
}

TEST(Rational, TakesDecimalsAndPowersOfTen) {
  EXPECT_EQ(Rational::FromDecimal({-1250, 2}).ToExact(), "-12.5");
  EXPECT_EQ(Rational::PowerOfTen(3).ToExact(), "1000");
  EXPECT_EQ((Rational(45) * Rational::PowerOfTen(-3)).ToExact(), "0.045");
}

TEST(Rational, KeepsItsValueWhenAssignedFrom) {
  Rational a = 7;
  const Rational b = std::move(a);
  EXPECT_EQ(a, b);
}

TEST(ToExact, WritesDecimalsThatEnd) {
  EXPECT_EQ((Rational(221790) / 50).ToExact(), "4435.8");
  EXPECT_EQ((Rational(-1) / 8).ToExact(), "-0.125");
  EXPECT_EQ((Rational(1) / 3125).ToExact(), "0.00032");
}

TEST(ToExact, WritesAFractionWhereNoDecimalEnds) {
  EXPECT_EQ((Rational(948677) / 272).ToExact(), "948677/272");
}

TEST(ToExact, WritesAFractionAboveSixtyDigits) {
  EXPECT_EQ(Rational::PowerOfTen(-59).ToExact(), "0." + std::string(58, '0') + "1");
  EXPECT_EQ(Rational::PowerOfTen(-60).ToExact(), "1/1" + std::string(60, '0'));
  EXPECT_EQ((Rational(1) / 2 + Rational::PowerOfTen(60)).ToExact().find('.'), std::string::npos);
  EXPECT_EQ(Rational::PowerOfTen(70).ToExact(), "1" + std::string(70, '0'));
}

TEST(RationalDeath, DivisionByZeroStops) { EXPECT_DEATH((void)(Rational(1) / 0), ""); }

TEST(RationalDeath, RootOfANegativeNumberStops) { EXPECT_DEATH((void)Rational(-1).SqrtToDouble(), ""); }

TEST(ToDouble, IsExactWhereItCanBe) {
  for (double value :
       {0.0, 1.0, -0.5, 1e300, kLargest, -kLargest, kSmallest, 0x1p-1022, 0x1.fffffffffffffp-1023}) {
    EXPECT_EQ(Exactly(value).ToDouble(), value);
  }
}

TEST(ToDouble, RoundsHalvesToEven) {
  const Rational half = PowerOfTwo(-53);
  EXPECT_EQ((1 + half).ToDouble(), 1.0);
  EXPECT_EQ((1 + 3 * half).ToDouble(), 1 + 0x1p-51);
  EXPECT_EQ((1 + half + PowerOfTwo(-300)).ToDouble(), 1 + 0x1p-52);
  EXPECT_EQ((1 + half - PowerOfTwo(-300)).ToDouble(), 1.0);
  EXPECT_EQ((Rational(1) / 3).ToDouble(), 1.0 / 3.0);
  EXPECT_EQ((Rational(-2) / 3).ToDouble(), -2.0 / 3.0);
}

TEST(ToDouble, RoundsSubnormalsOnce) {
  const Rational smallest = PowerOfTwo(-1074);
  EXPECT_EQ((smallest / 2).ToDouble(), 0.0);
  EXPECT_FALSE(std::signbit((-smallest / 2).ToDouble()));
  EXPECT_EQ((smallest / 2 + PowerOfTwo(-1200)).ToDouble(), kSmallest);
  EXPECT_EQ((smallest / 4).ToDouble(), 0.0);
  EXPECT_EQ((smallest * 3 / 2).ToDouble(), 2 * kSmallest);
  EXPECT_EQ((smallest * 5 / 2).ToDouble(), 2 * kSmallest);
  EXPECT_EQ(PowerOfTwo(-4000).ToDouble(), 0.0);
  // Two roundings, first to 53 bits and then to fewer, would go up here.
  EXPECT_EQ((smallest * 7 / 2 - PowerOfTwo(-1200)).ToDouble(), 3 * kSmallest);
  EXPECT_EQ((PowerOfTwo(-1022) - smallest / 2).ToDouble(), 0x1p-1022);
}

TEST(ToDouble, OverflowsToInfinityFromTheHalfOn) {
  const Rational half = Exactly(kLargest) + PowerOfTwo(970);
  EXPECT_EQ(half.ToDouble(), kInfinity);
  EXPECT_EQ((-half).ToDouble(), -kInfinity);
  EXPECT_EQ((half - PowerOfTwo(-10)).ToDouble(), kLargest);
  EXPECT_EQ(PowerOfTwo(4000).ToDouble(), kInfinity);
}

TEST(SqrtToDouble, IsExactForSquares) {
  EXPECT_EQ(Rational(0).SqrtToDouble(), 0.0);
  EXPECT_EQ((Rational(9) / 16).SqrtToDouble(), 0.75);
  EXPECT_EQ(PowerOfTwo(2000).SqrtToDouble(), 0x1p1000);
  EXPECT_EQ(PowerOfTwo(-2148).SqrtToDouble(), kSmallest);
}

TEST(SqrtToDouble, RoundsHalvesToEven) {
  const Rational half = 1 + PowerOfTwo(-53);
  EXPECT_EQ((half * half).SqrtToDouble(), 1.0);
  EXPECT_EQ((half * half + PowerOfTwo(-400)).SqrtToDouble(), 1 + 0x1p-52);
  EXPECT_EQ((half * half - PowerOfTwo(-400)).SqrtToDouble(), 1.0);
}

TEST(SqrtToDouble, AgreesWithHardwareOnDoubles) {
  for (double value : {2.0, 3.0, 0.1, 1e300, 1e-300, kLargest, kSmallest, 123456789.0}) {
    EXPECT_EQ(Exactly(value).SqrtToDouble(), std::sqrt(value)) << value;
  }
}

TEST(SqrtToDouble, OverflowsToInfinity) { EXPECT_EQ(PowerOfTwo(2048).SqrtToDouble(), kInfinity); }

RC_GTEST_PROP(RationalProperty, ToDoubleIsNearest, (std::int64_t a, std::int64_t b, std::int64_t c)) {
  RC_PRE(b != 0);
  const Rational value = Rational(a) * c / b * PowerOfTwo(*rc::gen::inRange(-1180, 800));
  RC_ASSERT(IsNearest(value.ToDouble(), value));
}

RC_GTEST_PROP(RationalProperty, SqrtToDoubleIsNearest, (std::uint64_t a, std::uint64_t b)) {
  RC_PRE(b != 0);
  const Rational value = Rational(a) / b * PowerOfTwo(*rc::gen::inRange(-2300, 1900));
  const double root = value.SqrtToDouble();
  RC_ASSERT(IsNearestRoot(root, value));
}

RC_GTEST_PROP(RationalProperty, ToDoubleAgreesWithTheDecimalReader, (std::int64_t units)) {
  const auto scale = *rc::gen::inRange(0u, 40u);
  const std::string text = FormatDecimal({units, scale});
  RC_ASSERT(Rational::FromDecimal({units, scale}).ToDouble() == std::strtod(text.c_str(), nullptr));
}

RC_GTEST_PROP(RationalProperty, DivisionUndoesMultiplication,
              (std::int64_t a, std::int64_t b, std::int64_t c)) {
  RC_PRE(b != 0 && c != 0);
  const Rational x = Rational(a) / b;
  RC_ASSERT(x * c / c == x);
  RC_ASSERT(x + c - c == x);
}

}  // namespace
}  // namespace mpcstats

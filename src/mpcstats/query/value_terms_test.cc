#include "mpcstats/query/value_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/language/grammar.h"

namespace mpcstats {
namespace {

std::size_t Terms(const std::string& values, unsigned degree = 1) {
  const Result<Call> call = ParseCall("f(" + values + ")", nullptr);
  EXPECT_TRUE(call.has_value()) << values;
  if (!call) return 0;
  const Result<std::size_t> terms = TermsOf(call->arguments, degree);
  EXPECT_TRUE(terms.has_value()) << values;
  return terms.value_or(0);
}

TEST(TermsOf, CountsWhatAnExactSumHoldsOfEachColumn) {
  EXPECT_EQ(Terms("income * 12"), 1u);
  EXPECT_EQ(Terms("income - 100"), 1u);
  EXPECT_EQ(Terms("income + bonus"), 2u);
  EXPECT_EQ(Terms("1000000 * income + bonus - 7"), 2u);
  EXPECT_EQ(Terms("-(a - b) + c"), 3u);
}

TEST(TermsOf, CountsProductsAndPowersAsTerms) {
  EXPECT_EQ(Terms("a * b"), 1u);
  EXPECT_EQ(Terms("a * a + 1000 * a"), 2u);
  EXPECT_EQ(Terms("(a + 1) * (b + 1)"), 3u) << "a b, a and b";
  EXPECT_EQ(Terms("(a + b) * (a + b)"), 3u);
  EXPECT_EQ(Terms("a * b + b * a"), 1u);
}

TEST(TermsOf, CountsATermWhosePartsCancel) { EXPECT_EQ(Terms("a - a + b"), 2u); }

TEST(TermsOf, OfADegreeCountsThoseOfThePower) {
  EXPECT_EQ(Terms("a", 2), 1u);
  EXPECT_EQ(Terms("a - 5", 4), 1u) << "what is opened is moved by what everybody knows";
  EXPECT_EQ(Terms("a + b", 2), 3u);
  EXPECT_EQ(Terms("a + b", 4), 5u);
  EXPECT_EQ(Terms("a * b", 2), 1u);
}

TEST(TermsOf, OfSeveralValuesCountsProductsOfEachWithEach) {
  EXPECT_EQ(Terms("a + b, c", 2), 6u) << "a a, a b, b b, a c, b c, c c";
  EXPECT_EQ(Terms("a + b, a", 2), 3u);
}

// A second moment of c1 a + c2 a^2 + c3 a^3 has six numbers in it, those of a^2 a^2 and of a a^3 with factors of their own.
TEST(TermsOf, OfADegreeCountsProductsApartThatMultiplyTheSameColumns) {
  EXPECT_EQ(Terms("a + a * a", 2), 3u);
  EXPECT_EQ(Terms("a + a * a + a * a * a", 2), 6u);
  EXPECT_EQ(Terms("a * c + b * d + a * d + b * c", 2), 10u) << "a c b d is a d b c";
  EXPECT_EQ(Terms("a * c + b * d, a * d + b * c", 2), 10u);
}

// (a + b + c + d)^k has (k + 3 choose 3) terms.
TEST(TermsOf, RefusesToCountBeyondTheMost) {
  const auto terms = [](unsigned degree) {
    return TermsOf(ParseCall("f(a + b + c + d)", nullptr)->arguments, degree);
  };
  ASSERT_TRUE(terms(16).has_value());
  EXPECT_EQ(*terms(16), 969u);
  ASSERT_FALSE(terms(17).has_value());
  EXPECT_EQ(terms(17).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(terms(17).error().message(), ::testing::HasSubstr("more than 1000 terms"));
}

}  // namespace
}  // namespace mpcstats

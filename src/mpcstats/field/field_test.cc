#include "mpcstats/field/field.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "mpcstats/field/fp127.h"
#include "mpcstats/field/fp65521.h"
#include "mpcstats/field/gf2_16.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {
namespace {

// RapidCheck scales generated numbers with the size of a case, so that most early ones would be zero: always draw at
// the nominal size.
template <typename T>
T FullSize(rc::Gen<T> gen) {
  return *rc::gen::resize(rc::kNominalSize, std::move(gen));
}

// One in three elements is an end of the range, the others are uniform.
template <typename K>
K Arbitrary() {
  const int kind = FullSize(rc::gen::inRange(0, 9));
  if (kind == 0) return K::Zero();
  if (kind == 1) return K::One();
  if (kind == 2) return -K::One();
  std::uint8_t bytes[K::kUniformBytes];
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(FullSize(rc::gen::inRange(0, 256)));
  return K::FromUniform(bytes);
}

template <typename K>
class FieldTest : public testing::Test {};

using Fields = testing::Types<Gf2_64, Gf2_16, Fp127, Fp65521>;
TYPED_TEST_SUITE(FieldTest, Fields);

#define EXPECT_PROPERTY(...) EXPECT_TRUE(rc::check(__VA_ARGS__))

TYPED_TEST(FieldTest, SatisfiesTheAxioms) {
  using K = TypeParam;
  EXPECT_PROPERTY([] {
    const K a = Arbitrary<K>();
    const K b = Arbitrary<K>();
    const K c = Arbitrary<K>();
    RC_ASSERT((a + b) + c == a + (b + c));
    RC_ASSERT(a + b == b + a);
    RC_ASSERT(a + K::Zero() == a);
    RC_ASSERT(a + (-a) == K::Zero());
    RC_ASSERT(a - b == a + (-b));
    RC_ASSERT((a * b) * c == a * (b * c));
    RC_ASSERT(a * b == b * a);
    RC_ASSERT(a * K::One() == a);
    RC_ASSERT(a * (b + c) == a * b + a * c);
  });
}

TYPED_TEST(FieldTest, InverseOfANonzeroElementMultipliesToOne) {
  using K = TypeParam;
  EXPECT_PROPERTY([] {
    const K any = Arbitrary<K>();
    const K a = any == K::Zero() ? K::One() : any;
    RC_ASSERT(a * a.Inverse() == K::One());
  });
}

TYPED_TEST(FieldTest, InverseTakesZeroToZero) {
  EXPECT_TRUE(TypeParam::Zero().Inverse() == TypeParam::Zero());
}

TYPED_TEST(FieldTest, StoreAndLoadGiveTheElementBack) {
  using K = TypeParam;
  EXPECT_PROPERTY([] {
    const K a = Arbitrary<K>();
    std::uint8_t bytes[K::kBytes];
    a.Store(bytes);
    const std::optional<K> loaded = K::Load(bytes);
    RC_ASSERT(loaded.has_value());
    RC_ASSERT(*loaded == a);
  });
}

TYPED_TEST(FieldTest, CompoundAssignmentsMatchTheOperators) {
  using K = TypeParam;
  EXPECT_PROPERTY([] {
    const K a = Arbitrary<K>();
    const K b = Arbitrary<K>();
    K sum = a;
    K difference = a;
    K product = a;
    RC_ASSERT((sum += b) == a + b);
    RC_ASSERT((difference -= b) == a - b);
    RC_ASSERT((product *= b) == a * b);
  });
}

TYPED_TEST(FieldTest, AccumulatorMatchesTheSumOfProducts) {
  using K = TypeParam;
  EXPECT_PROPERTY([] {
    typename K::Accumulator sum;
    K expected;
    const int terms = *rc::gen::inRange(0, 40);
    for (int i = 0; i < terms; ++i) {
      const K a = Arbitrary<K>();
      const K b = Arbitrary<K>();
      sum.AddProduct(a, b);
      sum.Add(b);
      expected += a * b + b;
    }
    RC_ASSERT(sum.Reduce() == expected);
  });
}

TYPED_TEST(FieldTest, AccumulatorHoldsAMillionMaximalTerms) {
  using K = TypeParam;
  constexpr std::uint64_t kTerms = 1'000'001;
  const K largest = -K::One();
  typename K::Accumulator sum;
  for (std::uint64_t i = 0; i < kTerms; ++i) {
    sum.AddProduct(largest, largest);
    sum.Add(largest);
  }
  // (-1)^2 - 1 = 0 in each term.
  EXPECT_TRUE(sum.Reduce() == K::Zero());
  sum.AddProduct(largest, largest);
  EXPECT_TRUE(sum.Reduce() == K::One());
}

TYPED_TEST(FieldTest, DefaultIsZeroAndZeroIsNotOne) {
  EXPECT_TRUE(TypeParam() == TypeParam::Zero());
  EXPECT_FALSE(TypeParam::Zero() == TypeParam::One());
}

TEST(Power, OfExponentZeroIsOne) { EXPECT_TRUE(Power(Fp127::FromU64(7), 0) == Fp127::One()); }

}  // namespace
}  // namespace mpcstats

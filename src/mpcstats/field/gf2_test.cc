#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <type_traits>

#include "mpcstats/field/gf2_16.h"
#include "mpcstats/field/gf2_64.h"
#include "mpcstats/field/test_values.h"

namespace mpcstats {
namespace {

static_assert(std::is_standard_layout_v<Gf2_64> && alignof(Gf2_64) == alignof(std::uint64_t));

// Polynomials over GF(2) as bits of a 128-bit integer.
using Poly = unsigned __int128;

int Degree(Poly a) {
  int degree = -1;
  for (; a != 0; a >>= 1) ++degree;
  return degree;
}

Poly Mod(Poly a, Poly m) {
  for (int shift = Degree(a) - Degree(m); shift >= 0; shift = Degree(a) - Degree(m)) a ^= m << shift;
  return a;
}

Poly Gcd(Poly a, Poly b) {
  while (b != 0) {
    const Poly r = Mod(a, b);
    a = b;
    b = r;
  }
  return a;
}

/// Rabin's test for a degree that is a power of two: x^(2^n) = x, and x^(2^(n/2)) - x is prime to the
/// modulus.
bool IsIrreducible(Poly modulus) {
  const int n = Degree(modulus);
  Poly power = 2;
  for (int i = 1; i <= n; ++i) {
    Poly square = 0;  // squaring spreads the bits
    for (int k = 0; k < n; ++k) square |= ((power >> k) & 1) << (2 * k);
    power = Mod(square, modulus);
    if (i == n / 2 && Gcd(modulus, power ^ 2) != 1) return false;
  }
  return power == 2;
}

constexpr Poly kModulus64 = (Poly{1} << 64) | 0x1b;
constexpr Poly kModulus16 = 0x1100b;

TEST(Gf2Modulus, BothAreIrreducible) {
  EXPECT_TRUE(IsIrreducible(kModulus64));
  EXPECT_TRUE(IsIrreducible(kModulus16));
}

TEST(Gf2Modulus, TheTestRejectsReducibleOnes) {
  EXPECT_FALSE(IsIrreducible(kModulus64 ^ 2));
  EXPECT_FALSE(IsIrreducible(kModulus16 ^ 2));
  EXPECT_FALSE(IsIrreducible(Poly{1} << 16));
}

TEST(Gf2_64, ProductMatchesTheBitByBitProduct) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t a = random();
    const std::uint64_t b = random();
    EXPECT_EQ((Gf2_64::FromU64(a) * Gf2_64::FromU64(b)).bits(), field_test::SlowProduct(a, b));
  }
}

TEST(Gf2_64, TheTopBitTimesBetaIsTheReductionPolynomial) {
  EXPECT_EQ((Gf2_64::FromU64(std::uint64_t{1} << 63) * Gf2_64::FromU64(2)).bits(), 0x1bU);
}

TEST(Gf2_64, BytesAreLittleEndian) {
  std::uint8_t bytes[8];
  Gf2_64::FromU64(0x0102030405060708).Store(bytes);
  EXPECT_EQ(bytes[0], 8);
  EXPECT_EQ(bytes[7], 1);
}

TEST(Gf2_16, ProductMatchesPolynomialDivision) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t a = random() & 0xffff;
    const std::uint64_t b = random() & 0xffff;
    Poly product = 0;
    for (int k = 0; k < 16; ++k) product ^= ((b >> k) & 1) != 0 ? Poly{a} << k : 0;
    EXPECT_EQ((Gf2_16::FromU64(a) * Gf2_16::FromU64(b)).bits(),
              static_cast<std::uint64_t>(Mod(product, kModulus16)));
  }
}

TEST(Gf2_16, FromU64ReducesThePolynomial) {
  EXPECT_EQ(Gf2_16::FromU64(0x10000).bits(), 0x100b);
  EXPECT_EQ(Gf2_16::FromU64(~std::uint64_t{0}).bits(),
            static_cast<std::uint64_t>(Mod(~std::uint64_t{0}, kModulus16)));
}

TEST(Gf2_16, EveryNonzeroElementHasAnInverse) {
  for (std::uint64_t a = 1; a < 0x10000; ++a) {
    ASSERT_TRUE(Gf2_16::FromU64(a) * Gf2_16::FromU64(a).Inverse() == Gf2_16::One()) << a;
  }
}

}  // namespace
}  // namespace mpcstats

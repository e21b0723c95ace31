#include "mpcstats/zktls/zk/gf2_8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace mpcstats {
namespace {

/// Russian peasants, modulo x^8 + x^4 + x^3 + x + 1.
unsigned SlowProduct(unsigned a, unsigned b) {
  unsigned product = 0;
  for (; b != 0; b >>= 1) {
    if ((b & 1) != 0) product ^= a;
    a = (a << 1) ^ ((a & 0x80) != 0 ? 0x11bu : 0u);
  }
  return product;
}

Gf2_128 Lift(unsigned byte, const std::array<Gf2_128, 8>& basis) {
  Gf2_128 sum;
  for (unsigned i = 0; i < 8; ++i) sum += basis[i].Times(byte >> i);
  return sum;
}

std::vector<std::uint8_t> BitsOf(const std::vector<std::uint8_t>& bytes) {
  std::vector<std::uint8_t> bits;
  for (const unsigned byte : bytes) {
    for (unsigned i = 0; i < 8; ++i) bits.push_back(static_cast<std::uint8_t>((byte >> i) & 1u));
  }
  return bits;
}

TEST(Gf2_8, InversesOfAllBytesAreInverses) {
  for (unsigned first = 0; first < 256; first += 64) {
    std::vector<std::uint8_t> bytes;
    for (unsigned k = 0; k < 64; ++k) bytes.push_back(static_cast<std::uint8_t>(first + k));
    std::vector<std::uint8_t> out(8 * 64);
    InvertBytes(BitsOf(bytes), out);
    for (unsigned k = 0; k < 64; ++k) {
      unsigned inverse = 0;
      for (unsigned i = 0; i < 8; ++i) inverse |= static_cast<unsigned>(out[8 * k + i]) << i;
      EXPECT_EQ(SlowProduct(first + k, inverse), first + k == 0 ? 0u : 1u) << first + k;
      if (first + k == 0) EXPECT_EQ(inverse, 0u);
    }
  }
}

// The image of x of FAEST (specification, constants of its appendix; alpha_1 and alpha_2 for 128 bits).
TEST(Gf2_8, LiftIsThatOfFaest) {
  EXPECT_EQ(GetAesLift().basis[0], Gf2_128::One());
  EXPECT_EQ(GetAesLift().basis[1], Gf2_128(0xa13fe8ac5560ce0d, 0x053d8555a9979a1c));
  EXPECT_EQ(GetAesLift().basis[2], Gf2_128(0xec7759ca3488aee1, 0x4cf4b7439cbfbb84));
}

TEST(Gf2_8, LiftKeepsProductsAndSquares) {
  const AesLift& lift = GetAesLift();
  for (unsigned a = 0; a < 256; ++a) {
    EXPECT_EQ(Lift(a, lift.squares), Lift(SlowProduct(a, a), lift.basis));
    for (unsigned b = 0; b < 256; b += 7) {
      EXPECT_EQ(Lift(a, lift.basis) * Lift(b, lift.basis), Lift(SlowProduct(a, b), lift.basis));
    }
  }
}

// Both relations together leave one y for each x, also for x = 0. Either of them alone does not.
TEST(Gf2_8, TheTwoRelationsOfTheSboxForceTheInverse) {
  unsigned pairs = 0;
  unsigned first_alone = 0;
  for (unsigned x = 0; x < 256; ++x) {
    for (unsigned y = 0; y < 256; ++y) {
      const bool first = SlowProduct(SlowProduct(x, x), y) == x;
      const bool second = SlowProduct(x, SlowProduct(y, y)) == y;
      first_alone += first ? 1 : 0;
      if (first && second) {
        ++pairs;
        EXPECT_EQ(SlowProduct(x, y), x == 0 ? 0u : 1u);
        EXPECT_EQ(x == 0, y == 0);
      }
    }
  }
  EXPECT_EQ(pairs, 256u);
  EXPECT_EQ(first_alone, 511u);
}

}  // namespace
}  // namespace mpcstats

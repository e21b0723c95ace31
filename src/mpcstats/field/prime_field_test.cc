#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <random>
#include <vector>

#include "mpcstats/field/fp127.h"
#include "mpcstats/field/fp65521.h"

namespace mpcstats {
namespace {

using boost::multiprecision::cpp_int;
using Wide = Fp127::Wide;

cpp_int ToInt(Wide value) {
  return (cpp_int(static_cast<std::uint64_t>(value >> 64)) << 64) + static_cast<std::uint64_t>(value);
}

const cpp_int& Prime() {
  static const cpp_int prime = (cpp_int(1) << 127) - 1;
  return prime;
}

Fp127 FromWide(Wide value) {
  std::uint8_t bytes[16];
  StoreLittleEndian<16>(value, bytes);
  return Fp127::FromUniform(bytes);
}

/// The ends of the range, the neighbourhood of the limb border, and random elements.
std::vector<Fp127> Samples() {
  std::vector<Fp127> samples;
  for (std::uint64_t i = 0; i < 3; ++i) {
    samples.push_back(Fp127::FromU64(i));
    samples.push_back(-Fp127::FromU64(i));
    samples.push_back(Fp127::FromU64(~i));
    samples.push_back(FromWide((Wide{1} << 64) + i));
    samples.push_back(FromWide((Wide{1} << 126) + i));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 30; ++i) samples.push_back(FromWide((Wide{random()} << 64) | random()));
  return samples;
}

TEST(Fp127, OperationsMatchBigIntegers) {
  for (const Fp127 a : Samples()) {
    for (const Fp127 b : Samples()) {
      const cpp_int x = ToInt(a.value());
      const cpp_int y = ToInt(b.value());
      EXPECT_EQ(ToInt((a + b).value()), (x + y) % Prime());
      EXPECT_EQ(ToInt((a - b).value()), (x + Prime() - y) % Prime());
      EXPECT_EQ(ToInt((a * b).value()), (x * y) % Prime());
    }
    EXPECT_EQ(ToInt((-a).value()), (Prime() - ToInt(a.value())) % Prime());
  }
}

TEST(Fp127, AccumulatorMatchesBigIntegers) {
  Fp127::Accumulator sum;
  cpp_int expected = 0;
  for (const Fp127 a : Samples()) {
    for (const Fp127 b : Samples()) {
      sum.AddProduct(a, b);
      expected += ToInt(a.value()) * ToInt(b.value());
    }
  }
  EXPECT_EQ(ToInt(sum.Reduce().value()), expected % Prime());
}

TEST(Fp127, FromSignedIsTheIntegerModuloP) {
  EXPECT_TRUE(Fp127::FromSigned(-1) == -Fp127::One());
  EXPECT_TRUE(Fp127::FromSigned(0) == Fp127::Zero());
  EXPECT_TRUE(Fp127::FromSigned(-5) + Fp127::FromU64(5) == Fp127::Zero());
  const __int128 lowest = static_cast<__int128>(Wide{1} << 127);
  EXPECT_TRUE(Fp127::FromSigned(lowest) == -Fp127::One());      // -2^127 = -1
  EXPECT_TRUE(Fp127::FromSigned(lowest + 1) == Fp127::Zero());  // -p
  EXPECT_TRUE(Fp127::FromSigned(static_cast<__int128>(Fp127::kModulus)) == Fp127::Zero());
}

TEST(Fp127, KnownProducts) {
  EXPECT_TRUE(FromWide(Wide{1} << 126) * Fp127::FromU64(2) == Fp127::One());
  EXPECT_TRUE(FromWide(Wide{1} << 64) * FromWide(Wide{1} << 64) == Fp127::FromU64(2));
  EXPECT_TRUE(-Fp127::One() * -Fp127::One() == Fp127::One());
}

TEST(Fp127, LoadRejectsThePrimeAndEverythingAbove) {
  for (const Wide value : {Fp127::kModulus, Fp127::kModulus + 1, ~Wide{0}}) {
    std::uint8_t bytes[16];
    StoreLittleEndian<16>(value, bytes);
    EXPECT_FALSE(Fp127::Load(bytes).has_value());
  }
}

TEST(Fp127, LoadAcceptsTheLargestElement) {
  std::uint8_t bytes[16];
  StoreLittleEndian<16>(Fp127::kModulus - 1, bytes);
  ASSERT_TRUE(Fp127::Load(bytes).has_value());
  EXPECT_TRUE(*Fp127::Load(bytes) == -Fp127::One());
}

TEST(Fp127, FromUniformMapsThePrimeToZeroAndDropsTheTopBit) {
  std::uint8_t bytes[16];
  std::fill(std::begin(bytes), std::end(bytes), std::uint8_t{0xff});
  EXPECT_TRUE(Fp127::FromUniform(bytes) == Fp127::Zero());
  StoreLittleEndian<16>((Wide{1} << 127) | 3, bytes);
  EXPECT_TRUE(Fp127::FromUniform(bytes) == Fp127::FromU64(3));
}

TEST(Fp65521, LoadRejectsThePrimeAndEverythingAbove) {
  for (std::uint64_t value = 65521; value < 65536; ++value) {
    std::uint8_t bytes[2];
    StoreLittleEndian<2>(value, bytes);
    EXPECT_FALSE(Fp65521::Load(bytes).has_value()) << value;
  }
}

TEST(Fp65521, FromU64Reduces) {
  EXPECT_EQ(Fp65521::FromU64(65521).value(), 0U);
  EXPECT_EQ(Fp65521::FromU64(~std::uint64_t{0}).value(), ~std::uint64_t{0} % 65521);
}

TEST(Fp65521, EveryNonzeroElementHasAnInverse) {
  for (std::uint64_t a = 1; a < 65521; ++a) {
    ASSERT_TRUE(Fp65521::FromU64(a) * Fp65521::FromU64(a).Inverse() == Fp65521::One()) << a;
  }
}

}  // namespace
}  // namespace mpcstats

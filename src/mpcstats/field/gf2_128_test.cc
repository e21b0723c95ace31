#include "mpcstats/field/gf2_128.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "mpcstats/field/gf2_128_kernels.h"

namespace mpcstats {

extern const Gf2_128Kernels kPortableGf2_128;

namespace {

/// Schoolbook, a bit at a time.
Gf2_128 SlowProduct(Gf2_128 a, Gf2_128 b) {
  Gf2_128 sum;
  for (unsigned i = 0; i < 128; ++i) {
    sum += a.Times(i < 64 ? b.low() >> i : b.high() >> (i - 64));
    const std::uint64_t carry = a.high() >> 63;
    a = Gf2_128((a.low() << 1) ^ (0x87 & (std::uint64_t{0} - carry)), (a.high() << 1) | (a.low() >> 63));
  }
  return sum;
}

std::vector<Gf2_128> RandomElements(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Gf2_128> out;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t low = random();
    out.emplace_back(low, random());
  }
  return out;
}

TEST(Gf2_128, ProductsAreThoseOfTheSchoolbook) {
  const auto a = RandomElements(200, 1);
  const auto b = RandomElements(200, 2);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i] * b[i], SlowProduct(a[i], b[i]));
  const Gf2_128 ones(~std::uint64_t{0}, ~std::uint64_t{0});
  EXPECT_EQ(ones * ones, SlowProduct(ones, ones));
  EXPECT_EQ(ones * Gf2_128::One(), ones);
  EXPECT_TRUE((ones * Gf2_128()).IsZero());
}

// Test case 2 of the GCM specification (McGrew and Viega): H = 66e94bd4ef8a2c3b884cfa59ca342b2e and the first block
// of ciphertext multiply to 5e2ec746917062882c85b0685353deb7. GCM numbers the bits of a byte the other way.
TEST(Gf2_128, ProductOfTheGcmSpecification) {
  const auto load = [](std::string_view hex) {
    Bytes bytes = *FromHex(hex);
    for (std::uint8_t& byte : bytes) byte = __builtin_bitreverse8(byte);
    return Gf2_128::Load(bytes.data());
  };
  EXPECT_EQ(load("66e94bd4ef8a2c3b884cfa59ca342b2e") * load("0388dace60b6a392f328c2b971b2fe78"),
            load("5e2ec746917062882c85b0685353deb7"));
}

TEST(Gf2_128, SixteenBytesRoundTrip) {
  std::uint8_t bytes[16];
  for (std::size_t i = 0; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(17 * i + 3);
  const Gf2_128 element = Gf2_128::Load(bytes);
  std::uint8_t out[16] = {};
  element.Store(out);
  EXPECT_EQ(Bytes(bytes, bytes + 16), Bytes(out, out + 16));
  EXPECT_EQ(element.low() & 0xff, 3u);
}

TEST(Gf2_128, LoopsAgreeWithSingleProductsForEverySize) {
  const Gf2_128 s = RandomElements(1, 9)[0];
  for (const std::size_t n : {0, 1, 2, 3, 7, 64, 65}) {
    const auto a = RandomElements(n, 3);
    const auto b = RandomElements(n, 4);
    const auto c = RandomElements(n, 5);
    std::vector<Gf2_128> product(n);
    std::vector<Gf2_128> added(n);
    Multiply(a, b, product);
    MultiplyAdd(a, b, c, s, added);
    Gf2_128 sum;
    for (std::size_t i = 0; i < n; ++i) {
      sum += a[i] * b[i];
      EXPECT_EQ(product[i], SlowProduct(a[i], b[i]));
      EXPECT_EQ(added[i], SlowProduct(a[i], b[i]) + SlowProduct(c[i], s));
    }
    EXPECT_EQ(InnerProduct(a, b), sum);
  }
}

TEST(Gf2_128, CombinationsAreInnerProducts) {
  const auto x = RandomElements(40, 6);
  const auto weights = RandomElements(8, 7);
  std::vector<Gf2_128> out(5);
  Combine(x, weights, out);
  for (std::size_t k = 0; k < out.size(); ++k) {
    EXPECT_EQ(out[k], InnerProduct(std::span(x).subspan(8 * k, 8), weights));
  }
}

TEST(Gf2_128, PortableKernelsReturnTheSameBits) {
  const auto words = [](const std::vector<Gf2_128>& x) {
    return reinterpret_cast<const std::uint64_t*>(x.data());
  };
  const auto a = RandomElements(9, 10);
  const auto b = RandomElements(9, 11);
  const auto c = RandomElements(9, 12);
  std::vector<Gf2_128> got(9);
  std::vector<Gf2_128> expected(9);
  auto* out = reinterpret_cast<std::uint64_t*>(got.data());
  kPortableGf2_128.multiply(words(a), words(b), 9, out);
  Multiply(a, b, expected);
  EXPECT_EQ(got, expected);
  kPortableGf2_128.multiply_add(words(a), words(b), words(c), words(a), 9, out);
  MultiplyAdd(a, b, c, a[0], expected);
  EXPECT_EQ(got, expected);
  kPortableGf2_128.inner_product(words(a), words(b), 9, out);
  EXPECT_EQ(got[0], InnerProduct(a, b));
  kPortableGf2_128.combine(words(a), words(b), 3, 3, out);
  Combine(a, std::span(b).first(3), std::span(expected).first(3));
  EXPECT_EQ(got[2], expected[2]);
}

TEST(Gf2_128, TimesABitIsTheElementOrZero) {
  const Gf2_128 x(5, 6);
  EXPECT_EQ(x.Times(1), x);
  EXPECT_EQ(x.Times(0), Gf2_128());
  EXPECT_EQ(x.Times(2), Gf2_128());
}

}  // namespace
}  // namespace mpcstats

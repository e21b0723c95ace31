#include "mpcstats/circuit/gf2_128.h"

#include <gtest/gtest.h>

#include <utility>

#include "mpcstats/circuit/circuit_testing.h"
#include "mpcstats/circuit/gf2_128_values.h"

namespace mpcstats {
namespace {

using Product = Wires (*)(CircuitBuilder&, WireSpan, WireSpan);

Circuit MakeProduct(Product product) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(128);
  const Wires b = builder.AddInput(128);
  builder.AddOutput(product(builder, a, b));
  return std::move(builder).Finish();
}

using Words = std::pair<std::uint64_t, std::uint64_t>;  // low, high

// Shift and add, with reduction at every step.
Bytes PlainProduct(ByteSpan a, ByteSpan b) {
  Words sum{0, 0};
  Words x{LoadWord(a.first(8)), LoadWord(a.subspan(8))};
  for (std::size_t i = 0; i < 128; ++i) {
    if ((b[i / 8] >> (i % 8) & 1) != 0) sum = {sum.first ^ x.first, sum.second ^ x.second};
    const bool carry = x.second >> 63 != 0;
    x = {x.first << 1, x.second << 1 | x.first >> 63};
    if (carry) x.first ^= 0x87;
  }
  return Joined(StoreWord(sum.first), StoreWord(sum.second));
}

TEST(MultiplyGf2_128, AgreesWithShiftAndAdd) {
  ExpectMatches(MakeProduct(MultiplyGf2_128), 10000, 1,
                [](ByteSpan in) { return PlainProduct(in.first(16), in.subspan(16)); });
}

TEST(MultiplyGf2_128, CostsThreeToTheSeventh) {
  const Circuit circuit = MakeProduct(MultiplyGf2_128);
  EXPECT_EQ(circuit.and_count(), 2187u);
  EXPECT_EQ(circuit.and_depth(), 1u);
}

Wires ProductByValues(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  return MultiplyGf2_128Values(builder, Gf2_128Values(builder, a), Gf2_128Values(builder, b));
}

TEST(MultiplyGf2_128Values, AgreesWithShiftAndAdd) {
  ExpectMatches(MakeProduct(ProductByValues), 10000, 3,
                [](ByteSpan in) { return PlainProduct(in.first(16), in.subspan(16)); });
}

TEST(MultiplyGf2_128Values, AgreesOnAllPairsOfMonomials) {
  // A bilinear map is what it is on a basis.
  std::vector<Bytes> inputs;
  for (std::size_t i = 0; i < 128; ++i) {
    for (std::size_t j = 0; j < 128; ++j) {
      Bytes in(32);
      in[i / 8] = static_cast<std::uint8_t>(1u << (i % 8));
      in[16 + j / 8] = static_cast<std::uint8_t>(1u << (j % 8));
      inputs.push_back(std::move(in));
    }
  }
  const auto outputs = EvaluateBatch(MakeProduct(ProductByValues), inputs);
  ASSERT_TRUE(outputs.has_value());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_EQ((*outputs)[i], PlainProduct(ByteSpan(inputs[i]).first(16), ByteSpan(inputs[i]).subspan(16)))
        << i;
  }
}

TEST(MultiplyGf2_128Values, CostsTwentySevenForEachPoint) {
  const Circuit circuit = MakeProduct(ProductByValues);
  EXPECT_EQ(circuit.and_count(), 27u * kGf2_128Points);
  EXPECT_EQ(circuit.and_depth(), 1u);
  CircuitBuilder builder;
  builder.AddOutput(Gf2_128Values(builder, builder.AddInput(128)));
  EXPECT_EQ(std::move(builder).Finish().and_count(), 0u);
}

TEST(MultiplyPolynomials, TakesAnyLength) {
  for (const std::size_t n : {1u, 2u, 3u, 5u, 7u}) {
    CircuitBuilder builder;
    const Wires a = builder.AddInput(8);
    const Wires b = builder.AddInput(8);
    Wires product = MultiplyPolynomials(builder, WireSpan(a).first(n), WireSpan(b).first(n));
    ASSERT_EQ(product.size(), 2 * n - 1);
    product.resize(16);
    builder.AddOutput(product);
    const Circuit circuit = std::move(builder).Finish();
    ExpectMatches(circuit, 1000, n, [n](ByteSpan in) {
      unsigned sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        if ((in[1] >> i & 1) != 0) sum ^= (in[0] & ((1u << n) - 1)) << i;
      }
      return Bytes{static_cast<std::uint8_t>(sum), static_cast<std::uint8_t>(sum >> 8)};
    });
  }
}

TEST(SquareGf2_128, IsFreeAndAProduct) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(128);
  builder.AddOutput(SquareGf2_128(builder, a));
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 0u);
  ExpectMatches(circuit, 10000, 2, [](ByteSpan in) { return PlainProduct(in, in); });
}

TEST(MultiplyGhash, MatchesTestCaseTwoOfTheGcmSpecification) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation": H, X_1 = C_1, and X_1 * H.
  EXPECT_EQ(EvaluateHex(MakeProduct(MultiplyGhash),
                        "66e94bd4ef8a2c3b884cfa59ca342b2e0388dace60b6a392f328c2b971b2fe78"),
            "5e2ec746917062882c85b0685353deb7");
}

TEST(MultiplyGf2_128DeathTest, StopsOnOtherWidths) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires a = builder.AddInput(127);
  EXPECT_DEATH(static_cast<void>(MultiplyGf2_128(builder, a, a)), "kBits");
  EXPECT_DEATH(static_cast<void>(SquareGf2_128(builder, a)), "kBits");
  EXPECT_DEATH(static_cast<void>(Gf2_128Values(builder, a)), "kBits");
  EXPECT_DEATH(static_cast<void>(MultiplyGf2_128Values(builder, a, a)), "kGf2_128ValueBits");
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/circuit/compare.h"

#include <gtest/gtest.h>

#include <utility>

#include "mpcstats/circuit/circuit_testing.h"
#include "mpcstats/circuit/mux.h"

namespace mpcstats {
namespace {

using Comparison = Wire (*)(CircuitBuilder&, WireSpan, WireSpan);

Circuit MakeComparison(Comparison compare, std::size_t width) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(width);
  const Wires b = builder.AddInput(width);
  builder.AddOutput(Wires{compare(builder, a, b)});
  return std::move(builder).Finish();
}

Bytes Bit(bool value) { return Bytes{static_cast<std::uint8_t>(value ? 1 : 0)}; }

/// All pairs of four-bit integers.
template <typename F>
void ExpectOnAllPairs(Comparison compare, F expected) {
  const Circuit circuit = MakeComparison(compare, 4);
  for (int a = 0; a < 16; ++a) {
    for (int b = 0; b < 16; ++b) {
      const auto out = EvaluateBytes(circuit, Bytes{static_cast<std::uint8_t>(a + 16 * b)});
      ASSERT_TRUE(out.has_value());
      ASSERT_EQ(*out, Bit(expected(a, b))) << a << " " << b;
    }
  }
}

TEST(Compare, LessThanIsUnsigned) {
  ExpectOnAllPairs(LessThan, [](int a, int b) { return a < b; });
  const Circuit circuit = MakeComparison(LessThan, 64);
  EXPECT_EQ(circuit.and_count(), 64u);
  EXPECT_EQ(circuit.and_depth(), 64u);
  ExpectMatches(circuit, 10000, 1,
                [](ByteSpan in) { return Bit(LoadWord(in.first(8)) < LoadWord(in.subspan(8))); });
}

TEST(Compare, LessThanSignedIsTwosComplement) {
  ExpectOnAllPairs(LessThanSigned, [](int a, int b) { return (a ^ 8) < (b ^ 8); });
  EXPECT_EQ(MakeComparison(LessThanSigned, 64).and_count(), 64u);
}

TEST(Compare, LessThanAConstantSkipsItsTrailingZeros) {
  constexpr std::uint64_t kLimit = 1000000000000;
  CircuitBuilder builder;
  const Wires a = builder.AddInput(64);
  builder.AddOutput(Wires{LessThan(builder, a, CircuitBuilder::Constant(kLimit, 64))});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 51u);
  ExpectMatches(circuit, 1000, 2, [](ByteSpan in) { return Bit(LoadWord(in) < kLimit); });
  for (const std::uint64_t value : {kLimit - 1, kLimit, kLimit + 1}) {
    EXPECT_EQ(EvaluateBytes(circuit, StoreWord(value)).value(), Bit(value < kLimit));
  }
}

TEST(Compare, EqualHasLogarithmicDepth) {
  ExpectOnAllPairs(Equal, [](int a, int b) { return a == b; });
  const Circuit circuit = MakeComparison(Equal, 64);
  EXPECT_EQ(circuit.and_count(), 63u);
  EXPECT_EQ(circuit.and_depth(), 6u);
}

TEST(Compare, AllAndAnyOfNothingAreNeutral) {
  CircuitBuilder builder;
  EXPECT_EQ(AllOf(builder, {}), CircuitBuilder::Constant(true));
  EXPECT_EQ(AnyOf(builder, {}), CircuitBuilder::Constant(false));
}

TEST(Compare, AllAndAnyAgreeWithIntegersForOddWidths) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(7);
  builder.AddOutput(Wires{AllOf(builder, a), AnyOf(builder, a)});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_depth(), 3u);
  for (unsigned x = 0; x < 128; ++x) {
    const auto out = EvaluateBytes(circuit, Bytes{static_cast<std::uint8_t>(x)});
    ASSERT_TRUE(out.has_value());
    ASSERT_EQ((*out)[0], (x == 127 ? 1 : 0) + (x != 0 ? 2 : 0));
  }
}

TEST(Mux, SelectsWithOneAndABit) {
  CircuitBuilder builder;
  const Wires select = builder.AddInput(8);
  const Wires a = builder.AddInput(64);
  const Wires b = builder.AddInput(64);
  builder.AddOutput(Mux(builder, select[0], a, b));
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 64u);
  EXPECT_EQ(circuit.and_depth(), 1u);
  ExpectMatches(circuit, 10000, 3, [](ByteSpan in) {
    const ByteSpan chosen = in.subspan((in[0] & 1) != 0 ? 1 : 9, 8);
    return Bytes(chosen.begin(), chosen.end());
  });
}

TEST(Mux, CostsNothingForAConstantSelector) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(4);
  const Wires b = builder.AddInput(4);
  EXPECT_EQ(Mux(builder, CircuitBuilder::Constant(true), a, b), a);
  EXPECT_EQ(Mux(builder, CircuitBuilder::Constant(false), a, b), b);
}

TEST(CompareDeathTest, StopsOnUnequalWidths) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires a = builder.AddInput(8);
  const Wires b = builder.AddInput(7);
  EXPECT_DEATH(static_cast<void>(LessThan(builder, a, b)), "size");
  EXPECT_DEATH(static_cast<void>(LessThanSigned(builder, a, b)), "size");
  EXPECT_DEATH(static_cast<void>(LessThanSigned(builder, {}, {})), "empty");
  EXPECT_DEATH(static_cast<void>(Equal(builder, a, b)), "size");
}

TEST(MuxDeathTest, StopsOnUnequalWidths) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires a = builder.AddInput(8);
  EXPECT_DEATH(static_cast<void>(Mux(builder, a[0], a, WireSpan(a).first(7))), "size");
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/circuit/adder.h"

#include <gtest/gtest.h>

#include <utility>

#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {
namespace {

TEST(Adder, AddsModulo64Bits) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(64);
  const Wires b = builder.AddInput(64);
  builder.AddOutput(Add(builder, a, b));
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 63u);
  EXPECT_EQ(circuit.and_depth(), 63u);
  ExpectMatches(circuit, 10000, 1,
                [](ByteSpan in) { return StoreWord(LoadWord(in.first(8)) + LoadWord(in.subspan(8))); });
}

TEST(Adder, GivesTheCarryOutForAnyCarryIn) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(3);
  const Wires b = builder.AddInput(3);
  const Wires carry_in = builder.AddInput(2);  // the second bit only fills up a byte
  const WordAndCarry sum = AddWithCarry(builder, a, b, carry_in[0]);
  builder.AddOutput(sum.word);
  builder.AddOutput(Wires{sum.carry});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 3u);
  for (unsigned input = 0; input < 256; ++input) {
    const auto out = EvaluateBytes(circuit, Bytes{static_cast<std::uint8_t>(input)});
    ASSERT_TRUE(out.has_value());
    ASSERT_EQ((*out)[0], (input & 7) + ((input >> 3) & 7) + ((input >> 6) & 1));
  }
}

TEST(Adder, AddsAConstantCheaper) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(64);
  builder.AddOutput(Add(builder, a, CircuitBuilder::Constant(1000, 64)));  // three trailing zeros
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 59u);
  ExpectMatches(circuit, 1000, 2, [](ByteSpan in) { return StoreWord(LoadWord(in) + 1000); });
}

TEST(Adder, AddsThreeSharesBelowTwoAdders) {
  CircuitBuilder builder;
  std::vector<Wires> shares;
  for (int i = 0; i < 3; ++i) shares.push_back(builder.AddInput(64));
  builder.AddOutput(AddMany(builder, shares));
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 125u);
  EXPECT_EQ(circuit.and_depth(), 63u);
  ExpectMatches(circuit, 10000, 3, [](ByteSpan in) {
    return StoreWord(LoadWord(in.first(8)) + LoadWord(in.subspan(8, 8)) + LoadWord(in.subspan(16)));
  });
}

TEST(Adder, AddsManyOperandsAmongThemConstants) {
  constexpr std::uint64_t kConstant = 0x9e3779b97f4a7c15u;
  for (std::size_t operands = 1; operands <= 9; ++operands) {
    CircuitBuilder builder;
    std::vector<Wires> terms = {CircuitBuilder::Constant(kConstant, 64), CircuitBuilder::Constant(7, 64)};
    for (std::size_t i = 0; i < operands; ++i) terms.push_back(builder.AddInput(64));
    builder.AddOutput(AddMany(builder, terms));
    const Circuit circuit = std::move(builder).Finish();
    EXPECT_LE(circuit.and_count(), operands * 63);
    ExpectMatches(circuit, 200, operands, [](ByteSpan in) {
      std::uint64_t sum = kConstant + 7;
      for (std::size_t at = 0; at < in.size(); at += 8) sum += LoadWord(in.subspan(at, 8));
      return StoreWord(sum);
    });
  }
}

TEST(Adder, AddsEqualOperandsForFree) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(64);
  builder.AddOutput(Add(builder, a, a));
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 0u);
  ExpectMatches(circuit, 100, 4, [](ByteSpan in) { return StoreWord(2 * LoadWord(in)); });
}

TEST(Adder, SubtractsWithBorrow) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(64);
  const Wires b = builder.AddInput(64);
  const WordAndBorrow difference = Subtract(builder, a, b);
  builder.AddOutput(difference.word);
  builder.AddOutput(Wires{difference.borrow});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 64u);
  ExpectMatches(circuit, 10000, 5, [](ByteSpan in) {
    const std::uint64_t x = LoadWord(in.first(8));
    const std::uint64_t y = LoadWord(in.subspan(8));
    return Joined(StoreWord(x - y), Bytes{static_cast<std::uint8_t>(x < y ? 1 : 0)});
  });
}

TEST(AdderDeathTest, StopsOnUnequalWidths) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires a = builder.AddInput(8);
  const Wires b = builder.AddInput(7);
  EXPECT_DEATH(static_cast<void>(Add(builder, a, b)), "size");
  EXPECT_DEATH(static_cast<void>(Subtract(builder, a, b)), "size");
  const std::vector<Wires> terms = {a, b};
  EXPECT_DEATH(static_cast<void>(AddMany(builder, terms)), "width");
  EXPECT_DEATH(static_cast<void>(AddMany(builder, {})), "empty");
}

}  // namespace
}  // namespace mpcstats

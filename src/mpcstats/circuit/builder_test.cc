#include "mpcstats/circuit/builder.h"

#include <gtest/gtest.h>

#include <utility>

#include "mpcstats/circuit/circuit_testing.h"
#include "mpcstats/circuit/keccak.h"

namespace mpcstats {
namespace {

TEST(CircuitBuilder, FoldsConstants) {
  CircuitBuilder builder;
  const Wire x = builder.AddInput(1)[0];
  const Wire zero = CircuitBuilder::Constant(false);
  const Wire one = CircuitBuilder::Constant(true);
  EXPECT_EQ(builder.Xor(x, zero), x);
  EXPECT_EQ(builder.Xor(x, one), CircuitBuilder::Not(x));
  EXPECT_EQ(builder.And(x, zero), zero);
  EXPECT_EQ(builder.And(one, x), x);
  EXPECT_EQ(builder.Or(x, one), one);
  EXPECT_EQ(builder.And(one, one), one);
  EXPECT_EQ(CircuitBuilder::Not(zero), one);
}

TEST(CircuitBuilder, FoldsRepeatedOperands) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(2);
  const Wire x = in[0];
  const Wire not_x = CircuitBuilder::Not(x);
  EXPECT_EQ(builder.Xor(x, x), CircuitBuilder::Constant(false));
  EXPECT_EQ(builder.Xor(x, not_x), CircuitBuilder::Constant(true));
  EXPECT_EQ(builder.And(x, x), x);
  EXPECT_EQ(builder.And(x, not_x), CircuitBuilder::Constant(false));
  EXPECT_EQ(CircuitBuilder::Not(not_x), x);
  EXPECT_EQ(builder.Xor(builder.Xor(x, in[1]), CircuitBuilder::Not(x)), CircuitBuilder::Not(in[1]));
}

TEST(CircuitBuilder, SharesEqualGatesInAnyOrderOfOperands) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(2);
  const Wire a = in[0];
  const Wire b = in[1];
  EXPECT_EQ(builder.And(a, b), builder.And(b, a));
  EXPECT_EQ(builder.Xor(a, CircuitBuilder::Not(b)), CircuitBuilder::Not(builder.Xor(b, a)));
  EXPECT_NE(builder.And(a, CircuitBuilder::Not(b)), builder.And(a, b));
  builder.AddOutput(Wires{builder.And(a, b), builder.And(b, a)});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.gates().size(), 1u);
  EXPECT_EQ(circuit.outputs()[0][0], circuit.outputs()[0][1]);
}

TEST(CircuitBuilder, SharesAcrossGrowthOfTheTable) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(200);
  Wires first;
  Wires second;
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) (pass == 0 ? first : second).push_back(builder.And(in[i], in[j]));
    }
  }
  EXPECT_EQ(first, second);
}

TEST(CircuitBuilder, DropsGatesThatNoOutputNeeds) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(2);
  const Wire product = builder.And(in[0], in[1]);
  builder.And(product, CircuitBuilder::Not(in[0]));
  builder.AddOutput(Wires{builder.Xor(in[0], in[1])});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 0u);
  EXPECT_EQ(circuit.and_depth(), 0u);
  EXPECT_EQ(circuit.gates().size(), 1u);
}

TEST(CircuitBuilder, MakesConstantOutputs) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(1);
  builder.AddOutput(CircuitBuilder::Constant(0b10110, 5));
  builder.AddOutput(Wires{CircuitBuilder::Not(in[0]), in[0]});
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(EvaluateHex(circuit, "00"), "36");
  EXPECT_EQ(EvaluateHex(circuit, "01"), "56");
}

TEST(CircuitBuilder, IsDeterministic) { EXPECT_EQ(MakeKeccakF1600Circuit(), MakeKeccakF1600Circuit()); }

TEST(CircuitBuilderDeathTest, StopsOnBrokenInvariants) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires in = builder.AddInput(3);
  EXPECT_DEATH(builder.AddInput(0), "width");
  EXPECT_DEATH(builder.AddOutput(Wires{}), "empty");
  EXPECT_DEATH(builder.Xor(in, Wires(2)), "size");
  EXPECT_DEATH(static_cast<void>(CircuitBuilder::Constant(1, 65)), "64");
}

TEST(CircuitBuilderDeathTest, StopsOnAWireOfABiggerBuilder) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder big;
  const Wires in = big.AddInput(10);
  CircuitBuilder small;
  EXPECT_DEATH(small.And(in[8], in[9]), "nodes_");
  EXPECT_DEATH(small.AddOutput(in), "nodes_");
}

TEST(CircuitBuilderDeathTest, StopsOnAConstantCircuitWithoutInput) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        CircuitBuilder builder;
        builder.AddOutput(CircuitBuilder::Constant(1, 1));
        static_cast<void>(std::move(builder).Finish());
      },
      "input_bits_");
}

}  // namespace
}  // namespace mpcstats

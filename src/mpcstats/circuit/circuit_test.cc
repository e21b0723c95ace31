#include "mpcstats/circuit/circuit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/builder.h"
#include "mpcstats/circuit/keccak.h"
#include "mpcstats/circuit/sha256.h"

namespace mpcstats {
namespace {

/// Every operand is made by an earlier gate; no AND gate reads an AND gate of its own layer.
void ExpectLayered(const Circuit& circuit) {
  const auto layers = circuit.Layers();
  ASSERT_EQ(layers.size(), circuit.and_depth() + 1);
  std::size_t next = circuit.input_bits();
  std::size_t ands = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    for (const Gate& gate : layers[i].free_gates) {
      ASSERT_NE(gate.op, GateOp::kAnd);
      ASSERT_LT(std::max(gate.a, gate.b), next);
      ASSERT_EQ(gate.out, next++);
    }
    const std::size_t known = next;
    for (const Gate& gate : layers[i].and_gates) {
      ASSERT_EQ(gate.op, GateOp::kAnd);
      ASSERT_LT(std::max(gate.a, gate.b), known);
      ASSERT_EQ(gate.out, next++);
    }
    ASSERT_EQ(layers[i].and_gates.empty(), i + 1 == layers.size());
    ands += layers[i].and_gates.size();
  }
  EXPECT_EQ(next, circuit.wire_count());
  EXPECT_EQ(ands, circuit.and_count());
}

TEST(Circuit, LayersCoverAllGatesInOrder) {
  ExpectLayered(MakeAes128Circuit());
  ExpectLayered(MakeKeccakF1600Circuit());
  ExpectLayered(MakeSha256CompressCircuit());
}

TEST(Circuit, WithoutAndGatesHasOneLayer) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(2);
  builder.AddOutput(Wires{builder.Xor(in[0], in[1]), CircuitBuilder::Not(in[0])});
  const Circuit circuit = std::move(builder).Finish();
  ExpectLayered(circuit);
  EXPECT_EQ(circuit.Layers()[0].free_gates.size(), 2u);
}

TEST(Circuit, WithoutGatesHasOneEmptyLayer) {
  CircuitBuilder builder;
  builder.AddOutput(builder.AddInput(2));
  const Circuit circuit = std::move(builder).Finish();
  ExpectLayered(circuit);
  EXPECT_EQ(circuit.wire_count(), 2u);
  EXPECT_EQ(circuit.outputs()[0], (std::vector<WireId>{0, 1}));
}

TEST(Circuit, ComplementOfAnAndGateIsAFreeGateOfTheNextLayer) {
  CircuitBuilder builder;
  const Wires in = builder.AddInput(3);
  builder.AddOutput(Wires{builder.And(CircuitBuilder::Not(builder.And(in[0], in[1])), in[2])});
  const Circuit circuit = std::move(builder).Finish();
  ExpectLayered(circuit);
  EXPECT_EQ(circuit.and_depth(), 2u);
  ASSERT_EQ(circuit.Layers()[1].free_gates.size(), 1u);
  EXPECT_EQ(circuit.Layers()[1].free_gates[0].op, GateOp::kNot);
}

TEST(Circuit, KeepsWidthsOfInputsAddedBetweenGates) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(2);
  const Wire product = builder.And(a[0], a[1]);
  const Wires b = builder.AddInput(3);
  builder.AddOutput(Wires{builder.Xor(product, b[2])});
  builder.AddOutput(b);
  const Circuit circuit = std::move(builder).Finish();
  ExpectLayered(circuit);
  EXPECT_EQ(circuit.input_widths(), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(circuit.outputs()[1], (std::vector<WireId>{2, 3, 4}));
  EXPECT_EQ(circuit.output_bits(), 4u);
}

}  // namespace
}  // namespace mpcstats

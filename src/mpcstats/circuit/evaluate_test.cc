#include "mpcstats/circuit/evaluate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {
namespace {

Circuit MakeFiveBitAdder() {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(5);
  const Wires b = builder.AddInput(5);
  builder.AddOutput(Add(builder, a, b));
  return std::move(builder).Finish();
}

TEST(Evaluate, TreatsEachOfThe64LanesAlone) {
  const Circuit circuit = MakeFiveBitAdder();
  SeededRng rng(1);
  std::vector<std::uint64_t> inputs(10);
  for (std::uint64_t& word : inputs) word = rng.Word();
  const auto out = EvaluateLanes(circuit, inputs);
  ASSERT_TRUE(out.has_value());
  for (unsigned lane = 0; lane < 64; ++lane) {
    unsigned a = 0;
    unsigned b = 0;
    unsigned sum = 0;
    for (unsigned k = 0; k < 5; ++k) {
      a |= static_cast<unsigned>((inputs[k] >> lane) & 1) << k;
      b |= static_cast<unsigned>((inputs[5 + k] >> lane) & 1) << k;
      sum |= static_cast<unsigned>(((*out)[k] >> lane) & 1) << k;
    }
    ASSERT_EQ(sum, (a + b) % 32);
  }
}

TEST(Evaluate, WiresBeginWithTheInputs) {
  const std::vector<std::uint64_t> inputs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto wires = EvaluateWires(MakeFiveBitAdder(), inputs);
  ASSERT_TRUE(wires.has_value());
  EXPECT_TRUE(std::equal(inputs.begin(), inputs.end(), wires->data()));
}

TEST(Evaluate, BatchesOfAnySizeEqualSingleRuns) {
  const Circuit circuit = MakeFiveBitAdder();
  for (const std::size_t count : {0u, 1u, 63u, 64u, 65u, 200u}) {
    std::vector<Bytes> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      inputs.push_back({static_cast<std::uint8_t>(37 * i), static_cast<std::uint8_t>(i % 4)});
    }
    const auto batch = EvaluateBatch(circuit, inputs);
    ASSERT_TRUE(batch.has_value());
    ASSERT_EQ(batch->size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ((*batch)[i], EvaluateBytes(circuit, inputs[i]).value());
    }
  }
}

TEST(Evaluate, RejectsWrongNumberOfWords) {
  const Circuit circuit = MakeFiveBitAdder();
  for (const std::size_t size : {0u, 9u, 11u}) {
    const std::vector<std::uint64_t> inputs(size);
    EXPECT_EQ(EvaluateWires(circuit, inputs).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(EvaluateLanes(circuit, inputs).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Evaluate, RejectsWrongNumberOfBytes) {
  const Circuit circuit = MakeFiveBitAdder();
  for (const std::size_t size : {0u, 1u, 3u}) {
    EXPECT_EQ(EvaluateBytes(circuit, Bytes(size)).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Evaluate, RejectsABatchWithOneWrongInput) {
  const std::vector<Bytes> inputs = {Bytes(2), Bytes(3)};
  EXPECT_EQ(EvaluateBatch(MakeFiveBitAdder(), inputs).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Evaluate, RejectsUnusedBitsThatAreOne) {
  EXPECT_TRUE(EvaluateBytes(MakeFiveBitAdder(), Bytes{0xff, 0x03}).has_value());
  EXPECT_EQ(EvaluateBytes(MakeFiveBitAdder(), Bytes{0xff, 0x04}).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/engine/boolean/circuit.h"

#include <gtest/gtest.h>

#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/builder.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/circuit/keccak.h"
#include "mpcstats/circuit/sha256.h"
#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

OperatorRun RunCircuit(const Circuit& circuit, const std::vector<Input>& inputs) {
  return RunOperator(inputs, [&circuit](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    std::vector<BitPlanes> planes;
    for (BitColumn& column : in) planes.push_back(std::move(column.planes));
    std::vector<BitPlanes> outputs = co_await EvaluateCircuit(ctx, circuit, std::move(planes));
    BitPlanes joined;
    for (const BitPlanes& output : outputs) joined.insert(joined.end(), output.begin(), output.end());
    co_return joined;
  });
}

// Byte string <-> number: bit k of byte i is bit 8*i + k of both.
Number FromBytes(const Bytes& bytes) {
  Number value;
  import_bits(value, bytes.begin(), bytes.end(), 8, false);
  return value;
}

// Random instances at three parties against the evaluation in the clear; the promised gates and rounds.
void ExpectMatchesPlain(const Circuit& circuit, std::size_t rows, std::size_t ands, std::size_t depth) {
  SCOPED_TRACE(rows);
  SeededRng rng(rows);
  std::vector<Bytes> instances(rows, Bytes(circuit.input_bits() / 8));
  std::vector<Input> inputs;
  for (const std::size_t width : circuit.input_widths()) {
    inputs.push_back({.values = Numbers(rows), .bits = static_cast<unsigned>(width)});
  }
  Numbers want;
  for (std::size_t row = 0; row < rows; ++row) {
    rng.Fill(instances[row]);
    auto byte = instances[row].begin();
    for (Input& input : inputs) {
      const auto end = byte + input.bits / 8;
      input.values[row] = FromBytes(Bytes(byte, end));
      byte = end;
    }
  }
  const Result<std::vector<Bytes>> plain = EvaluateBatch(circuit, instances);
  ASSERT_TRUE(plain.has_value());
  for (const Bytes& output : *plain) want.push_back(FromBytes(output));

  const OperatorRun run = RunCircuit(circuit, inputs);
  EXPECT_EQ(run.Read(rows), want);
  EXPECT_EQ(run.and_gates, ands * rows);
  EXPECT_EQ(run.rounds, depth);
}

TEST(EvaluateCircuit, EncryptsWithAes128) {
  const Circuit aes = MakeAes128Circuit();
  for (const std::size_t rows : {1u, 3u, 65u}) ExpectMatchesPlain(aes, rows, 6400, aes.and_depth());
  EXPECT_EQ(aes.and_depth(), 50u);
}

TEST(EvaluateCircuit, CompressesWithSha256) {
  const Circuit sha256 = MakeSha256CompressCircuit();
  for (const std::size_t rows : {1u, 64u})
    ExpectMatchesPlain(sha256, rows, sha256.and_count(), sha256.and_depth());
  EXPECT_EQ(sha256.and_count(), 22271u);
}

TEST(EvaluateCircuit, PermutesWithKeccak) {
  const Circuit keccak = MakeKeccakF1600Circuit();
  for (const std::size_t rows : {1u, 5u}) ExpectMatchesPlain(keccak, rows, 38400, 24);
}

TEST(EvaluateCircuit, AddsForEveryRowCount) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(8), b = builder.AddInput(8);
  builder.AddOutput(Add(builder, a, b));
  builder.AddOutput(a);
  const Circuit circuit = std::move(builder).Finish();
  SeededRng rng(1);
  for (const std::size_t rows : kRows) {
    const Input x = RandomInput(rows, 8, rng), y = RandomInput(rows, 8, rng);
    const OperatorRun run = RunCircuit(circuit, {x, y});
    const Numbers sum = run.Read(0, 8, rows);
    for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(sum[i], (x.values[i] + y.values[i]) % 256);
    EXPECT_EQ(run.Read(8, 8, rows), x.values);
    EXPECT_EQ(run.and_gates, circuit.and_count() * rows);
  }
}

TEST(EvaluateCircuitDeathTest, RejectsAMissingInput) {
  const Circuit aes = MakeAes128Circuit();
  EXPECT_DEATH(RunCircuit(aes, {{{1}, 128}}), "input_widths");
}

TEST(EvaluateCircuitDeathTest, RejectsAnInputOfOtherWidth) {
  const Circuit aes = MakeAes128Circuit();
  EXPECT_DEATH(RunCircuit(aes, {{{1}, 128}, {{1}, 127}}), "input_widths");
}

TEST(EvaluateCircuitDeathTest, RejectsUnequalRows) {
  const Circuit aes = MakeAes128Circuit();
  EXPECT_DEATH(RunCircuit(aes, {{{1}, 128}, {{1, 2}, 128}}), "rows");
}

}  // namespace
}  // namespace mpcstats

// Half-gates against evaluation in the clear; the hash against AES by libcrypto.
#include "mpcstats/zktls/garble/half_gates.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "mpcstats/circuit/add_mod.h"
#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/circuit/sha256.h"
#include "mpcstats/zktls/garble/testing.h"

namespace mpcstats {

extern const GateHashKernels kPortableGateHash;

namespace {

constexpr std::array<std::uint8_t, 16> kStart{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

std::vector<Label> RandomLabels(std::size_t count, Rng& rng) {
  std::vector<Label> labels(count);
  for (Label& label : labels) label = RandomElement(rng);
  return labels;
}

struct Garbled {
  Label delta;
  std::vector<Label> inputs;
  std::vector<Label> outputs;
  Bytes rows;
};

Garbled GarbleOnce(const Circuit& circuit, const GateHashKernels& kernels, std::uint64_t seed) {
  SeededRng rng(seed);
  Garbled garbled{GarblingDelta(rng), RandomLabels(circuit.input_bits(), rng),
                  std::vector<Label>(circuit.output_bits()), Bytes(kRowBytes * circuit.and_count())};
  HalfGates(kStart, kernels).Garble(circuit, garbled.delta, garbled.inputs, garbled.outputs, garbled.rows);
  return garbled;
}

std::vector<Label> EvaluateOnce(const Circuit& circuit, const GateHashKernels& kernels,
                                const Garbled& garbled, const BitString& bits) {
  std::vector<Label> active(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) active[i] = garbled.inputs[i] + garbled.delta.Times(bits[i]);
  std::vector<Label> outputs(circuit.output_bits());
  HalfGates(kStart, kernels).Evaluate(circuit, active, outputs, garbled.rows);
  return outputs;
}

/// Every output has the label of its bit.
void ExpectComputes(const Circuit& circuit, const Garbled& garbled, const BitString& bits,
                    const GateHashKernels& kernels) {
  Bytes input = PackBits(bits);
  const BitString expected = BitsOf(*EvaluateBytes(circuit, input));
  const std::vector<Label> outputs = EvaluateOnce(circuit, kernels, garbled, bits);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    wrong += outputs[i] == garbled.outputs[i] + garbled.delta.Times(expected[i]) ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0u);
}

Circuit AndOfTwo() {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(2);
  builder.AddOutput(Wires{builder.And(a[0], a[1])});
  return std::move(builder).Finish();
}

TEST(HalfGates, OneAndGateForAllInputsAndColours) {
  const Circuit circuit = AndOfTwo();
  std::set<std::pair<std::uint64_t, std::uint64_t>> colours;
  for (std::uint64_t seed = 0; seed < 32; ++seed) {
    const Garbled garbled = GarbleOnce(circuit, GetGateHashKernels(), seed);
    colours.emplace(ColourOf(garbled.inputs[0]), ColourOf(garbled.inputs[1]));
    for (std::uint8_t x = 0; x < 4; ++x) {
      ExpectComputes(circuit, garbled, {static_cast<std::uint8_t>(x & 1), static_cast<std::uint8_t>(x >> 1)},
                     GetGateHashKernels());
    }
  }
  EXPECT_EQ(colours.size(), 4u);
}

TEST(HalfGates, CircuitsComputeWhatTheyDoInTheClear) {
  CircuitBuilder add;
  const Wires a = add.AddInput(256);
  const Wires b = add.AddInput(256);
  add.AddOutput(AddMod(add, a, b, P256Prime()));
  const Circuit sum = std::move(add).Finish();
  const Circuit aes = MakeAes128Circuit();
  const Circuit sha = MakeSha256CompressCircuit();
  SeededRng rng(5);
  for (const Circuit* circuit : {&sum, &aes, &sha}) {
    const Garbled garbled = GarbleOnce(*circuit, GetGateHashKernels(), 6);
    for (int run = 0; run < 3; ++run) {
      ExpectComputes(*circuit, garbled, RandomBits(circuit->input_bits(), rng), GetGateHashKernels());
    }
  }
}

TEST(HalfGates, PortableAndFastKernelsMakeTheSameTables) {
  const Circuit aes = MakeAes128Circuit();
  const Garbled fast = GarbleOnce(aes, GetGateHashKernels(), 7);
  const Garbled portable = GarbleOnce(aes, kPortableGateHash, 7);
  EXPECT_EQ(fast.rows, portable.rows);
  EXPECT_TRUE(fast.outputs == portable.outputs);
  SeededRng rng(8);
  ExpectComputes(aes, fast, RandomBits(256, rng), kPortableGateHash);
}

TEST(HalfGates, GatesAreNumberedOnThroughAllCircuits) {
  const Circuit circuit = AndOfTwo();
  SeededRng rng(9);
  const Label delta = GarblingDelta(rng);
  const std::vector<Label> inputs = RandomLabels(2, rng);
  HalfGates gates(kStart);
  std::set<Bytes> seen;
  for (int run = 0; run < 10; ++run) {
    std::vector<Label> outputs(1);
    Bytes rows(kRowBytes);
    gates.Garble(circuit, delta, inputs, outputs, rows);
    seen.insert(rows);
  }
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(gates.gates(), 10u);
}

TEST(HalfGates, AChangedRowOrAnotherStartGivesOtherLabels) {
  const Circuit aes = MakeAes128Circuit();
  Garbled garbled = GarbleOnce(aes, GetGateHashKernels(), 10);
  SeededRng rng(11);
  const BitString bits = RandomBits(256, rng);
  const std::vector<Label> right = EvaluateOnce(aes, GetGateHashKernels(), garbled, bits);
  // Both rows of the gate, so that it is not left to its colours.
  for (std::size_t i = 0; i < kRowBytes; ++i) garbled.rows[i] ^= 1;
  std::size_t same = 0;
  const std::vector<Label> wrong = EvaluateOnce(aes, GetGateHashKernels(), garbled, bits);
  for (std::size_t i = 0; i < right.size(); ++i) same += right[i] == wrong[i] ? 1 : 0;
  EXPECT_LT(same, right.size());
  for (std::size_t i = 0; i < kRowBytes; ++i) garbled.rows[i] ^= 1;

  std::array<std::uint8_t, 16> other = kStart;
  other[15] ^= 1;
  std::vector<Label> active(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) active[i] = garbled.inputs[i] + garbled.delta.Times(bits[i]);
  std::vector<Label> outputs(aes.output_bits());
  HalfGates(other).Evaluate(aes, active, outputs, garbled.rows);
  same = 0;
  for (std::size_t i = 0; i < right.size(); ++i) same += right[i] == outputs[i] ? 1 : 0;
  EXPECT_EQ(same, 0u);
}

/// The definition, by libcrypto.
Label ReferenceHash(Label x, std::uint64_t tweak) {
  std::uint64_t key[2];
  std::memcpy(key, kStart.data(), sizeof(key));
  key[0] ^= tweak;
  const std::uint64_t spread[2] = {x.high(), x.high() ^ x.low()};
  std::uint64_t out[2] = {};
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int written = 0;
  EXPECT_EQ(
      EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, reinterpret_cast<std::uint8_t*>(key), nullptr),
      1);
  EXPECT_EQ(EVP_EncryptUpdate(context, reinterpret_cast<std::uint8_t*>(out), &written,
                              reinterpret_cast<const std::uint8_t*>(spread), 16),
            1);
  EVP_CIPHER_CTX_free(context);
  return {out[0] ^ spread[0], out[1] ^ spread[1]};
}

TEST(GateHash, IsTheDefinitionForAnyNumberOfGates) {
  SeededRng rng(12);
  constexpr std::uint64_t kFirst = 0xfffffffe;
  for (const GateHashKernels* kernels : {&GetGateHashKernels(), &kPortableGateHash}) {
    for (const std::size_t versions : {1u, 2u}) {
      for (const std::size_t gates : {1u, 2u, 3u, 4u, 5u, 31u, 32u}) {
        SCOPED_TRACE(std::string(kernels->name) + " " + std::to_string(versions) + " " +
                     std::to_string(gates));
        std::vector<Label> labels = RandomLabels(2 * versions * gates, rng);
        const std::vector<Label> before = labels;
        kernels->hash(kStart.data(), kFirst, gates, versions,
                      reinterpret_cast<std::uint64_t*>(labels.data()));
        for (std::size_t i = 0; i < labels.size(); ++i) {
          const std::uint64_t tweak = 2 * (kFirst + i / (2 * versions)) + i % 2;
          ASSERT_EQ(labels[i], ReferenceHash(before[i], tweak)) << i;
        }
      }
    }
  }
}

TEST(GateHash, OneLabelHasAnotherHashAtEveryTweak) {
  constexpr std::size_t kGates = 1000;
  std::vector<Label> labels(2 * kGates, Label(1, 2));
  GetGateHashKernels().hash(kStart.data(), 0, kGates, 1, reinterpret_cast<std::uint64_t*>(labels.data()));
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const Label label : labels) seen.emplace(label.low(), label.high());
  EXPECT_EQ(seen.size(), labels.size());
}

// Without the spreading, AES^-1(H(x + Delta, i) + Delta + x) = x + Delta: one garbled row would show Delta.
TEST(GateHash, CircularCorrelationDoesNotInvert) {
  SeededRng rng(13);
  const Label delta = GarblingDelta(rng);
  const Label x = RandomElement(rng);
  const Label shown = ReferenceHash(x + delta, 0) + delta;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EXPECT_EQ(EVP_DecryptInit_ex(context, EVP_aes_128_ecb(), nullptr, kStart.data(), nullptr), 1);
  EVP_CIPHER_CTX_set_padding(context, 0);
  const auto decrypt = [&](Label block) {
    std::uint64_t in[2] = {block.low(), block.high()};
    std::uint64_t out[2] = {};
    int written = 0;
    EXPECT_EQ(EVP_DecryptUpdate(context, reinterpret_cast<std::uint8_t*>(out), &written,
                                reinterpret_cast<const std::uint8_t*>(in), 16),
              1);
    return Label(out[0], out[1]);
  };
  const Label spread_x(x.high(), x.high() ^ x.low());
  EXPECT_FALSE(decrypt(shown + x) == x + delta);
  EXPECT_FALSE(decrypt(shown + spread_x) == x + delta);
  EXPECT_FALSE(decrypt(shown + x) == delta);
  EVP_CIPHER_CTX_free(context);
}

TEST(HalfGatesDeathTest, StopsOnBrokenShapesAndADeltaWithoutColour) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Circuit circuit = AndOfTwo();
  std::vector<Label> inputs(2);
  std::vector<Label> outputs(1);
  Bytes rows(kRowBytes);
  EXPECT_DEATH(HalfGates(kStart).Garble(circuit, Label(2, 0), inputs, outputs, rows), "ColourOf");
  EXPECT_DEATH(HalfGates(kStart).Evaluate(circuit, inputs, outputs, ByteSpan(rows).first(31)), "row_bytes");
  EXPECT_DEATH(HalfGates(kStart).Evaluate(circuit, std::span(inputs).first(1), outputs, rows), "input_bits");
}

}  // namespace
}  // namespace mpcstats

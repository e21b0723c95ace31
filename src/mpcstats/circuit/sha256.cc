#include "mpcstats/circuit/sha256.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/mux.h"
#include "mpcstats/circuit/sha256_rounds.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBytes = 64;

constexpr std::array<std::uint32_t, 8> kInitialState = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// Word bit k of four big-endian bytes is bit k % 8 of byte 3 - k / 8; the map is its own inverse.
Wires ReverseBytes(WireSpan four_bytes) {
  Wires out(32);
  for (std::size_t k = 0; k < 32; ++k) out[k] = four_bytes[8 * (3 - k / 8) + k % 8];
  return out;
}

Wires RotateRight(const Wires& word, std::size_t by) {
  Wires out(32);
  for (std::size_t k = 0; k < 32; ++k) out[k] = word[(k + by) % 32];
  return out;
}

Wires ShiftRight(const Wires& word, std::size_t by) {
  Wires out(32);
  for (std::size_t k = 0; k + by < 32; ++k) out[k] = word[k + by];
  return out;
}

Wires Xor3(CircuitBuilder& builder, const Wires& a, const Wires& b, const Wires& c) {
  return builder.Xor(builder.Xor(a, b), c);
}

Wires BigSigma(CircuitBuilder& builder, const Wires& x, std::array<std::size_t, 3> rotations) {
  return Xor3(builder, RotateRight(x, rotations[0]), RotateRight(x, rotations[1]),
              RotateRight(x, rotations[2]));
}

Wires SmallSigma(CircuitBuilder& builder, const Wires& x, std::array<std::size_t, 2> rotations,
                 std::size_t shift) {
  return Xor3(builder, RotateRight(x, rotations[0]), RotateRight(x, rotations[1]), ShiftRight(x, shift));
}

/// ef ^ ~eg, 1 AND a bit.
Wires Choose(CircuitBuilder& builder, const Wires& e, const Wires& f, const Wires& g) {
  Wires out(32);
  for (std::size_t k = 0; k < 32; ++k) out[k] = Mux(builder, e[k], f[k], g[k]);
  return out;
}

/// The carry of a + b + c, 1 AND a bit.
Wires Majority(CircuitBuilder& builder, const Wires& a, const Wires& b, const Wires& c) {
  Wires out(32);
  for (std::size_t k = 0; k < 32; ++k) out[k] = FullAdder(builder, a[k], b[k], c[k]).carry;
  return out;
}

std::vector<Wires> MessageSchedule(CircuitBuilder& builder, WireSpan block) {
  std::vector<Wires> w;
  for (std::size_t t = 0; t < 16; ++t) w.push_back(ReverseBytes(block.subspan(32 * t, 32)));
  for (std::size_t t = 16; t < 64; ++t) {
    const std::array<Wires, 4> terms = {SmallSigma(builder, w[t - 2], {17, 19}, 10), w[t - 7],
                                        SmallSigma(builder, w[t - 15], {7, 18}, 3), w[t - 16]};
    w.push_back(AddMany(builder, terms));
  }
  return w;
}

}  // namespace

Sha256State Sha256InitialState() {
  Sha256State state;
  for (std::size_t i = 0; i < 8; ++i) state[i] = CircuitBuilder::Constant(kInitialState[i], 32);
  return state;
}

Sha256State Sha256Rounds(CircuitBuilder& builder, const Sha256State& state,
                         std::span<const std::vector<Wires>> addends) {
  CHECK(addends.size() == kSha256RoundConstants.size());
  auto [a, b, c, d, e, f, g, h] = state;
  for (const std::vector<Wires>& words : addends) {
    // T1 is needed twice and is resolved to one word; T2 never is, for three words cost one AND less than
    // twice two.
    std::vector<Wires> t1_terms = {h, BigSigma(builder, e, {6, 11, 25}), Choose(builder, e, f, g)};
    t1_terms.insert(t1_terms.end(), words.begin(), words.end());
    const Wires t1 = AddMany(builder, t1_terms);
    const std::array<Wires, 3> a_terms = {t1, BigSigma(builder, a, {2, 13, 22}), Majority(builder, a, b, c)};
    h = std::exchange(g, std::exchange(f, std::exchange(e, Add(builder, d, t1))));
    d = std::exchange(c, std::exchange(b, std::exchange(a, AddMany(builder, a_terms))));
  }
  Sha256State next = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) next[i] = Add(builder, state[i], next[i]);
  return next;
}

Sha256State Sha256Compress(CircuitBuilder& builder, const Sha256State& state, WireSpan block) {
  CHECK(block.size() == 8 * kBlockBytes);
  const std::vector<Wires> w = MessageSchedule(builder, block);
  std::vector<std::vector<Wires>> addends;
  for (std::size_t t = 0; t < w.size(); ++t) {
    addends.push_back({CircuitBuilder::Constant(kSha256RoundConstants[t], 32), w[t]});
  }
  return Sha256Rounds(builder, state, addends);
}

Wires Sha256Digest(const Sha256State& state) {
  Wires digest;
  for (const Wires& word : state) {
    const Wires bytes = ReverseBytes(word);
    digest.insert(digest.end(), bytes.begin(), bytes.end());
  }
  return digest;
}

Sha256State Sha256StateOf(WireSpan digest) {
  CHECK(digest.size() == 256);
  Sha256State state;
  for (std::size_t i = 0; i < 8; ++i) state[i] = ReverseBytes(digest.subspan(32 * i, 32));
  return state;
}

Wires Sha256Continue(CircuitBuilder& builder, const Sha256State& state, std::size_t prefix_bytes,
                     WireSpan message) {
  CHECK(message.size() % 8 == 0 && prefix_bytes % kBlockBytes == 0);
  const std::uint64_t total_bits = 8 * std::uint64_t{prefix_bytes} + message.size();
  Bytes padding = {0x80};
  while ((message.size() / 8 + padding.size() + 8) % kBlockBytes != 0) padding.push_back(0);
  for (int shift = 56; shift >= 0; shift -= 8) {
    padding.push_back(static_cast<std::uint8_t>(total_bits >> shift));
  }
  Wires padded(message.begin(), message.end());
  const Wires tail = CircuitBuilder::Constant(padding);
  padded.insert(padded.end(), tail.begin(), tail.end());
  Sha256State running = state;
  for (std::size_t at = 0; at < padded.size(); at += 8 * kBlockBytes) {
    running = Sha256Compress(builder, running, WireSpan(padded).subspan(at, 8 * kBlockBytes));
  }
  return Sha256Digest(running);
}

Wires Sha256(CircuitBuilder& builder, WireSpan message) {
  return Sha256Continue(builder, Sha256InitialState(), 0, message);
}

Circuit MakeSha256CompressCircuit() {
  CircuitBuilder builder;
  const Sha256State state = Sha256StateOf(builder.AddInput(256));
  const Wires block = builder.AddInput(8 * kBlockBytes);
  builder.AddOutput(Sha256Digest(Sha256Compress(builder, state, block)));
  return std::move(builder).Finish();
}

Circuit MakeSha256Circuit(std::size_t message_bytes) {
  CircuitBuilder builder;
  const Wires message = builder.AddInput(8 * message_bytes);
  builder.AddOutput(Sha256(builder, message));
  return std::move(builder).Finish();
}

}  // namespace mpcstats

#include "mpcstats/circuit/sha256_public.h"

#include <bit>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/sha256_rounds.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBytes = 64;

using Schedule = std::array<std::uint32_t, 64>;

std::uint32_t LoadBig(ByteSpan bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

void StoreBig(std::uint32_t word, MutableByteSpan out) {
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
}

// FIPS 180-4, section 6.2.2, step 1.
Schedule MessageWords(ByteSpan block) {
  CHECK(block.size() == kBlockBytes);
  Schedule w;
  for (std::size_t t = 0; t < 16; ++t) w[t] = LoadBig(block.subspan(4 * t, 4));
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t low = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const std::uint32_t high = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = high + w[t - 7] + low + w[t - 16];
  }
  return w;
}

}  // namespace

Bytes32 Sha256InitialBytes() {
  Bytes32 bytes;
  const Sha256State state = Sha256InitialState();
  const Wires wires = Sha256Digest(state);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      bytes[i] = static_cast<std::uint8_t>(bytes[i] | (wires[8 * i + k].constant_value() ? 1u << k : 0u));
    }
  }
  return bytes;
}

Bytes32 Sha256CompressPublic(const Bytes32& state, ByteSpan block) {
  const Schedule w = MessageWords(block);
  std::array<std::uint32_t, 8> start;
  for (std::size_t i = 0; i < 8; ++i) start[i] = LoadBig(ByteSpan(state).subspan(4 * i, 4));
  auto [a, b, c, d, e, f, g, h] = start;
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                             ((e & f) ^ (~e & g)) + kSha256RoundConstants[t] + w[t];
    const std::uint32_t t2 =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = std::exchange(g, std::exchange(f, std::exchange(e, d + t1)));
    d = std::exchange(c, std::exchange(b, std::exchange(a, t1 + t2)));
  }
  const std::array<std::uint32_t, 8> end = {a, b, c, d, e, f, g, h};
  Bytes32 next;
  for (std::size_t i = 0; i < 8; ++i) StoreBig(start[i] + end[i], MutableByteSpan(next).subspan(4 * i, 4));
  return next;
}

Bytes32 Sha256ContinuePublic(const Bytes32& state, std::size_t prefix_bytes, ByteSpan message) {
  CHECK(prefix_bytes % kBlockBytes == 0);
  Bytes padded(message.begin(), message.end());
  padded.push_back(0x80);
  while ((padded.size() + 8) % kBlockBytes != 0) padded.push_back(0);
  const std::uint64_t bits = 8 * (std::uint64_t{prefix_bytes} + message.size());
  for (int shift = 56; shift >= 0; shift -= 8) padded.push_back(static_cast<std::uint8_t>(bits >> shift));
  Bytes32 running = state;
  for (std::size_t at = 0; at < padded.size(); at += kBlockBytes) {
    running = Sha256CompressPublic(running, ByteSpan(padded).subspan(at, kBlockBytes));
  }
  return running;
}

Bytes PublicSchedule(ByteSpan block) {
  const Schedule w = MessageWords(block);
  Bytes out;
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t word = kSha256RoundConstants[t] + w[t];
    for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  return out;
}

Circuit MakeSha256PublicBlockCircuit(std::size_t output_bytes) {
  CHECK(output_bytes >= 1 && output_bytes <= 32);
  CircuitBuilder builder;
  const Sha256State state = Sha256StateOf(builder.AddInput(256));
  const Wires words = builder.AddInput(8 * kPublicScheduleBytes);
  std::vector<std::vector<Wires>> addends;
  for (std::size_t t = 0; t < 64; ++t) {
    const WireSpan word = WireSpan(words).subspan(32 * t, 32);
    addends.push_back({Wires(word.begin(), word.end())});
  }
  const Wires digest = Sha256Digest(Sha256Rounds(builder, state, addends));
  builder.AddOutput(WireSpan(digest).first(8 * output_bytes));
  return std::move(builder).Finish();
}

Circuit MakeSha256TailCircuit(std::size_t message_bytes) {
  CircuitBuilder builder;
  const Sha256State state = Sha256StateOf(builder.AddInput(256));
  const Wires message = builder.AddInput(8 * message_bytes);
  builder.AddOutput(Sha256Continue(builder, state, kBlockBytes, message));
  return std::move(builder).Finish();
}

}  // namespace mpcstats

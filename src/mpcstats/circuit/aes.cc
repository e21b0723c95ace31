#include "mpcstats/circuit/aes.h"

#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;
constexpr std::size_t kWordBits = 32;
constexpr std::size_t kRounds = 10;

void Append(Wires& to, WireSpan from) { to.insert(to.end(), from.begin(), from.end()); }

Wires SubBytes(CircuitBuilder& builder, WireSpan bytes) {
  Wires out;
  for (std::size_t at = 0; at < bytes.size(); at += 8) Append(out, AesSbox(builder, bytes.subspan(at, 8)));
  return out;
}

/// Byte (row r, column c) of the state is byte 4c + r of the block and comes from column c + r.
Wires ShiftRows(WireSpan state) {
  Wires out;
  for (std::size_t c = 0; c < 4; ++c) {
    for (std::size_t r = 0; r < 4; ++r) Append(out, state.subspan(8 * (4 * ((c + r) % 4) + r), 8));
  }
  return out;
}

/// Times x in GF(2^8) mod x^8 + x^4 + x^3 + x + 1.
Wires TimesX(CircuitBuilder& builder, WireSpan byte) {
  Wires out = {byte[7], byte[0], byte[1], byte[2], byte[3], byte[4], byte[5], byte[6]};
  for (const std::size_t k : {1u, 3u, 4u}) out[k] = builder.Xor(out[k], byte[7]);
  return out;
}

Wires MixColumns(CircuitBuilder& builder, WireSpan state) {
  Wires out;
  for (std::size_t c = 0; c < 4; ++c) {
    const WireSpan column = state.subspan(kWordBits * c, kWordBits);
    const auto byte = [column](std::size_t r) { return column.subspan(8 * (r % 4), 8); };
    const Wires all = builder.Xor(builder.Xor(byte(0), byte(1)), builder.Xor(byte(2), byte(3)));
    for (std::size_t r = 0; r < 4; ++r) {
      // 2 b_r + 3 b_{r+1} + b_{r+2} + b_{r+3} = b_r + (sum of all) + 2 (b_r + b_{r+1})
      const Wires doubled = TimesX(builder, builder.Xor(byte(r), byte(r + 1)));
      Append(out, builder.Xor(builder.Xor(byte(r), all), doubled));
    }
  }
  return out;
}

}  // namespace

Aes128RoundKeys Aes128ExpandKey(CircuitBuilder& builder, WireSpan key) {
  CHECK(key.size() == kBlockBits);
  Aes128RoundKeys keys;
  keys[0].assign(key.begin(), key.end());
  Wires round_constant = CircuitBuilder::Constant(1, 8);
  for (std::size_t round = 1; round <= kRounds; ++round) {
    const WireSpan previous = keys[round - 1];
    const WireSpan last = previous.subspan(3 * kWordBits, kWordBits);
    Wires rotated(last.begin() + 8, last.end());
    Append(rotated, last.first(8));
    Wires word = SubBytes(builder, rotated);
    for (std::size_t k = 0; k < 8; ++k) word[k] = builder.Xor(word[k], round_constant[k]);
    round_constant = TimesX(builder, round_constant);
    for (std::size_t i = 0; i < 4; ++i) {
      word = builder.Xor(word, previous.subspan(kWordBits * i, kWordBits));
      Append(keys[round], word);
    }
  }
  return keys;
}

Wires Aes128Encrypt(CircuitBuilder& builder, const Aes128RoundKeys& keys, WireSpan plaintext) {
  CHECK(plaintext.size() == kBlockBits);
  Wires state = builder.Xor(plaintext, keys[0]);
  for (std::size_t round = 1; round <= kRounds; ++round) {
    state = ShiftRows(SubBytes(builder, state));
    if (round < kRounds) state = MixColumns(builder, state);
    state = builder.Xor(state, keys[round]);
  }
  return state;
}

Circuit MakeAes128Circuit() {
  CircuitBuilder builder;
  const Wires key = builder.AddInput(kBlockBits);
  const Wires plaintext = builder.AddInput(kBlockBits);
  builder.AddOutput(Aes128Encrypt(builder, Aes128ExpandKey(builder, key), plaintext));
  return std::move(builder).Finish();
}

Circuit MakeAes128RoundsCircuit() {
  CircuitBuilder builder;
  const Wires expanded = builder.AddInput((kRounds + 1) * kBlockBits);
  const Wires plaintext = builder.AddInput(kBlockBits);
  Aes128RoundKeys keys;
  for (std::size_t i = 0; i <= kRounds; ++i) {
    const WireSpan round_key = WireSpan(expanded).subspan(kBlockBits * i, kBlockBits);
    keys[i].assign(round_key.begin(), round_key.end());
  }
  builder.AddOutput(Aes128Encrypt(builder, keys, plaintext));
  return std::move(builder).Finish();
}

}  // namespace mpcstats

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

Wires MixColumn(CircuitBuilder& builder, WireSpan column) {
  const auto byte = [column](std::size_t r) { return column.subspan(8 * (r % 4), 8); };
  const Wires all = builder.Xor(builder.Xor(byte(0), byte(1)), builder.Xor(byte(2), byte(3)));
  Wires out;
  for (std::size_t r = 0; r < 4; ++r) {
    // 2 b_r + 3 b_{r+1} + b_{r+2} + b_{r+3} = b_r + (sum of all) + 2 (b_r + b_{r+1})
    const Wires doubled = TimesX(builder, builder.Xor(byte(r), byte(r + 1)));
    Append(out, builder.Xor(builder.Xor(byte(r), all), doubled));
  }
  return out;
}

Wires MixColumns(CircuitBuilder& builder, WireSpan state) {
  Wires out;
  for (std::size_t c = 0; c < 4; ++c)
    Append(out, MixColumn(builder, state.subspan(kWordBits * c, kWordBits)));
  return out;
}

/// From the state before round `first` on.
Wires Rounds(CircuitBuilder& builder, const Aes128RoundKeys& keys, Wires state, std::size_t first) {
  for (std::size_t round = first; round <= kRounds; ++round) {
    state = ShiftRows(SubBytes(builder, state));
    if (round < kRounds) state = MixColumns(builder, state);
    state = builder.Xor(state, keys[round]);
  }
  return state;
}

Aes128RoundKeys AddRoundKeyInput(CircuitBuilder& builder) {
  const Wires expanded = builder.AddInput((kRounds + 1) * kBlockBits);
  Aes128RoundKeys keys;
  for (std::size_t i = 0; i <= kRounds; ++i) {
    const WireSpan round_key = WireSpan(expanded).subspan(kBlockBits * i, kBlockBits);
    keys[i].assign(round_key.begin(), round_key.end());
  }
  return keys;
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
  return Rounds(builder, keys, builder.Xor(plaintext, keys[0]), 1);
}

Aes128Prefix Aes128EncryptPrefix(CircuitBuilder& builder, const Aes128RoundKeys& keys, WireSpan bytes) {
  CHECK(bytes.size() == kBlockBits - 8);
  Wires state = SubBytes(builder, builder.Xor(bytes, WireSpan(keys[0]).first(bytes.size())));
  Append(state, CircuitBuilder::Constant(0, 8));
  // The last byte, row 3 of column 3, goes to the first column.
  const Wires mixed = builder.Xor(MixColumns(builder, ShiftRows(state)), keys[1]);
  return {{mixed.begin(), mixed.begin() + kWordBits}, SubBytes(builder, WireSpan(mixed).subspan(kWordBits))};
}

Wires Aes128EncryptLast(CircuitBuilder& builder, const Aes128RoundKeys& keys, const Aes128Prefix& prefix,
                        WireSpan last_byte) {
  CHECK(last_byte.size() == 8 && prefix.column.size() == kWordBits && prefix.rest.size() == 3 * kWordBits);
  Wires only_last = CircuitBuilder::Constant(0, 3 * 8);
  Append(only_last, AesSbox(builder, builder.Xor(last_byte, WireSpan(keys[0]).last(8))));
  // MixColumns is linear.
  Wires state = SubBytes(builder, builder.Xor(prefix.column, MixColumn(builder, only_last)));
  Append(state, prefix.rest);
  state = builder.Xor(MixColumns(builder, ShiftRows(state)), keys[2]);
  return Rounds(builder, keys, std::move(state), 3);
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
  const Aes128RoundKeys keys = AddRoundKeyInput(builder);
  const Wires plaintext = builder.AddInput(kBlockBits);
  builder.AddOutput(Aes128Encrypt(builder, keys, plaintext));
  return std::move(builder).Finish();
}

Circuit MakeAes128PrefixCircuit() {
  CircuitBuilder builder;
  const Aes128RoundKeys keys = AddRoundKeyInput(builder);
  const Aes128Prefix prefix = Aes128EncryptPrefix(builder, keys, builder.AddInput(kBlockBits - 8));
  builder.AddOutput(prefix.column);
  builder.AddOutput(prefix.rest);
  return std::move(builder).Finish();
}

Circuit MakeAes128LastCircuit() {
  CircuitBuilder builder;
  const Aes128RoundKeys keys = AddRoundKeyInput(builder);
  const Wires prefix = builder.AddInput(kBlockBits);
  const Wires last_byte = builder.AddInput(8);
  const Aes128Prefix parts{{prefix.begin(), prefix.begin() + kWordBits},
                           {prefix.begin() + kWordBits, prefix.end()}};
  builder.AddOutput(Aes128EncryptLast(builder, keys, parts, last_byte));
  return std::move(builder).Finish();
}

}  // namespace mpcstats

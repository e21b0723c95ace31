// AES-128 as linear layers around committed inverses, for both roles (linear.h says what a state S offers).
//
// The S-box of FIPS 197 is an inversion in GF(2^8) and an affine map; everything but the inversion is linear over bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mpcstats/zktls/zk/linear.h"

namespace mpcstats::zk {

inline constexpr std::size_t kBlockBits = 128;
inline constexpr std::size_t kRounds = 10;

/// The affine map of the S-box on one byte of bits: s_i = y_i + y_{i+4} + y_{i+5} + y_{i+6} + y_{i+7} + c_i, c = 0x63.
template <class T>
void AesAffine(T one, const T* y, T* out) {
  for (std::size_t i = 0; i < 8; ++i) {
    T sum = Times(one, (0x63u >> i) & 1u);
    sum = Add(sum, y[i]);
    for (std::size_t k = 4; k < 8; ++k) sum = Add(sum, y[(i + k) % 8]);
    out[i] = sum;
  }
}

/// MixColumns on one column of 32 bits, and the round key: out_r = 2 (a_r + a_{r+1}) + a_r + sum + key_r.
template <class T>
void AesMixColumn(const T* a, const T* key, T* out) {
  for (std::size_t r = 0; r < 4; ++r) {
    T pair[8];
    for (std::size_t i = 0; i < 8; ++i) pair[i] = Add(a[8 * r + i], a[8 * ((r + 1) % 4) + i]);
    for (std::size_t i = 0; i < 8; ++i) {
      // a_r + sum = a_{r+1} + a_{r+2} + a_{r+3}
      T sum = Add(a[8 * ((r + 1) % 4) + i], a[8 * ((r + 2) % 4) + i]);
      sum = Add(Add(sum, a[8 * ((r + 3) % 4) + i]), key[8 * r + i]);
      sum = Add(sum, pair[(i + 7) % 8]);
      // x^8 = x^4 + x^3 + x + 1; the wrap of the rotation above is the 1.
      if (i == 1 || i == 3 || i == 4) sum = Add(sum, pair[7]);
      out[8 * r + i] = sum;
    }
  }
}

/// One round after the inversions: affine map, ShiftRows, MixColumns but in the last round, AddRoundKey.
template <class T>
void AesRound(T one, bool last, const T* y, const T* key, T* out) {
  T shifted[kBlockBits];
  for (std::size_t c = 0; c < 4; ++c) {
    for (std::size_t r = 0; r < 4; ++r) {
      AesAffine(one, y + 8 * (4 * ((c + r) % 4) + r), shifted + 8 * (4 * c + r));
    }
  }
  if (last) {
    for (std::size_t i = 0; i < kBlockBits; ++i) out[i] = Add(shifted[i], key[i]);
  } else {
    for (std::size_t c = 0; c < 4; ++c) AesMixColumn(shifted + 32 * c, key + 32 * c, out + 32 * c);
  }
  SecureWipe(shifted, sizeof(shifted));
}

template <class S, class Bits>
Result<Bits> AesExpandKey(S& s, const Bits& key) {
  CHECK(key.size() == kBlockBits);
  RETURN_IF_ERROR(s.Need(4 * 8 * kRounds));
  Bits out = s.Make(kBlockBits * (kRounds + 1));
  s.Apply([](auto, auto* o, const auto* k) { std::copy_n(k, kBlockBits, o); }, out, key);
  Bits word = s.Make(32);
  Bits inverses = s.Make(32);
  unsigned constant = 1;
  for (std::size_t round = 1; round <= kRounds; ++round) {
    // RotWord of the last word of the round before.
    s.Apply(
        [&](auto, auto* w, const auto* o) {
          const auto* last = o + kBlockBits * round - 32;
          for (std::size_t i = 0; i < 32; ++i) w[i] = last[(i + 8) % 32];
        },
        word, out);
    RETURN_IF_ERROR(s.Invert(word, inverses));
    s.Apply(
        [&](auto one, auto* o, const auto* y) {
          auto* next = o + kBlockBits * round;
          const auto* before = next - kBlockBits;
          for (std::size_t b = 0; b < 4; ++b) AesAffine(one, y + 8 * b, next + 8 * b);
          for (std::size_t i = 0; i < 8; ++i) next[i] = Add(next[i], Times(one, (constant >> i) & 1u));
          for (std::size_t i = 0; i < 32; ++i) next[i] = Add(next[i], before[i]);
          for (std::size_t i = 32; i < kBlockBits; ++i) next[i] = Add(before[i], next[i - 32]);
        },
        out, inverses);
    constant = (constant << 1) ^ (constant >= 0x80 ? 0x11bu : 0u);
  }
  return out;
}

template <class S, class Bits>
Result<Bits> AesEncrypt(S& s, const Bits& round_keys, const Bits& blocks) {
  CHECK(round_keys.size() == kBlockBits * (kRounds + 1) && blocks.size() % kBlockBits == 0);
  RETURN_IF_ERROR(s.Need(blocks.size() / kBlockBits * 16 * 8 * kRounds));
  Bits out = s.Make(blocks.size());
  Bits state = s.Make(kBlockBits);
  Bits inverses = s.Make(kBlockBits);
  for (std::size_t at = 0; at < blocks.size(); at += kBlockBits) {
    s.Apply(
        [&](auto, auto* x, const auto* block, const auto* key) {
          for (std::size_t i = 0; i < kBlockBits; ++i) x[i] = Add(block[at + i], key[i]);
        },
        state, blocks, round_keys);
    for (std::size_t round = 1; round <= kRounds; ++round) {
      RETURN_IF_ERROR(s.Invert(state, inverses));
      const bool last = round == kRounds;
      s.Apply([&](auto one, auto* x, auto* o, const auto* y,
                  const auto* key) { AesRound(one, last, y, key + kBlockBits * round, last ? o + at : x); },
              state, out, inverses, round_keys);
    }
  }
  return out;
}

}  // namespace mpcstats::zk

// The hash of labels with VAES: one register holds both keys of a gate, another both labels; four gates side by side,
// round keys made as they are used. Compiled with those instructions enabled, so it includes no header with inline
// functions that portable files use too.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mpcstats/zktls/garble/gate_hash.h"

namespace mpcstats {
namespace {

constexpr std::size_t kLanes = 4;

/// s(high | low) = (high xor low | high) in both halves.
inline __m256i Spread(__m256i x) {
  const __m256i high_word = _mm256_set_epi64x(-1, 0, -1, 0);
  return _mm256_xor_si256(_mm256_shuffle_epi32(x, 0x4e), _mm256_and_si256(x, high_word));
}

/// The next round key (FIPS 197, section 5.2) of both halves. With the last word, rotated, in all four columns,
/// AESENCLAST is SubWord xor round constant: ShiftRows moves nothing.
inline __m256i NextKey(__m256i key, __m256i round_constant) {
  const __m256i rotate = _mm256_set1_epi32(0x0c0f0e0d);
  const __m256i word = _mm256_aesenclast_epi128(_mm256_shuffle_epi8(key, rotate), round_constant);
  key = _mm256_xor_si256(key, _mm256_bslli_epi128(key, 4));
  key = _mm256_xor_si256(key, _mm256_bslli_epi128(key, 8));
  return _mm256_xor_si256(key, word);
}

template <std::size_t kVersions>
inline void HashFour(__m256i start, std::uint64_t gate, std::uint64_t* labels) {
  __m256i key[kLanes];
  __m256i x[kLanes * kVersions];
  auto* place = reinterpret_cast<__m256i*>(labels);
#pragma GCC unroll 4
  for (std::size_t k = 0; k < kLanes; ++k) {
    const auto tweak = static_cast<long long>(2 * (gate + k));
    key[k] = _mm256_xor_si256(start, _mm256_set_epi64x(0, tweak + 1, 0, tweak));
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVersions; ++v) {
      const __m256i spread = Spread(_mm256_loadu_si256(place + kVersions * k + v));
      _mm256_storeu_si256(place + kVersions * k + v, spread);
      x[kVersions * k + v] = _mm256_xor_si256(spread, key[k]);
    }
  }
  static constexpr int kRoundConstants[10] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};
#pragma GCC unroll 10
  for (std::size_t round = 0; round < 10; ++round) {
    const __m256i constant = _mm256_set1_epi32(kRoundConstants[round]);
#pragma GCC unroll 4
    for (std::size_t k = 0; k < kLanes; ++k) {
      key[k] = NextKey(key[k], constant);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVersions; ++v) {
        __m256i& block = x[kVersions * k + v];
        block = round < 9 ? _mm256_aesenc_epi128(block, key[k]) : _mm256_aesenclast_epi128(block, key[k]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t k = 0; k < kLanes * kVersions; ++k) {
    _mm256_storeu_si256(place + k, _mm256_xor_si256(x[k], _mm256_loadu_si256(place + k)));
  }
}

template <std::size_t kVersions>
void HashAll(const std::uint8_t* start, std::uint64_t first, std::size_t gates, std::uint64_t* labels) {
  constexpr std::size_t kWords = 4 * kVersions;
  const __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(start)));
  std::size_t g = 0;
  for (; g + kLanes <= gates; g += kLanes) HashFour<kVersions>(both, first + g, labels + kWords * g);
  if (g == gates) return;
  std::uint64_t rest[kLanes * kWords] = {};
  std::memcpy(rest, labels + kWords * g, (gates - g) * kWords * sizeof(std::uint64_t));
  HashFour<kVersions>(both, first + g, rest);
  std::memcpy(labels + kWords * g, rest, (gates - g) * kWords * sizeof(std::uint64_t));
  // Hashes of labels are what rows are made of.
  std::memset(rest, 0, sizeof(rest));
  __asm__ __volatile__("" : : "r"(rest) : "memory");
}

void Hash(const std::uint8_t* start, std::uint64_t first, std::size_t gates, std::size_t versions,
          std::uint64_t* labels) {
  versions == 1 ? HashAll<1>(start, first, gates, labels) : HashAll<2>(start, first, gates, labels);
}

}  // namespace

extern const GateHashKernels kVaesGateHash;
const GateHashKernels kVaesGateHash = {"vaes", Hash};

}  // namespace mpcstats

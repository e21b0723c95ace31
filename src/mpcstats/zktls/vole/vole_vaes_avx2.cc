// The leaves of a tree with VAES: eight keys side by side, two blocks of each at a time. Compiled with those
// instructions enabled, so it includes no header with inline functions that portable files use too.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "mpcstats/zktls/vole/vole_kernels.h"

namespace mpcstats {
namespace {

constexpr std::size_t kKeys = 8;
constexpr std::size_t kRoundKeys = 11;

/// The round keys of eight keys, [round][key].
struct Schedule {
  alignas(64) __m128i keys[kRoundKeys][kKeys];
};

template <int kConstant>
inline void NextRound(__m128i (*keys)[kKeys], std::size_t round) {
#pragma GCC unroll 8
  for (std::size_t k = 0; k < kKeys; ++k) {
    __m128i key = keys[round - 1][k];
    const __m128i word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, kConstant), 0xff);
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    keys[round][k] = _mm_xor_si128(key, word);
  }
}

inline void Expand(const std::uint8_t* seeds, Schedule& schedule) {
  for (std::size_t k = 0; k < kKeys; ++k) {
    schedule.keys[0][k] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(seeds + 16 * k));
  }
  NextRound<0x01>(schedule.keys, 1);
  NextRound<0x02>(schedule.keys, 2);
  NextRound<0x04>(schedule.keys, 3);
  NextRound<0x08>(schedule.keys, 4);
  NextRound<0x10>(schedule.keys, 5);
  NextRound<0x20>(schedule.keys, 6);
  NextRound<0x40>(schedule.keys, 7);
  NextRound<0x80>(schedule.keys, 8);
  NextRound<0x1b>(schedule.keys, 9);
  NextRound<0x36>(schedule.keys, 10);
}

inline void XorInto(std::uint64_t* out, __m256i value) {
  auto* place = reinterpret_cast<__m256i*>(out);
  _mm256_storeu_si256(place, _mm256_xor_si256(_mm256_loadu_si256(place), value));
}

/// The same for the low half.
inline void XorHalfInto(std::uint64_t* out, __m256i value) {
  auto* place = reinterpret_cast<__m128i*>(out);
  _mm_storeu_si128(place, _mm_xor_si128(_mm_loadu_si128(place), _mm256_castsi256_si128(value)));
}

void Stretch(const std::uint8_t* seeds, std::uint64_t first, std::size_t blocks, std::uint64_t* sum,
             std::uint64_t* planes, std::size_t stride) {
  for (std::size_t w = 0; w < 2 * blocks; ++w) sum[w] = 0;
  for (std::size_t j = 0; j < kTreeDepth; ++j) {
    for (std::size_t w = 0; w < 2 * blocks; ++w) planes[j * stride + w] = 0;
  }
  Schedule schedule;
  for (std::size_t y = 0; y < kTreeLeaves; y += kKeys) {
    Expand(seeds + 16 * y, schedule);
    for (std::size_t b = 0; b < blocks; b += 2) {
      const __m256i number =
          _mm256_set_epi64x(0, static_cast<long long>(first + b + 1), 0, static_cast<long long>(first + b));
      __m256i g[kKeys];
#pragma GCC unroll 8
      for (std::size_t k = 0; k < kKeys; ++k) {
        g[k] = _mm256_xor_si256(number, _mm256_broadcastsi128_si256(schedule.keys[0][k]));
      }
#pragma GCC unroll 9
      for (std::size_t round = 1; round < kRoundKeys - 1; ++round) {
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kKeys; ++k) {
          g[k] = _mm256_aesenc_epi128(g[k], _mm256_broadcastsi128_si256(schedule.keys[round][k]));
        }
      }
#pragma GCC unroll 8
      for (std::size_t k = 0; k < kKeys; ++k) {
        g[k] = _mm256_aesenclast_epi128(g[k], _mm256_broadcastsi128_si256(schedule.keys[kRoundKeys - 1][k]));
      }
      const __m256i s01 = _mm256_xor_si256(g[0], g[1]);
      const __m256i s23 = _mm256_xor_si256(g[2], g[3]);
      const __m256i s45 = _mm256_xor_si256(g[4], g[5]);
      const __m256i s67 = _mm256_xor_si256(g[6], g[7]);
      const __m256i plane0 = _mm256_xor_si256(_mm256_xor_si256(g[1], g[3]), _mm256_xor_si256(g[5], g[7]));
      const __m256i plane1 = _mm256_xor_si256(s23, s67);
      const __m256i plane2 = _mm256_xor_si256(s45, s67);
      const __m256i all = _mm256_xor_si256(_mm256_xor_si256(s01, s23), plane2);
      const bool whole = b + 2 <= blocks;
      const auto add = [&](std::uint64_t* out, __m256i value) {
        whole ? XorInto(out + 2 * b, value) : XorHalfInto(out + 2 * b, value);
      };
      add(sum, all);
      add(planes, plane0);
      add(planes + stride, plane1);
      add(planes + 2 * stride, plane2);
      for (std::size_t j = 3; j < kTreeDepth; ++j) {
        if (((y >> j) & 1u) != 0) add(planes + j * stride, all);
      }
    }
  }
  // What the seeds were stretched with goes with the stack frame.
  for (auto& round : schedule.keys) {
    for (__m128i& key : round) key = _mm_setzero_si128();
  }
  __asm__ __volatile__("" : : "r"(&schedule) : "memory");
}

}  // namespace

extern const VoleKernels kVaesVole;
const VoleKernels kVaesVole = {"vaes", Stretch};

}  // namespace mpcstats

// Kernels with AVX2 and VPCLMULQDQ: four words at a time. This file is compiled with those instructions
// enabled, so it includes no header with inline functions that portable files use too.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "mpcstats/field/kernels_level.h"
#include "mpcstats/field/kernels_linear.h"
#include "mpcstats/field/packed_table.h"

namespace mpcstats {
namespace {

using packed::Word;

inline __m256i LoadWords(const void* in) { return _mm256_loadu_si256(static_cast<const __m256i*>(in)); }
inline void StoreWords(void* out, __m256i value) { _mm256_storeu_si256(static_cast<__m256i*>(out), value); }

template <int kShift>
inline __m256i SwapBits(__m256i x, long long mask) {
  const __m256i swap =
      _mm256_and_si256(_mm256_xor_si256(x, _mm256_srli_epi64(x, kShift)), _mm256_set1_epi64x(mask));
  return _mm256_xor_si256(x, _mm256_xor_si256(swap, _mm256_slli_epi64(swap, kShift)));
}

/// Transposes the 8x8 bit matrix in each 64-bit lane (row r = byte r).
inline __m256i TransposeBits(__m256i x) {
  x = SwapBits<7>(x, 0x00aa00aa00aa00aa);
  x = SwapBits<14>(x, 0x0000cccc0000cccc);
  return SwapBits<28>(x, 0x00000000f0f0f0f0);
}

/// planes[J][h]: byte b - 32h holds bits b of the words 8J..8J+7 of a group, word 8J+r in bit r.
inline void LoadPlanes(const Word* x, __m256i planes[8][2]) {
  const __m256i interleave =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
  const __m256i gather = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (std::size_t j = 0; j < 8; ++j) {
    const __m256i first = LoadWords(x + 8 * j);
    const __m256i second = LoadWords(x + 8 * j + 4);
    // Words 0 1 | 4 5 and 2 3 | 6 7, bytes of neighbours side by side.
    const __m256i p = _mm256_shuffle_epi8(_mm256_permute2x128_si256(first, second, 0x20), interleave);
    const __m256i q = _mm256_shuffle_epi8(_mm256_permute2x128_si256(first, second, 0x31), interleave);
    // Per 32-bit lane byte B of the words 0..3 | 4..7, then both halves of each B together.
    const __m256i low = _mm256_permutevar8x32_epi32(_mm256_unpacklo_epi16(p, q), gather);
    const __m256i high = _mm256_permutevar8x32_epi32(_mm256_unpackhi_epi16(p, q), gather);
    planes[j][0] = TransposeBits(low);
    planes[j][1] = TransposeBits(high);
  }
}

/// out[b]: byte K is byte b of plane K.
inline void StorePlanes(const __m256i planes[8][2], Word* out) {
  for (std::size_t half = 0; half < 2; ++half) {
    __m256i pair[8];
    for (std::size_t k = 0; k < 8; k += 2) {
      pair[k] = _mm256_unpacklo_epi8(planes[k][half], planes[k + 1][half]);
      pair[k + 1] = _mm256_unpackhi_epi8(planes[k][half], planes[k + 1][half]);
    }
    __m256i quad[8];  // quad[4*s + i]: bytes 4s..4s+3 of the words 4i..4i+3 of each 128-bit lane
    for (std::size_t s = 0; s < 2; ++s) {
      for (std::size_t i = 0; i < 2; ++i) {
        quad[4 * s + 2 * i] = _mm256_unpacklo_epi16(pair[4 * s + i], pair[4 * s + 2 + i]);
        quad[4 * s + 2 * i + 1] = _mm256_unpackhi_epi16(pair[4 * s + i], pair[4 * s + 2 + i]);
      }
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const __m256i low = _mm256_unpacklo_epi32(quad[i], quad[4 + i]);
      const __m256i high = _mm256_unpackhi_epi32(quad[i], quad[4 + i]);
      StoreWords(out + 32 * half + 4 * i, _mm256_permute2x128_si256(low, high, 0x20));
      StoreWords(out + 32 * half + 16 + 4 * i, _mm256_permute2x128_si256(low, high, 0x31));
    }
  }
}

struct Quad {
  static constexpr std::size_t kLanes = 4;
  __m256i v;

  static Quad Zero() { return {_mm256_setzero_si256()}; }
  static Quad Broadcast(Word w) { return {_mm256_set1_epi64x(static_cast<long long>(w))}; }
  static Quad Load(const Word* in) { return {LoadWords(in)}; }
  void Store(Word* out) const { StoreWords(out, v); }
  static Quad And(Quad a, Quad b) { return {_mm256_and_si256(a.v, b.v)}; }
  static Quad Xor(Quad a, Quad b) { return {_mm256_xor_si256(a.v, b.v)}; }
  static Quad Xor3(Quad a, Quad b, Quad c) { return Xor(Xor(a, b), c); }
  template <int kBits>
  static Quad Shl(Quad a) {
    return {_mm256_slli_epi64(a.v, kBits)};
  }
  template <int kBits>
  static Quad Shr(Quad a) {
    return {_mm256_srli_epi64(a.v, kBits)};
  }
  static Quad UnpackLow(Quad a, Quad b) { return {_mm256_unpacklo_epi64(a.v, b.v)}; }
  static Quad UnpackHigh(Quad a, Quad b) { return {_mm256_unpackhi_epi64(a.v, b.v)}; }
  static Quad ClmulLow(Quad a, Quad b) { return {_mm256_clmulepi64_epi128(a.v, b.v, 0x00)}; }
  static Quad ClmulHigh(Quad a, Quad b) { return {_mm256_clmulepi64_epi128(a.v, b.v, 0x11)}; }
  static void Transpose(Quad* rows) {
    const Quad a = UnpackLow(rows[0], rows[1]);
    const Quad b = UnpackHigh(rows[0], rows[1]);
    const Quad c = UnpackLow(rows[2], rows[3]);
    const Quad d = UnpackHigh(rows[2], rows[3]);
    rows[0].v = _mm256_permute2x128_si256(a.v, c.v, 0x20);
    rows[1].v = _mm256_permute2x128_si256(b.v, d.v, 0x20);
    rows[2].v = _mm256_permute2x128_si256(a.v, c.v, 0x31);
    rows[3].v = _mm256_permute2x128_si256(b.v, d.v, 0x31);
  }

  // sums[i][K][nibble]: byte K of the sum of those of c_{4i}..c_{4i+3} that the nibble selects. The nibbles
  // are secret; the look-up is a byte shuffle within a register.
  struct FoldTable {
    alignas(32) std::uint8_t sums[16][8][16];
  };
  static void BuildFoldTable(const Word* c, FoldTable& table) {
    for (std::size_t i = 0; i < 16; ++i) {
      Word sums[16] = {};
      for (unsigned n = 1; n < 16; ++n)
        sums[n] = sums[n & (n - 1)] ^ c[4 * i + static_cast<unsigned>(__builtin_ctz(n))];
      for (std::size_t k = 0; k < 8; ++k) {
        for (std::size_t n = 0; n < 16; ++n)
          table.sums[i][k][n] = static_cast<std::uint8_t>(sums[n] >> (8 * k));
      }
    }
  }
  static void FoldGroup(const FoldTable& table, const Word* x, Word* out) {
    __m256i planes[8][2];
    LoadPlanes(x, planes);
    const __m256i low_nibbles = _mm256_set1_epi8(15);
    __m256i nibbles[16][2];
    for (std::size_t j = 0; j < 8; ++j) {
      for (std::size_t half = 0; half < 2; ++half) {
        nibbles[2 * j][half] = _mm256_and_si256(planes[j][half], low_nibbles);
        nibbles[2 * j + 1][half] = _mm256_and_si256(_mm256_srli_epi16(planes[j][half], 4), low_nibbles);
      }
    }
    for (std::size_t k = 0; k < 8; ++k) {
      __m256i sum0 = _mm256_setzero_si256();
      __m256i sum1 = _mm256_setzero_si256();
      for (std::size_t i = 0; i < 16; ++i) {
        const __m256i sums =
            _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table.sums[i][k])));
        sum0 = _mm256_xor_si256(sum0, _mm256_shuffle_epi8(sums, nibbles[i][0]));
        sum1 = _mm256_xor_si256(sum1, _mm256_shuffle_epi8(sums, nibbles[i][1]));
      }
      planes[k][0] = sum0;
      planes[k][1] = sum1;
    }
    StorePlanes(planes, out);
  }
  static void TransposeGroup(const Word* in, Word* out) {
    __m256i planes[8][2];
    LoadPlanes(in, planes);
    StorePlanes(planes, out);
  }
};

void Carryless(Word a, Word b, Word out[2]) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(a)),
                                               _mm_cvtsi64_si128(static_cast<long long>(b)), 0x00);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), product);
}

}  // namespace

extern const PackedKernels kAvx2Kernels;
const PackedKernels kAvx2Kernels = {
    .name = "avx2",
    .carryless = Carryless,
    .level1 = packed::Level1Single<Quad, 2>,
    .level1_pairs = packed::Level1Pairs<Quad, 2>,
    .fold_groups = packed::FoldGroups<Quad>,
    .weighted_sum = packed::WeightedSum<Quad>,
    .level = packed::Level<Quad>,
    .fold = packed::Fold<Quad>,
    .inner_product = packed::InnerProduct<Quad>,
    .multiply = packed::Multiply<Quad>,
    .multiply_scalar = packed::MultiplyScalar<Quad>,
    .transpose64 = packed::Transpose64<Quad>,
    .and3 = packed::And3<Quad>,
};

}  // namespace mpcstats

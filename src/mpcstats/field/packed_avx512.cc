// Kernels with AVX-512, VPCLMULQDQ and GFNI: eight words at a time. This file is compiled with those
// instructions enabled, so it includes no header with inline functions that portable files use too.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "mpcstats/field/kernels_level.h"
#include "mpcstats/field/kernels_linear.h"
#include "mpcstats/field/packed_table.h"

namespace mpcstats {
namespace {

using packed::Word;

constexpr int kXor3 = 0x96;

inline __m512i LoadWords(const Word* in) { return _mm512_loadu_si512(in); }

/// Transposes the 8x8 matrix of bytes (row r = 64-bit lane r); with `kReversed` byte r of each lane goes to
/// 7-r.
template <bool kReversed>
inline __m512i TransposeBytes(__m512i x) {
  alignas(64) static constexpr std::uint16_t kForward[32] = {0,  8,  16, 24, 1,  9,  17, 25, 2,  10, 18,
                                                             26, 3,  11, 19, 27, 4,  12, 20, 28, 5,  13,
                                                             21, 29, 6,  14, 22, 30, 7,  15, 23, 31};
  alignas(64) static constexpr std::uint16_t kBackward[32] = {24, 16, 8,  0,  25, 17, 9,  1,  26, 18, 10,
                                                              2,  27, 19, 11, 3,  28, 20, 12, 4,  29, 21,
                                                              13, 5,  30, 22, 14, 6,  31, 23, 15, 7};
  const __m128i pairs = kReversed ? _mm_setr_epi8(8, 0, 9, 1, 10, 2, 11, 3, 12, 4, 13, 5, 14, 6, 15, 7)
                                  : _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  const __m512i paired = _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(pairs));
  return _mm512_permutexvar_epi16(_mm512_load_si512(kReversed ? kBackward : kForward), paired);
}

/// planes[J]: byte b holds bits b of the words 8J..8J+7 of a group, word 8J+r in bit r.
inline void LoadPlanes(const Word* x, __m512i planes[8]) {
  // The affine instruction with the data as matrix and the unit vectors as operand transposes 8x8 bits; it
  // numbers the matrix rows from the last byte, hence the reversed bytes.
  const __m512i units = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  for (std::size_t j = 0; j < 8; ++j) {
    planes[j] = _mm512_gf2p8affine_epi64_epi8(units, TransposeBytes<true>(LoadWords(x + 8 * j)), 0);
  }
}

struct Octet {
  static constexpr std::size_t kLanes = 8;
  __m512i v;

  static Octet Zero() { return {_mm512_setzero_si512()}; }
  static Octet Broadcast(Word w) { return {_mm512_set1_epi64(static_cast<long long>(w))}; }
  static Octet Load(const Word* in) { return {LoadWords(in)}; }
  void Store(Word* out) const { _mm512_storeu_si512(out, v); }
  static Octet And(Octet a, Octet b) { return {_mm512_and_si512(a.v, b.v)}; }
  static Octet Xor(Octet a, Octet b) { return {_mm512_xor_si512(a.v, b.v)}; }
  static Octet Xor3(Octet a, Octet b, Octet c) { return {_mm512_ternarylogic_epi64(a.v, b.v, c.v, kXor3)}; }
  template <int kBits>
  static Octet Shl(Octet a) {
    return {_mm512_slli_epi64(a.v, kBits)};
  }
  template <int kBits>
  static Octet Shr(Octet a) {
    return {_mm512_srli_epi64(a.v, kBits)};
  }
  static Octet UnpackLow(Octet a, Octet b) { return {_mm512_unpacklo_epi64(a.v, b.v)}; }
  static Octet UnpackHigh(Octet a, Octet b) { return {_mm512_unpackhi_epi64(a.v, b.v)}; }
  static Octet ClmulLow(Octet a, Octet b) { return {_mm512_clmulepi64_epi128(a.v, b.v, 0x00)}; }
  static Octet ClmulHigh(Octet a, Octet b) { return {_mm512_clmulepi64_epi128(a.v, b.v, 0x11)}; }
  static void Transpose(Octet* rows) {
    __m512i pair[8];
    for (std::size_t i = 0; i < 8; i += 2) {
      pair[i] = _mm512_unpacklo_epi64(rows[i].v, rows[i + 1].v);
      pair[i + 1] = _mm512_unpackhi_epi64(rows[i].v, rows[i + 1].v);
    }
    // 128-bit lane t of pair[2p + s]: column 2t + s of the rows 2p, 2p + 1.
    for (std::size_t s = 0; s < 2; ++s) {
      const __m512i a = _mm512_shuffle_i64x2(pair[s], pair[2 + s], 0x88);      // columns s, 4+s of rows 0..3
      const __m512i b = _mm512_shuffle_i64x2(pair[s], pair[2 + s], 0xdd);      // columns 2+s, 6+s
      const __m512i c = _mm512_shuffle_i64x2(pair[4 + s], pair[6 + s], 0x88);  // the same of rows 4..7
      const __m512i d = _mm512_shuffle_i64x2(pair[4 + s], pair[6 + s], 0xdd);
      rows[s].v = _mm512_shuffle_i64x2(a, c, 0x88);
      rows[2 + s].v = _mm512_shuffle_i64x2(b, d, 0x88);
      rows[4 + s].v = _mm512_shuffle_i64x2(a, c, 0xdd);
      rows[6 + s].v = _mm512_shuffle_i64x2(b, d, 0xdd);
    }
  }

  // The fold of a group is the product of two 64x64 bit matrices; blocks[J][K] is the 8x8 block that takes
  // the bits of the words 8J..8J+7 to byte K of the result.
  struct FoldTable {
    alignas(64) Word blocks[8][8];
  };
  static void BuildFoldTable(const Word* c, FoldTable& table) {
    __m512i planes[8];
    LoadPlanes(c, planes);
    const __m512i reverse =
        _mm512_broadcast_i32x4(_mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
    for (std::size_t j = 0; j < 8; ++j)
      _mm512_store_si512(table.blocks[j], _mm512_shuffle_epi8(planes[j], reverse));
  }
  static __m512i Affine(__m512i plane, const Word& block) {
    return _mm512_gf2p8affine_epi64_epi8(plane, _mm512_set1_epi64(static_cast<long long>(block)), 0);
  }
  static void FoldGroup(const FoldTable& table, const Word* x, Word* out) {
    __m512i in[8];
    LoadPlanes(x, in);
    __m512i planes[8];
#pragma GCC unroll 8
    for (std::size_t k = 0; k < 8; ++k) {
      __m512i sum = Affine(in[0], table.blocks[0][k]);
      __m512i other = Affine(in[1], table.blocks[1][k]);
#pragma GCC unroll 3
      for (std::size_t j = 2; j < 8; j += 2) {
        const __m512i next = Affine(in[j], table.blocks[j][k]);
        if (j == 4) {
          other = _mm512_ternarylogic_epi64(other, next, Affine(in[j + 1], table.blocks[j + 1][k]), kXor3);
        } else {
          sum = _mm512_ternarylogic_epi64(sum, next, Affine(in[j + 1], table.blocks[j + 1][k]), kXor3);
        }
      }
      planes[k] = _mm512_xor_si512(sum, other);
    }
    StorePlanes(planes, out);
  }
  /// out[b]: byte K is byte b of plane K.
  static void StorePlanes(const __m512i planes[8], Word* out) {
    Octet rows[8];
    for (std::size_t k = 0; k < 8; ++k) rows[k].v = planes[k];
    Transpose(rows);
    for (std::size_t b = 0; b < 8; ++b) _mm512_storeu_si512(out + 8 * b, TransposeBytes<false>(rows[b].v));
  }
  static void TransposeGroup(const Word* in, Word* out) {
    __m512i planes[8];
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

extern const PackedKernels kAvx512Kernels;
const PackedKernels kAvx512Kernels = {
    .name = "avx512",
    .carryless = Carryless,
    .level1 = packed::Level1Single<Octet, 8>,
    .level1_pairs = packed::Level1Pairs<Octet, 8>,
    .fold_groups = packed::FoldGroups<Octet>,
    .weighted_sum = packed::WeightedSum<Octet>,
    .level = packed::Level<Octet>,
    .fold = packed::Fold<Octet>,
    .inner_product = packed::InnerProduct<Octet>,
    .multiply = packed::Multiply<Octet>,
    .multiply_scalar = packed::MultiplyScalar<Octet>,
    .transpose64 = packed::Transpose64<Octet>,
    .and3 = packed::And3<Octet>,
};

}  // namespace mpcstats

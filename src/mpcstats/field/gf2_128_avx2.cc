// Products in GF(2^128) with VPCLMULQDQ: two at a time. Compiled with those instructions enabled, so it includes no
// header with inline functions that portable files use too.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "mpcstats/field/gf2_128_kernels.h"
#include "mpcstats/field/gf2_128_products.h"

namespace mpcstats {
namespace {

using gf2_128::Word;

/// Reduces low + middle * b^64 + high * b^128 in each 128-bit lane. R = b^7+b^2+b+1 = 0x87.
inline __m256i Reduce(__m256i low, __m256i middle, __m256i high) {
  low = _mm256_xor_si256(low, _mm256_slli_si256(middle, 8));
  high = _mm256_xor_si256(high, _mm256_srli_si256(middle, 8));
  const __m256i r = _mm256_set1_epi64x(0x87);
  // high_1 * b^192 = (high_1 * R) * b^64, of which up to 7 bits come back above b^128.
  const __m256i top = _mm256_clmulepi64_epi128(high, r, 0x01);
  low = _mm256_xor_si256(low, _mm256_slli_si256(top, 8));
  high = _mm256_xor_si256(high, _mm256_srli_si256(top, 8));
  return _mm256_xor_si256(low, _mm256_clmulepi64_epi128(high, r, 0x00));
}

inline __m128i Fold(__m256i x) {
  return _mm_xor_si128(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

struct Products {
  static constexpr std::size_t kLanes = 2;
  __m256i low = _mm256_setzero_si256();
  __m256i middle = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();

  static __m256i LoadTwo(const Word* in) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in)); }
  static __m256i LoadOne(const Word* in) {
    return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)));
  }

  void Add(__m256i a, __m256i b) {
    low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(a, b, 0x00));
    high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(a, b, 0x11));
    middle = _mm256_xor_si256(
        middle, _mm256_xor_si256(_mm256_clmulepi64_epi128(a, b, 0x01), _mm256_clmulepi64_epi128(a, b, 0x10)));
  }
  void AddProducts(const Word* a, const Word* b) { Add(LoadTwo(a), LoadTwo(b)); }
  void AddProduct(const Word* a, const Word* b) { Add(LoadOne(a), LoadOne(b)); }
  void AddScaled(const Word* a, const Word* s) {
    Add(LoadTwo(a), _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(s))));
  }

  void Store(Word* out) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), Reduce(low, middle, high));
  }
  void StoreSum(Word* out) const {
    const __m256i sum = Reduce(_mm256_zextsi128_si256(Fold(low)), _mm256_zextsi128_si256(Fold(middle)),
                               _mm256_zextsi128_si256(Fold(high)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(sum));
  }
};

}  // namespace

extern const Gf2_128Kernels kAvx2Gf2_128;
const Gf2_128Kernels kAvx2Gf2_128 = {"avx2", gf2_128::InnerProduct<Products>, gf2_128::Multiply<Products>,
                                     gf2_128::MultiplyAdd<Products>, gf2_128::Combine<Products>};

}  // namespace mpcstats

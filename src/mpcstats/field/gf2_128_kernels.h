// The table of kernels over GF(2^128). Plain types only, for the reason packed_table.h gives: an element is two words,
// low first.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mpcstats {

/// One implementation; all return the same bits. Sizes are in elements and may be zero; no alignment is needed. The
/// time depends on the sizes alone.
struct Gf2_128Kernels {
  using Word = std::uint64_t;

  const char* name;
  /// out[0..1] = sum_i a_i * b_i.
  void (*inner_product)(const Word* a, const Word* b, std::size_t n, Word* out);
  /// out_i = a_i * b_i; `out` may be an input.
  void (*multiply)(const Word* a, const Word* b, std::size_t n, Word* out);
  /// out_i = a_i * b_i + c_i * s; `out` may be an input.
  void (*multiply_add)(const Word* a, const Word* b, const Word* c, const Word* s, std::size_t n, Word* out);
  /// out_k = sum_{i < w} x_{k*w + i} * weights_i for k < n.
  void (*combine)(const Word* x, const Word* weights, std::size_t w, std::size_t n, Word* out);
};

}  // namespace mpcstats

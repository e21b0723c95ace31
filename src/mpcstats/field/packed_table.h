// The table of vector kernels over words of 64 gates and over GF(2^64). Plain types only: the files with
// special instructions include this header and no header with inline functions, so that the linker can never
// choose a function compiled for AVX-512 on behalf of portable code.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mpcstats {

/// One implementation of the kernels.
///
/// Shapes:   a word is 64 gates, a group is 64 words. K = GF(2)[b]/(b^64+b^4+b^3+b+1), bit i of a word is the
///           coefficient of b^i. Sizes of zero are allowed. No alignment is needed.
/// Security: the running time depends on the sizes and on the public arguments (psi, theta, c, powers,
/// lambda, the
///           verifiers' challenges) alone, never on the words in the other arrays. No table is indexed by a
///           secret.
/// Aliasing: outputs overlap no input except where it says so.
struct PackedKernels {
  using Word = std::uint64_t;

  const char* name;

  /// The unreduced product of two polynomials of degree below 64: out[0] low, out[1] high.
  void (*carryless)(Word a, Word b, Word out[2]);

  /// First message of the proof: out[63 + d] ^= sum_g theta_g * sum_{j-l=d} psi_j * (u[64g+j] & v[64g+l]),
  /// |d| <= 63. One call has a fixed cost of about two groups and 64 KB of stack: give it many groups.
  void (*level1)(const Word* u, const Word* v, std::size_t groups, const Word psi[64], const Word* theta,
                 Word out[127]);

  /// The same for both cross terms of each gate at the price of one:
  /// out[63 + d] ^= sum_g theta_g * sum_{j-l=d} psi_j * ((a[64g+j] & b[64g+l]) ^ (c[64g+j] & d[64g+l])).
  void (*level1_pairs)(const Word* a, const Word* b, const Word* c, const Word* d, std::size_t groups,
                       const Word psi[64], const Word* theta, Word out[127]);

  /// out[64g+b] = w(g,b) * sum_j c_j * (bit b of x[64g+j]) with w(g,b) = theta_g * beta^b, or 1 when theta is
  /// null. `out` has 64*groups elements and may be `x`.
  void (*fold_groups)(const Word* x, std::size_t groups, const Word c[64], const Word* theta, Word* out);

  /// sum_g theta_g * sum_j psi_j * w[64g+j].
  Word (*weighted_sum)(const Word* w, std::size_t groups, const Word psi[64], const Word* theta);

  /// out[lambda-1+j-l] ^= sum over the chunks of lambda elements of u_j * v_l. `n` is a multiple of lambda;
  /// lambda is 2, 4, 8, 16, 32, 64 or 128. Stack: 190 KB at 128, 22 KB at 32, 3 KB at 8.
  void (*level)(const Word* u, const Word* v, std::size_t n, std::size_t lambda, Word* out);

  /// out[c] = sum_k powers[k] * x[c*lambda+k]; `n` is a multiple of lambda >= 1. `out` may be `x`.
  void (*fold)(const Word* x, std::size_t n, std::size_t lambda, const Word* powers, Word* out);

  /// sum_i u_i * v_i.
  Word (*inner_product)(const Word* u, const Word* v, std::size_t n);

  /// out_i = a_i * b_i; `out` may be `a` or `b`.
  void (*multiply)(const Word* a, const Word* b, std::size_t n, Word* out);

  /// out_i = w * x_i; `out` may be `x`.
  void (*multiply_scalar)(const Word* x, Word w, std::size_t n, Word* out);

  /// Transposes consecutive 64x64 bit matrices: bit j of out[64g+b] is bit b of in[64g+j]. `out` may be `in`.
  void (*transpose64)(std::size_t blocks, const Word* in, Word* out);

  /// z = (x0 & y0) ^ (x0 & y1) ^ (x1 & y0) ^ rho0 ^ rho1, word by word; `z` may be any of the inputs.
  void (*and3)(const Word* x0, const Word* x1, const Word* y0, const Word* y1, const Word* rho0,
               const Word* rho1, std::size_t n, Word* z);
};

}  // namespace mpcstats

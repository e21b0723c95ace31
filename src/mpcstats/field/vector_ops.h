// Loops over arrays of field elements, the same for every field: the provers' messages and folds.
//
//   VectorOps<K>::Level(u, v, lambda, message);
//   VectorOps<K>::Fold(u, powers, u.first(u.size() / powers.size()));
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "mpcstats/base/check.h"
#include "mpcstats/field/field.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {

/// Security: constant time in the elements; sizes and lambda are public.
/// Errors:   shapes that do not fit are our own bug and end the process.
template <ProofField K>
struct VectorOps {
  /// message[lambda-1+j-l] += sum over the chunks of lambda elements of u_j * v_l, that is, adds the
  /// coefficients of sum U(X)V(X) with U = sum_j u_j X^j, V = sum_l v_l X^(lambda-1-l).
  ///
  /// Shapes: u and v equally long, a multiple of lambda; lambda a power of two, 2..128; message has
  /// 2*lambda-1.
  static void Level(std::span<const K> u, std::span<const K> v, std::size_t lambda, std::span<K> message) {
    CHECK(lambda >= 2 && lambda <= 128 && (lambda & (lambda - 1)) == 0);
    CHECK(u.size() == v.size() && u.size() % lambda == 0 && message.size() == 2 * lambda - 1);
    // Chunks that stay in the first cache while each diagonal passes over them.
    const std::size_t block = std::max<std::size_t>(1, 512 / lambda) * lambda;
    for (std::size_t at = 0; at < u.size(); at += block) {
      const std::size_t count = std::min(block, u.size() - at);
      for (std::size_t i = 0; i < 2 * lambda - 1; ++i) {
        message[i] += Diagonal(u.subspan(at, count), v.subspan(at, count), lambda, i);
      }
    }
  }

  /// out[c] = sum_k powers[k] * x[c*lambda+k] with lambda = powers.size(). `out` may be the front of `x`.
  static void Fold(std::span<const K> x, std::span<const K> powers, std::span<K> out) {
    CHECK(!powers.empty() && x.size() == out.size() * powers.size());
    for (std::size_t c = 0; c < out.size(); ++c)
      out[c] = InnerProduct(x.subspan(c * powers.size(), powers.size()), powers);
  }

  /// sum_i u_i * v_i.
  [[nodiscard]] static K InnerProduct(std::span<const K> u, std::span<const K> v) {
    CHECK(u.size() == v.size());
    typename K::Accumulator sum;
    for (std::size_t i = 0; i < u.size(); ++i) sum.AddProduct(u[i], v[i]);
    return sum.Reduce();
  }

  /// out_i = a_i * b_i; `out` may be `a` or `b`.
  static void Multiply(std::span<const K> a, std::span<const K> b, std::span<K> out) {
    CHECK(a.size() == b.size() && a.size() == out.size());
    for (std::size_t i = 0; i < a.size(); ++i) out[i] = a[i] * b[i];
  }

  /// out_i = weight * x_i; `out` may be `x`.
  static void Scale(std::span<const K> x, K weight, std::span<K> out) {
    CHECK(x.size() == out.size());
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = x[i] * weight;
  }

  /// out_i = sum_k weights_k * columns_k[i]. Each column has as many elements as `out`, which is none of them.
  static void Combine(std::span<const K* const> columns, std::span<const K> weights, std::span<K> out) {
    CHECK(columns.size() == weights.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      typename K::Accumulator sum;
      for (std::size_t k = 0; k < columns.size(); ++k) sum.AddProduct(weights[k], columns[k][i]);
      out[i] = sum.Reduce();
    }
  }

 private:
  static K Diagonal(std::span<const K> u, std::span<const K> v, std::size_t lambda, std::size_t index) {
    // j - l = index - (lambda - 1)
    const std::size_t j0 = index >= lambda ? index - (lambda - 1) : 0;
    const std::size_t l0 = j0 + (lambda - 1) - index;
    const std::size_t length = lambda - std::max(j0, l0);
    typename K::Accumulator sum;
    for (std::size_t c = 0; c < u.size(); c += lambda) {
      for (std::size_t i = 0; i < length; ++i) sum.AddProduct(u[c + j0 + i], v[c + l0 + i]);
    }
    return sum.Reduce();
  }
};

/// The same through the vector kernels.
template <>
struct VectorOps<Gf2_64> {
  using K = Gf2_64;
  static void Level(std::span<const K> u, std::span<const K> v, std::size_t lambda, std::span<K> message);
  static void Fold(std::span<const K> x, std::span<const K> powers, std::span<K> out);
  [[nodiscard]] static K InnerProduct(std::span<const K> u, std::span<const K> v);
  static void Multiply(std::span<const K> a, std::span<const K> b, std::span<K> out);
  static void Scale(std::span<const K> x, K weight, std::span<K> out);
  static void Combine(std::span<const K* const> columns, std::span<const K> weights, std::span<K> out);
};

}  // namespace mpcstats

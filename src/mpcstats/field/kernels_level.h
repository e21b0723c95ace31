// The provers' messages, written once over a vector type V (kernels_linear.h says what V offers).
#pragma once

#include <cstddef>
#include <cstdint>

#include "mpcstats/field/kernels_linear.h"

namespace mpcstats::packed {

struct Level1Input {
  const Word* a;
  const Word* b;
  const Word* c;  // with d the second cross term, unused when not paired
  const Word* d;
};

/// Adds the products of `groups` groups to the sums of kRows rows j and one register of columns l.
template <class V, std::size_t kRows, bool kPaired>
inline void Level1Tile(Level1Input in, std::size_t groups, const Word* theta, V* sums) {
  V sum[2 * kRows];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < 2 * kRows; ++i) sum[i] = sums[i];
  const auto gate = [&](std::size_t row, std::size_t group, V b, V d) {
    const V first = V::And(V::Broadcast(in.a[64 * group + row]), b);
    if constexpr (kPaired) {
      return V::Xor(first, V::And(V::Broadcast(in.c[64 * group + row]), d));
    } else {
      return first;
    }
  };
  std::size_t g = 0;
  for (; g + 2 <= groups; g += 2) {
    const V b0 = V::Load(in.b + 64 * g);
    const V b1 = V::Load(in.b + 64 * g + 64);
    const V d0 = kPaired ? V::Load(in.d + 64 * g) : V::Zero();
    const V d1 = kPaired ? V::Load(in.d + 64 * g + 64) : V::Zero();
    const V theta0 = V::Broadcast(theta[g]);
    const V theta1 = V::Broadcast(theta[g + 1]);
#pragma GCC unroll 8
    for (std::size_t row = 0; row < kRows; ++row) {
      const V w0 = gate(row, g, b0, d0);
      const V w1 = gate(row, g + 1, b1, d1);
      sum[2 * row] = V::Xor3(sum[2 * row], V::ClmulLow(w0, theta0), V::ClmulLow(w1, theta1));
      sum[2 * row + 1] = V::Xor3(sum[2 * row + 1], V::ClmulHigh(w0, theta0), V::ClmulHigh(w1, theta1));
    }
  }
  if (g < groups) {
    const V b = V::Load(in.b + 64 * g);
    const V d = kPaired ? V::Load(in.d + 64 * g) : V::Zero();
    const V weight = V::Broadcast(theta[g]);
#pragma GCC unroll 8
    for (std::size_t row = 0; row < kRows; ++row) {
      const V w = gate(row, g, b, d);
      sum[2 * row] = V::Xor(sum[2 * row], V::ClmulLow(w, weight));
      sum[2 * row + 1] = V::Xor(sum[2 * row + 1], V::ClmulHigh(w, weight));
    }
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < 2 * kRows; ++i) sums[i] = sum[i];
}

/// Neither psi_j nor the diagonal depends on the group, so
///   sum_g theta_g sum_{j-l=d} psi_j (u_gj & v_gl) = sum_{j-l=d} psi_j T_jl,
///   T_jl = sum_g theta_g (u_gj & v_gl):
/// one carryless product per (g, j, l), and all reductions and products by psi once per call.
template <class V, std::size_t kRows, bool kPaired>
void Level1(Level1Input in, std::size_t groups, const Word* psi, const Word* theta, Word* out) {
  constexpr std::size_t kColumns = 64 / V::kLanes;
  // Groups whose words stay in the first cache during one sweep of the tiles.
  constexpr std::size_t kBlock = 16;
  if (groups == 0) return;
  alignas(64) V sums[64 / kRows][kColumns][2 * kRows];
  for (auto& rows : sums) {
    for (auto& tile : rows) {
      for (V& sum : tile) sum = V::Zero();
    }
  }
  for (std::size_t g = 0; g < groups; g += kBlock) {
    const std::size_t count = groups - g < kBlock ? groups - g : kBlock;
    for (std::size_t j = 0; j < 64; j += kRows) {
      for (std::size_t column = 0; column < kColumns; ++column) {
        const std::size_t row_at = 64 * g + j;
        const std::size_t column_at = 64 * g + column * V::kLanes;
        Level1Input tile{in.a + row_at, in.b + column_at, nullptr, nullptr};
        if constexpr (kPaired) tile = {tile.a, tile.b, in.c + row_at, in.d + column_at};
        Level1Tile<V, kRows, kPaired>(tile, count, theta + g, sums[j / kRows][column]);
      }
    }
  }
  for (std::size_t j = 0; j < 64; ++j) {
    const V factor = V::Broadcast(psi[j]);
    alignas(64) Word row[64];
    for (std::size_t column = 0; column < kColumns; ++column) {
      const V* sum = &sums[j / kRows][column][2 * (j % kRows)];
      Product(Reduce(sum[0], sum[1]), factor).Store(row + column * V::kLanes);
    }
    for (std::size_t l = 0; l < 64; ++l) out[63 + j - l] ^= row[l];
  }
}

consteval std::size_t LeafCount(std::size_t lambda) { return lambda == 1 ? 1 : 3 * LeafCount(lambda / 2); }

/// Karatsuba over X down to single coefficients; the leaf products of all chunks add up, so that the chunks
/// share one recombination. A lane is a chunk.
template <class V, std::size_t kLambda>
void AddLeaves(const V* u, const V* v, V* leaves) {
  if constexpr (kLambda == 1) {
    leaves[0] = V::Xor3(leaves[0], V::ClmulLow(u[0], v[0]), V::ClmulHigh(u[0], v[0]));
  } else {
    constexpr std::size_t kHalf = kLambda / 2;
    V u_sum[kHalf];
    V v_sum[kHalf];
    for (std::size_t i = 0; i < kHalf; ++i) {
      u_sum[i] = V::Xor(u[i], u[i + kHalf]);
      v_sum[i] = V::Xor(v[i], v[i + kHalf]);
    }
    AddLeaves<V, kHalf>(u, v, leaves);
    AddLeaves<V, kHalf>(u + kHalf, v + kHalf, leaves + LeafCount(kHalf));
    AddLeaves<V, kHalf>(u_sum, v_sum, leaves + 2 * LeafCount(kHalf));
  }
}

/// The 2*kLambda-1 coefficients from the leaves (reduced by now).
template <class V, std::size_t kLambda>
void Recombine(const Word* leaves, Word* out) {
  if constexpr (kLambda == 1) {
    out[0] = leaves[0];
  } else {
    constexpr std::size_t kHalf = kLambda / 2;
    constexpr std::size_t kSize = 2 * kHalf - 1;
    Word low[kSize];
    Word high[kSize];
    Word middle[kSize];
    Recombine<V, kHalf>(leaves, low);
    Recombine<V, kHalf>(leaves + LeafCount(kHalf), high);
    Recombine<V, kHalf>(leaves + 2 * LeafCount(kHalf), middle);
    for (std::size_t i = 0; i < 2 * kLambda - 1; ++i) out[i] = 0;
    for (std::size_t i = 0; i < kSize; ++i) {
      out[i] ^= low[i];
      out[i + 2 * kHalf] ^= high[i];
      out[i + kHalf] ^= low[i] ^ high[i] ^ middle[i];
    }
  }
}

template <class V, std::size_t kLambda>
inline void LoadChunks(const Word* x, std::size_t count, V* columns) {
  if constexpr (kLambda % V::kLanes == 0) {
    if (count == V::kLanes) {
      for (std::size_t k = 0; k < kLambda; k += V::kLanes) LoadColumns<V>(x, kLambda, k, columns + k);
      return;
    }
  }
  for (std::size_t k = 0; k < kLambda; ++k) columns[k] = GatherColumn<V>(x, kLambda, k, count);
}

// Not inlined: together in one frame, the widest would make every lambda pay for its leaves.
template <class V, std::size_t kLambda>
[[gnu::noinline]] void LevelOf(const Word* u, const Word* v, std::size_t chunks, Word* out) {
  constexpr std::size_t kLeaves = LeafCount(kLambda);
  alignas(64) V leaves[kLeaves];
  for (V& leaf : leaves) leaf = V::Zero();
  for (std::size_t c = 0; c < chunks; c += V::kLanes) {
    const std::size_t count = chunks - c < V::kLanes ? chunks - c : V::kLanes;
    V u_columns[kLambda];
    V v_columns[kLambda];
    V v_reversed[kLambda];  // V(X) = sum_l v_l X^{lambda-1-l}
    LoadChunks<V, kLambda>(u + c * kLambda, count, u_columns);
    LoadChunks<V, kLambda>(v + c * kLambda, count, v_columns);
    for (std::size_t k = 0; k < kLambda; ++k) v_reversed[k] = v_columns[kLambda - 1 - k];
    AddLeaves<V, kLambda>(u_columns, v_reversed, leaves);
  }
  Word reduced[kLeaves];
  for (std::size_t i = 0; i < kLeaves; ++i) reduced[i] = SumLanes(Reduce(leaves[i], V::Zero()));
  Word coefficients[2 * kLambda - 1];
  Recombine<V, kLambda>(reduced, coefficients);
  for (std::size_t i = 0; i < 2 * kLambda - 1; ++i) out[i] ^= coefficients[i];
}

template <class V>
void Level(const Word* u, const Word* v, std::size_t n, std::size_t lambda, Word* out) {
  const std::size_t chunks = n / lambda;
  if (chunks == 0) return;
  switch (lambda) {
    case 2: return LevelOf<V, 2>(u, v, chunks, out);
    case 4: return LevelOf<V, 4>(u, v, chunks, out);
    case 8: return LevelOf<V, 8>(u, v, chunks, out);
    case 16: return LevelOf<V, 16>(u, v, chunks, out);
    case 32: return LevelOf<V, 32>(u, v, chunks, out);
    case 64: return LevelOf<V, 64>(u, v, chunks, out);
    case 128: return LevelOf<V, 128>(u, v, chunks, out);
    default: __builtin_trap();  // VectorOps checks lambda first
  }
}

template <class V, std::size_t kRows>
void Level1Single(const Word* u, const Word* v, std::size_t groups, const Word* psi, const Word* theta,
                  Word* out) {
  Level1<V, kRows, false>({u, v, nullptr, nullptr}, groups, psi, theta, out);
}

template <class V, std::size_t kRows>
void Level1Pairs(const Word* a, const Word* b, const Word* c, const Word* d, std::size_t groups,
                 const Word* psi, const Word* theta, Word* out) {
  Level1<V, kRows, true>({a, b, c, d}, groups, psi, theta, out);
}

}  // namespace mpcstats::packed

// Kernels with one product per element, written once over a vector type V of the including file: folds, inner
// products, weights. V lives in an anonymous namespace there, so each instantiation stays inside its own
// file.
//
// V offers: kLanes; Zero, Broadcast, Load, Store; And, Xor, Xor3; Shl<k>, Shr<k>; UnpackLow, UnpackHigh
// (64-bit lanes within 128); ClmulLow, ClmulHigh (products of the even and of the odd lanes, 128 bits each);
// Transpose (kLanes x kLanes words in place); FoldTable, FoldGroup, TransposeGroup (64x64 bits).
#pragma once

#include <cstddef>
#include <cstdint>

namespace mpcstats::packed {

using Word = std::uint64_t;

/// Reduces the 128-bit products of the even and the odd lanes modulo b^64+b^4+b^3+b+1; lanes in natural
/// order.
template <class V>
inline V Reduce(V even, V odd) {
  const V low = V::UnpackLow(even, odd);
  const V high = V::UnpackHigh(even, odd);
  // high * b^64 = high * (b^4+b^3+b+1); what that pushes beyond b^63 is four bits, folded in the same way.
  const V over = V::Xor3(V::template Shr<63>(high), V::template Shr<61>(high), V::template Shr<60>(high));
  const V h = V::Xor(high, over);
  return V::Xor3(V::Xor3(low, h, V::template Shl<1>(h)), V::template Shl<3>(h), V::template Shl<4>(h));
}

template <class V>
inline V Product(V a, V b) {
  return Reduce(V::ClmulLow(a, b), V::ClmulHigh(a, b));
}

template <class V>
inline V LoadPart(const Word* in, std::size_t count) {
  alignas(64) Word lanes[V::kLanes] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = in[i];
  return V::Load(lanes);
}

template <class V>
inline void StorePart(V value, Word* out, std::size_t count) {
  alignas(64) Word lanes[V::kLanes];
  value.Store(lanes);
  for (std::size_t i = 0; i < count; ++i) out[i] = lanes[i];
}

/// Xor of the lanes.
template <class V>
inline Word SumLanes(V value) {
  alignas(64) Word lanes[V::kLanes];
  value.Store(lanes);
  Word sum = 0;
  for (std::size_t i = 0; i < V::kLanes; ++i) sum ^= lanes[i];
  return sum;
}

/// Column k of `count` <= kLanes chunks of `stride` words, for widths a register does not divide.
template <class V>
inline V GatherColumn(const Word* x, std::size_t stride, std::size_t k, std::size_t count) {
  alignas(64) Word lanes[V::kLanes] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = x[i * stride + k];
  return V::Load(lanes);
}

/// Columns k..k+kLanes-1 of kLanes chunks of `stride` words.
template <class V>
inline void LoadColumns(const Word* x, std::size_t stride, std::size_t k, V* columns) {
  for (std::size_t i = 0; i < V::kLanes; ++i) columns[i] = V::Load(x + i * stride + k);
  V::Transpose(columns);
}

template <class V>
void Fold(const Word* x, std::size_t n, std::size_t lambda, const Word* powers, Word* out) {
  const std::size_t chunks = n / lambda;
  for (std::size_t c = 0; c < chunks; c += V::kLanes) {
    const std::size_t count = chunks - c < V::kLanes ? chunks - c : V::kLanes;
    const Word* block = x + c * lambda;
    V even = V::Zero();
    V odd = V::Zero();
    const auto add = [&](V column, Word power) {
      const V factor = V::Broadcast(power);
      even = V::Xor(even, V::ClmulLow(column, factor));
      odd = V::Xor(odd, V::ClmulHigh(column, factor));
    };
    if (count == V::kLanes && lambda % V::kLanes == 0) {
      for (std::size_t k = 0; k < lambda; k += V::kLanes) {
        V columns[V::kLanes];
        LoadColumns<V>(block, lambda, k, columns);
        for (std::size_t i = 0; i < V::kLanes; ++i) add(columns[i], powers[k + i]);
      }
    } else {
      for (std::size_t k = 0; k < lambda; ++k) add(GatherColumn<V>(block, lambda, k, count), powers[k]);
    }
    StorePart(Reduce(even, odd), out + c, count);
  }
}

template <class V>
Word InnerProduct(const Word* u, const Word* v, std::size_t n) {
  V even = V::Zero();
  V odd = V::Zero();
  std::size_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) {
    const V a = V::Load(u + i);
    const V b = V::Load(v + i);
    even = V::Xor(even, V::ClmulLow(a, b));
    odd = V::Xor(odd, V::ClmulHigh(a, b));
  }
  const V a = LoadPart<V>(u + i, n - i);
  const V b = LoadPart<V>(v + i, n - i);
  even = V::Xor(even, V::ClmulLow(a, b));
  odd = V::Xor(odd, V::ClmulHigh(a, b));
  return SumLanes(Reduce(even, odd));
}

template <class V>
void Multiply(const Word* a, const Word* b, std::size_t n, Word* out) {
  std::size_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) Product(V::Load(a + i), V::Load(b + i)).Store(out + i);
  StorePart(Product(LoadPart<V>(a + i, n - i), LoadPart<V>(b + i, n - i)), out + i, n - i);
}

template <class V>
void MultiplyScalar(const Word* x, Word w, std::size_t n, Word* out) {
  const V factor = V::Broadcast(w);
  std::size_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) Product(V::Load(x + i), factor).Store(out + i);
  StorePart(Product(LoadPart<V>(x + i, n - i), factor), out + i, n - i);
}

/// theta and psi are public and the sum is bilinear in them: sum over the groups first, one reduction per j.
template <class V>
Word WeightedSum(const Word* w, std::size_t groups, const Word* psi, const Word* theta) {
  constexpr std::size_t kTile = 4;
  V total = V::Zero();
  for (std::size_t j = 0; j < 64; j += kTile * V::kLanes) {
    V even[kTile];
    V odd[kTile];
    for (std::size_t t = 0; t < kTile; ++t) even[t] = odd[t] = V::Zero();
    for (std::size_t g = 0; g < groups; ++g) {
      const V weight = V::Broadcast(theta[g]);
      for (std::size_t t = 0; t < kTile; ++t) {
        const V words = V::Load(w + 64 * g + j + t * V::kLanes);
        even[t] = V::Xor(even[t], V::ClmulLow(words, weight));
        odd[t] = V::Xor(odd[t], V::ClmulHigh(words, weight));
      }
    }
    for (std::size_t t = 0; t < kTile; ++t) {
      const V sum = Reduce(even[t], odd[t]);
      total = V::Xor(total, Product(sum, V::Load(psi + j + t * V::kLanes)));
    }
  }
  return SumLanes(total);
}

/// row_b *= theta * beta^b for the 64 elements of a group.
template <class V>
inline void ApplyWeights(Word theta, Word* row) {
  alignas(64) Word first[V::kLanes];
  for (std::size_t i = 0; i < V::kLanes; ++i) first[i] = Word{1} << i;
  V weight = Product(V::Broadcast(theta), V::Load(first));
  constexpr int kStep = static_cast<int>(V::kLanes);
  for (std::size_t b = 0; b < 64; b += V::kLanes) {
    Product(V::Load(row + b), weight).Store(row + b);
    // weight *= beta^kLanes; the carry is short enough not to overflow again.
    const V carry = V::template Shr<64 - kStep>(weight);
    const V low = V::Xor3(V::template Shl<kStep>(weight), carry, V::template Shl<1>(carry));
    weight = V::Xor3(low, V::template Shl<3>(carry), V::template Shl<4>(carry));
  }
}

template <class V>
void FoldGroups(const Word* x, std::size_t groups, const Word* c, const Word* theta, Word* out) {
  if (groups == 0) return;
  typename V::FoldTable table;
  V::BuildFoldTable(c, table);
  for (std::size_t g = 0; g < groups; ++g) {
    alignas(64) Word row[64];
    V::FoldGroup(table, x + 64 * g, row);
    if (theta != nullptr) ApplyWeights<V>(theta[g], row);
    for (std::size_t b = 0; b < 64; b += V::kLanes) V::Load(row + b).Store(out + 64 * g + b);
  }
}

template <class V>
void Transpose64(std::size_t blocks, const Word* in, Word* out) {
  for (std::size_t g = 0; g < blocks; ++g) V::TransposeGroup(in + 64 * g, out + 64 * g);
}

template <class V>
void And3(const Word* x0, const Word* x1, const Word* y0, const Word* y1, const Word* rho0, const Word* rho1,
          std::size_t n, Word* z) {
  std::size_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) {
    // x0*y0 + x0*y1 + x1*y0 = x0*(y0 + y1) + x1*y0
    const V y = V::Load(y0 + i);
    const V first = V::And(V::Load(x0 + i), V::Xor(y, V::Load(y1 + i)));
    const V cross = V::Xor(first, V::And(V::Load(x1 + i), y));
    V::Xor3(cross, V::Load(rho0 + i), V::Load(rho1 + i)).Store(z + i);
  }
  for (; i < n; ++i) z[i] = (x0[i] & (y0[i] ^ y1[i])) ^ (x1[i] & y0[i]) ^ rho0[i] ^ rho1[i];
}

}  // namespace mpcstats::packed

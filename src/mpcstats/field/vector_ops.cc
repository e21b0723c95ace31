#include "mpcstats/field/vector_ops.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "mpcstats/base/secret.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {
namespace {

// Gf2_64 is a standard-layout class around one word, so a pointer to an element is a pointer to its word.
const std::uint64_t* Words(std::span<const Gf2_64> x) {
  return reinterpret_cast<const std::uint64_t*>(x.data());
}
std::uint64_t* Words(std::span<Gf2_64> x) { return reinterpret_cast<std::uint64_t*>(x.data()); }

}  // namespace

void VectorOps<Gf2_64>::Level(std::span<const K> u, std::span<const K> v, std::size_t lambda,
                              std::span<K> message) {
  CHECK(lambda >= 2 && lambda <= 128 && (lambda & (lambda - 1)) == 0);
  CHECK(u.size() == v.size() && u.size() % lambda == 0 && message.size() == 2 * lambda - 1);
  Kernels().level(Words(u), Words(v), u.size(), lambda, Words(message));
}

void VectorOps<Gf2_64>::Fold(std::span<const K> x, std::span<const K> powers, std::span<K> out) {
  CHECK(!powers.empty() && x.size() == out.size() * powers.size());
  Kernels().fold(Words(x), x.size(), powers.size(), Words(powers), Words(out));
}

Gf2_64 VectorOps<Gf2_64>::InnerProduct(std::span<const K> u, std::span<const K> v) {
  CHECK(u.size() == v.size());
  return K::FromU64(Kernels().inner_product(Words(u), Words(v), u.size()));
}

void VectorOps<Gf2_64>::Multiply(std::span<const K> a, std::span<const K> b, std::span<K> out) {
  CHECK(a.size() == b.size() && a.size() == out.size());
  Kernels().multiply(Words(a), Words(b), a.size(), Words(out));
}

void VectorOps<Gf2_64>::Scale(std::span<const K> x, K weight, std::span<K> out) {
  CHECK(x.size() == out.size());
  Kernels().multiply_scalar(Words(x), weight.bits(), x.size(), Words(out));
}

void VectorOps<Gf2_64>::Combine(std::span<const K* const> columns, std::span<const K> weights,
                                std::span<K> out) {
  CHECK(columns.size() == weights.size());
  if (columns.empty()) {
    std::ranges::fill(out, K::Zero());
    return;
  }
  Scale({columns[0], out.size()}, weights[0], out);
  std::array<K, 256> scaled;
  for (std::size_t k = 1; k < columns.size(); ++k) {
    for (std::size_t at = 0; at < out.size(); at += scaled.size()) {
      const std::size_t count = std::min(scaled.size(), out.size() - at);
      Scale({columns[k] + at, count}, weights[k], std::span(scaled).first(count));
      for (std::size_t i = 0; i < count; ++i) out[at + i] += scaled[i];
    }
  }
  SecureWipe(scaled.data(), sizeof(scaled));
}

}  // namespace mpcstats

#include "mpcstats/circuit/gf2_128.h"

#include <cstddef>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBits = 128;

void AddInto(CircuitBuilder& builder, Wires& sum, WireSpan term, std::size_t at) {
  for (std::size_t i = 0; i < term.size(); ++i) sum[at + i] = builder.Xor(sum[at + i], term[i]);
}

// x^128 = x^7 + x^2 + x + 1; twice, as the first pass reaches x^133.
Wires Reduce(CircuitBuilder& builder, Wires product) {
  for (std::size_t i = product.size(); i-- > kBits;) {
    const Wire high = product[i];
    for (const std::size_t power : {0u, 1u, 2u, 7u}) {
      Wire& low = product[i - kBits + power];
      low = builder.Xor(low, high);
    }
  }
  product.resize(kBits);
  return product;
}

// Bit 7 - k of a byte is coefficient 8 * byte + k; its own inverse.
Wires TurnedBytes(WireSpan block) {
  Wires out(block.size());
  for (std::size_t i = 0; i < block.size(); ++i) out[i] = block[i / 8 * 8 + 7 - i % 8];
  return out;
}

}  // namespace

Wires MultiplyPolynomials(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  CHECK(!a.empty() && a.size() == b.size());
  if (a.size() == 1) return {builder.And(a[0], b[0])};
  // (a0 + a1 y)(b0 + b1 y) = a0 b0 + ((a0 + a1)(b0 + b1) - a0 b0 - a1 b1) y + a1 b1 y^2, the low half the larger.
  const std::size_t half = (a.size() + 1) / 2;
  const std::size_t rest = a.size() - half;
  const Wires low = MultiplyPolynomials(builder, a.first(half), b.first(half));
  const Wires high = MultiplyPolynomials(builder, a.last(rest), b.last(rest));
  Wires a_sum(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(half));
  Wires b_sum(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(half));
  AddInto(builder, a_sum, a.last(rest), 0);
  AddInto(builder, b_sum, b.last(rest), 0);
  Wires middle = MultiplyPolynomials(builder, a_sum, b_sum);
  AddInto(builder, middle, low, 0);
  AddInto(builder, middle, high, 0);
  Wires product(2 * a.size() - 1);
  AddInto(builder, product, low, 0);
  AddInto(builder, product, high, 2 * half);
  for (std::size_t i = 0; i < middle.size() && half + i < product.size(); ++i) {
    product[half + i] = builder.Xor(product[half + i], middle[i]);
  }
  return product;
}

Wires MultiplyGf2_128(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  CHECK(a.size() == kBits && b.size() == kBits);
  return Reduce(builder, MultiplyPolynomials(builder, a, b));
}

Wires SquareGf2_128(CircuitBuilder& builder, WireSpan a) {
  CHECK(a.size() == kBits);
  Wires square(2 * kBits - 1);
  for (std::size_t i = 0; i < kBits; ++i) square[2 * i] = a[i];
  return Reduce(builder, std::move(square));
}

Wires MultiplyGhash(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  return TurnedBytes(MultiplyGf2_128(builder, TurnedBytes(a), TurnedBytes(b)));
}

}  // namespace mpcstats

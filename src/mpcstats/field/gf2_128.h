// GF(2^128) = GF(2)[b] / (b^128 + b^7 + b^2 + b + 1): MACs and keys of the proofs of zktls, one for each bit.
//
//   Gf2_128 key = mac + delta.Times(bit);   // the bit is not branched on
//   Gf2_128 sum = InnerProduct(weights, macs);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/ct.h"

namespace mpcstats {

/// Layout:   16 bytes, low word first; bit i of a word is the coefficient of b^i (b^(64+i) in the high word). Every
///           string of 16 bytes is an element, and an array of elements is an array of words.
/// Security: every operation but == takes constant time. == is for public values.
/// Cost:     a product goes through a function chosen at run time (about 6 ns); loops use the functions below.
class Gf2_128 {
 public:
  static constexpr std::size_t kBytes = 16;
  static constexpr unsigned kBits = 128;

  constexpr Gf2_128() = default;
  constexpr Gf2_128(std::uint64_t low, std::uint64_t high) : low_(low), high_(high) {}
  static constexpr Gf2_128 One() { return {1, 0}; }
  static Gf2_128 Load(const std::uint8_t* in);
  void Store(std::uint8_t* out) const;

  [[nodiscard]] constexpr std::uint64_t low() const { return low_; }
  [[nodiscard]] constexpr std::uint64_t high() const { return high_; }
  /// Whether the element is zero, as bit 0.
  [[nodiscard]] constexpr bool IsZero() const { return (low_ | high_) == 0; }

  /// This element when bit 0 of `bit` is 1, else zero; no branch.
  [[nodiscard]] constexpr Gf2_128 Times(std::uint64_t bit) const {
    bit &= 1;
    if (!std::is_constant_evaluated()) bit = ct::Opaque(bit);
    return {low_ & (0 - bit), high_ & (0 - bit)};
  }
  [[nodiscard]] Gf2_128 Square() const { return *this * *this; }

  friend constexpr Gf2_128 operator+(Gf2_128 a, Gf2_128 b) { return {a.low_ ^ b.low_, a.high_ ^ b.high_}; }
  friend Gf2_128 operator*(Gf2_128 a, Gf2_128 b);
  constexpr Gf2_128& operator+=(Gf2_128 other) { return *this = *this + other; }
  Gf2_128& operator*=(Gf2_128 other) { return *this = *this * other; }
  friend constexpr bool operator==(Gf2_128, Gf2_128) = default;

 private:
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

static_assert(sizeof(Gf2_128) == 16);

/// sum_i a_i * b_i, reduced once. Shapes: equal lengths, zero allowed. Cost: about 1 ns an element.
[[nodiscard]] Gf2_128 InnerProduct(std::span<const Gf2_128> a, std::span<const Gf2_128> b);

/// out_i = a_i * b_i. Shapes: equal lengths; `out` may be `a` or `b`.
void Multiply(std::span<const Gf2_128> a, std::span<const Gf2_128> b, std::span<Gf2_128> out);

/// out_i = a_i * b_i + c_i * s. Shapes: equal lengths; `out` may be one of the inputs.
void MultiplyAdd(std::span<const Gf2_128> a, std::span<const Gf2_128> b, std::span<const Gf2_128> c,
                 Gf2_128 s, std::span<Gf2_128> out);

/// out_k = sum_{i < w} x_{k*w + i} * weights_i, w = weights.size(). Shapes: x has w elements for each of `out`.
void Combine(std::span<const Gf2_128> x, std::span<const Gf2_128> weights, std::span<Gf2_128> out);

}  // namespace mpcstats

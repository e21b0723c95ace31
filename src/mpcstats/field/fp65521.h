// The integers modulo 65521, the largest prime below 2^16: a toy for tests that want a proof to fail now and
// then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mpcstats/field/field.h"

namespace mpcstats {

/// The same interface as Fp127 with 15 bits of soundness: never in a real session.
class Fp65521 {
 public:
  static constexpr std::uint64_t kModulus = 65521;
  static constexpr std::size_t kBytes = 2;
  static constexpr std::size_t kUniformBytes = 8;
  static constexpr unsigned kBits = 15;

  constexpr Fp65521() = default;
  static constexpr Fp65521 Zero() { return Fp65521(); }
  static constexpr Fp65521 One() { return Fp65521(1); }
  static constexpr Fp65521 FromU64(std::uint64_t n) { return Fp65521(n); }
  /// Statistical distance from uniform below 2^-48.
  static constexpr Fp65521 FromUniform(const std::uint8_t* in) {
    return Fp65521(static_cast<std::uint64_t>(LoadLittleEndian<8>(in)));
  }
  static constexpr std::optional<Fp65521> Load(const std::uint8_t* in) {
    const auto value = static_cast<std::uint64_t>(LoadLittleEndian<2>(in));
    if (value >= kModulus) return std::nullopt;
    return Fp65521(value);
  }
  constexpr void Store(std::uint8_t* out) const { StoreLittleEndian<kBytes>(value_, out); }

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr Fp65521 Inverse() const { return Power(*this, kModulus - 2); }

  friend constexpr Fp65521 operator+(Fp65521 a, Fp65521 b) { return Fp65521(a.value() + b.value()); }
  friend constexpr Fp65521 operator-(Fp65521 a, Fp65521 b) {
    return Fp65521(a.value() + kModulus - b.value());
  }
  friend constexpr Fp65521 operator*(Fp65521 a, Fp65521 b) { return Fp65521(a.value() * b.value()); }
  constexpr Fp65521 operator-() const { return Zero() - *this; }
  constexpr Fp65521& operator+=(Fp65521 other) { return *this = *this + other; }
  constexpr Fp65521& operator-=(Fp65521 other) { return *this = *this - other; }
  constexpr Fp65521& operator*=(Fp65521 other) { return *this = *this * other; }
  friend constexpr bool operator==(Fp65521, Fp65521) = default;

  /// A sum of products; each term is reduced below 2^16, so 2^47 terms fit.
  class Accumulator {
   public:
    constexpr void AddProduct(Fp65521 a, Fp65521 b) { sum_ += a.value() * b.value() % kModulus; }
    constexpr void Add(Fp65521 a) { sum_ += a.value(); }
    [[nodiscard]] constexpr Fp65521 Reduce() const { return Fp65521(sum_); }

   private:
    std::uint64_t sum_ = 0;
  };

 private:
  // Division by a constant compiles to a multiplication: constant time.
  explicit constexpr Fp65521(std::uint64_t value) : value_(static_cast<std::uint16_t>(value % kModulus)) {}

  std::uint16_t value_ = 0;
};

static_assert(ProofField<Fp65521>);

}  // namespace mpcstats

// GF(2^64) = GF(2)[b] / (b^64 + b^4 + b^3 + b + 1): the field of the Boolean proofs. A word of 64 gates is an
// element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mpcstats/field/field.h"

namespace mpcstats {

/// Layout: one std::uint64_t, bit i the coefficient of b^i; an array of elements is an array of words.
/// Cost:   a product goes through a function chosen at run time (about 6 ns in a chain); loops use VectorOps.
class Gf2_64 {
 public:
  static constexpr std::size_t kBytes = 8;
  static constexpr std::size_t kUniformBytes = 8;
  static constexpr unsigned kBits = 64;

  constexpr Gf2_64() = default;
  static constexpr Gf2_64 Zero() { return Gf2_64(); }
  static constexpr Gf2_64 One() { return Gf2_64(1); }
  static constexpr Gf2_64 FromU64(std::uint64_t bits) { return Gf2_64(bits); }
  static Gf2_64 FromUniform(const std::uint8_t* in) {
    return Gf2_64(static_cast<std::uint64_t>(LoadLittleEndian<8>(in)));
  }
  static std::optional<Gf2_64> Load(const std::uint8_t* in) { return FromUniform(in); }
  void Store(std::uint8_t* out) const { StoreLittleEndian<kBytes>(bits_, out); }

  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  [[nodiscard]] Gf2_64 Inverse() const;

  friend constexpr Gf2_64 operator+(Gf2_64 a, Gf2_64 b) { return Gf2_64(a.bits_ ^ b.bits_); }
  friend constexpr Gf2_64 operator-(Gf2_64 a, Gf2_64 b) { return a + b; }
  friend Gf2_64 operator*(Gf2_64 a, Gf2_64 b);
  constexpr Gf2_64 operator-() const { return *this; }
  constexpr Gf2_64& operator+=(Gf2_64 other) { return *this = *this + other; }
  constexpr Gf2_64& operator-=(Gf2_64 other) { return *this = *this - other; }
  Gf2_64& operator*=(Gf2_64 other) { return *this = *this * other; }
  friend constexpr bool operator==(Gf2_64, Gf2_64) = default;

  /// A sum of products, reduced once. Any number of terms.
  class Accumulator {
   public:
    void AddProduct(Gf2_64 a, Gf2_64 b);
    void Add(Gf2_64 a) { low_ ^= a.bits_; }
    [[nodiscard]] Gf2_64 Reduce() const;

   private:
    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0;
  };

 private:
  explicit constexpr Gf2_64(std::uint64_t bits) : bits_(bits) {}

  std::uint64_t bits_ = 0;
};

static_assert(ProofField<Gf2_64> && sizeof(Gf2_64) == sizeof(std::uint64_t));

}  // namespace mpcstats

// GF(2^16) = GF(2)[x] / (x^16 + x^12 + x^3 + x + 1): a toy for tests that want a proof to fail now and then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mpcstats/field/field.h"

namespace mpcstats {

/// The same interface as Gf2_64 with 16 bits of soundness: never in a real session.
class Gf2_16 {
 public:
  static constexpr std::size_t kBytes = 2;
  static constexpr std::size_t kUniformBytes = 2;
  static constexpr unsigned kBits = 16;

  constexpr Gf2_16() = default;
  static constexpr Gf2_16 Zero() { return Gf2_16(); }
  static constexpr Gf2_16 One() { return Gf2_16(1); }
  /// `bits` as a polynomial, reduced.
  static constexpr Gf2_16 FromU64(std::uint64_t bits) { return Gf2_16(ReduceBits(bits)); }
  static constexpr Gf2_16 FromUniform(const std::uint8_t* in) {
    return Gf2_16(static_cast<std::uint16_t>(LoadLittleEndian<2>(in)));
  }
  static constexpr std::optional<Gf2_16> Load(const std::uint8_t* in) { return FromUniform(in); }
  constexpr void Store(std::uint8_t* out) const { StoreLittleEndian<kBytes>(bits_, out); }

  [[nodiscard]] constexpr std::uint16_t bits() const { return bits_; }
  [[nodiscard]] constexpr Gf2_16 Inverse() const { return Power(*this, 65534); }

  friend constexpr Gf2_16 operator+(Gf2_16 a, Gf2_16 b) {
    return Gf2_16(static_cast<std::uint16_t>(a.bits_ ^ b.bits_));
  }
  friend constexpr Gf2_16 operator-(Gf2_16 a, Gf2_16 b) { return a + b; }
  friend constexpr Gf2_16 operator*(Gf2_16 a, Gf2_16 b) {
    return Gf2_16(ReduceBits(Carryless(a.bits_, b.bits_)));
  }
  constexpr Gf2_16 operator-() const { return *this; }
  constexpr Gf2_16& operator+=(Gf2_16 other) { return *this = *this + other; }
  constexpr Gf2_16& operator-=(Gf2_16 other) { return *this = *this - other; }
  constexpr Gf2_16& operator*=(Gf2_16 other) { return *this = *this * other; }
  friend constexpr bool operator==(Gf2_16, Gf2_16) = default;

  /// A sum of products, reduced once. Any number of terms.
  class Accumulator {
   public:
    constexpr void AddProduct(Gf2_16 a, Gf2_16 b) { sum_ ^= Carryless(a.bits_, b.bits_); }
    constexpr void Add(Gf2_16 a) { sum_ ^= a.bits_; }
    [[nodiscard]] constexpr Gf2_16 Reduce() const { return Gf2_16(ReduceBits(sum_)); }

   private:
    std::uint64_t sum_ = 0;
  };

 private:
  explicit constexpr Gf2_16(std::uint16_t bits) : bits_(bits) {}

  static constexpr std::uint64_t Carryless(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    for (int i = 0; i < 16; ++i) product ^= (a << i) & (std::uint64_t{0} - ((b >> i) & 1));
    return product;
  }
  // x^16 = x^12 + x^3 + x + 1: each fold lowers the degree by four, twelve take 63 to 15. Folds rather than a mask for
  // each bit, because the compiler turned the masks into branches.
  static constexpr std::uint16_t ReduceBits(std::uint64_t value) {
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t high = value >> 16;
      value = (value & 0xffff) ^ high ^ (high << 1) ^ (high << 3) ^ (high << 12);
    }
    return static_cast<std::uint16_t>(value);
  }

  std::uint16_t bits_ = 0;
};

static_assert(ProofField<Gf2_16>);

}  // namespace mpcstats

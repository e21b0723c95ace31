// The integers modulo the Mersenne prime p = 2^127 - 1: the field of the arithmetic shares and their proofs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mpcstats/field/field.h"

namespace mpcstats {

/// Always canonical, in [0, p). Every operation is free of branches on values.
class Fp127 {
 public:
  using Wide = unsigned __int128;

  static constexpr Wide kModulus = (Wide{1} << 127) - 1;
  static constexpr std::size_t kBytes = 16;
  static constexpr std::size_t kUniformBytes = 16;
  static constexpr unsigned kBits = 126;

  constexpr Fp127() = default;
  static constexpr Fp127 Zero() { return Fp127(); }
  static constexpr Fp127 One() { return Fp127(1); }
  static constexpr Fp127 FromU64(std::uint64_t n) { return Fp127(n); }
  /// A signed integer modulo p: -1 becomes p - 1.
  static constexpr Fp127 FromSigned(__int128 n) {
    const Wide bits = static_cast<Wide>(n);
    // n = (bits mod 2^127) - 2^127 * sign, and 2^127 = 1 modulo p.
    return Fp127(Canonical(bits & kModulus)) - Fp127(bits >> 127);
  }
  /// The low 127 bits of 16 uniform bytes, p mapped to 0: distance 2^-127 from uniform.
  static constexpr Fp127 FromUniform(const std::uint8_t* in) {
    return Fp127(Canonical(LoadLittleEndian<16>(in) & kModulus));
  }
  /// Nothing when the 16 bytes are p or more.
  static constexpr std::optional<Fp127> Load(const std::uint8_t* in) {
    const Wide value = LoadLittleEndian<16>(in);
    if (value >= kModulus) return std::nullopt;
    return Fp127(value);
  }
  constexpr void Store(std::uint8_t* out) const { StoreLittleEndian<kBytes>(value_, out); }

  [[nodiscard]] constexpr Wide value() const { return value_; }
  [[nodiscard]] constexpr Fp127 Inverse() const { return Power(*this, kModulus - 2); }

  friend constexpr Fp127 operator+(Fp127 a, Fp127 b) { return Fp127(Canonical(a.value_ + b.value_)); }
  friend constexpr Fp127 operator-(Fp127 a, Fp127 b) {
    return Fp127(Canonical(a.value_ + (kModulus - b.value_)));
  }
  friend constexpr Fp127 operator*(Fp127 a, Fp127 b) {
    const Parts parts(a, b);
    // product = low + middle * 2^64 + high * 2^128
    Wide low = 0;
    const Wide carry = __builtin_add_overflow(parts.low, parts.middle << 64, &low) ? 1 : 0;
    const Wide high = parts.high + (parts.middle >> 64) + carry;
    return Fp127(Canonical((low & kModulus) + ((high << 1) | (low >> 127))));
  }
  constexpr Fp127 operator-() const { return Fp127(Canonical(kModulus - value_)); }
  constexpr Fp127& operator+=(Fp127 other) { return *this = *this + other; }
  constexpr Fp127& operator-=(Fp127 other) { return *this = *this - other; }
  constexpr Fp127& operator*=(Fp127 other) { return *this = *this * other; }
  friend constexpr bool operator==(Fp127, Fp127) = default;

  class Accumulator;

 private:
  explicit constexpr Fp127(Wide canonical) : value_(canonical) {}

  // The four products of the 64-bit halves, the two middle ones added: below 2^128 because a, b < 2^127.
  struct Parts {
    Wide low;
    Wide middle;
    Wide high;
    constexpr Parts(Fp127 a, Fp127 b) {
      const auto a0 = static_cast<std::uint64_t>(a.value_);
      const auto a1 = static_cast<std::uint64_t>(a.value_ >> 64);
      const auto b0 = static_cast<std::uint64_t>(b.value_);
      const auto b1 = static_cast<std::uint64_t>(b.value_ >> 64);
      low = Wide{a0} * b0;
      middle = Wide{a0} * b1 + Wide{a1} * b0;
      high = Wide{a1} * b1;
    }
  };

  /// Any 128-bit integer to [0, p).
  static constexpr Wide Canonical(Wide value) {
    const Wide folded = (value & kModulus) + (value >> 127);  // at most p + 1
    return (folded + ((folded + 1) >> 127)) & kModulus;       // p and p + 1 lose p
  }

  Wide value_ = 0;
};

/// A sum of products, reduced once: one 128-bit column with a count of its overflows for each power of 2^64.
/// Safe for 2^63 terms.
class Fp127::Accumulator {
 public:
  constexpr void AddProduct(Fp127 a, Fp127 b) {
    const Parts parts(a, b);
    low_.Add(parts.low);
    middle_.Add(parts.middle);
    high_.Add(parts.high);
  }
  constexpr void Add(Fp127 a) { low_.Add(a.value_); }
  [[nodiscard]] constexpr Fp127 Reduce() const {
    const Fp127 high = high_.Reduce();  // times 2^128 = 2
    return low_.Reduce() + middle_.Reduce() * Fp127(Wide{1} << 64) + high + high;
  }

 private:
  struct Column {
    Wide sum = 0;
    std::uint64_t overflows = 0;  // each stands for 2^128 = 2

    constexpr void Add(Wide value) { overflows += __builtin_add_overflow(sum, value, &sum) ? 1 : 0; }
    [[nodiscard]] constexpr Fp127 Reduce() const {
      return Fp127(Canonical(sum)) + Fp127(Wide{overflows} << 1);
    }
  };

  Column low_;
  Column middle_;
  Column high_;
};

static_assert(ProofField<Fp127>);

}  // namespace mpcstats

// Exact fractions of any size: the last steps of a statistic, after the integers are opened.
//
//   const Rational mean = Rational(221790) / 50;
//   mean.ToExact();         // "4435.8"
//   mean.ToDouble();        // the nearest double
//   (Rational(2) / 3).ToExact();   // "2/3"
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "mpcstats/base/decimal.h"

namespace mpcstats {

template <typename T>
concept RationalInteger = (std::integral<T> && !std::same_as<T, bool>) || std::same_as<T, __int128> ||
                          std::same_as<T, unsigned __int128>;

/// An immutable fraction in lowest terms; copies share it. Not for hot loops: every operation allocates.
class Rational {
 public:
  Rational() : Rational(0) {}
  /// Implicit, so that `variance * n / (n - 1)` reads as in a textbook.
  template <RationalInteger T>
  Rational(T value)  // NOLINT(google-explicit-constructor)
      : Rational(value < 0, value < 0 ? 0 - static_cast<unsigned __int128>(value)
                                      : static_cast<unsigned __int128>(value)) {}
  Rational(const Rational&) = default;  // no move: a moved-from value would hold nothing
  Rational& operator=(const Rational&) = default;

  /// An integer wider than 128 bits: limbs of 64 bits, the least significant first; none is 0.
  [[nodiscard]] static Rational FromLimbs(bool negative, std::span<const std::uint64_t> limbs);
  /// 10^exponent; the exponent may be negative.
  [[nodiscard]] static Rational PowerOfTen(int exponent);
  /// units / 10^scale.
  [[nodiscard]] static Rational FromDecimal(Decimal value);

  [[nodiscard]] Rational operator-() const;
  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator-(const Rational& a, const Rational& b);
  friend Rational operator*(const Rational& a, const Rational& b);
  /// CHECKs that `b` is not zero.
  friend Rational operator/(const Rational& a, const Rational& b);
  friend bool operator==(const Rational& a, const Rational& b);
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

  /// -1, 0 or 1.
  [[nodiscard]] int Sign() const;
  [[nodiscard]] bool IsInteger() const;

  /// The value without loss: an integer as it is, a decimal such as "4435.8" when that ends within 60 digits,
  /// else "numerator/denominator" in lowest terms.
  [[nodiscard]] std::string ToExact() const;

  /// The nearest double, ties to even, as IEEE 754 asks of one division: subnormals included, infinity from
  /// 2^1024 - 2^970 on, and 0 (never -0) up to 2^-1075.
  [[nodiscard]] double ToDouble() const;

  /// The double nearest to the square root, rounded once as in ToDouble. CHECKs Sign() >= 0.
  [[nodiscard]] double SqrtToDouble() const;

 private:
  struct Rep;
  Rational(bool negative, unsigned __int128 magnitude);
  explicit Rational(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

  std::shared_ptr<const Rep> rep_;
};

}  // namespace mpcstats

#include "mpcstats/table/rational.h"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {

using boost::multiprecision::cpp_int;

struct Rational::Rep {
  cpp_int numerator;
  cpp_int denominator;  // > 0, and coprime to the numerator

  static Rational Make(cpp_int numerator, cpp_int denominator);
};

namespace {

constexpr unsigned kExactDigits = 60;

// floor(log2(x)) + 1 for x > 0.
int BitLength(const cpp_int& x) { return static_cast<int>(msb(x)) + 1; }

// floor(a * 2^shift / b) and whether that is exact.
std::pair<cpp_int, bool> ShiftedQuotient(const cpp_int& a, const cpp_int& b, int shift) {
  const cpp_int scaled_a = shift > 0 ? cpp_int(a << shift) : a;
  const cpp_int scaled_b = shift < 0 ? cpp_int(b << -shift) : b;
  cpp_int quotient;
  cpp_int remainder;
  divide_qr(scaled_a, scaled_b, quotient, remainder);
  return {std::move(quotient), remainder == 0};
}

// The double nearest to (leading + f) * 2^exponent, ties to even, where f = 0 if `exact` and 0 < f < 1 if
// not. `leading` has at least 62 bits, so that a half is visible at every precision.
double RoundOnce(std::uint64_t leading, bool exact, int exponent) {
  const int width = std::bit_width(leading);
  const int top = width - 1 + exponent;  // 2^top <= value < 2^(top + 1)
  if (top > 1023) return std::numeric_limits<double>::infinity();
  // 53 bits, fewer below 2^-1022; none at all between 2^-1075 and 2^-1074, where only the half is left to
  // look at.
  const int precision = std::min(53, top + 1075);
  if (precision < 0) return 0;
  const int drop = width - precision;
  const auto wide = static_cast<unsigned __int128>(leading);
  auto kept = static_cast<std::uint64_t>(wide >> drop);
  const auto tail = static_cast<std::uint64_t>(wide - (static_cast<unsigned __int128>(kept) << drop));
  const std::uint64_t half = std::uint64_t{1} << (drop - 1);
  if (tail > half || (tail == half && (!exact || (kept & 1) != 0))) ++kept;
  return std::ldexp(static_cast<double>(kept), exponent + drop);
}

// The number of digits after the point of n/denominator in lowest terms; above kExactDigits when it does not
// end.
unsigned DecimalsOf(cpp_int denominator) {
  const auto twos = static_cast<unsigned>(lsb(denominator));
  denominator >>= twos;
  unsigned fives = 0;
  while (fives <= kExactDigits && denominator % 5 == 0) {
    denominator /= 5;
    ++fives;
  }
  return denominator == 1 ? std::max(twos, fives) : kExactDigits + 1;
}

cpp_int TenTo(unsigned exponent) { return pow(cpp_int(10), exponent); }

}  // namespace

Rational Rational::Rep::Make(cpp_int numerator, cpp_int denominator) {
  CHECK(denominator != 0);
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const cpp_int divisor = gcd(numerator, denominator);
  if (divisor != 1) {
    numerator /= divisor;
    denominator /= divisor;
  }
  return Rational(std::make_shared<const Rep>(Rep{std::move(numerator), std::move(denominator)}));
}

Rational::Rational(bool negative, unsigned __int128 magnitude) {
  cpp_int value = static_cast<std::uint64_t>(magnitude >> 64);
  value <<= 64;
  value += static_cast<std::uint64_t>(magnitude);
  if (negative) value = -value;
  rep_ = std::make_shared<const Rep>(Rep{std::move(value), 1});
}

Rational Rational::FromLimbs(bool negative, std::span<const std::uint64_t> limbs) {
  cpp_int value = 0;
  for (std::size_t i = limbs.size(); i > 0; --i) value = (value << 64) + limbs[i - 1];
  if (negative) value = -value;
  return Rep::Make(std::move(value), 1);
}

Rational Rational::PowerOfTen(int exponent) {
  if (exponent < 0) return Rep::Make(1, TenTo(0u - static_cast<unsigned>(exponent)));
  return Rep::Make(TenTo(static_cast<unsigned>(exponent)), 1);
}

Rational Rational::FromDecimal(Decimal value) { return Rep::Make(value.units, TenTo(value.scale)); }

Rational Rational::operator-() const { return Rep::Make(-rep_->numerator, rep_->denominator); }

Rational operator+(const Rational& a, const Rational& b) {
  return Rational::Rep::Make(
      a.rep_->numerator * b.rep_->denominator + b.rep_->numerator * a.rep_->denominator,
      a.rep_->denominator * b.rep_->denominator);
}

Rational operator-(const Rational& a, const Rational& b) {
  return Rational::Rep::Make(
      a.rep_->numerator * b.rep_->denominator - b.rep_->numerator * a.rep_->denominator,
      a.rep_->denominator * b.rep_->denominator);
}

Rational operator*(const Rational& a, const Rational& b) {
  return Rational::Rep::Make(a.rep_->numerator * b.rep_->numerator,
                             a.rep_->denominator * b.rep_->denominator);
}

Rational operator/(const Rational& a, const Rational& b) {
  return Rational::Rep::Make(a.rep_->numerator * b.rep_->denominator,
                             a.rep_->denominator * b.rep_->numerator);
}

bool operator==(const Rational& a, const Rational& b) {
  return a.rep_->numerator == b.rep_->numerator && a.rep_->denominator == b.rep_->denominator;
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  const cpp_int left = a.rep_->numerator * b.rep_->denominator;
  const cpp_int right = b.rep_->numerator * a.rep_->denominator;
  return left.compare(right) <=> 0;
}

int Rational::Sign() const { return rep_->numerator.sign(); }

bool Rational::IsInteger() const { return rep_->denominator == 1; }

std::string Rational::ToExact() const {
  if (IsInteger()) return rep_->numerator.str();
  const unsigned decimals = DecimalsOf(rep_->denominator);
  if (decimals <= kExactDigits) {
    const cpp_int units = abs(rep_->numerator) * TenTo(decimals) / rep_->denominator;
    std::string digits = units.str();
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    if (digits.size() <= kExactDigits) {
      digits.insert(digits.size() - decimals, 1, '.');
      return Sign() < 0 ? "-" + digits : digits;
    }
  }
  return rep_->numerator.str() + "/" + rep_->denominator.str();
}

double Rational::ToDouble() const {
  if (Sign() == 0) return 0;
  const cpp_int magnitude = abs(rep_->numerator);
  // The quotient is between 2^(shift' - 1) and 2^(shift' + 1) with shift' = 63: 63 or 64 bits.
  const int shift = 63 - (BitLength(magnitude) - BitLength(rep_->denominator));
  const auto [quotient, exact] = ShiftedQuotient(magnitude, rep_->denominator, shift);
  const double value = RoundOnce(static_cast<std::uint64_t>(quotient), exact, -shift);
  return Sign() < 0 && value != 0 ? -value : value;
}

double Rational::SqrtToDouble() const {
  CHECK(Sign() >= 0);
  if (Sign() == 0) return 0;
  // sqrt(x) = sqrt(x * 2^(2h)) / 2^h; with 126 to 128 bits under the root, the root has 63 or 64. The floor
  // of the root of a floor is the floor of the root, so nothing is rounded before RoundOnce.
  const int needed = 127 - (BitLength(rep_->numerator) - BitLength(rep_->denominator));
  const int half_shift = needed >= 0 ? needed / 2 : -((1 - needed) / 2);
  const auto [radicand, divides] = ShiftedQuotient(rep_->numerator, rep_->denominator, 2 * half_shift);
  cpp_int remainder;
  const cpp_int root = sqrt(radicand, remainder);
  return RoundOnce(static_cast<std::uint64_t>(root), divides && remainder == 0, -half_shift);
}

}  // namespace mpcstats

// Fixed-point numbers of 192 bits whose digits lie along the rows: for the linear algebra of a statistic, where a few
// dozen numbers are multiplied at once and digits are many.
//
//   FixedNumbers r = co_await Reciprocal(ctx, pivot);
//   FixedNumbers m = co_await SubtractProducts(ctx, m, {FixedProduct(column, row)});   // m - column * row
//
// A number is a slot of 192 rows, the lowest digit first, in two's complement with 150 digits behind the point: from -2^41
// to below 2^41 in steps of 2^-150. What does not fit wraps. In this layout a partial product is one plane and not 192, and
// a carry moves down by one row.
#pragma once

#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Not verified until something is opened (and.h). How many numbers and digits there are is public and decides the cost;
// values never do. A unit is 2^-150.

inline constexpr unsigned kFixedBits = 192;
inline constexpr unsigned kFixedFraction = 150;

struct FixedNumbers {
  BitPlane digits;  ///< kFixedBits rows for each number
  [[nodiscard]] std::size_t size() const { return digits.rows() / kFixedBits; }
};

/// The rows of x as numbers, x being signed (integer.h) with `fraction` of its digits behind the point; cut off below a
/// unit. Local. CHECKs that all of x fits.
[[nodiscard]] FixedNumbers FixedOf(const BitColumn& x, unsigned fraction);
/// Small public integers.
[[nodiscard]] FixedNumbers FixedIntegers(PartyIndex self, const std::vector<int>& values);
/// Digits [first, first + count) of each number as planes of size() rows; local. Digit 150 is worth one.
[[nodiscard]] BitColumn DigitsOf(const FixedNumbers& x, unsigned first, unsigned count);
/// Number i of the result is number which[i]; local.
[[nodiscard]] FixedNumbers PickNumbers(const FixedNumbers& x, const std::vector<std::size_t>& which);
[[nodiscard]] FixedNumbers JoinNumbers(const std::vector<FixedNumbers>& parts);
/// -x less one unit; local.
[[nodiscard]] FixedNumbers Complement(PartyIndex self, const FixedNumbers& x);
/// One in each digit from `first` on that differs from the sign: none is set where -2^(first-150) <= x < 2^(first-150).
/// Local.
[[nodiscard]] BitPlane DigitsBeyond(const FixedNumbers& x, unsigned first);

/// x * y for each number. Who knows more about x than its type says saves gates: digits below `first` are zero, and
/// those from `sign` on are all the sign.
struct FixedProduct {
  FixedNumbers x;
  FixedNumbers y;
  unsigned first = 0;
  unsigned sign = kFixedBits - 1;
};

/// start + the sum of the products, and start - that sum.
///
/// Shapes:   all of equal size; at least one product.
/// Cost:     with d digits of all x together, d + 1 planes of partial products and as many of carries, in about
///           log_1.5(d / 2) + 1 rounds, and an addition in 9.
/// Accuracy: what stands below a unit is cut off digit by digit: the sum of the products is too small by less than d units,
///           or too large by less than one for each product. A product with a y of zero is exactly zero.
[[nodiscard]] Task<FixedNumbers> AddProducts(Ctx& ctx, FixedNumbers start,
                                             std::vector<FixedProduct> products);
[[nodiscard]] Task<FixedNumbers> SubtractProducts(Ctx& ctx, FixedNumbers start,
                                                  std::vector<FixedProduct> products);

/// 1 / x for 2^-40 <= x < 1, with a relative error below 2^-138. Any other x gives an unspecified number; nothing else
/// happens.
///
/// Cost:   about 115 rounds: a table of 512 entries for the first 9 digits, and four steps that double them.
/// Source: Goldschmidt, Applications of division by convergence, MIT (1964).
[[nodiscard]] Task<FixedNumbers> Reciprocal(Ctx& ctx, FixedNumbers x);

}  // namespace mpcstats

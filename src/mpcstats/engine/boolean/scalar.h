// Multiplication, division and square root on few, wide unsigned numbers: in log depth, for the last steps of
// a statistic. Over many rows these cost k^2 ANDs a row; arithmetic shares are the better place there.
//
//   Quotient mean = co_await Divide(ctx, sum, count);   // mean.quotient, mean.remainder
#pragma once

#include <optional>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Operands have at least one plane and equal rows. Not verified until something is opened (and.h). Widths and
// public factors are public and decide the cost; values never do.

/// x * y, of x.bits() + y.bits() planes.
///
/// Cost:   a*b ANDs a row for the partial products, at most a*b more to add them up, and at most k * (2 +
///         log2 k) for a last addition of k = a + b digits in log depth. Rounds: 1, about log_1.5(min(a, b) /
///         2), 1 + log2 k.
/// Source: compress.h.
[[nodiscard]] Task<BitColumn> Multiply(Ctx& ctx, BitColumn x, BitColumn y,
                                       std::optional<Depth> depth = std::nullopt);

/// x * x, of 2 * x.bits() planes. Cost: about half of Multiply: k * (k - 1) / 2 partial products.
[[nodiscard]] Task<BitColumn> Square(Ctx& ctx, BitColumn x, std::optional<Depth> depth = std::nullopt);

/// x * factor modulo 2^out_bits, out_bits >= 1.
///
/// Cost:   about x.bits() ANDs a row for each nonzero digit but the first of the factor's non-adjacent form
///         (a third of its bits on average) and one addition of out_bits digits; free for zero and powers of
///         two.
/// Source: Reitwiesner, Binary arithmetic, Advances in Computers 1 (1960), for the form.
[[nodiscard]] Task<BitColumn> MultiplyPublic(Ctx& ctx, BitColumn x, unsigned __int128 factor,
                                             unsigned out_bits, std::optional<Depth> depth = std::nullopt);

struct Quotient {
  BitColumn quotient;   ///< numerator.bits() planes
  BitColumn remainder;  ///< denominator.bits() planes
};
/// Integer division by restoring steps.
///
/// A denominator of zero gives all ones and the numerator modulo 2^denominator.bits(); nobody learns that.
///
/// Cost: for each of the n numerator bits a subtraction and a selection over at most k + 1 denominator bits:
///       2*k + 1 ANDs a row (kRipple; k + 2 rounds) or about k * (4 + log2 k) (kLog; 2 + log2(k + 1) rounds).
[[nodiscard]] Task<Quotient> Divide(Ctx& ctx, BitColumn numerator, BitColumn denominator,
                                    std::optional<Depth> depth = std::nullopt);

/// floor(numerator * 2^fraction_bits / denominator), of fraction_bits >= 1 planes, for numerator <
/// denominator.
///
/// The condition is secret and not checked: where it fails (as for a denominator of zero) the result of the
/// row is unspecified, and nothing else happens.
///
/// Cost: as Divide with n = fraction_bits; the last step does not select.
[[nodiscard]] Task<BitColumn> DivideFraction(Ctx& ctx, BitColumn numerator, BitColumn denominator,
                                             unsigned fraction_bits,
                                             std::optional<Depth> depth = std::nullopt);

/// floor(sqrt(x)), of ceil(x.bits() / 2) planes.
///
/// Cost: ceil(x.bits() / 2) steps; step j, from 0, subtracts and selects over about j + 3 bits, as in Divide.
[[nodiscard]] Task<BitColumn> SquareRoot(Ctx& ctx, BitColumn x, std::optional<Depth> depth = std::nullopt);

}  // namespace mpcstats

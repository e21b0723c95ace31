// Carry chains: the common core of addition, subtraction and comparison.
//
// A digit either passes the incoming carry on (propagate = 1) or makes its own: c' = propagate ? c : own.
// Public operands make `own` known, and such digits cost nothing to set up.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// One position of a + b.
struct CarryDigit {
  enum class Kind : std::uint8_t {
    kNever,   ///< a + 0: no carry of its own
    kUnless,  ///< a + 1: carries unless it propagates
    kBoth,    ///< a + b: carries a (= b) unless it propagates
  };
  Kind kind = Kind::kNever;
  BitPlane propagate;  ///< a ^ b
  BitPlane operand;    ///< a; kBoth only
};

[[nodiscard]] CarryDigit DigitOf(const BitPlane& a);
[[nodiscard]] CarryDigit DigitOf(const BitPlane& a, const BitPlane& b);
[[nodiscard]] CarryDigit DigitPlusOne(PartyIndex self, const BitPlane& a);

/// The carry out of every digit, lowest first.
///
/// Shapes:   all digits and `carry_in` have equal rows; no `carry_in` means zero.
/// Cost:     a row, for n digits: kRipple at most n ANDs, n rounds. kLog at most n for the digits of two
///           secrets and two for each node of the prefix tree (n/2 * log2 n nodes, one AND less for each of
///           the nodes that reach down to the carry in), 1 + ceil(log2 n) rounds. Digits below the first that
///           can carry are free.
/// Security: as And: not verified until something is opened. The number of digits and their kinds are public.
/// Source:   the prefix form is Sklansky, Conditional-sum addition logic, IRE Trans. EC-9 (1960).
[[nodiscard]] Task<BitPlanes> AllCarries(Ctx& ctx, std::vector<CarryDigit> digits,
                                         std::optional<BitPlane> carry_in, Depth depth);

/// The carry out of the last digit only; at least one digit.
///
/// Cost:     kRipple as AllCarries; kLog: 3*n - 2 - floor(log2 n) ANDs a row for a power of two n of digits
///           of two secrets, 1 + ceil(log2 n) rounds.
[[nodiscard]] Task<BitPlane> LastCarry(Ctx& ctx, std::vector<CarryDigit> digits, Depth depth);

/// The sum of the digits and `carry_in`, modulo 2^out_bits; at least one digit.
///
/// Cost:     AllCarries of the digits below the top of the result.
[[nodiscard]] Task<BitColumn> SumDigits(Ctx& ctx, std::vector<CarryDigit> digits,
                                        std::optional<BitPlane> carry_in, unsigned out_bits, Depth depth);

}  // namespace mpcstats

// Solving the scaled normal equations inside the MPC, with a proof of the error that is checked on the shares.
//
//   RegressionNumbers r = co_await SolveEquations(ctx, equations);    // r.trusted: one bit, secret until opened
//
// With M = [C b m; b' c d; m' d 0] the scaled equations (C of the p columns, b with y, m the means), the sweep operator
// gives C^-1, C^-1 b and C^-1 m in p steps. What it found is then checked: the residuals C C^-1 - 1, C C^-1 b - b and
// C C^-1 m - m are below 2^-100, and no entry of C^-1 is above 2^32. docs/protocol.md says what follows from that.
#pragma once

#include "mpcstats/engine/boolean/fixed.h"
#include "mpcstats/stats/scaled_equations.h"

namespace mpcstats {

/// All in the units of the scaled equations; what they are where `trusted` is zero is unspecified.
struct RegressionNumbers {
  FixedNumbers slopes;     ///< C^-1 b
  FixedNumbers inverse;    ///< the diagonal of C^-1
  FixedNumbers intercept;  ///< d - b' C^-1 m
  FixedNumbers
      residual;  ///< c - b' C^-1 b: the part of y's square that is not explained; slightly negative at most
  FixedNumbers mean_inverse;  ///< unit_mean + m' C^-1 m
  FixedNumbers explained;     ///< R squared: 1 - residual / c
  BitPlane trusted;           ///< one row: one where the residuals are small
};

/// Cost:     about 160 rounds a slope and 100 more. For ten slopes some 95 million ANDs, of which a slope's step takes 5
///           and the check the rest.
/// Accuracy: where `trusted` is one: slopes and inverse within 2^-59, residual within 2^-110, intercept within 2^-90,
///           mean_inverse within a factor 1 +- 2^-67.
/// Security: nothing is opened; rounds and gates depend on p and half_bits alone.
/// Source:   Goodnight, A tutorial on the SWEEP operator, The American Statistician 33 (1979); Higham, Accuracy and
///           stability of numerical algorithms, 2nd ed. (2002), section 14.1, for the residual of an inverse.
[[nodiscard]] Task<RegressionNumbers> SolveEquations(Ctx& ctx, ScaledEquations equations);

}  // namespace mpcstats

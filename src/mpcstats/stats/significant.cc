#include "mpcstats/stats/significant.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/quotient.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/boolean/shift.h"
#include "mpcstats/stats/scaled_equations.h"

namespace mpcstats {

namespace {

constexpr unsigned kWholeBits = kFixedBits - 1 - kFixedFraction;  // digits before the point
// Digits of a number that are looked at: ten more than are kept, so that what is cut off does not matter.
constexpr unsigned kBehind = kLeastPlace + 10;
constexpr unsigned kNumberBits = kWholeBits + kBehind;
// The lowest place that a leading digit is looked for at, 2^-13: that of the lowest one that is kept is 2^-36.
constexpr unsigned kLowestLeading = kLeastPlace - kSignificantDigits + 1;

// Of a root two digits more are computed, each from two digits of the square.
constexpr unsigned kRootDigits = kSignificantDigits + 2;
constexpr unsigned kSquareBehind = 2 * (kLowestLeading + kRootDigits - 1);
constexpr unsigned kSquareBits = kWholeBits + 1 + kSquareBehind;
static_assert(kSquareBits % 2 == 0);

}  // namespace

Task<SignificantDigits> LeadingDigits(Ctx& ctx, FixedNumbers x) {
  const Magnitude magnitude =
      co_await AbsoluteValue(ctx, DigitsOf(x, kFixedFraction - kBehind, kNumberBits + 1));
  const BitColumn digits = SelectPlanes(magnitude.value, 0, kNumberBits);
  // Places are counted from the top, and the last is that of kLowestLeading whatever stands below.
  constexpr unsigned kFirst = kBehind - kLowestLeading + 1;
  const LeadingPlace leading =
      co_await PlacesToLeading(ctx, SelectPlanes(digits, kFirst, kNumberBits - kFirst));
  BitColumn lifted = co_await BarrelShiftLeft(ctx, digits, leading.places, kNumberBits);
  constexpr unsigned kDropped = kNumberBits - kSignificantDigits;
  BitColumn mantissa = co_await RoundOff(ctx, std::move(lifted), kDropped);
  co_return SignificantDigits{.mantissa = mantissa,
                              .places = leading.places,
                              .negative = magnitude.negative,
                              .top = static_cast<int>(kDropped) - static_cast<int>(kBehind)};
}

Task<SignificantDigits> LeadingDigitsOfRoots(Ctx& ctx, FixedNumbers squares) {
  const BitColumn all = DigitsOf(squares, kFixedFraction - kSquareBehind, kSquareBits);
  const BitPlane positive = Not(ctx.session().self(), all.planes.back());
  BitPlanes kept = co_await AndEach(ctx, all.planes, positive);
  // The sign is now zero, and stands in for a digit so that pairs begin at the point.
  const BitColumn digits(std::move(kept));
  constexpr unsigned kFirst = (kSquareBehind - 2 * kLowestLeading) / 2 + 1;
  BitPlanes even, odd;
  for (unsigned pair = kFirst; 2 * pair < kSquareBits; ++pair) {
    even.push_back(digits.planes[2 * pair]);
    odd.push_back(digits.planes[2 * pair + 1]);
  }
  BitPlanes pairs = co_await Or(ctx, std::move(even), std::move(odd));
  const LeadingPlace leading = co_await PlacesToLeading(ctx, BitColumn(std::move(pairs)));
  // Two digits of the square for one of the root.
  const BitColumn lifted = co_await BarrelShiftLeft(ctx, digits, ShiftedUp(leading.places, 1), kSquareBits);
  BitColumn root =
      co_await SquareRoot(ctx, SelectPlanes(lifted, kSquareBits - 2 * kRootDigits, 2 * kRootDigits));
  BitColumn mantissa = co_await RoundOff(ctx, std::move(root), kRootDigits - kSignificantDigits);
  // The leading digit of the root of a square whose leading pair is the top one is worth 2^(kWholeBits / 2).
  co_return SignificantDigits{
      .mantissa = mantissa,
      .places = leading.places,
      .negative = Zero(squares.size()),
      .top = static_cast<int>(kWholeBits / 2) - static_cast<int>(kSignificantDigits) + 1};
}

}  // namespace mpcstats

#include "mpcstats/engine/boolean/quotient.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/boolean/shift.h"

namespace mpcstats {

namespace {

// x shifted up until its top plane is one, and the number of places from the top to the leading one.
struct Normalised {
  BitColumn value;
  BitColumn places;
};

Task<Normalised> Normalise(Ctx& ctx, BitColumn x) {
  const unsigned w = x.bits();
  BitColumn leading = co_await OneHotLeading(ctx, x);
  Normalised out;
  // The number of places is linear in the one-hot form: bit b is the exclusive or of the places that have it.
  for (unsigned b = 0; b < std::max(1u, static_cast<unsigned>(std::bit_width(w - 1))); ++b) {
    BitPlane bit = Zero(x.rows());
    for (unsigned i = 0; i < w; ++i) {
      if (((w - 1 - i) >> b & 1) != 0) bit = Xor(bit, leading.planes[i]);
    }
    out.places.planes.push_back(bit);
  }
  BitColumn shifted = co_await BarrelShiftLeft(ctx, std::move(x), out.places, w);
  out.value = std::move(shifted);
  co_return out;
}

}  // namespace

Task<BitColumn> DivideToFixed(Ctx& ctx, BitColumn numerator, BitColumn denominator, unsigned whole_bits,
                              unsigned fraction_bits) {
  // numerator / (denominator 2^whole) < 1
  BitColumn quotient = co_await DivideFraction(ctx, std::move(numerator), ShiftedUp(denominator, whole_bits),
                                               whole_bits + fraction_bits);
  co_return quotient;
}

Task<BitColumn> RootOfFraction(Ctx& ctx, BitColumn numerator, BitColumn denominator, unsigned fraction_bits) {
  // The largest R with R^2 d <= n 4^f, digit by digit: with rest = n 4^i - R^2 d, the next digit is one if 4 rest >= U with
  // U = (4 R + 1) d, as (2 R + 1)^2 = 4 R^2 + 4 R + 1. Its successor is 2 U - d after a zero and 2 U + 3 d after a one; both
  // are made ready while the digit is found.
  const unsigned w = std::max(numerator.bits(), denominator.bits());
  const BitColumn d = SelectPlanes(denominator, 0, w);
  BitColumn value = SelectPlanes(numerator, 0, w);
  BitColumn trial = d;
  BitColumn triple;
  BitPlanes digits;
  for (unsigned i = 0; i <= fraction_bits; ++i) {
    // R has i digits before this step and is at most 2^(i-1): U <= (2^(i+1) + 1) d, and 4 rest has one bit more.
    const unsigned bits = w + i + 3;
    Ctx step_ctx = ctx.Fork();
    Ctx low_ctx = ctx.Fork();
    Ctx high_ctx = ctx.Fork();
    const BitColumn doubled = ShiftedUp(trial, 1);
    Difference step;
    BitColumn low, high;
    if (i == fraction_bits) {
      Difference last = co_await Subtract(step_ctx, value, trial);
      digits.push_back(Not(ctx.session().self(), last.borrow));
      break;
    }
    if (i == 0) {
      low = d;
      auto [found, five_d, three_d] =
          co_await Par(Subtract(step_ctx, value, trial), Add(high_ctx, ShiftedUp(d, 2), d, bits),
                       Add(low_ctx, doubled, d, w + 2));
      step = std::move(found);
      high = std::move(five_d);
      triple = std::move(three_d);
    } else {
      auto [found, less, more] = co_await Par(Subtract(step_ctx, value, trial), Subtract(low_ctx, doubled, d),
                                              Add(high_ctx, doubled, triple, bits));
      step = std::move(found);
      low = std::move(less.value);
      high = std::move(more);
    }
    const BitPlane digit = Not(ctx.session().self(), step.borrow);
    digits.push_back(digit);
    const unsigned rest_bits = w + i + 2;
    BitColumn with_one = SelectPlanes(step.value, 0, rest_bits);
    BitColumn with_zero = SelectPlanes(value, 0, rest_bits);
    const BitColumn next_high = SelectPlanes(high, 0, bits);
    const BitColumn next_low = SelectPlanes(low, 0, bits);
    with_one.planes.insert(with_one.planes.end(), next_high.planes.begin(), next_high.planes.end());
    with_zero.planes.insert(with_zero.planes.end(), next_low.planes.begin(), next_low.planes.end());
    const BitColumn chosen = co_await Mux(ctx, digit, std::move(with_one), std::move(with_zero));
    value = ShiftedUp(SelectPlanes(chosen, 0, rest_bits), 2);
    trial = SelectPlanes(chosen, rest_bits, bits);
  }
  std::reverse(digits.begin(), digits.end());
  co_return BitColumn(std::move(digits));
}

Task<BitColumn> RoundOff(Ctx& ctx, BitColumn x, unsigned places) {
  CHECK(places >= 1 && places <= x.bits());
  // Adding half a unit is adding the highest of the places that go.
  const BitColumn half(BitPlanes(1, x.planes[places - 1]));
  const unsigned kept = x.bits() - places;
  if (kept == 0) co_return half;
  BitColumn rounded = co_await Add(ctx, SelectPlanes(x, places, kept), half, kept + 1);
  co_return rounded;
}

Task<BinaryFloat> DivideToFloat(Ctx& ctx, BitColumn numerator, BitColumn denominator, unsigned digits) {
  const PartyIndex self = ctx.session().self();
  const std::size_t rows = numerator.rows();
  const unsigned w = std::max(numerator.bits(), denominator.bits());
  Ctx n_ctx = ctx.Fork();
  Ctx d_ctx = ctx.Fork();
  const auto [n, d] = co_await Par(Normalise(n_ctx, SelectPlanes(numerator, 0, w)),
                                   Normalise(d_ctx, SelectPlanes(denominator, 0, w)));
  // Both in [1/2, 1): the quotient is in (1/2, 2), here with one digit before the point and digits + 1 behind it.
  Ctx divide_ctx = ctx.Fork();
  Ctx exponent_ctx = ctx.Fork();
  // quotient 2^(d.places - n.places), and the bias keeps w + d.places - n.places from being negative.
  const BitColumn bias = ConstantColumn(self, w, static_cast<unsigned>(std::bit_width(2 * w)), rows);
  const auto [quotient, raised] =
      co_await Par(DivideToFixed(divide_ctx, n.value, d.value, 1, digits + 1),
                   Add(exponent_ctx, d.places, bias, static_cast<unsigned>(std::bit_width(2 * w))));
  const Difference difference = co_await Subtract(ctx, raised, n.places);
  // The leading digit is that before the point or the one behind it; in the second case everything moves up by one.
  const BitPlane one_or_more = quotient.planes.back();
  const BitPlane below_one = Not(self, one_or_more);
  Ctx mux_ctx = ctx.Fork();
  Ctx lower_ctx = ctx.Fork();
  const BitColumn lower(BitPlanes(1, below_one));
  const auto [aligned, exponent] =
      co_await Par(Mux(mux_ctx, one_or_more, quotient, SelectPlanes(ShiftedUp(quotient, 1), 0, digits + 2)),
                   Subtract(lower_ctx, difference.value, lower));
  BitColumn mantissa = co_await RoundOff(ctx, aligned, 2);
  // A numerator of zero has no leading one: neither has its mantissa, and its exponent must not tell the denominator's.
  const BitPlane nonzero = n.value.planes.back();
  BinaryFloat out{
      .mantissa = std::move(mantissa), .exponent = exponent.value, .bias = w + digits - 1, .digits = digits};
  BinaryFloat masked = co_await MaskFloat(ctx, std::move(out), nonzero);
  co_return masked;
}

Task<BinaryFloat> MaskFloat(Ctx& ctx, BinaryFloat x, BitPlane keep) {
  BitPlanes planes = x.mantissa.planes;
  planes.insert(planes.end(), x.exponent.planes.begin(), x.exponent.planes.end());
  const std::size_t mantissa = x.mantissa.planes.size();
  BitPlanes kept = co_await AndEach(ctx, std::move(planes), std::move(keep));
  x.mantissa.planes.assign(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(mantissa));
  x.exponent.planes.assign(kept.begin() + static_cast<std::ptrdiff_t>(mantissa), kept.end());
  co_return x;
}

Task<BitPlanes> FloatPlanes(Ctx& ctx, BinaryFloat x, BitPlane negative) {
  BitPlane nonzero = co_await AnyOf(ctx, x.mantissa.planes);
  BitPlane sign = co_await And(ctx, std::move(nonzero), std::move(negative));
  BitPlanes planes = x.mantissa.planes;
  planes.insert(planes.end(), x.exponent.planes.begin(), x.exponent.planes.end());
  planes.push_back(std::move(sign));
  co_return planes;
}

OpenedFloat ReadFloat(unsigned __int128 bits, const BinaryFloat& shape) {
  const unsigned mantissa_bits = shape.digits + 1;
  const unsigned exponent_bits = shape.exponent.bits();
  const auto mantissa =
      static_cast<std::uint64_t>(bits & ((static_cast<unsigned __int128>(1) << mantissa_bits) - 1));
  const auto exponent = static_cast<int>(static_cast<std::uint64_t>(bits >> mantissa_bits) &
                                         ((std::uint64_t{1} << exponent_bits) - 1));
  const bool negative = (bits >> (mantissa_bits + exponent_bits) & 1) != 0;
  if (mantissa == 0) return {0, 0};
  const int power = exponent - static_cast<int>(shape.bias);
  const double magnitude = std::ldexp(static_cast<double>(mantissa), power);
  return {negative ? -magnitude : magnitude, std::ldexp(0.5, power)};
}

}  // namespace mpcstats

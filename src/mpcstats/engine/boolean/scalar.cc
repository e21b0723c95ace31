#include "mpcstats/engine/boolean/scalar.h"

#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compress.h"
#include "mpcstats/engine/boolean/mux.h"

namespace mpcstats {

namespace {

// `low` below the planes of x: x * 2 + low.
BitColumn ShiftedIn(BitPlane low, const BitColumn& x) {
  BitColumn out;
  out.planes.push_back(std::move(low));
  out.planes.insert(out.planes.end(), x.planes.begin(), x.planes.end());
  return out;
}

struct Step {
  BitPlane fits;  // [subtrahend <= value]
  BitColumn value;
};

// One restoring step: subtracts if that leaves no borrow. The result is known to have at most `bits` bits.
Task<Step> SubtractIfFits(Ctx& ctx, BitColumn value, BitColumn subtrahend, std::size_t bits,
                          std::optional<Depth> depth) {
  Difference difference = co_await Subtract(ctx, value, std::move(subtrahend), depth);
  Step step;
  step.fits = Not(ctx.session().self(), difference.borrow);
  BitColumn after =
      co_await Mux(ctx, step.fits, SelectPlanes(difference.value, 0, bits), SelectPlanes(value, 0, bits));
  step.value = std::move(after);
  co_return step;
}

// Digits -1, 0, 1 of a number, lowest first, no two neighbours other than zero.
std::vector<int> NonAdjacentForm(unsigned __int128 value) {
  const auto bit = [value](unsigned i) { return i < 128 ? static_cast<int>(value >> i & 1) : 0; };
  std::vector<int> digits;
  int carry = 0;
  for (unsigned i = 0; i <= 128; ++i) {
    const int sum = bit(i) + carry;
    const bool minus = sum == 1 && bit(i + 1) == 1;
    digits.push_back(sum == 1 ? (minus ? -1 : 1) : 0);
    carry = minus || sum == 2 ? 1 : 0;
  }
  return digits;
}

// Adds 2^power (or subtracts it) modulo 2^bits.size().
void AddPower(std::vector<bool>& bits, std::size_t power, bool subtract) {
  for (std::size_t i = power; i < bits.size(); ++i) {
    const bool before = bits[i];
    bits[i] = !before;
    if (before == subtract) return;
  }
}

void CheckOperands(const BitColumn& x, const BitColumn& y) {
  CHECK(x.bits() > 0 && y.bits() > 0 && x.rows() == y.rows());
}

}  // namespace

Task<BitColumn> Multiply(Ctx& ctx, BitColumn x, BitColumn y, std::optional<Depth> depth) {
  CheckOperands(x, y);
  BitPlanes left, right;
  for (const BitPlane& x_plane : x.planes) {
    for (const BitPlane& y_plane : y.planes) {
      left.push_back(x_plane);
      right.push_back(y_plane);
    }
  }
  BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
  WeightedPlanes summands(x.bits() + y.bits());
  for (std::size_t p = 0; p < products.size(); ++p)
    summands[p / y.bits() + p % y.bits()].push_back(products[p]);
  BitColumn product = co_await SumWeighted(ctx, std::move(summands), x.rows(), depth);
  co_return product;
}

Task<BitColumn> Square(Ctx& ctx, BitColumn x, std::optional<Depth> depth) {
  CHECK(x.bits() > 0);
  // x^2 = sum_i x_i 4^i + sum_{i<j} x_i x_j 2^{i+j+1}
  WeightedPlanes summands(2 * x.bits());
  BitPlanes left, right;
  for (std::size_t i = 0; i < x.bits(); ++i) {
    summands[2 * i].push_back(x.planes[i]);
    for (std::size_t j = i + 1; j < x.bits(); ++j) {
      left.push_back(x.planes[i]);
      right.push_back(x.planes[j]);
    }
  }
  BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
  std::size_t product = 0;
  for (std::size_t i = 0; i < x.bits(); ++i) {
    for (std::size_t j = i + 1; j < x.bits(); ++j) summands[i + j + 1].push_back(products[product++]);
  }
  BitColumn square = co_await SumWeighted(ctx, std::move(summands), x.rows(), depth);
  co_return square;
}

Task<BitColumn> MultiplyPublic(Ctx& ctx, BitColumn x, unsigned __int128 factor, unsigned out_bits,
                               std::optional<Depth> depth) {
  CHECK(x.bits() > 0);
  CHECK(out_bits > 0);
  const PartyIndex self = ctx.session().self();
  WeightedPlanes summands(out_bits);
  // -x 2^i = sum_j ~x_j 2^{i+j} + 2^i - 2^{i+k}; the public parts are collected.
  std::vector<bool> constant(out_bits, false);
  const std::vector<int> digits = NonAdjacentForm(factor);
  for (std::size_t i = 0; i < std::min<std::size_t>(digits.size(), out_bits); ++i) {
    if (digits[i] == 0) continue;
    const bool minus = digits[i] < 0;
    if (minus) {
      AddPower(constant, i, false);
      AddPower(constant, i + x.bits(), true);
    }
    for (std::size_t j = 0; j < x.bits() && i + j < out_bits; ++j) {
      summands[i + j].push_back(minus ? Not(self, x.planes[j]) : x.planes[j]);
    }
  }
  const BitPlane one = Constant(self, true, x.rows());
  for (std::size_t i = 0; i < out_bits; ++i) {
    if (constant[i]) summands[i].push_back(one);
  }
  BitColumn product = co_await SumWeighted(ctx, std::move(summands), x.rows(), depth);
  co_return product;
}

Task<Quotient> Divide(Ctx& ctx, BitColumn numerator, BitColumn denominator, std::optional<Depth> depth) {
  CheckOperands(numerator, denominator);
  const std::size_t bits = denominator.bits();
  BitColumn rest;  // grows to the denominator's width
  BitPlanes quotient;
  for (std::size_t i = numerator.planes.size(); i-- > 0;) {
    BitColumn next = ShiftedIn(numerator.planes[i], rest);
    const std::size_t rest_bits = std::min<std::size_t>(next.bits(), bits);
    Step step = co_await SubtractIfFits(ctx, std::move(next), denominator, rest_bits, depth);
    quotient.push_back(step.fits);
    rest = std::move(step.value);
  }
  std::reverse(quotient.begin(), quotient.end());
  Quotient result;
  result.quotient.planes = std::move(quotient);
  result.remainder = SelectPlanes(rest, 0, bits);
  co_return result;
}

Task<BitColumn> DivideFraction(Ctx& ctx, BitColumn numerator, BitColumn denominator, unsigned fraction_bits,
                               std::optional<Depth> depth) {
  CheckOperands(numerator, denominator);
  CHECK(fraction_bits > 0);
  const std::size_t bits = denominator.bits();
  const BitPlane zero = Zero(numerator.rows());
  BitColumn rest = SelectPlanes(numerator, 0, bits);
  BitPlanes quotient;
  for (unsigned i = 0; i + 1 < fraction_bits; ++i) {
    Step step = co_await SubtractIfFits(ctx, ShiftedIn(zero, rest), denominator, bits, depth);
    quotient.push_back(step.fits);
    rest = std::move(step.value);
  }
  Difference last = co_await Subtract(ctx, ShiftedIn(zero, rest), denominator, depth);
  quotient.push_back(Not(ctx.session().self(), last.borrow));
  std::reverse(quotient.begin(), quotient.end());
  BitColumn fraction;
  fraction.planes = std::move(quotient);
  co_return fraction;
}

Task<BitColumn> SquareRoot(Ctx& ctx, BitColumn x, std::optional<Depth> depth) {
  CHECK(x.bits() > 0);
  const PartyIndex self = ctx.session().self();
  const BitPlane zero = Zero(x.rows());
  const BitPlane one = Constant(self, true, x.rows());
  const std::size_t steps = (x.bits() + 1) / 2;
  BitColumn root, rest;
  for (std::size_t i = steps; i-- > 0;) {
    // With x = root^2 + rest so far: the next digit is one if (4 rest + two bits of x) >= 4 root + 1. As
    // rest <= 2 root, the rest stays one bit longer than the root.
    const BitPlane high = 2 * i + 1 < x.bits() ? x.planes[2 * i + 1] : zero;
    BitColumn next = ShiftedIn(x.planes[2 * i], ShiftedIn(high, rest));
    BitColumn trial = ShiftedIn(one, ShiftedIn(zero, root));
    const std::size_t rest_bits = std::min<std::size_t>(next.bits(), root.bits() + 2);
    Step step = co_await SubtractIfFits(ctx, std::move(next), std::move(trial), rest_bits, depth);
    root = ShiftedIn(step.fits, root);
    rest = std::move(step.value);
  }
  co_return root;
}

}  // namespace mpcstats

#include "mpcstats/engine/boolean/adder.h"

#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/carry.h"
#include "mpcstats/engine/boolean/compress.h"

namespace mpcstats {

namespace {

void CheckPair(const BitColumn& x, const BitColumn& y) {
  CHECK(x.bits() > 0 && y.bits() > 0 && x.rows() == y.rows());
}

std::vector<CarryDigit> DigitsOf(const BitColumn& x, const BitColumn& y, unsigned limit) {
  std::vector<CarryDigit> digits;
  for (unsigned i = 0; i < std::min(std::max(x.bits(), y.bits()), limit); ++i) {
    if (i < x.bits() && i < y.bits()) {
      digits.push_back(DigitOf(x.planes[i], y.planes[i]));
    } else {
      digits.push_back(DigitOf(i < x.bits() ? x.planes[i] : y.planes[i]));
    }
  }
  return digits;
}

}  // namespace

Task<BitColumn> Add(Ctx& ctx, BitColumn x, BitColumn y, unsigned out_bits, std::optional<Depth> depth) {
  CheckPair(x, y);
  if (out_bits == 0) co_return BitColumn();
  const Depth chosen = depth.value_or(ChooseDepth(x.rows(), out_bits));
  std::vector<CarryDigit> digits = DigitsOf(x, y, out_bits);
  BitColumn sum = co_await SumDigits(ctx, std::move(digits), std::nullopt, out_bits, chosen);
  co_return sum;
}

Task<BitColumn> AddWithCarryIn(Ctx& ctx, BitColumn x, BitColumn y, BitPlane carry_in, unsigned out_bits,
                               std::optional<Depth> depth) {
  CheckPair(x, y);
  CHECK(carry_in.rows() == x.rows());
  if (out_bits == 0) co_return BitColumn();
  const Depth chosen = depth.value_or(ChooseDepth(x.rows(), out_bits));
  std::vector<CarryDigit> digits = DigitsOf(x, y, out_bits);
  BitColumn sum = co_await SumDigits(ctx, std::move(digits), carry_in, out_bits, chosen);
  co_return sum;
}

Task<Difference> Subtract(Ctx& ctx, BitColumn x, BitColumn y, std::optional<Depth> depth) {
  CheckPair(x, y);
  const PartyIndex self = ctx.session().self();
  const unsigned bits = std::max(x.bits(), y.bits());
  // x - y = ~(~x + y), and the carry of ~x + y is the borrow.
  std::vector<CarryDigit> digits;
  for (unsigned i = 0; i < bits; ++i) {
    if (i >= x.bits()) {
      digits.push_back(DigitPlusOne(self, y.planes[i]));
    } else {
      const BitPlane not_x = Not(self, x.planes[i]);
      digits.push_back(i < y.bits() ? DigitOf(not_x, y.planes[i]) : DigitOf(not_x));
    }
  }
  const Depth chosen = depth.value_or(ChooseDepth(x.rows(), bits));
  BitColumn sum = co_await SumDigits(ctx, std::move(digits), std::nullopt, bits + 1, chosen);
  Difference difference;
  difference.borrow = sum.planes[bits];
  for (unsigned i = 0; i < bits; ++i) difference.value.planes.push_back(Not(self, sum.planes[i]));
  co_return difference;
}

Task<CarrySaved> CarrySave(Ctx& ctx, BitColumn x, BitColumn y, BitColumn z, unsigned out_bits) {
  CheckPair(x, y);
  CheckPair(x, z);
  const std::size_t rows = x.rows();
  BitPlanes left, right;
  std::vector<BitPlanes> at(out_bits);  // the planes of each position
  for (unsigned i = 0; i < out_bits; ++i) {
    for (const BitColumn* column : {&x, &y, &z}) {
      if (i < column->bits()) at[i].push_back(column->planes[i]);
    }
    if (at[i].size() < 2 || i + 1 == out_bits) continue;
    // carry = a ^ (a ^ b) & (a ^ c)
    left.push_back(Xor(at[i][0], at[i][1]));
    right.push_back(at[i].size() == 3 ? Xor(at[i][0], at[i][2]) : at[i][0]);
  }
  BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
  CarrySaved saved;
  std::size_t product = 0;
  BitPlane carry = Zero(rows);
  for (unsigned i = 0; i < out_bits; ++i) {
    BitPlane sum = at[i].empty() ? Zero(rows) : at[i][0];
    for (std::size_t j = 1; j < at[i].size(); ++j) sum = Xor(sum, at[i][j]);
    saved.sum.planes.push_back(std::move(sum));
    saved.carry.planes.push_back(carry);
    const bool carries = at[i].size() >= 2 && i + 1 < out_bits;
    carry = carries ? Xor(at[i][0], products[product]) : Zero(rows);
    if (carries) ++product;
  }
  co_return saved;
}

Task<BitColumn> AddMany(Ctx& ctx, std::vector<BitColumn> columns, unsigned out_bits,
                        std::optional<Depth> depth) {
  CHECK(!columns.empty());
  for (const BitColumn& column : columns) CheckPair(columns[0], column);
  const std::size_t rows = columns[0].rows();
  WeightedPlanes summands(out_bits);
  for (const BitColumn& column : columns) {
    for (unsigned i = 0; i < std::min(column.bits(), out_bits); ++i) summands[i].push_back(column.planes[i]);
  }
  BitColumn sum = co_await SumWeighted(ctx, std::move(summands), rows, depth);
  co_return sum;
}

}  // namespace mpcstats

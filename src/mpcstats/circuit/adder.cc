#include "mpcstats/circuit/adder.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

/// The bits of one weight: variables, the shallowest first, and a number of ones.
struct Column {
  Wires bits;
  std::size_t ones = 0;

  void Insert(const CircuitBuilder& builder, Wire bit) {
    if (bit.is_constant()) {
      ones += bit.constant_value() ? 1 : 0;
      return;
    }
    const auto shallower = [&builder](Wire a, Wire b) { return builder.Depth(a) < builder.Depth(b); };
    bits.insert(std::upper_bound(bits.begin(), bits.end(), bit, shallower), bit);
  }
};

/// Adds up one column: returns its bit of the sum, moves the carries to `next`.
/// m variables cost floor(m/2) AND, and a constant one on top costs nothing.
Wire ReduceColumn(CircuitBuilder& builder, Column column, Column& next) {
  const auto add = [&](Wire a, Wire b, Wire c) {
    const SumAndCarry pair = FullAdder(builder, a, b, c);
    next.Insert(builder, pair.carry);
    return pair.sum;
  };
  Wires& bits = column.bits;
  while (bits.size() >= 3) {
    const Wire sum = add(bits[0], bits[1], bits[2]);
    bits.erase(bits.begin(), bits.begin() + 3);
    column.Insert(builder, sum);
  }
  next.ones += column.ones / 2;
  bits.resize(2, CircuitBuilder::Constant(false));
  return add(bits[0], bits[1], CircuitBuilder::Constant(column.ones % 2 != 0));
}

}  // namespace

SumAndCarry FullAdder(CircuitBuilder& builder, Wire a, Wire b, Wire c) {
  // carry = c ^ (a ^ c)(b ^ c), with a constant as c if there is one: then this is an AND or an OR of the
  // other two.
  if (a.is_constant()) std::swap(a, c);
  if (b.is_constant()) std::swap(b, c);
  const Wire a_c = builder.Xor(a, c);
  const Wire b_c = builder.Xor(b, c);
  return {builder.Xor(a_c, b), builder.Xor(c, builder.And(a_c, b_c))};
}

WordAndCarry AddWithCarry(CircuitBuilder& builder, WireSpan a, WireSpan b, Wire carry_in) {
  CHECK(a.size() == b.size());
  WordAndCarry out{Wires(a.size()), carry_in};
  for (std::size_t k = 0; k < a.size(); ++k) {
    const SumAndCarry bit = FullAdder(builder, a[k], b[k], out.carry);
    out.word[k] = bit.sum;
    out.carry = bit.carry;
  }
  return out;
}

Wires Add(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  // The top carry goes nowhere and is dropped by Finish().
  return AddWithCarry(builder, a, b, CircuitBuilder::Constant(false)).word;
}

Wires AddMany(CircuitBuilder& builder, std::span<const Wires> operands) {
  CHECK(!operands.empty());
  const std::size_t width = operands[0].size();
  std::vector<Column> columns(width + 1);
  for (const Wires& operand : operands) {
    CHECK(operand.size() == width);
    for (std::size_t k = 0; k < width; ++k) columns[k].Insert(builder, operand[k]);
  }
  Wires sum(width);
  for (std::size_t k = 0; k < width; ++k) {
    sum[k] = ReduceColumn(builder, std::move(columns[k]), columns[k + 1]);
  }
  return sum;
}

WordAndBorrow Subtract(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  // a - b = a + ~b + 1, and a carry out of it means a >= b.
  WordAndCarry sum = AddWithCarry(builder, a, CircuitBuilder::Not(b), CircuitBuilder::Constant(true));
  return {std::move(sum.word), CircuitBuilder::Not(sum.carry)};
}

}  // namespace mpcstats

#include "mpcstats/circuit/add_mod.h"

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/mux.h"

namespace mpcstats {

const Bytes32& P256Prime() {
  // 2^256 - 2^224 + 2^192 + 2^96 - 1
  static constexpr Bytes32 kPrime = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                                     0,    0,    1,    0,    0,    0,    0xff, 0xff, 0xff, 0xff};
  return kPrime;
}

Wires AddMod(CircuitBuilder& builder, WireSpan a, WireSpan b, ByteSpan modulus) {
  const std::size_t n = a.size();
  CHECK(b.size() == n && 8 * modulus.size() >= n && n > 0);
  Wires m = CircuitBuilder::Constant(modulus);
  m.resize(n);
  CHECK(m.back().constant_value());
  const WordAndCarry sum = AddWithCarry(builder, a, b, CircuitBuilder::Constant(false));
  const WordAndBorrow less = Subtract(builder, sum.word, m);
  // The sum is below the modulus when it has no carry and subtracting borrows.
  const Wire below = builder.And(CircuitBuilder::Not(sum.carry), less.borrow);
  return Mux(builder, below, sum.word, less.word);
}

}  // namespace mpcstats

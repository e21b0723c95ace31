#include "mpcstats/circuit/compare.h"

#include <cstddef>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/adder.h"

namespace mpcstats {

Wire AllOf(CircuitBuilder& builder, WireSpan bits) {
  if (bits.empty()) return CircuitBuilder::Constant(true);
  Wires level(bits.begin(), bits.end());
  while (level.size() > 1) {
    Wires next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(builder.And(level[i], level[i + 1]));
    if (level.size() % 2 != 0) next.push_back(level.back());
    level = std::move(next);
  }
  return level[0];
}

Wire AnyOf(CircuitBuilder& builder, WireSpan bits) {
  return CircuitBuilder::Not(AllOf(builder, CircuitBuilder::Not(bits)));
}

Wire Equal(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  return AllOf(builder, CircuitBuilder::Not(builder.Xor(a, b)));
}

Wire LessThan(CircuitBuilder& builder, WireSpan a, WireSpan b) { return Subtract(builder, a, b).borrow; }

Wire LessThanSigned(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  CHECK(!a.empty() && a.size() == b.size());
  // Adding 2^(n-1) to both turns the signed order into the unsigned one.
  Wires shifted_a(a.begin(), a.end());
  Wires shifted_b(b.begin(), b.end());
  shifted_a.back() = CircuitBuilder::Not(shifted_a.back());
  shifted_b.back() = CircuitBuilder::Not(shifted_b.back());
  return LessThan(builder, shifted_a, shifted_b);
}

}  // namespace mpcstats

#include "mpcstats/circuit/mux.h"

#include <cstddef>

#include "mpcstats/base/check.h"

namespace mpcstats {

Wire Mux(CircuitBuilder& builder, Wire select, Wire if_one, Wire if_zero) {
  // zero ^ select * (one ^ zero)
  return builder.Xor(if_zero, builder.And(select, builder.Xor(if_one, if_zero)));
}

Wires Mux(CircuitBuilder& builder, Wire select, WireSpan if_one, WireSpan if_zero) {
  CHECK(if_one.size() == if_zero.size());
  Wires out(if_one.size());
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = Mux(builder, select, if_one[k], if_zero[k]);
  return out;
}

}  // namespace mpcstats

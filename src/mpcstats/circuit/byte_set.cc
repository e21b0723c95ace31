#include "mpcstats/circuit/byte_set.h"

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/mux.h"

namespace mpcstats {
namespace {

// The bytes from `first` on that share the bits above `bits` with it; equal halves become one through the builder.
Wire Decide(CircuitBuilder& builder, WireSpan byte, const ByteSet& set, unsigned first, unsigned bits) {
  const unsigned count = 1u << bits;
  unsigned members = 0;
  for (unsigned i = 0; i < count; ++i) members += set[first + i] ? 1u : 0u;
  if (members == 0 || members == count) return CircuitBuilder::Constant(members != 0);
  const Wire low = Decide(builder, byte, set, first, bits - 1);
  const Wire high = Decide(builder, byte, set, first + count / 2, bits - 1);
  return Mux(builder, byte[bits - 1], high, low);
}

}  // namespace

ByteSet BytesOf(std::string_view text) {
  ByteSet set;
  for (const char c : text) set.set(static_cast<unsigned char>(c));
  return set;
}

ByteSet BytesFromTo(std::uint8_t first, std::uint8_t last) {
  ByteSet set;
  for (unsigned byte = first; byte <= last; ++byte) set.set(byte);
  return set;
}

Wire ByteIn(CircuitBuilder& builder, WireSpan byte, const ByteSet& set) {
  CHECK(byte.size() == 8);
  return Decide(builder, byte, set, 0, 8);
}

}  // namespace mpcstats

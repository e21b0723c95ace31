#include "mpcstats/base/ct.h"

namespace mpcstats::ct {

bool Equal(ByteSpan a, ByteSpan b) {
  if (a.size() != b.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<std::uint8_t>(a[i] ^ b[i]);
  // Only the fact of equality is public; the barrier keeps the loop from being cut short.
  __asm__ __volatile__("" : "+r"(difference));
  return difference == 0;
}

}  // namespace mpcstats::ct

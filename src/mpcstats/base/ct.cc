#include "mpcstats/base/ct.h"

#include "mpcstats/base/declassify.h"

namespace mpcstats::ct {

bool Equal(ByteSpan a, ByteSpan b) {
  if (a.size() != b.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<std::uint8_t>(a[i] ^ b[i]);
  // The barrier keeps the loop from being cut short.
  __asm__ __volatile__("" : "+r"(difference));
  return Declassify(difference == 0, "the fact of equality alone is public");
}

}  // namespace mpcstats::ct

#include "mpcstats/base/secret.h"

#include <cstring>

namespace mpcstats {

void SecureWipe(void* data, std::size_t size) {
  if (size == 0) return;
  std::memset(data, 0, size);
  // The barrier makes the written bytes observable, so the store above stays.
  __asm__ __volatile__("" : : "r"(data) : "memory");
}

}  // namespace mpcstats

#include "mpcstats/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace mpcstats {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "mpcstats: internal error at %s:%d: %s does not hold; please report this\n", file,
               line, condition);
  std::abort();
}

}  // namespace mpcstats

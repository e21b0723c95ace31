#include "mpcstats/base/rng.h"

#include <sys/random.h>

#include "mpcstats/base/check.h"

namespace mpcstats {

void SystemRng::Fill(MutableByteSpan out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = getrandom(out.data() + done, out.size() - done, 0);
    CHECK(got > 0);
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace mpcstats

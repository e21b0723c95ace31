#include "mpcstats/zktls/vole/vole_kernels.h"

namespace mpcstats {

extern const VoleKernels kPortableVole;
extern const VoleKernels kVaesVole;

const VoleKernels& GetVoleKernels() {
  static const VoleKernels& best = [] -> const VoleKernels& {
    __builtin_cpu_init();
    const bool vaes =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("vaes");
    return vaes ? kVaesVole : kPortableVole;
  }();
  return best;
}

}  // namespace mpcstats

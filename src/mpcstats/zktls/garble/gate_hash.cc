#include "mpcstats/zktls/garble/gate_hash.h"

namespace mpcstats {

extern const GateHashKernels kPortableGateHash;
extern const GateHashKernels kVaesGateHash;

const GateHashKernels& GetGateHashKernels() {
  static const GateHashKernels& best = [] -> const GateHashKernels& {
    __builtin_cpu_init();
    const bool vaes =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("vaes");
    return vaes ? kVaesGateHash : kPortableGateHash;
  }();
  return best;
}

}  // namespace mpcstats

#include "mpcstats/field/packed_kernels.h"

#include <array>
#include <cstddef>

namespace mpcstats {

extern const PackedKernels kPortableKernels;
extern const PackedKernels kAvx2Kernels;
extern const PackedKernels kAvx512Kernels;

namespace {

struct Supported {
  std::array<const PackedKernels*, 3> list{};
  std::size_t count = 0;
};

Supported Detect() {
  __builtin_cpu_init();
  Supported found;
  found.list[found.count++] = &kPortableKernels;
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                    __builtin_cpu_supports("vpclmulqdq");
  if (avx2) found.list[found.count++] = &kAvx2Kernels;
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("gfni")) {
    found.list[found.count++] = &kAvx512Kernels;
  }
  return found;
}

const Supported& Found() {
  static const Supported found = Detect();
  return found;
}

}  // namespace

const PackedKernels& Kernels() {
  static const PackedKernels& best = *Found().list[Found().count - 1];
  return best;
}

std::span<const PackedKernels* const> AllSupportedKernels() { return {Found().list.data(), Found().count}; }

}  // namespace mpcstats

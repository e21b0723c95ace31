// For tests: how much of them is run. MPCSTATS_TEST_SCALE is 1 when it is not set; the sanitizers' runs set it below 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace mpcstats {

inline double TestScale() {
  const char* scale = std::getenv("MPCSTATS_TEST_SCALE");
  const double factor = scale == nullptr ? 1.0 : std::strtod(scale, nullptr);
  return factor > 0 ? factor : 1.0;
}

/// Random trials of a test, times the scale.
inline std::size_t ScaledTrials(std::size_t trials) {
  return static_cast<std::size_t>(static_cast<double>(trials) * TestScale());
}

/// Whether less than everything is run.
inline bool Shrunk() { return TestScale() < 1; }

/// Of cases in a row, from one that is run to the next: 1 for all.
inline std::size_t ScaledStride() {
  return static_cast<std::size_t>(std::ceil(1 / std::min(TestScale(), 1.0)));
}

}  // namespace mpcstats

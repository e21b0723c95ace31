// For tests: how many trials they make.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace mpcstats {

/// Trials a test makes: MPCSTATS_TEST_SCALE multiplies them.
inline std::size_t Scaled(std::size_t trials) {
  const char* scale = std::getenv("MPCSTATS_TEST_SCALE");
  const double factor = scale == nullptr ? 1.0 : std::strtod(scale, nullptr);
  return static_cast<std::size_t>(static_cast<double>(trials) * (factor > 0 ? factor : 1.0));
}

}  // namespace mpcstats

// The timeout argument of poll(2) for a point in time.
#pragma once

#include <algorithm>
#include <chrono>
#include <climits>

namespace mpcstats {

/// Milliseconds until `deadline`, rounded up so that a wait does not end early and spin; 0 when it has
/// passed.
inline int PollTimeout(std::chrono::steady_clock::time_point deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

}  // namespace mpcstats

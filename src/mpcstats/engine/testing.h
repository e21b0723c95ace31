// Helpers of the engine's tests.
#pragma once

#include "mpcstats/engine/simulate.h"

namespace mpcstats {

/// The same program at all three parties.
inline SimulationResult SimulateThree(const Session::Program& program, const SimulationOptions& options = {}) {
  return Simulate({program, program, program}, options);
}

}  // namespace mpcstats

// FaultHook: named places of the services at which a test of crash safety may end the process.
//
//   Reached(party_.at_point, "party.stored");  // after the durable write, before the reply
//
// A hook comes in through a constructor and from nowhere else: no option, no file and no environment variable makes one, and
// the installed program passes none. The points are listed in tests/crash/crash_test.cc.
#pragma once

#include <functional>
#include <string_view>

namespace mpcstats {

using FaultHook = std::function<void(std::string_view point)>;

inline void Reached(const FaultHook& hook, std::string_view point) {
  if (hook) hook(point);
}

}  // namespace mpcstats

// CHECK: our own invariants. A broken one ends the process, in every build: a wrong answer is worse than none.
#pragma once

namespace mpcstats {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}  // namespace mpcstats

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::mpcstats::CheckFailed(__FILE__, __LINE__, #condition))

// A file system for SQLite whose process dies in the middle of a write.
#pragma once

#include <functional>

namespace mpcstats::crash {

/// From now on all databases of this process write through it: of the `number`-th write of a page (1, 2, ...) to a
/// write-ahead log, the first half is written, and `die` is called, which does not return.
void TearWrite(int number, std::function<void()> die);

}  // namespace mpcstats::crash

#include "torn_writes.h"

#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace mpcstats::crash {
namespace {

constexpr int kPage = 4096;

std::function<void()> die_;
std::atomic<int> left_{0};
sqlite3_vfs* below_ = nullptr;
sqlite3_vfs above_;
sqlite3_io_methods methods_;

// What SQLite holds for a file; the file of the system's own VFS follows it in memory.
struct File {
  sqlite3_file base;
  bool log;
};

sqlite3_file* Below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

template <auto Member, typename... Arguments>
int Pass(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* below = Below(file);
  return (below->pMethods->*Member)(below, arguments...);
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  sqlite3_file* below = Below(file);
  if (reinterpret_cast<File*>(file)->log && size == kPage && --left_ == 0) {
    (void)below->pMethods->xWrite(below, bytes, size / 2, offset);
    die_();
    std::abort();
  }
  return below->pMethods->xWrite(below, bytes, size, offset);
}

void ShmBarrier(sqlite3_file* file) { Below(file)->pMethods->xShmBarrier(Below(file)); }

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* const mine = new (file) File{};
  const int code = below_->xOpen(below_, name, Below(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  mine->log = (flags & SQLITE_OPEN_WAL) != 0;
  mine->base.pMethods = &methods_;
  return code;
}

}  // namespace

void TearWrite(int number, std::function<void()> die) {
  die_ = std::move(die);
  left_ = number;
  below_ = sqlite3_vfs_find(nullptr);
  above_ = *below_;
  above_.zName = "torn";
  above_.pNext = nullptr;
  above_.szOsFile = static_cast<int>(sizeof(File)) + below_->szOsFile;
  above_.xOpen = Open;
  // Version 2: with the shared memory of write-ahead logs, without mapped files.
  using Methods = sqlite3_io_methods;
  methods_ = {.iVersion = 2,
              .xClose = Pass<&Methods::xClose>,
              .xRead = Pass<&Methods::xRead, void*, int, sqlite3_int64>,
              .xWrite = Write,
              .xTruncate = Pass<&Methods::xTruncate, sqlite3_int64>,
              .xSync = Pass<&Methods::xSync, int>,
              .xFileSize = Pass<&Methods::xFileSize, sqlite3_int64*>,
              .xLock = Pass<&Methods::xLock, int>,
              .xUnlock = Pass<&Methods::xUnlock, int>,
              .xCheckReservedLock = Pass<&Methods::xCheckReservedLock, int*>,
              .xFileControl = Pass<&Methods::xFileControl, int, void*>,
              .xSectorSize = Pass<&Methods::xSectorSize>,
              .xDeviceCharacteristics = Pass<&Methods::xDeviceCharacteristics>,
              .xShmMap = Pass<&Methods::xShmMap, int, int, int, void volatile**>,
              .xShmLock = Pass<&Methods::xShmLock, int, int, int>,
              .xShmBarrier = ShmBarrier,
              .xShmUnmap = Pass<&Methods::xShmUnmap, int>,
              .xFetch = nullptr,
              .xUnfetch = nullptr};
  if (sqlite3_vfs_register(&above_, 1) != SQLITE_OK) std::abort();
}

}  // namespace mpcstats::crash

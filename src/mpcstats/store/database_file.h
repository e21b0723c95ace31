// Files and folders of the stores: private to the owner, and of one process at a time.
#pragma once

#include <string>
#include <utility>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// An exclusive lock on a file, until it dies or its process does. Move-only.
class FileLock {
 public:
  FileLock() = default;
  explicit FileLock(int fd) : fd_(fd) {}
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  int fd_ = -1;
};

/// Locks `path`.lock, which is made when it is missing and stays. Errors: kUnavailable when it is locked, by anybody.
[[nodiscard]] Result<FileLock> LockBeside(const std::string& path);

/// Makes `path` with mode 0600 unless it is there; then it must be a regular file that nobody else may use.
[[nodiscard]] Status MakePrivateFile(const std::string& path);
/// The same for a file that must not be there.
[[nodiscard]] Status MakeNewPrivateFile(const std::string& path);

/// Makes `path` with mode 0700 unless it is there; then nobody else may write to it. Its parent must exist.
[[nodiscard]] Status MakePrivateFolder(const std::string& path);
/// The same for a folder that must not be there.
[[nodiscard]] Status MakeNewPrivateFolder(const std::string& path);

/// Waits until content and name of `path` are on the device.
[[nodiscard]] Status SyncFileAndFolder(const std::string& path);

}  // namespace mpcstats

// The bytes of a file as one string_view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// A regular file is mapped read-only: a process that cuts it short meanwhile ends this one with SIGBUS, so
/// callers read files of their own user. Anything else (a pipe, a terminal) is read to its end.
class MappedFile {
 public:
  /// Errors: kNotFound when there is no such file; kInvalidArgument for a directory, a file that may not be
  /// read, or more than `max_bytes` bytes.
  [[nodiscard]] static Result<MappedFile> Open(const std::string& path, std::uint64_t max_bytes);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  [[nodiscard]] std::string_view text() const {
    return mapping_ != nullptr ? std::string_view(static_cast<const char*>(mapping_), size_) : read_;
  }

 private:
  MappedFile() = default;
  [[nodiscard]] Status ReadAll(int descriptor, const std::string& path, std::uint64_t max_bytes);

  void* mapping_ = nullptr;
  std::size_t size_ = 0;
  std::string read_;
};

}  // namespace mpcstats

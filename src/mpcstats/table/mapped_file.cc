#include "mpcstats/table/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mpcstats {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

std::unexpected<Error> CannotRead(const std::string& path, int error) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: the file cannot be read ({}); check its permissions", path,
                          std::generic_category().message(error)));
}

std::unexpected<Error> TooLong(const std::string& path, std::uint64_t max_bytes) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: the file has more than the {} bytes allowed; split it", path, max_bytes));
}

}  // namespace

Result<MappedFile> MappedFile::Open(const std::string& path, std::uint64_t max_bytes) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.value() < 0) {
    if (errno != ENOENT && errno != ENOTDIR) return CannotRead(path, errno);
    return Fail(ErrorCode::kNotFound, fmt::format("{}: there is no such file; check the path", path));
  }
  struct stat status = {};
  if (::fstat(descriptor.value(), &status) != 0) return CannotRead(path, errno);
  if (S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: this is a directory; name a CSV file inside it", path));
  }
  MappedFile file;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  // Files of /proc say that they have no bytes and are not empty: they are read as pipes are.
  if (!S_ISREG(status.st_mode) || size == 0) {
    RETURN_IF_ERROR(file.ReadAll(descriptor.value(), path, max_bytes));
    return file;
  }
  if (size > max_bytes) return TooLong(path, max_bytes);
  void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value(), 0);
  if (mapping == MAP_FAILED) return CannotRead(path, errno);
  ::madvise(mapping, size, MADV_SEQUENTIAL);
  file.mapping_ = mapping;
  file.size_ = size;
  return file;
}

Status MappedFile::ReadAll(int descriptor, const std::string& path, std::uint64_t max_bytes) {
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
    if (count == 0) return {};
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotRead(path, errno);
    read_.append(chunk.data(), static_cast<std::size_t>(count));
    if (read_.size() > max_bytes) return TooLong(path, max_bytes);
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      read_(std::move(other.read_)) {}

MappedFile::~MappedFile() {
  if (mapping_ != nullptr) ::munmap(mapping_, size_);
}

}  // namespace mpcstats

#include "mpcstats/crypto/key_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "mpcstats/base/secret.h"

namespace mpcstats {
namespace {

// Owns a descriptor; closing it is all that is needed when something fails.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> Failed(std::string_view verb, std::string_view what, const std::string& path,
                              int reason) {
  const ErrorCode code = reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
  return Fail(code, fmt::format("cannot {} the {} {}: {}", verb, what, path, std::strerror(reason)));
}

// False with errno set.
bool WriteAll(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Makes a new or removed name in the folder of `path` last. Some file systems cannot; they say so with EINVAL.
bool SyncFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const Descriptor fd(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.get() >= 0 && (fsync(fd.get()) == 0 || errno == EINVAL);
}

}  // namespace

Status WriteSecretFile(const std::string& path, ByteSpan content, std::string_view what) {
  // A new file with a random name: a key never passes through a file that somebody else made or may read.
  std::string temporary = path + ".XXXXXX";
  {
    const Descriptor fd(mkostemp(temporary.data(), O_CLOEXEC));  // creates with mode 0600
    if (fd.get() < 0) return Failed("write", what, path, errno);
    if (!WriteAll(fd.get(), content) || fsync(fd.get()) != 0) {
      const int reason = errno;
      unlink(temporary.c_str());
      return Failed("write", what, path, reason);
    }
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    unlink(temporary.c_str());
    return Failed("write", what, path, reason);
  }
  if (!SyncFolderOf(path)) return Failed("write", what, path, errno);
  return {};
}

Result<Bytes> ReadSecretFile(const std::string& path, std::size_t max_bytes, std::string_view what) {
  // O_NONBLOCK: a FIFO of that name must not hang us before we look at what it is.
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return Failed("read", what, path, errno);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Failed("read", what, path, errno);
  if (!S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is no {}: not a regular file", path, what));
  }
  if (static_cast<std::uintmax_t>(info.st_size) > max_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is no {}: it is longer than {} bytes", path, what, max_bytes));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the {} {} may be used by others than its owner; make it private first: chmod 600 {}",
                    what, path, path));
  }
  Bytes content(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = read(fd.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      const int reason = got < 0 ? errno : EIO;  // it became shorter while we read
      SecureWipe(content.data(), content.size());
      return Failed("read", what, path, reason);
    }
    done += static_cast<std::size_t>(got);
  }
  return content;
}

Status DestroyFile(const std::string& path) {
  constexpr std::string_view kWhat = "file";
  const Descriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (fd.get() < 0) return Failed("destroy", kWhat, path, errno);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Failed("destroy", kWhat, path, errno);
  if (!S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot destroy {}: it is not a regular file", path));
  }
  if (info.st_nlink != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot destroy {}: it has {} names (hard links); remove the others first", path,
                            info.st_nlink));
  }
  static constexpr std::array<std::uint8_t, 4096> kZeros{};
  for (auto left = static_cast<std::size_t>(info.st_size); left > 0;) {
    const std::size_t piece = std::min(left, kZeros.size());
    if (!WriteAll(fd.get(), ByteSpan(kZeros).first(piece))) return Failed("destroy", kWhat, path, errno);
    left -= piece;
  }
  // On the device before the name goes: else the file system may free the blocks without ever writing the zeros.
  if (fsync(fd.get()) != 0 || unlink(path.c_str()) != 0 || !SyncFolderOf(path)) {
    return Failed("destroy", kWhat, path, errno);
  }
  return {};
}

}  // namespace mpcstats

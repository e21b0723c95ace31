#include "mpcstats/store/database_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mpcstats {
namespace {

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

std::unexpected<Error> Failed(std::string_view verb, const std::string& path, int reason) {
  const ErrorCode code = reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
  return Fail(code, fmt::format("cannot {} {}: {}", verb, path, std::strerror(reason)));
}

Status Sync(const std::string& path, int flags) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) return Failed("sync", path, errno);
  // Some file systems cannot sync a folder; they say so with EINVAL.
  const int reason = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  close(fd);
  if (reason != 0) return Failed("sync", path, reason);
  return {};
}

}  // namespace

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

Result<FileLock> LockBeside(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int fd = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Failed("open", lock_path, errno);
  FileLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return Failed("lock", lock_path, errno);
  return Fail(ErrorCode::kUnavailable,
              fmt::format("another mpcstats process uses {}: stop it first", FolderOf(path)));
}

Status MakeNewPrivateFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("make", path, errno);
  close(fd);
  return {};
}

Status MakePrivateFile(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return Failed("open", path, errno);
    return MakeNewPrivateFile(path);
  }
  if (!S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is no database: not a regular file", path));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} may be used by others than its owner; make it private first: chmod 600 {}",
                            path, path));
  }
  return {};
}

Status MakeNewPrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) return Failed("make the folder", path, errno);
  return Sync(FolderOf(path), O_DIRECTORY);
}

Status MakePrivateFolder(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return Failed("open the folder", path, errno);
    return MakeNewPrivateFolder(path);
  }
  if (!S_ISDIR(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is not a folder", path));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("others than its owner may write to {}; make it private first: chmod 700 {}",
                            path, path));
  }
  return {};
}

Status SyncFileAndFolder(const std::string& path) {
  RETURN_IF_ERROR(Sync(path, 0));
  return Sync(FolderOf(path), O_DIRECTORY);
}

}  // namespace mpcstats

// Reading a configuration from disk, with what the files and directories it names must be.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "mpcstats/net/unique_fd.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/data_directory.h"

namespace mpcstats {

namespace {

Result<std::string> ReadConfigFile(const std::string& path) {
  // Not to wait for the other end of a pipe.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    if (errno == ENOENT) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("the configuration {} is not there; mpcstats init makes one", path));
    }
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the configuration {}: {}", path, std::strerror(errno)));
  }
  struct stat info{};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the configuration {} is not a file", path));
  }
  if ((info.st_mode & 022) != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("others may write the configuration {} (mode {:o}); run: chmod go-w {}", path,
                            info.st_mode & 07777, path));
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the configuration {} belongs to another user; run: chown {} {}", path, geteuid(), path));
  }
  std::string text;
  char part[4096];
  while (text.size() <= kMaxConfigBytes) {
    const ssize_t got = read(fd.get(), part, sizeof(part));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the configuration {}: {}", path, std::strerror(errno)));
    }
    if (got == 0) break;
    text.append(part, static_cast<std::size_t>(got));
  }
  return text;
}

Status CheckTlsFiles(const TlsFiles& files) {
  for (const std::string& file : {files.certificate_file, files.key_file}) {
    struct stat info{};
    if (stat(file.c_str(), &info) != 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the TLS file {}: {}", file, std::strerror(errno)));
    }
    if (!S_ISREG(info.st_mode)) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("the TLS file {} is not a file", file));
    }
    if (file == files.key_file && (info.st_mode & 077) != 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("others may use the TLS key {} (mode {:o}); run: chmod 600 {}", file,
                              info.st_mode & 07777, file));
    }
  }
  return {};
}

}  // namespace

Result<ServiceConfig> LoadServiceConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the configuration {}: {}", path, error.message()));
  Result<ServiceConfig> config = ParseServiceConfig(text, absolute.parent_path().string());
  if (!config) return std::unexpected(config.error().At(path));
  RETURN_IF_ERROR(CheckDataDirectory(config->data_dir));
  if (config->tls) RETURN_IF_ERROR(CheckTlsFiles(*config->tls));
  return config;
}

}  // namespace mpcstats

#include "mpcstats/service/data_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mpcstats/crypto/key_file.h"

namespace mpcstats {

Status CheckDataDirectory(const std::string& directory) {
  struct stat info{};
  if (stat(directory.c_str(), &info) != 0) {
    if (errno == ENOENT) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("the data directory {} is not there; mpcstats init makes one", directory));
    }
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the data directory {}: {}", directory, std::strerror(errno)));
  }
  if (!S_ISDIR(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the data directory {} is a file; name a directory in data_dir", directory));
  }
  if (info.st_uid != geteuid()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "the data directory {} belongs to another user; run mpcstats as that user, or: chown {} {}",
            directory, geteuid(), directory));
  }
  if ((info.st_mode & 077) != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("others may use the data directory {} (mode {:o}); run: chmod 700 {}", directory,
                            info.st_mode & 07777, directory));
  }
  return {};
}

std::string IdentityPath(const std::string& directory) { return directory + "/identity.pem"; }

Result<Identity> LoadOrCreateIdentity(const std::string& directory) {
  const std::string path = IdentityPath(directory);
  Result<Identity> loaded = Identity::Load(path);
  if (loaded || loaded.error().code() != ErrorCode::kNotFound) return loaded;
  ASSIGN_OR_RETURN(Identity made, Identity::Create());
  RETURN_IF_ERROR(made.Save(path));
  return made;
}

std::string IdentityText(const Bytes32& public_key) { return "ed25519:" + ToHex(public_key); }

Result<PortFile> PortFile::Write(const std::string& directory, std::string_view name, std::uint16_t port) {
  std::string path = fmt::format("{}/{}", directory, name);
  // Not a secret, but written as one is: whole, or not at all.
  RETURN_IF_ERROR(WriteSecretFile(path, AsBytes(fmt::format("{}\n", port)), "port file"));
  return PortFile(std::move(path));
}

PortFile::~PortFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

}  // namespace mpcstats

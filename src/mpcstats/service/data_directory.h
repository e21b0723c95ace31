// The data directory of a service: what it must be before anything secret is put there, the identity in it, and the
// files by which a service says at which port it listens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"
#include "mpcstats/crypto/identity.h"

namespace mpcstats {

/// Errors:   kNotFound when there is nothing; kInvalidArgument when it is not a directory, belongs to another user, or
///           others may use it (the sentence names `chmod 700`).
[[nodiscard]] Status CheckDataDirectory(const std::string& directory);

[[nodiscard]] std::string IdentityPath(const std::string& directory);

/// The identity in the directory; made and saved when there is none.
///
/// Security: who restores a directory without identity.pem gets a new identity, which no survey names: back it up.
/// Errors:   as Identity::Load and Identity::Save.
[[nodiscard]] Result<Identity> LoadOrCreateIdentity(const std::string& directory);

/// "ed25519:" and 64 hexadecimal digits, as survey files name an identity.
[[nodiscard]] std::string IdentityText(const Bytes32& public_key);

/// A file of one line with the port in use, for whoever started a service at port 0. It appears whole, when the service
/// already listens, and goes when this object dies.
class PortFile {
 public:
  /// `name` is "port", "mpc_port" or "session_port".
  /// Errors:   kInvalidArgument with the system's reason.
  [[nodiscard]] static Result<PortFile> Write(const std::string& directory, std::string_view name,
                                              std::uint16_t port);
  PortFile(PortFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PortFile& operator=(PortFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~PortFile();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit PortFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace mpcstats

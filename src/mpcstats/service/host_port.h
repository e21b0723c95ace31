// Where a service listens or is reached: "0.0.0.0:8443", "[::]:8443", "party0.example:9443".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"

namespace mpcstats {

struct HostPort {
  std::string host;  ///< a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 0;

  [[nodiscard]] std::string ToString() const;
  /// Whether the host is this machine alone, by its spelling: 127.0.0.0/8 or ::1.
  [[nodiscard]] bool IsLoopback() const;
  bool operator==(const HostPort&) const = default;
};

/// An address to listen on: numeric, and port 0 takes any free one.
/// Errors:   kInvalidArgument, one sentence with what to write.
[[nodiscard]] Result<HostPort> ParseListenAddress(std::string_view text);

/// Where others reach a service: a name or an address, and a port that is not 0.
/// Errors:   kInvalidArgument, one sentence with what to write.
[[nodiscard]] Result<HostPort> ParsePublicAddress(std::string_view text);

}  // namespace mpcstats

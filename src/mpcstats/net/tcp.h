// Non-blocking TCP sockets.
#pragma once

#include <cstdint>
#include <string>

#include "mpcstats/base/error.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

/// A bound and listening socket.
struct BoundSocket {
  UniqueFd fd;
  std::uint16_t port = 0;
};

/// Listens on a numeric address ("127.0.0.1", "::"); port 0 takes any free one.
/// Errors:   kInvalidArgument with the system's reason.
[[nodiscard]] Result<BoundSocket> ListenTcp(const std::string& address, std::uint16_t port);

/// Starts to connect; the socket polls writable once that has succeeded or failed (FinishConnect). A name
/// with several addresses gives another one for each `attempt`. Looking up a name blocks. Errors:
/// kUnavailable with the reason.
[[nodiscard]] Result<UniqueFd> StartConnect(const std::string& host, std::uint16_t port, unsigned attempt);

/// How the connecting went.
/// Errors:   kUnavailable with the reason.
[[nodiscard]] Status FinishConnect(int fd);

/// The next waiting connection, or an invalid descriptor when there is none.
[[nodiscard]] UniqueFd AcceptTcp(int listener);

}  // namespace mpcstats

// Where a host is, by the notary's own name lookup, and whether it may connect there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// Which addresses a relay connects to. A notary on the Internet must not be led into its own network by a name that
/// somebody points there; kAny is for tests and for servers that are inside on purpose.
enum class AddressRule { kPublic, kAny };

/// True for a numeric address that belongs to the public Internet: not loopback, private, link-local, shared,
/// documentation, benchmarking, multicast or reserved (RFC 6890), in IPv6 also when mapped or translated from such a one.
[[nodiscard]] bool IsPublicAddress(std::string_view numeric);

/// The numeric addresses of `host` in the system's order, those that `rule` forbids left out. Blocks.
/// Errors:   kUnavailable when the name has no address; kInvalidArgument when it has none that may be used.
[[nodiscard]] Result<std::vector<std::string>> LookUpHost(const std::string& host, AddressRule rule);

/// The numeric address of this or the other end of a connected socket; empty when there is none.
[[nodiscard]] std::string LocalAddress(int fd);
[[nodiscard]] std::string PeerAddress(int fd);

}  // namespace mpcstats

// The TCP connection to a website: the notary's in proxy mode, the prover's own in MPC mode.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/net/unique_fd.h"
#include "mpcstats/zktls/proxy/address.h"

namespace mpcstats {

/// Where a template says the server is. The prover has no say in it beyond the choice of a template.
struct RelayTarget {
  std::string host;
  std::uint16_t port = 443;
  AddressRule rule = AddressRule::kPublic;
};

/// Connects to the target by a name lookup of its own. Blocks, for at most ten seconds after the lookup. `who` is "the notary" or
/// "this program", for the sentence.
///
/// Errors:   those of CheckTlsHost and LookUpHost; kUnavailable when the server cannot be reached.
[[nodiscard]] Result<UniqueFd> ConnectToWebsite(const RelayTarget& target, std::string_view who);

}  // namespace mpcstats

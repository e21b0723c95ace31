// What both ends hold the proof of MPC mode against, from what the connection left with each of them.
#pragma once

#include <cstddef>

#include "mpcstats/zktls/mpctls/line_proof.h"
#include "mpcstats/zktls/mpctls/notary_line.h"
#include "mpcstats/zktls/mpctls/shared_keys.h"

namespace mpcstats {

/// The same at both ends of an honest session. `bucket` is the session's, one of kRequestBuckets.
///
/// Security: nothing in it is secret once the notary's key is open: the masked keystream is what the notary decoded.
[[nodiscard]] LineEvidence EvidenceOf(std::size_t bucket, const ClosedKeys& closed);
[[nodiscard]] LineEvidence EvidenceOf(std::size_t bucket, const ClosedLine& closed);

}  // namespace mpcstats

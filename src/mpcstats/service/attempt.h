// What a failed attempt at a job costs: three trials, then an operator.
//
// A party that lies about a product is caught but for a probability of 2^-55 a session (docs/protocol.md section 15), so
// sessions must not be repeated for ever. A peer that crashes is no trial, and must not stop a survey.
#pragma once

#include <cstdint>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// How far an attempt came at this party.
enum class AttemptPhase : std::uint8_t {
  kAgreeing,  ///< no session yet: nothing that was sent depends on a key of one
  kMasked,  ///< in a session, before its first verification: what left is masked, and no challenge is known to anybody
  kOnTrial,  ///< challenges are known, or something was opened: a liar may know that it would be caught, and leave instead
  kVerified,  ///< the whole session was verified: what is left is to sign
};

/// Whether a failure counts against the three trials of its job.
///
/// Security: a challenge reaches a liar only from an honest party that is past kMasked, and that party counts, whatever the
///           liar does then. So a liar has three trials at any honest party, and leaving early is not a way to more.
/// Source:   review.md M17; docs/protocol.md section 13, repeats.
[[nodiscard]] bool CountsAsTrial(AttemptPhase phase, ErrorCode code);

}  // namespace mpcstats

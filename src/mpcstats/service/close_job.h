// Closing a batch: the three parties agree on its answers, cure what was not delivered, check and convert the shares in one
// session, and sign one root, persisted before it is sent (two phases).
//
// Source: review.md K2, H3, H4; docs/protocol.md section 12.
#pragma once

#include <optional>

#include "mpcstats/net/links.h"
#include "mpcstats/service/attempt.h"
#include "mpcstats/service/party_context.h"

namespace mpcstats {

struct CloseRequest {
  SignedSurvey survey;
  std::uint32_t batch = 0;        ///< one more than the batches that are closed
  std::vector<Bytes32> proposal;  ///< an order for the list; ids that a party holds beyond it are added
  UnixSeconds closed_at = 0;
  UnixSeconds now = 0;  ///< our clock
};

struct CloseResult {
  enum class Kind {
    kClosed,
    kCaughtUp,  ///< somebody had missed the end of an earlier close and has it now; ask again
    kTooFew,    ///< fewer than batch_min answers stand: nothing was signed, all of them wait
  };
  Kind kind = Kind::kTooFew;
  std::size_t counted = 0;
  std::size_t refused = 0;
  std::size_t deferred = 0;          ///< boxes missing at two parties: they wait
  std::optional<SignedBatch> batch;  ///< kClosed
};

/// Runs our side over links to both peers.
///
/// Cost:     about 8 exchanges, one session (survey_program.h, CloseProgram), two durable writes.
/// Security: each party computes the set itself; a party that gets another one signs nothing. Components go in cures only to
///           the party that is entitled to them. `*phase` tells how far it came (attempt.h).
/// Errors:   kInvalidArgument for a request that does not fit our state; kUnavailable and kDeadlineExceeded when a peer is gone
///           or stopped; kProtocolViolation and kCheatingDetected naming the peer. Nothing is half done: the next attempt
///           starts over.
[[nodiscard]] Result<CloseResult> RunCloseJob(const PartyContext& party, PeerLinks& links,
                                              const CloseRequest& request, AttemptPhase* phase);

}  // namespace mpcstats

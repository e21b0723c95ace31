// A release: the three parties open the gate of the newest version and, if it is open, compute the catalogue and sign one
// receipt, persisted before it is sent.
//
// Source: review.md K1 (R1 to R8), H6, M8; docs/protocol.md section 13.
#pragma once

#include "mpcstats/net/links.h"
#include "mpcstats/service/attempt.h"
#include "mpcstats/service/party_context.h"
#include "mpcstats/survey/receipt.h"

namespace mpcstats {

struct ReleaseRequest {
  SignedSurvey survey;
  UnixSeconds as_of = 0;  ///< named by who asks; within kClockTolerance of every party's clock
  UnixSeconds now = 0;    ///< our clock
};

struct ReleaseResult {
  enum class Kind {
    kReleased,
    kHeld,      ///< some cell gained between 1 and group_min - 1 people: nothing but that was opened
    kCaughtUp,  ///< somebody had missed the end of an earlier release and has it now; ask again
  };
  Kind kind = Kind::kHeld;
  std::uint32_t sequence = 0;
  std::optional<Receipt> receipt;  ///< kReleased: with three signatures
};

/// When the next release may be computed, as one party sees it.
struct ReleaseDue {
  bool has_new_batches = false;  ///< beyond the last release and beyond what was held
  UnixSeconds not_before = 0;
};
[[nodiscard]] Result<ReleaseDue> NextRelease(PartyStore& store, const SignedSurvey& survey);

/// Runs our side over links to both peers.
///
/// Cost:     2 or 3 exchanges, one session (survey_program.h, ReleaseProgram), two durable writes.
/// Security: plan, version and gate come from our own signed survey and our own closed batches. The intent is on disk before
///           anything of a figure leaves, and a second attempt computes the same version (R8). At most one body is ever signed for
///           a sequence number.
/// Errors:   kUnavailable when nothing is due yet (with the time), or a peer is gone; otherwise as RunCloseJob.
[[nodiscard]] Result<ReleaseResult> RunReleaseJob(const PartyContext& party, PeerLinks& links,
                                                  const ReleaseRequest& request, AttemptPhase* phase);

/// A stored release as a receipt.
[[nodiscard]] Result<Receipt> ReceiptOf(const ReleaseRecord& record);

}  // namespace mpcstats

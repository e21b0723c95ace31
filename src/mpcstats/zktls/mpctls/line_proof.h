// The proof of MPC mode about its connection: everything the garbled phases gave follows from the committed share, the opened one,
// and the log. The chain from the premaster secret on is the one of proxy mode (session/tls_program.h).
#pragma once

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/mpctls/stage_values.h"
#include "mpcstats/zktls/session/tls_program.h"

namespace mpcstats {

/// What both ends know when the key is open, of what was evaluated before.
struct LineEvidence {
  const TlsGarblePlan* tls = nullptr;
  Bytes32 notary_share{};    ///< s_N, opened
  StagePublicValues values;  ///< public outputs of the phases
  Bytes masked_keystream;    ///< of the Finished and of the whole prepared request, xor the prover's masks
};

/// What the prover committed to before.
template <class Zk>
struct LineCommitments {
  typename Zk::Bits masks;         ///< all masks of the plan
  typename Zk::Bits prover_share;  ///< s_P
};

/// Runs RunTlsProgram from the two shares, and states that the masked keystream and the server's opened block are those of its
/// keys. What it reveals are the other public outputs: CheckLineClaims.
///
/// Cost:     that of RunTlsProgram, 767 AND, and 1,280 bits for each prepared block of keystream that the request did not use.
/// Security: a garbler chooses what stands behind its outputs. Every bit that the notary returned is compared: a public one by
///           CheckLineClaims or here, a masked one here. Shared ones left the notary inside its shares of tags alone, and the
///           caller recomputes the tags (CheckTlsTags).
/// Errors:   as RunTlsProgram; kProtocolViolation when the log's client records are not a Finished and a request of at most the
///           prepared size under the nonces of the plan.
template <class Zk>
[[nodiscard]] Result<TlsPlaintext<Zk>> RunLineProgram(Zk& zk, Revealer<Zk>& revealer,
                                                      const ObservedSession& session,
                                                      const LineEvidence& evidence,
                                                      const LineCommitments<Zk>& commitments);

extern template Result<TlsPlaintext<ZkProver>> RunLineProgram(ZkProver&, Revealer<ZkProver>&,
                                                              const ObservedSession&, const LineEvidence&,
                                                              const LineCommitments<ZkProver>&);
extern template Result<TlsPlaintext<ZkVerifier>> RunLineProgram(ZkVerifier&, Revealer<ZkVerifier>&,
                                                                const ObservedSession&, const LineEvidence&,
                                                                const LineCommitments<ZkVerifier>&);
extern template Result<TlsPlaintext<ZkMeter>> RunLineProgram(ZkMeter&, Revealer<ZkMeter>&,
                                                             const ObservedSession&, const LineEvidence&,
                                                             const LineCommitments<ZkMeter>&);

/// Whether what the program reveals of the key schedule is what the phases gave. `claims` are all it revealed, in order.
/// Errors: kProtocolViolation when they are too short; kCheatingDetected.
[[nodiscard]] Status CheckLineClaims(ByteSpan claims, const StagePublicValues& values);

}  // namespace mpcstats

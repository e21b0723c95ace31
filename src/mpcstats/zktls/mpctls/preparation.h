// Everything of a session in MPC mode that can be made before there is a connection to the website: both VOLEs, the key shares,
// the garbled tables, the commitment to the masks. Minutes ahead of the user; for one session.
#pragma once

#include <cstddef>

#include "mpcstats/base/rng.h"
#include "mpcstats/zktls/mpctls/conversation.h"
#include "mpcstats/zktls/mpctls/key_conversation.h"
#include "mpcstats/zktls/mpctls/notary_stages.h"
#include "mpcstats/zktls/mpctls/prover_stages.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {

/// What the prover has then. Move-only, like its parts.
struct ProverPreparation {
  const TlsGarblePlan* tls;
  VoleReceiver vole;  ///< of the proof, should it take more correlations than were made ahead
  ZkProver zk;        ///< with the masks committed, and correlations left for s_P and the proof
  ProverBits masks;   ///< all mask bits of the plan, in order
  ProverStages stages;
  PreparedProverKey key;
};

struct NotaryPreparation {
  const TlsGarblePlan* tls;
  VoleSender vole;
  ZkVerifier zk;
  VerifierBits masks;
  NotaryStages stages;
  PreparedNotaryKey key;
};

/// Correlations of the proof's VOLE that a preparation makes beyond those of masks and s_P. They are what the proof of a session of
/// this bucket takes with an answer of 2,048 bytes in one record, and 2^17 for the statement; a larger proof extends the VOLE by the
/// rest, and what is left over is thrown away.
[[nodiscard]] std::size_t ProofCorrelationsAhead(const TlsGarblePlan& tls);

/// Both ends run it with the session's id and the same bucket (kRequestBuckets).
///
/// Cost:     the tables: 14 to 32 MB to the notary; two bytes for each correlation, 1.2 to 1.5 MB; 0.2 MB besides. Ten messages
///           before the tables. Each end holds 17 bytes a correlation until the proof.
/// Security: nothing secret of the user's or the website's has entered. The masks are committed when it ends. The notary's entropy is
///           as old as this, so the notary's limit on a session's time bounds how old a website's signature can be.
/// Errors:   those of the conversation and of the protocols.
[[nodiscard]] Result<ProverPreparation> PrepareAsProver(MpcConversation& notary, const Bytes32& session,
                                                        std::size_t bucket, Rng& rng);
[[nodiscard]] Result<NotaryPreparation> PrepareAsNotary(MpcConversation& prover, const Bytes32& session,
                                                        std::size_t bucket, Rng& rng);

}  // namespace mpcstats

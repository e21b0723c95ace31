// Verification of one batch: every recorded gate of the three parties, before anything is opened.
#pragma once

#include <cstdint>

#include "mpcstats/engine/task.h"
#include "mpcstats/engine/verification/boolean_log.h"
#include "mpcstats/engine/verification/product_log.h"

namespace mpcstats {

class Session;

/// Proves this party's messages of the batch and verifies the peers'; ends the session when a proof fails.
///
/// Cost:     2t+2 rounds for t levels (schedule.h); about 2 KB to each peer whatever the size of the batch.
/// Security: a batch with a wrong message is accepted with probability at most SoundnessBits (2^-55 for 2^26 gates).
///           Nothing is learnt from an honest prover's proof. Statistical, given the PRF keys.
/// Source:   Boneh, Boyle, Corrigan-Gibbs, Gilboa, Ishai, CRYPTO 2019, section 5; Boyle, Gilboa, Ishai, Nof, CCS 2019,
///           section 4; the packing and the coefficient form are ours (docs/verification.md).
Task<Done> VerifyRecorded(Session& session, std::uint64_t batch, BooleanBatch boolean,
                          ProductBatches products);

}  // namespace mpcstats

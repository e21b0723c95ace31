// The Boolean batch as a proof source: 64 gates a word, 64 words a group, over K = GF(2^64).
#pragma once

#include <memory>

#include "mpcstats/engine/verification/boolean_log.h"
#include "mpcstats/engine/verification/source.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {

/// `batch` and `pool` must outlive the source. Entries after the packed level: 64 for each group of each cross term.
std::unique_ptr<ProofSource<Gf2_64>> MakePackedSource(const BooleanBatch& batch, ProofRole role,
                                                      ThreadPool& pool);

}  // namespace mpcstats

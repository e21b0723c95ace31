// Recorded field products as a proof source: elementwise, dot and one-sided, weighted by one power-free theta each.
#pragma once

#include <memory>

#include "mpcstats/engine/verification/product_log.h"
#include "mpcstats/engine/verification/source.h"

namespace mpcstats {

/// `batch` must outlive the source. Only `prover` = the party itself, its next or its previous.
template <typename K>
std::unique_ptr<ProofSource<K>> MakeProductSource(const ProductBatch<K>& batch, PartyIndex prover,
                                                  PartyIndex self);

}  // namespace mpcstats

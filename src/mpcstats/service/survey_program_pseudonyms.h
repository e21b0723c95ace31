// Pseudonyms: AES-128 of hidden identifiers under a key that nobody knows, opened.
#pragma once

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// A fresh pseudonym key: this party's own and next component, 16 bytes each. Nothing is sent; nobody knows the key, since
/// each lacks one component. Secret.
[[nodiscard]] Bytes FreshPseudonymKey(Ctx& ctx);

/// AES-128_K of each row's 128 bits, opened under the label "pseudonyms": 16 bytes a row. `key` as FreshPseudonymKey.
///
/// Cost:     1,280 ANDs once, 5,120 a row; 100 rounds, a fence and 1 round.
/// Security: as Open. The pseudonyms are those of a PRF under a key of which each party lacks a third: they say which rows
///           are equal, and link to earlier batches under the same key.
/// Source:   FIPS 197.
[[nodiscard]] Task<std::vector<Bytes>> OpenPseudonyms(Ctx& ctx, BitPlanes identifiers, Bytes key);

}  // namespace mpcstats

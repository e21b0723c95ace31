// Sizes of the messages between the two ends of a VOLE, and the hash of its check. Both ends compute the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mpcstats/base/bytes.h"
#include "mpcstats/zktls/vole/columns.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/vole/ggm.h"

namespace mpcstats {

inline constexpr std::size_t kVoleChallengeBytes = 16;
/// The hash of the bits, and the hash of the hashes of the columns.
inline constexpr std::size_t kVoleResponseBytes = 16 + sizeof(Bytes32);

/// Corrections of an extension by `count`: 15 bits each, and for the padding and the mask.
[[nodiscard]] constexpr std::size_t CorrectionBytes(std::size_t count) {
  return (kTrees - 1) * Gf2_128::kBytes * BlocksOf(count);
}

/// What the response says of the columns.
[[nodiscard]] Bytes32 ColumnsDigest(const Bytes32& session, std::uint64_t first_block, ByteSpan challenge,
                                    const Buffer<Gf2_128>& hashes);

}  // namespace mpcstats

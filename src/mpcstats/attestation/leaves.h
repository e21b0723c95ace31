// The contents of an attestation's leaves. For the sources of this folder; everybody else uses attestation.h.
#pragma once

#include "mpcstats/attestation/attestation.h"

namespace mpcstats {

/// Most bytes of one leaf's content.
inline constexpr std::size_t kMaxLeafBytes = std::size_t{256} << 10;

[[nodiscard]] Bytes EncodeLeaf(const Attestation& facts, std::size_t leaf);
/// Fills the part of `facts` that stands in the leaf. Errors: kProtocolViolation.
[[nodiscard]] Status DecodeLeaf(ByteSpan content, std::size_t leaf, Attestation& facts);

}  // namespace mpcstats

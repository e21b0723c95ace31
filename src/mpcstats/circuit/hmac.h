// HMAC-SHA-256 (RFC 2104, FIPS 198-1) in two halves, so that a key is set up once and inner digests can be
// public.
#pragma once

#include <cstddef>

#include "mpcstats/circuit/builder.h"
#include "mpcstats/circuit/sha256.h"

namespace mpcstats {

/// The states after the blocks key ^ ipad and key ^ opad.
struct HmacSha256Key {
  Sha256State inner;
  Sha256State outer;
};

/// Key of fixed public length, a multiple of 8 wires; more than 64 bytes are hashed first.
/// Cost: 2 compressions with a known state.
[[nodiscard]] HmacSha256Key HmacSha256SetKey(CircuitBuilder& builder, WireSpan key);

/// SHA-256(key ^ ipad | message), 256 wires.
[[nodiscard]] Wires HmacSha256Inner(CircuitBuilder& builder, const HmacSha256Key& key, WireSpan message);
/// SHA-256(key ^ opad | inner_digest), the tag. Cost: 1 compression, cheaper when the inner digest is
/// constant.
[[nodiscard]] Wires HmacSha256Outer(CircuitBuilder& builder, const HmacSha256Key& key, WireSpan inner_digest);

/// The tag of a message of fixed public length, a multiple of 8 wires.
[[nodiscard]] Wires HmacSha256(CircuitBuilder& builder, const HmacSha256Key& key, WireSpan message);

/// Inputs: key (`key_bytes` >= 1) and message (`message_bytes` >= 1). Output: the tag.
[[nodiscard]] Circuit MakeHmacSha256Circuit(std::size_t key_bytes, std::size_t message_bytes);

}  // namespace mpcstats

// HKDF-SHA-256 (RFC 5869) and HMAC-SHA-256 (RFC 2104) through OpenSSL.
#pragma once

#include "mpcstats/base/bytes.h"

namespace mpcstats {

/// HKDF-Extract then HKDF-Expand; fills `out` (at most 8160 bytes). An empty salt is HashLen zeros, as the RFC says.
void Hkdf(ByteSpan key, ByteSpan salt, ByteSpan info, MutableByteSpan out);

[[nodiscard]] Bytes32 HmacSha256(ByteSpan key, ByteSpan message);

}  // namespace mpcstats

// The tags of all logged records, recomputed in the clear from what the proof opened.
#pragma once

#include <span>

#include "mpcstats/base/error.h"
#include "mpcstats/zktls/tls/ghash.h"
#include "mpcstats/zktls/tls/observer.h"

namespace mpcstats {

/// The counter block whose encryption masks the record's tag: salt | explicit nonce | 1. Block number `i` of the record's
/// plaintext is masked by the encryption of the same with 2 + i (NIST SP 800-38D section 7.1). Salt is the direction's
/// four-byte IV of the key block.
[[nodiscard]] GcmBlock TlsCounterBlock(const std::array<std::uint8_t, 4>& salt,
                                       const std::array<std::uint8_t, kTlsNonceBytes>& explicit_nonce,
                                       std::uint32_t counter);

/// Checks every record of one direction: tag = GHASH(h; additional data, ciphertext) XOR j0.
///
/// Shapes:   `h` is AES_key(0) and `j0[i]` is AES_key of the first counter block of record i, all opened to the notary
///           and proven. They authenticate and decrypt nothing. Sequence number, type and lengths come from the log.
/// Cost:     about 30 ns for 16 bytes.
/// Errors:   kCheatingDetected for the first record whose tag differs, or when h is zero, which authenticates nothing;
///           kInvalidArgument when the counts differ.
[[nodiscard]] Status CheckTlsTags(std::span<const ObservedRecord> records, const GcmBlock& h,
                                  std::span<const GcmBlock> j0);

}  // namespace mpcstats

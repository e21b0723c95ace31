// A notary's list of keys: which it signs attestations with, from when to when, and which of them were revoked. Signed by the
// notary's identity, which never signs attestations; each list replaces those with lower numbers.
//
//   list = "mpcstats/v1/notary-keys" | identity | sequence u32 | issued_at u64
//          | n u8 | n * { public key | from u64 | to u64 | revoked_at u64 (0: never) } | Ed25519(identity, all before)
//
// Keys stand in ascending order. The next key is listed before it is used and the last one stays until its end, so that
// surveys signed during a rotation can name both.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/crypto/ed25519.h"
#include "mpcstats/crypto/identity.h"

namespace mpcstats {

struct NotaryKey {
  Bytes32 public_key{};
  std::int64_t from = 0;  ///< seconds since 1970-01-01 UTC, both ends included
  std::int64_t to = 0;
  std::int64_t revoked_at =
      0;  ///< 0: never. A revoked key counts for nothing, whatever time it writes: a thief back-dates
};

struct NotaryKeyList {
  Bytes32 identity{};
  std::uint32_t sequence = 0;  ///< 1, 2, ...
  std::int64_t issued_at = 0;
  std::vector<NotaryKey> keys;
  Signature signature{};
};

inline constexpr std::size_t kMostNotaryKeys = 64;
inline constexpr std::size_t kMaxNotaryListBytes = 23 + 32 + 4 + 8 + 1 + kMostNotaryKeys * 56 + 64;

/// Sorts the keys and signs. CHECKs the limits of the decoder.
[[nodiscard]] NotaryKeyList SignNotaryKeys(NotaryKeyList list, const SigningKey& identity);
[[nodiscard]] NotaryKeyList SignNotaryKeys(NotaryKeyList list, const Identity& identity);
[[nodiscard]] Bytes EncodeNotaryKeys(const NotaryKeyList& list);
/// Strict: what decodes has one encoding, and its identity signed it.
/// Errors: kProtocolViolation, one sentence. Cost: one signature check.
[[nodiscard]] Result<NotaryKeyList> DecodeNotaryKeys(ByteSpan bytes);

/// Which of two lists of one identity counts: the higher number, and for one number the larger bytes, so that parties that saw
/// two lists of a lying notary come to the same.
[[nodiscard]] bool IsNewerList(const NotaryKeyList& list, const NotaryKeyList& known);

/// The lists by which a survey's batch was decided, as one hash: SHA-256("mpcstats/v1/notary-lists" | n u8 | SHA-256 of each
/// list's bytes, in the order of the survey's notaries). Zero when there is no list.
[[nodiscard]] Bytes32 NotaryListsHash(std::span<const NotaryKeyList> lists);
/// Ids of all keys that any of the lists revokes.
[[nodiscard]] std::set<Bytes32> RevokedKeys(std::span<const NotaryKeyList> lists);

}  // namespace mpcstats

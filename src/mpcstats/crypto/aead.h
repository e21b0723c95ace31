// AES-256-GCM for data at rest: each row is sealed under one key with a random nonce.
//
//   AeadKey key(secret);
//   ASSIGN_OR_RETURN(Bytes sealed, key.Seal(rng, row_id, row));
//   ASSIGN_OR_RETURN(Bytes row, key.Open(row_id, sealed));
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {

/// Move-only; one thread at a time (it reuses its OpenSSL contexts).
class AeadKey {
 public:
  using Nonce = std::array<std::uint8_t, 12>;
  /// A sealed row is this many bytes longer than its plaintext: nonce (12) and tag (16).
  static constexpr std::size_t kOverhead = 28;
  /// Random 96-bit nonces under one key: beyond this two of them are equal with probability above 2^-32, and two equal
  /// ones give the key stream's XOR and the authentication key away (NIST SP 800-38D section 8.3).
  static constexpr std::uint64_t kMaxSeals = std::uint64_t{1} << 32;

  /// `max_seals` is how often this object may Seal, at most kMaxSeals. A key that lives in several objects or across
  /// restarts divides kMaxSeals among them.
  explicit AeadKey(const Secret<Bytes32>& key, std::uint64_t max_seals = kMaxSeals);
  AeadKey(AeadKey&&) noexcept;
  AeadKey& operator=(AeadKey&&) noexcept;
  ~AeadKey();

  /// nonce | ciphertext | tag, with 12 bytes of `rng` as nonce.
  ///
  /// Shapes:   kOverhead + plaintext.size() bytes; plaintext and `aad` of 0 to 2^30 bytes.
  /// Cost:     about 1 us for 100 bytes, half of it the system's randomness.
  /// Security: hides and authenticates plaintext, binds `aad`; the length shows. `rng` must be the system's outside of
  ///           tests.
  /// Errors:   kResourceExhausted after `max_seals` calls.
  [[nodiscard]] Result<Bytes> Seal(Rng& rng, ByteSpan aad, ByteSpan plaintext);

  /// The same under a nonce of the caller, who must never give one twice under one key. Not counted.
  [[nodiscard]] Bytes SealWithNonce(const Nonce& nonce, ByteSpan aad, ByteSpan plaintext);

  /// Opens what Seal made with the same `aad`.
  ///
  /// Security: the result is a secret in plain Bytes: the caller wipes it. Nothing of it exists after a failure.
  /// Errors:   kInvalidArgument when it is too short or too long, or does not authenticate.
  [[nodiscard]] Result<Bytes> Open(ByteSpan aad, ByteSpan sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats

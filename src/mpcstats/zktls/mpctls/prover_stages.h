// The prover's end of the garbled phases of a TLS session: it garbles. notary_stages.h is the other end.
//
//   offline     P  NextTables() ...                       -> N  ReceiveTables         N  Acknowledge() -> P
//   keys        P  Begin(s_P, handshake)                      N  Choose(s_N) -> P      (once, for kPremaster)
//   each phase  P  Labels(choices)                        -> N  Evaluate(labels) -> P  Outputs(message)
//   server      P  BeginServerBlock(nonce), then BeginServerFinished(hash); the notary logs the record first
//   after close P  CheckOpened(premaster secret)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/garble/garbler.h"
#include "mpcstats/zktls/mpctls/stage_values.h"
#include "mpcstats/zktls/tls/key_schedule.h"

namespace mpcstats {

/// The keys of a connection, once the notary opened its share.
struct OpenedStageKeys {
  Secret<TlsMasterSecret> master;
  Secret<TlsKeyBlock> keys;
};

/// Cost:     ten exchanges; garbler.h has the rest.
/// Security: the prover learns the public values, the keystream of its own two records, and its shares. No key, and nothing
///           of the server's records but one block, before the notary opens its share.
/// Errors:   kInvalidArgument for a phase whose inputs are not there; else those of Garbler. After an error all calls fail.
class ProverStages {
 public:
  /// `bucket` is one of kRequestBuckets. `masks` are TlsGarblePlanFor(bucket).plan.mask_bits() bits.
  [[nodiscard]] static Result<ProverStages> Create(std::size_t bucket, const Bytes32& session,
                                                   VerifierCorrelations correlations,
                                                   Buffer<std::uint8_t> masks, Rng& rng);

  [[nodiscard]] bool tables_left() const { return garbler_.tables_left(); }
  [[nodiscard]] Result<Bytes> NextTables() { return garbler_.NextTables(); }
  [[nodiscard]] Status ReceiveAcknowledgement(ByteSpan message) {
    return garbler_.ReceiveAcknowledgement(message);
  }

  /// `share` is s_P, big-endian. Committed to elsewhere, before this. Lets the phases up to kRecords run.
  [[nodiscard]] Status Begin(const Secret<Bytes32>& share, const StageHandshake& handshake);
  /// The explicit nonce of the server's Finished. Lets kServerBlock run.
  [[nodiscard]] Status BeginServerBlock(const std::array<std::uint8_t, kTlsNonceBytes>& nonce);
  /// SHA-256 of the handshake messages before the server's Finished. Lets the last two phases run.
  [[nodiscard]] Status BeginServerFinished(const Bytes32& handshake_hash);

  /// Whether the next phase has its inputs.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] std::size_t phases_done() const { return phase_; }
  [[nodiscard]] Result<Bytes> Labels(ByteSpan choices);
  [[nodiscard]] Status Outputs(ByteSpan message);

  /// Zeros before their phase.
  [[nodiscard]] const StagePublicValues& values() const { return values_; }
  /// Only after kRecords. The keystream is that of the Finished, 16 bytes, then of the request.
  [[nodiscard]] const StageShares& shares() const { return shares_; }
  [[nodiscard]] const Buffer<std::uint8_t>& keystream() const { return keystream_; }

  /// The keys that follow from the premaster secret, as 32 bytes big-endian, when everything the phases gave follows from
  /// it too: both verify_data and all blocks of keystream. Before this nothing of the prover's may enter a proof: a notary
  /// who evaluated with another share than it opened could learn from an abort.
  /// Errors: kCheatingDetected when something differs; kInvalidArgument before the last phase is done.
  [[nodiscard]] Result<OpenedStageKeys> CheckOpened(const Secret<Bytes32>& premaster) const;

 private:
  ProverStages(const TlsGarblePlan& tls, Garbler garbler) : tls_(&tls), garbler_(std::move(garbler)) {}
  [[nodiscard]] TlsPhase phase() const { return static_cast<TlsPhase>(phase_); }
  [[nodiscard]] Buffer<std::uint8_t> InputsOf(TlsPhase phase) const;

  const TlsGarblePlan* tls_;
  Garbler garbler_;
  std::size_t phase_ = 0;
  bool begun_ = false;
  bool has_nonce_ = false;
  bool has_hash_ = false;
  bool failed_ = false;
  Secret<Bytes32> share_;
  StageHandshake handshake_;
  std::array<std::uint8_t, kTlsNonceBytes> server_nonce_{};
  Bytes32 server_hash_{};
  StagePublicValues values_;
  StageShares shares_;
  Buffer<std::uint8_t> keystream_;
};

}  // namespace mpcstats

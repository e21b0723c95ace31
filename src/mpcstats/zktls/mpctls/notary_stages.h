// The notary's end of the garbled phases of a TLS session: it evaluates. prover_stages.h has the whole exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/garble/evaluator.h"
#include "mpcstats/zktls/mpctls/stage_values.h"

namespace mpcstats {

/// Cost:     evaluator.h.
/// Security: which digests and which nonce went into a phase only the prover knows; the proof after close shows it. What is
///           enforced here is the order, and that the server's block is opened for one record, which is logged.
/// Errors:   kProtocolViolation for the server's block before its record is logged; else those of Evaluator. After an error
///           all calls fail.
class NotaryStages {
 public:
  /// `bucket` is one of kRequestBuckets.
  [[nodiscard]] static Result<NotaryStages> Create(std::size_t bucket, const Bytes32& session,
                                                   ProverCorrelations correlations);

  [[nodiscard]] bool tables_left() const { return evaluator_.tables_left(); }
  [[nodiscard]] Status ReceiveTables(ByteSpan chunk) { return evaluator_.ReceiveTables(chunk); }
  [[nodiscard]] Result<Bytes> Acknowledge() { return evaluator_.Acknowledge(); }

  /// Choices of the first phase. `share` is s_N, big-endian.
  [[nodiscard]] Result<Bytes> Choose(const Secret<Bytes32>& share);
  /// The server's Finished is in the log, one record of 40 bytes. Once, after the keys.
  [[nodiscard]] Status ServerFinishedLogged();
  /// The next phase: what goes back.
  [[nodiscard]] Result<Bytes> Evaluate(ByteSpan labels);

  [[nodiscard]] std::size_t phases_done() const { return phase_; }
  /// Zeros before their phase.
  [[nodiscard]] const StagePublicValues& values() const { return values_; }
  /// Only after kRecords. The keystream is xor the prover's masks, for comparison after close.
  [[nodiscard]] const StageShares& shares() const { return shares_; }
  [[nodiscard]] const Buffer<std::uint8_t>& masked_keystream() const { return keystream_; }

 private:
  NotaryStages(const TlsGarblePlan& tls, Evaluator evaluator)
      : tls_(&tls), evaluator_(std::move(evaluator)) {}

  const TlsGarblePlan* tls_;
  Evaluator evaluator_;
  std::size_t phase_ = 0;
  bool server_logged_ = false;
  bool failed_ = false;
  StagePublicValues values_;
  StageShares shares_;
  Buffer<std::uint8_t> keystream_;
};

}  // namespace mpcstats

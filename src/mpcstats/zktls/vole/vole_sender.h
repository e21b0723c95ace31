// The end of a VOLE that holds Delta and keys: the verifier. vole_receiver.h has the whole exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/ot/base_ot.h"
#include "mpcstats/zktls/vole/columns.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/vole/ggm.h"

namespace mpcstats {

/// Names as in OT extension: the sender is who chooses Delta.
///
/// Cost:     as the receiver's.
/// Security: malicious. A prover whose corrections of t trees do not fit the others passes with probability 2^(-8t), and
///           a prover whose trees pass for a part of the digits alone passes with the share of that part; what it gains
///           is to know those digits. So passing with what it learned and guessing the rest of Delta have together at
///           most 2^-128, and the hash of the check adds at most 15 * (blocks / 2^128) an extension (2^-108 at the
///           largest). After one failure Delta is used no more. No time or address depends on Delta.
/// Errors:   kProtocolViolation for a message of another length or out of turn; kCheatingDetected when a check fails;
///           kInvalidArgument for no correlations or more than kMaxCorrelations, and after a failure.
/// Source:   as for VoleReceiver.
class VoleSender {
 public:
  /// From base transfers that are done, with the choices of ChoicesFor(delta). kInvalidArgument when Delta is zero.
  [[nodiscard]] static Result<VoleSender> Create(const Bytes32& session, Secret<TreeDigits> delta,
                                                 const OtKeys& keys, ByteSpan trees);
  VoleSender(VoleSender&&) noexcept = default;
  VoleSender& operator=(VoleSender&&) noexcept = default;

  /// Takes the corrections of `count` more correlations; out comes the challenge, drawn now.
  [[nodiscard]] Result<Bytes> Extend(std::size_t count, ByteSpan corrections, Rng& rng);
  /// The keys of the extension when the response holds.
  [[nodiscard]] Result<VerifierCorrelations> Verify(ByteSpan response);

 private:
  struct Extension {
    Extension(std::size_t n, std::size_t blocks) : count(n), columns(blocks) {}
    std::size_t count;
    Columns columns;
    Bytes challenge;
  };
  VoleSender(const Bytes32& session, Secret<TreeDigits> delta, Buffer<Seed> leaves)
      : session_(session), delta_(std::move(delta)), leaves_(std::move(leaves)) {}
  std::unexpected<Error> Break(ErrorCode code, const char* what);
  Status Ready() const;

  Bytes32 session_;
  Secret<TreeDigits> delta_;
  Buffer<Seed> leaves_;
  std::uint64_t next_block_ = 0;
  std::optional<Extension> pending_;
  bool failed_ = false;
};

/// The sender before the base oblivious transfers are done. Delta is drawn here, never zero.
class VoleSenderSetup {
 public:
  [[nodiscard]] static VoleSenderSetup Create(const Bytes32& session, Rng& rng);
  /// The same with bit 0 of Delta set, as labels of garbled wires need it: one bit less to guess.
  [[nodiscard]] static VoleSenderSetup CreateForGarbling(const Bytes32& session, Rng& rng);
  [[nodiscard]] const Bytes& message() const { return receiver_.message(); }
  /// The receiver's first message and its trees.
  [[nodiscard]] Result<VoleSender> Finish(ByteSpan receiver_message, ByteSpan trees) &&;

 private:
  [[nodiscard]] static VoleSenderSetup WithDelta(const Bytes32& session, Secret<TreeDigits> delta, Rng& rng);
  VoleSenderSetup(const Bytes32& session, Secret<TreeDigits> delta, OtReceiver receiver)
      : session_(session), delta_(std::move(delta)), receiver_(std::move(receiver)) {}

  Bytes32 session_;
  Secret<TreeDigits> delta_;
  OtReceiver receiver_;
};

}  // namespace mpcstats

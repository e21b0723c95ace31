// The end of a VOLE that holds bits and MACs: the prover. vole_sender.h is the other end.
//
//   P  VoleReceiverSetup setup = VoleReceiverSetup::Create(session, rng);         setup.message()   -> V  (32 bytes)
//   V  VoleSenderSetup setup = VoleSenderSetup::Create(session, rng);             setup.message()   -> P  (8,192)
//   P  auto [receiver, trees] = *std::move(setup).Finish(message_of_V, rng);      trees             -> V  (5,120)
//   V  VoleSender sender = *std::move(setup).Finish(message_of_P, trees);
//   P  receiver.Extend(n)                                                         corrections       -> V  (15 bits each)
//   V  sender.Extend(n, corrections, rng)                                         challenge         -> P  (16)
//   P  auto [response, correlations] = *receiver.Respond(challenge)               response          -> V  (48)
//   V  VerifierCorrelations correlations = *sender.Verify(response);
//
// The first two messages may cross, and trees and corrections may leave together. Extend can follow again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/zktls/ot/base_ot.h"
#include "mpcstats/zktls/vole/columns.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/vole/ggm.h"

namespace mpcstats {

/// Names as in OT extension: the receiver is who ends up with bits.
///
/// Cost:     32 blocks of AES a correlation, about 40 ns; 17 bytes of memory each.
/// Security: malicious. Whatever the verifier sends, it learns nothing of the bits: it holds keys that determine each MAC
///           together with the bit, and the response is masked by 128 correlations that are thrown away.
/// Errors:   kProtocolViolation for a message of another length or out of turn; kInvalidArgument for no correlations or
///           more than kMaxCorrelations.
/// Source:   Roy, SoftSpokenOT, CRYPTO 2022 (ePrint 2022/192), subspace VOLE with the repetition code and k = 8. Here the
///           universal hash of its consistency check is a polynomial in the challenge, one block of 128 bits a
///           coefficient, and the hashes of the columns are compared as one digest.
class VoleReceiver {
 public:
  struct Response {
    Bytes message;
    ProverCorrelations correlations;
  };
  struct Created;
  /// From base transfers that are done; the message is kTreesMessageBytes.
  [[nodiscard]] static Created Create(const Bytes32& session, const OtKeyPairs& keys, Rng& rng);

  VoleReceiver(VoleReceiver&&) noexcept = default;
  VoleReceiver& operator=(VoleReceiver&&) noexcept = default;

  /// The corrections for `count` more correlations, CorrectionBytes(count).
  [[nodiscard]] Result<Bytes> Extend(std::size_t count);
  /// The answer to the sender's challenge, and the correlations of the extension.
  [[nodiscard]] Result<Response> Respond(ByteSpan challenge);

 private:
  struct Extension {
    Extension(std::size_t n, std::size_t blocks)
        : count(n), bits(Buffer<Gf2_128>::Raw(blocks)), columns(blocks) {}
    std::size_t count;
    Buffer<Gf2_128> bits;  ///< 128 of them a block
    Columns columns;
  };
  VoleReceiver(const Bytes32& session, Buffer<Seed> leaves) : session_(session), leaves_(std::move(leaves)) {}

  Bytes32 session_;
  Buffer<Seed> leaves_;
  std::uint64_t next_block_ = 0;
  std::optional<Extension> pending_;
};

struct VoleReceiver::Created {
  VoleReceiver receiver;
  Bytes message;
};

/// The receiver before the base oblivious transfers are done.
class VoleReceiverSetup {
 public:
  [[nodiscard]] static VoleReceiverSetup Create(const Bytes32& session, Rng& rng);
  [[nodiscard]] const Bytes& message() const { return sender_.message(); }
  [[nodiscard]] Result<VoleReceiver::Created> Finish(ByteSpan sender_message, Rng& rng) &&;

 private:
  VoleReceiverSetup(const Bytes32& session, OtSender sender)
      : session_(session), sender_(std::move(sender)) {}

  Bytes32 session_;
  OtSender sender_;
};

}  // namespace mpcstats

// Oblivious linear evaluation modulo the prime of P-256: products of one end's number with the other's, in two shares.
//
//   R  OleReceiver receiver = *OleReceiver::Create(session, correlations, b);  receiver.message()  -> S  (32 bytes each)
//   S  OleSent sent = *SendOle(session, correlations, a, message);             sent.message        -> R  (8,192 each)
//   R  Buffer<Fp256> y = *std::move(receiver).Finish(message);                 a_i * b_i = sent.shares[i] + y[i]
//
// The correlations are those of a VOLE (zktls/vole), 256 a product; the receiver is who holds its bits. Nothing depends on
// the connection: it is done ahead, on random numbers, and opening differences to them later makes products of others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/ole/fp256.h"
#include "mpcstats/zktls/vole/correlations.h"

namespace mpcstats {

/// Oblivious transfers of a product: one a bit of the receiver's number.
inline constexpr std::size_t kOleTransfers = 256;
/// Messages of a product: the receiver's corrections of its random bits, the sender's corrections of its pads.
inline constexpr std::size_t kOleReceiverBytes = kOleTransfers / 8;
inline constexpr std::size_t kOleSenderBytes = kOleTransfers * Fp256::kBytes;

struct OleSent {
  Bytes message;
  Buffer<Fp256> shares;
};

/// The end that holds the keys.
///
/// Shapes:   n numbers, 256 n correlations; the message is n times 32 bytes. Each correlation is for one use: they end here.
/// Cost:     about 0.5 ms a product; 8,192 bytes of answer.
/// Security: against a malicious receiver, in the random oracle model: whatever it sends, it learns no more than one pad of
///           each transfer, so that its numbers are the bits it chose. Its bits stay hidden: they are masked by those of the
///           VOLE. A malicious sender may use another number for each bit j, a + e_j; then the sum of the shares is off by
///           sum_j e_j * 2^j * b_j, which tells whoever sees that it is wrong about those bits. This is an OLE with
///           that error and is not detected here; ec_to_field.h says why that is enough.
///           Constant time in numbers, keys and Delta.
/// Errors:   kInvalidArgument for no numbers or another number of correlations; kProtocolViolation for a message of
///           another length.
/// Source:   Gilboa, Two Party RSA Key Generation, CRYPTO 1999; the transfers are correlated ones, hashed, with the bits
///           corrected to chosen ones (Beaver, CRYPTO 1995).
[[nodiscard]] Result<OleSent> SendOle(const Bytes32& session, VerifierCorrelations correlations,
                                      const Buffer<Fp256>& numbers, ByteSpan receiver_message);

/// The end that holds bits and MACs. Shapes, cost, security and source as for SendOle.
class OleReceiver {
 public:
  /// Errors: kInvalidArgument as SendOle.
  [[nodiscard]] static Result<OleReceiver> Create(const Bytes32& session, ProverCorrelations correlations,
                                                  const Buffer<Fp256>& numbers);
  [[nodiscard]] const Bytes& message() const { return message_; }
  /// The shares.
  /// Errors: kProtocolViolation for a message of another length or with a number that is p or more.
  [[nodiscard]] Result<Buffer<Fp256>> Finish(ByteSpan sender_message) &&;

 private:
  OleReceiver(const Bytes32& session, Buffer<Gf2_128> macs)
      : session_(session), macs_(std::move(macs)), choices_(macs_.size()) {}

  Bytes32 session_;
  Buffer<Gf2_128> macs_;
  Buffer<std::uint8_t> choices_;  ///< the bits of the numbers, 0 or 1
  Bytes message_;
};

}  // namespace mpcstats

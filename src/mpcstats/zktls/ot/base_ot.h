// 128 oblivious transfers of random keys: the seed of everything else between prover and verifier.
//
//   OtSender sender = OtSender::Create(session, rng);               // sends sender.message(), 32 bytes
//   OtReceiver receiver = OtReceiver::Create(session, choices, rng);  // sends receiver.message(), 8,192 bytes
//   Result<OtKeyPairs> pairs = std::move(sender).Finish(receiver.message());
//   Result<OtKeys> keys = std::move(receiver).Finish(sender.message());  // keys[i] = pairs[i][choice i]
//
// The two messages do not depend on each other and may cross. Each object ends with its Finish.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {

inline constexpr std::size_t kBaseOts = 128;
inline constexpr std::size_t kOtPointBytes = 32;
/// The messages of the sender (one point) and of the receiver (two a transfer).
inline constexpr std::size_t kOtSenderBytes = kOtPointBytes;
inline constexpr std::size_t kOtReceiverBytes = kBaseOts * 2 * kOtPointBytes;

using OtKey = std::array<std::uint8_t, 16>;
using OtKeys = Buffer<OtKey>;
using OtKeyPairs = Buffer<std::array<OtKey, 2>>;
/// Choice i is bit i % 8 of byte i / 8.
using OtChoices = std::array<std::uint8_t, kBaseOts / 8>;

/// Holds both keys of each transfer.
///
/// Cost:     one scalar product and two maps to the group a transfer; about 25 ms for all.
/// Security: malicious, in the random oracle model, under the Diffie-Hellman assumptions of the papers, on ristretto255.
///           Endemic: an end that deviates may choose its own keys; an honest receiver's choices stay hidden (both of
///           its points are uniform), and a receiver learns at most one key a transfer. Session, index, choice and all
///           points go into every hash, so that neither another transfer nor another session can be mixed in.
/// Errors:   kProtocolViolation for a message of another length, or with a point that is not a canonical encoding or
///           whose product is the identity.
/// Source:   Masny and Rindal, Endemic Oblivious Transfer, CCS 2019 (ePrint 2019/706), the protocol in one round from
///           Diffie-Hellman; one message of the sender for all transfers as in McQuoid, Rosulek and Roy, Batching Base
///           Oblivious Transfers, ASIACRYPT 2021 (ePrint 2021/682), which is why the index is in the hash.
class OtSender {
 public:
  [[nodiscard]] static OtSender Create(const Bytes32& session, Rng& rng);
  [[nodiscard]] const Bytes& message() const { return message_; }
  [[nodiscard]] Result<OtKeyPairs> Finish(ByteSpan receiver_message) &&;

 private:
  explicit OtSender(const Bytes32& session) : session_(session) {}

  Bytes32 session_;
  Secret<Bytes32> scalar_;
  Bytes message_;
};

/// Holds the chosen key of each transfer. Cost, security, errors and source as for OtSender; the time does not depend
/// on the choices.
class OtReceiver {
 public:
  [[nodiscard]] static OtReceiver Create(const Bytes32& session, const Secret<OtChoices>& choices, Rng& rng);
  [[nodiscard]] const Bytes& message() const { return message_; }
  [[nodiscard]] Result<OtKeys> Finish(ByteSpan sender_message) &&;

 private:
  explicit OtReceiver(const Bytes32& session) : session_(session), scalars_(kBaseOts) {}

  Bytes32 session_;
  Secret<OtChoices> choices_;
  Buffer<Bytes32> scalars_;
  Bytes message_;
};

}  // namespace mpcstats

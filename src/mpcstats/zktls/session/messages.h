// The messages of a notary session: what prover and notary say to each other, in this order. A frame is one byte that says
// which it is, and its body; a frame out of turn ends the session.
//
//   P -> N  Open        version, mode, nonce (mpc: bucket)         N -> P  Opened    key id, nonce, limits, time
//   mpc:    P <-> N Mpc      the preparation, for nobody knows what yet    (zktls/mpctls/preparation.h)
//   P -> N  Bind        ctx, group, template, columns              (before anything is said to the website)
//   proxy:  P <-> N Setup    base oblivious transfers
//           P -> N  Connect  then the relay's own frames (zktls/proxy/relay.h), until both have the same frozen log
//   mpc:    P <-> N Mpc      from the handshake to the notary's opened key, in an order of its own (zktls/mpctls/order.h)
//   P -> N  Shape       what the notary must know to size the proof: lengths of the request's holes
//   P <-> N Setup       VOLE of the size that the transcript wants; mpc: where that is more than was made ahead
//   P -> N  Claims      commitments, shown values, intermediate values of the key schedule
//   P -> N  Witness     masked bits                                N -> P  Challenge
//   P -> N  Proof                                                  N -> P  Signed    the attestation
//   either  Refused     a word and a sentence, and the end
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/attestation/attestation.h"
#include "mpcstats/survey/survey.h"
#include "mpcstats/zktls/session/channel.h"

namespace mpcstats {

enum class SessionMessage : std::uint8_t {
  kOpen = 1,
  kOpened = 2,
  kBind = 3,
  kSetup = 4,
  kConnect = 5,
  kShape = 6,
  kClaims = 7,
  kWitness = 8,
  kChallenge = 9,
  kProof = 10,
  kSigned = 11,
  kRefused = 12,
  kMpc = 13,
};

inline constexpr std::uint16_t kSessionVersion = 2;
inline constexpr std::size_t kMaxTemplateBytes = std::size_t{64} << 10;

struct SessionOpen {
  AttestationMode mode = AttestationMode::kProxy;
  Bytes32 nonce{};
  /// In mode mpc, and there alone: the bytes of request that are prepared for, one of kRequestBuckets. Else 0.
  std::uint16_t request_bucket = 0;
};

/// How much of a website's connection one session carries, and how long it may take.
struct SessionLimits {
  std::uint32_t sent_bytes = 16 << 10;      ///< towards the website, TLS included
  std::uint32_t received_bytes = 32 << 10;  ///< from it
  std::uint32_t seconds = 60;               ///< from Open to Signed
};

struct SessionOpened {
  Bytes32 key_id{};
  Bytes32 nonce{};
  SessionLimits limits;
  std::uint64_t time = 0;  ///< the notary's clock, seconds since 1970-01-01 UTC
};

/// What the session is for. Given once, before the notary speaks to the website, so that an old session serves no new answer.
struct SessionBind {
  Bytes32 context{};
  std::uint8_t header_group = 0;
  std::string template_text;
  std::vector<SurveyColumn>
      columns;  ///< of the group, in the survey's order; empty: an attestation of what is shown alone
};

/// SHA-256("mpcstats/v1/notary-session" | version | mode | key id | prover's nonce | notary's nonce), in mode mpc | bucket.
[[nodiscard]] Bytes32 SessionIdOf(const SessionOpen& open, const SessionOpened& opened);

[[nodiscard]] Bytes EncodeSessionOpen(const SessionOpen& open);
[[nodiscard]] Bytes EncodeSessionOpened(const SessionOpened& opened);
[[nodiscard]] Bytes EncodeSessionBind(const SessionBind& bind);
/// Bodies without the first byte. Errors: kProtocolViolation; what decodes has one encoding.
[[nodiscard]] Result<SessionOpen> DecodeSessionOpen(ByteSpan body);
[[nodiscard]] Result<SessionOpened> DecodeSessionOpened(ByteSpan body);
[[nodiscard]] Result<SessionBind> DecodeSessionBind(ByteSpan body);

/// Sends one message. `body` may be empty.
[[nodiscard]] Status SendMessage(SessionChannel& channel, SessionMessage type, ByteSpan body);

struct ReceivedMessage {
  SessionMessage type = SessionMessage::kRefused;
  Bytes body;
};
/// The next message, whatever it is but a refusal, with a body of at most `limit` bytes.
///
/// Errors: as the channel's; kProtocolViolation for a type that does not exist; what the other end refused comes back as an
///         error with its sentence, under the code it gave.
[[nodiscard]] Result<ReceivedMessage> ReceiveAnyMessage(SessionChannel& channel, std::size_t limit,
                                                        std::string_view from);
/// The body of the next message, which must be of this type. `from` is "the notary" or "the prover", for the sentence.
[[nodiscard]] Result<Bytes> ReceiveMessage(SessionChannel& channel, SessionMessage type, std::size_t limit,
                                           std::string_view from);

/// Tells the other end why the session ends; best effort. Only sentences about public things may go: `error` comes from a
/// check of the other end's bytes or of the website's handshake. kInternal goes without its sentence.
void SendRefusal(SessionChannel& channel, const Error& error);

}  // namespace mpcstats

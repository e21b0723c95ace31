#include "mpcstats/zktls/mpctls/key_conversation.h"

#include <algorithm>
#include <utility>

#include "mpcstats/zktls/vole/vole_messages.h"

namespace mpcstats {
namespace {

constexpr std::size_t kCount = kEcToFieldCorrelations;
constexpr std::size_t kBitsBytes = kEcToFieldProducts * kOleReceiverBytes;
constexpr std::size_t kPadsBytes = kEcToFieldProducts * kOleSenderBytes;
constexpr std::size_t kPointBytes = sizeof(EcPoint);
constexpr std::size_t kKeyPointBytes = kBitsBytes + kPointBytes + sizeof(NotaryEntropy);

// Both send and then wait: the openings of a round do not depend on each other.
template <class Key, class Conversion>
Result<Key> Convert(MpcConversation& peer, Conversion conversion) {
  Bytes own = conversion.message();
  for (std::size_t round = 0;; ++round) {
    RETURN_IF_ERROR(peer.Send(MpcMessage::kOpening, own));
    ASSIGN_OR_RETURN(const Bytes theirs, peer.Receive(MpcMessage::kOpening, kEcToFieldOpeningBytes[round]));
    if (round + 1 == kEcToFieldRounds) return std::move(conversion).Finish(theirs);
    ASSIGN_OR_RETURN(own, conversion.Answer(theirs));
  }
}

}  // namespace

Result<PreparedProverKey> PrepareKeyAsProver(MpcConversation& notary, VoleSender& vole,
                                             const Bytes32& session, Rng& rng) {
  ASSIGN_OR_RETURN(const Bytes corrections,
                   notary.Receive(MpcMessage::kCorrelations, CorrectionBytes(kCount)));
  ASSIGN_OR_RETURN(const Bytes challenge, vole.Extend(kCount, corrections, rng));
  RETURN_IF_ERROR(notary.Send(MpcMessage::kCorrelations, challenge));
  ASSIGN_OR_RETURN(const Bytes response, notary.Receive(MpcMessage::kCorrelations, kVoleResponseBytes));
  ASSIGN_OR_RETURN(VerifierCorrelations correlations, vole.Verify(response));
  ASSIGN_OR_RETURN(const Bytes message, notary.Receive(MpcMessage::kKeyPoint, kKeyPointBytes));
  if (message.size() != kKeyPointBytes) {
    return Fail(ErrorCode::kProtocolViolation, "the notary's KeyPoint has another length");
  }
  const ByteSpan whole(message);
  ASSIGN_OR_RETURN(EcToFieldSender made,
                   MakeEcToField(session, std::move(correlations), whole.first(kBitsBytes), rng));
  ASSIGN_OR_RETURN(ProverKeyShare share, ProverKeyShare::Create(session, std::move(made.material),
                                                                whole.subspan(kBitsBytes, kPointBytes), rng));
  RETURN_IF_ERROR(notary.Send(MpcMessage::kKeyPads, made.message));
  PreparedProverKey prepared{.share = std::move(share)};
  std::ranges::copy(whole.subspan(kBitsBytes + kPointBytes), prepared.entropy.begin());
  return prepared;
}

Result<PreparedNotaryKey> PrepareKeyAsNotary(MpcConversation& prover, VoleReceiver& vole,
                                             const Bytes32& session, Rng& rng) {
  ASSIGN_OR_RETURN(const Bytes corrections, vole.Extend(kCount));
  RETURN_IF_ERROR(prover.Send(MpcMessage::kCorrelations, corrections));
  ASSIGN_OR_RETURN(const Bytes challenge, prover.Receive(MpcMessage::kCorrelations, kVoleChallengeBytes));
  ASSIGN_OR_RETURN(VoleReceiver::Response response, vole.Respond(challenge));
  RETURN_IF_ERROR(prover.Send(MpcMessage::kCorrelations, response.message));
  ASSIGN_OR_RETURN(EcToFieldSetup setup,
                   EcToFieldSetup::Create(session, std::move(response.correlations), rng));
  EcKey key = EcKey::Generate(rng);
  Bytes message = setup.message();
  message.insert(message.end(), key.point().begin(), key.point().end());
  NotaryEntropy entropy;
  rng.Fill(entropy);
  message.insert(message.end(), entropy.begin(), entropy.end());
  RETURN_IF_ERROR(prover.Send(MpcMessage::kKeyPoint, message));
  ASSIGN_OR_RETURN(const Bytes pads, prover.Receive(MpcMessage::kKeyPads, kPadsBytes));
  ASSIGN_OR_RETURN(EcToFieldMaterial material, std::move(setup).Finish(pads));
  ASSIGN_OR_RETURN(NotaryKeyShare share,
                   NotaryKeyShare::Create(session, std::move(material), std::move(key)));
  return PreparedNotaryKey{.share = std::move(share), .entropy = entropy};
}

Result<ConvertedProverKey> ConvertKeyAsProver(MpcConversation& notary, ProverKeyShare share,
                                              const EcPoint& server_point) {
  ASSIGN_OR_RETURN(ProverConversion conversion, std::move(share).Start(server_point));
  return Convert<ConvertedProverKey>(notary, std::move(conversion));
}

Result<ConvertedNotaryKey> ConvertKeyAsNotary(MpcConversation& prover, NotaryKeyShare share,
                                              const EcPoint& client_point, const EcPoint& server_point) {
  ASSIGN_OR_RETURN(NotaryConversion conversion, std::move(share).Start(client_point, server_point));
  return Convert<ConvertedNotaryKey>(prover, std::move(conversion));
}

Status RevealKey(MpcConversation& prover, ConvertedNotaryKey key) {
  // Asked before the key is opened: what does not leave is not made.
  if (prover.order().stage() != MpcOrder::Stage::kClosed) {
    return Fail(ErrorCode::kInvalidArgument, "the notary's key is opened after close and at no other time");
  }
  ASSIGN_OR_RETURN(const Buffer<std::uint8_t> opening, std::move(key).Open());
  return prover.Send(MpcMessage::kReveal, opening.span());
}

Result<OpenedKey> ReceiveRevealedKey(MpcConversation& notary, ConvertedProverKey key) {
  ASSIGN_OR_RETURN(const Bytes opening, notary.Receive(MpcMessage::kReveal, kKeyOpeningBytes));
  return std::move(key).CheckOpening(opening);
}

}  // namespace mpcstats

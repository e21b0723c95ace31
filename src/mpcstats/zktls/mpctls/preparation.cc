#include "mpcstats/zktls/mpctls/preparation.h"

#include <string_view>
#include <utility>

#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/vole/vole_messages.h"

namespace mpcstats {
namespace {

constexpr std::size_t kShareBits = 256;
// What a statement may take before the VOLE is extended again.
constexpr std::size_t kAnswerBlocks = 2048 / 16;
constexpr std::size_t kStatementBits = std::size_t{1} << 17;

// The VOLEs, the OLEs and the labels of one session are under ids of their own.
Bytes32 Part(const Bytes32& session, std::string_view part) {
  return Sha256Stream("mpcstats/v1/zktls/mpc-session").Add(session).AddString(part).Finish();
}

std::size_t ProofCorrelations(const TlsGarblePlan& tls) {
  return tls.plan.mask_bits() + kShareBits + ProofCorrelationsAhead(tls);
}

Result<Bytes> ReceiveExactly(MpcConversation& peer, MpcMessage type, std::size_t bytes) {
  ASSIGN_OR_RETURN(Bytes message, peer.Receive(type, bytes));
  if (message.size() != bytes) {
    return Fail(ErrorCode::kProtocolViolation, "a message of the preparation has another length");
  }
  return message;
}

Bytes Joined(ByteSpan a, ByteSpan b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

// One end of an extension.
Result<ProverCorrelations> ExtendWithBits(MpcConversation& peer, VoleReceiver& vole, std::size_t count) {
  ASSIGN_OR_RETURN(const Bytes corrections, vole.Extend(count));
  RETURN_IF_ERROR(peer.Send(MpcMessage::kCorrelations, corrections));
  ASSIGN_OR_RETURN(const Bytes challenge, peer.Receive(MpcMessage::kCorrelations, kVoleChallengeBytes));
  ASSIGN_OR_RETURN(VoleReceiver::Response response, vole.Respond(challenge));
  RETURN_IF_ERROR(peer.Send(MpcMessage::kCorrelations, response.message));
  return std::move(response.correlations);
}
Result<VerifierCorrelations> ExtendWithKeys(MpcConversation& peer, VoleSender& vole, std::size_t count,
                                            Rng& rng) {
  ASSIGN_OR_RETURN(const Bytes corrections, peer.Receive(MpcMessage::kCorrelations, CorrectionBytes(count)));
  ASSIGN_OR_RETURN(const Bytes challenge, vole.Extend(count, corrections, rng));
  RETURN_IF_ERROR(peer.Send(MpcMessage::kCorrelations, challenge));
  ASSIGN_OR_RETURN(const Bytes response, peer.Receive(MpcMessage::kCorrelations, kVoleResponseBytes));
  return vole.Verify(response);
}

// Bits, one a byte, to bytes, lowest bit first.
Buffer<std::uint8_t> Packed(const Buffer<std::uint8_t>& bits) {
  Buffer<std::uint8_t> bytes(bits.size() / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (bits[i] << (i % 8)));
  }
  return bytes;
}

}  // namespace

std::size_t ProofCorrelationsAhead(const TlsGarblePlan& tls) {
  constexpr std::size_t kSum = 767;     // premaster_proof.h
  constexpr std::size_t kExpand = 320;  // an AES key, of each direction
  constexpr std::size_t kBlock = 1280;  // of AES
  // Of both directions: H, two blocks of the Finished, and two of an alert; tag masks of request and answer.
  constexpr std::size_t kOtherBlocks = 2 * (1 + 2) + 2 + 2;
  return TlsPrfAndCount() + kSum + 2 * kExpand +
         kBlock * (tls.request_blocks + kAnswerBlocks + kOtherBlocks) + kStatementBits + kZkMaskBits;
}

Result<ProverPreparation> PrepareAsProver(MpcConversation& notary, const Bytes32& session, std::size_t bucket,
                                          Rng& rng) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
  // The proof's VOLE, in which the prover has bits, and the garbler's, in which it has keys.
  VoleReceiverSetup proof_setup = VoleReceiverSetup::Create(Part(session, "proof"), rng);
  VoleSenderSetup garble_setup = VoleSenderSetup::CreateForGarbling(Part(session, "garbling"), rng);
  RETURN_IF_ERROR(
      notary.Send(MpcMessage::kBaseTransfers, Joined(proof_setup.message(), garble_setup.message())));
  ASSIGN_OR_RETURN(const Bytes first,
                   ReceiveExactly(notary, MpcMessage::kBaseTransfers, kOtReceiverBytes + kOtSenderBytes));
  const ByteSpan theirs(first);
  ASSIGN_OR_RETURN(VoleReceiver::Created proof,
                   std::move(proof_setup).Finish(theirs.first(kOtReceiverBytes), rng));
  RETURN_IF_ERROR(notary.Send(MpcMessage::kBaseTransfers, proof.message));
  ASSIGN_OR_RETURN(const Bytes trees, notary.Receive(MpcMessage::kBaseTransfers, kTreesMessageBytes));
  ASSIGN_OR_RETURN(VoleSender garble_vole,
                   std::move(garble_setup).Finish(theirs.subspan(kOtReceiverBytes), trees));
  ASSIGN_OR_RETURN(ProverCorrelations for_zk, ExtendWithBits(notary, proof.receiver, ProofCorrelations(tls)));
  ASSIGN_OR_RETURN(VerifierCorrelations for_labels,
                   ExtendWithKeys(notary, garble_vole, tls.plan.evaluator_bits(), rng));
  ASSIGN_OR_RETURN(PreparedProverKey key, PrepareKeyAsProver(notary, garble_vole, session, rng));

  Buffer<std::uint8_t> masks(tls.plan.mask_bits());
  rng.Fill(masks.span());
  for (std::uint8_t& bit : masks.span()) bit &= 1;
  const Buffer<std::uint8_t> packed = Packed(masks);
  ASSIGN_OR_RETURN(ProverStages stages,
                   ProverStages::Create(bucket, session, std::move(for_labels), std::move(masks), rng));
  while (stages.tables_left()) {
    ASSIGN_OR_RETURN(const Bytes piece, stages.NextTables());
    RETURN_IF_ERROR(notary.Send(MpcMessage::kTables, piece));
  }
  ASSIGN_OR_RETURN(const Bytes hash, notary.Receive(MpcMessage::kTablesDone, sizeof(Bytes32)));
  RETURN_IF_ERROR(stages.ReceiveAcknowledgement(hash));
  ASSIGN_OR_RETURN(ZkProver zk, ZkProver::Create(session, std::move(for_zk)));
  ASSIGN_OR_RETURN(ProverBits committed, zk.Commit(ProverWitness{packed.span()}));
  ASSIGN_OR_RETURN(const Bytes commitment, zk.TakeCommitments());
  RETURN_IF_ERROR(notary.Send(MpcMessage::kMasks, commitment));
  return ProverPreparation{
      &tls,          std::move(proof.receiver), std::move(zk), std::move(committed), std::move(stages),
      std::move(key)};
}

Result<NotaryPreparation> PrepareAsNotary(MpcConversation& prover, const Bytes32& session, std::size_t bucket,
                                          Rng& rng) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
  VoleSenderSetup proof_setup = VoleSenderSetup::Create(Part(session, "proof"), rng);
  VoleReceiverSetup garble_setup = VoleReceiverSetup::Create(Part(session, "garbling"), rng);
  RETURN_IF_ERROR(
      prover.Send(MpcMessage::kBaseTransfers, Joined(proof_setup.message(), garble_setup.message())));
  ASSIGN_OR_RETURN(const Bytes first,
                   ReceiveExactly(prover, MpcMessage::kBaseTransfers, kOtSenderBytes + kOtReceiverBytes));
  const ByteSpan theirs(first);
  ASSIGN_OR_RETURN(VoleReceiver::Created garble,
                   std::move(garble_setup).Finish(theirs.subspan(kOtSenderBytes), rng));
  RETURN_IF_ERROR(prover.Send(MpcMessage::kBaseTransfers, garble.message));
  ASSIGN_OR_RETURN(const Bytes trees, prover.Receive(MpcMessage::kBaseTransfers, kTreesMessageBytes));
  ASSIGN_OR_RETURN(VoleSender proof_vole, std::move(proof_setup).Finish(theirs.first(kOtSenderBytes), trees));
  ASSIGN_OR_RETURN(VerifierCorrelations for_zk,
                   ExtendWithKeys(prover, proof_vole, ProofCorrelations(tls), rng));
  ASSIGN_OR_RETURN(ProverCorrelations for_labels,
                   ExtendWithBits(prover, garble.receiver, tls.plan.evaluator_bits()));
  ASSIGN_OR_RETURN(PreparedNotaryKey key, PrepareKeyAsNotary(prover, garble.receiver, session, rng));

  ASSIGN_OR_RETURN(NotaryStages stages, NotaryStages::Create(bucket, session, std::move(for_labels)));
  while (stages.tables_left()) {
    ASSIGN_OR_RETURN(const Bytes piece, prover.Receive(MpcMessage::kTables, kTableChunkBytes));
    RETURN_IF_ERROR(stages.ReceiveTables(piece));
  }
  ASSIGN_OR_RETURN(const Bytes hash, stages.Acknowledge());
  RETURN_IF_ERROR(prover.Send(MpcMessage::kTablesDone, hash));
  ASSIGN_OR_RETURN(ZkVerifier zk, ZkVerifier::Create(session, std::move(for_zk)));
  const std::size_t mask_bytes = tls.plan.mask_bits() / 8;
  ASSIGN_OR_RETURN(const Bytes commitment, ReceiveExactly(prover, MpcMessage::kMasks, mask_bytes));
  RETURN_IF_ERROR(zk.Receive(commitment));
  ASSIGN_OR_RETURN(VerifierBits committed, zk.Commit(PublicWitness{mask_bytes}));
  return NotaryPreparation{
      &tls, std::move(proof_vole), std::move(zk), std::move(committed), std::move(stages), std::move(key)};
}

}  // namespace mpcstats

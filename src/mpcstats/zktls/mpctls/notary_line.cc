#include "mpcstats/zktls/mpctls/notary_line.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/mpctls/phase_bits.h"
#include "mpcstats/zktls/mpctls/tag_share.h"
#include "mpcstats/zktls/mpctls/wire.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlock = sizeof(GcmBlock);
constexpr std::size_t kMaxSealed = 1 + kBlock + 2048;

class Line {
 public:
  Line(MpcConversation& prover, NotaryPreparation preparation, const TlsPolicy& policy,
       const RecordLog::Limits& limits)
      : prover_(prover),
        own_(std::move(preparation)),
        host_(policy.host),
        most_(limits.received_bytes),
        log_(policy, limits) {}

  Result<ClosedLine> Run() && {
    RETURN_IF_ERROR(Handshake());
    for (std::size_t i = 0; i < prover_.phases().before_finished; ++i) RETURN_IF_ERROR(Evaluate());
    RETURN_IF_ERROR(TakeShares());
    while (!log_.established()) RETURN_IF_ERROR(TakeRecord());
    RETURN_IF_ERROR(prover_.order().ServerFinishedLogged());
    for (std::size_t i = 0; i < prover_.phases().after_finished; ++i) RETURN_IF_ERROR(Evaluate());
    RETURN_IF_ERROR(CheckServerFinished());
    while (!end_) RETURN_IF_ERROR(TakeRecord());
    ASSIGN_OR_RETURN(ObservedSession session, std::move(log_).Close(*end_));
    Bytes32 share;
    key_->share().With(SecretAccess("opening the notary's share after close"),
                       [&](const Bytes32& bytes) { share = bytes; });
    RETURN_IF_ERROR(RevealKey(prover_, *std::move(key_)));
    return ClosedLine{.session = std::move(session),
                      .vole = std::move(own_.vole),
                      .zk = std::move(own_.zk),
                      .masks = std::move(own_.masks),
                      .prover_share = std::move(*prover_share_),
                      .notary_share = share,
                      .outputs = std::move(outputs_)};
  }

 private:
  Status Handshake() {
    ASSIGN_OR_RETURN(const Bytes body,
                     prover_.Receive(MpcMessage::kHandshake, sizeof(Bytes32) + sizeof(EcPoint) + most_));
    ASSIGN_OR_RETURN(const MpcHandshake told, DecodeMpcHandshake(body));
    ASSIGN_OR_RETURN(const TlsKeyedHandshake handshake,
                     log_.Handshake(host_, told.client_random, told.client_point, told.server_bytes));
    ASSIGN_OR_RETURN(ConvertedNotaryKey key,
                     ConvertKeyAsNotary(prover_, std::move(own_.key), handshake.client_point,
                                        handshake.server.server_point));
    key_.emplace(std::move(key));
    ASSIGN_OR_RETURN(const Bytes commitment, prover_.Receive(MpcMessage::kKeyShare, sizeof(Bytes32)));
    RETURN_IF_ERROR(own_.zk.Receive(commitment));
    ASSIGN_OR_RETURN(VerifierBits share, own_.zk.Commit(PublicWitness{sizeof(Bytes32)}));
    prover_share_.emplace(std::move(share));
    return {};
  }

  // The next phase of the plan. The only input of the notary's is its share of the premaster secret.
  Status Evaluate() {
    const GarblePlan::Phase& phase = own_.tls->plan.phases()[outputs_.size()];
    if (phase.evaluator_bits > 0) {
      PhaseBits share(sizeof(Bytes32));
      key_->share().With(SecretAccess("evaluating the premaster secret"),
                         [&](const Bytes32& bytes) { share.AddNumber(bytes); });
      ASSIGN_OR_RETURN(const Bytes choices, own_.evaluator.Choose(share.span()));
      RETURN_IF_ERROR(prover_.Send(MpcMessage::kChoices, choices));
    }
    ASSIGN_OR_RETURN(const Bytes labels, prover_.Receive(MpcMessage::kLabels, phase.label_bytes()));
    ASSIGN_OR_RETURN(Evaluator::Evaluated evaluated, own_.evaluator.Evaluate(labels));
    RETURN_IF_ERROR(prover_.Send(MpcMessage::kOutputs, evaluated.message));
    outputs_.push_back(std::move(evaluated.bits));
    return {};
  }

  [[nodiscard]] std::span<const std::uint8_t> OutputsOf(TlsPhase phase) const {
    return outputs_[static_cast<std::size_t>(phase)].span();
  }

  // Shares of the powers of H and of the two tag masks: value xor mask.
  Status TakeShares() {
    const std::span<const std::uint8_t> bits = OutputsOf(TlsPhase::kRecords);
    Buffer<GcmBlock> powers(own_.tls->odd_powers);
    std::size_t at = 0;
    for (GcmBlock& power : powers.span()) {
      BytesOfBits(bits, at, power);
      at += kBlock;
    }
    ASSIGN_OR_RETURN(TagShares tags, TagShares::FromOddPowers(powers.span()));
    tags_.emplace(std::move(tags));
    for (Secret<GcmBlock>& mask : tag_masks_) {
      GcmBlock block;
      BytesOfBits(bits, at, block);
      at += kBlock;
      mask = Secret<GcmBlock>(block);
      SecureWipe(block.data(), block.size());
    }
    return {};
  }

  // A client record, bytes of the server, or the end; the order says which may come.
  Status TakeRecord() {
    ASSIGN_OR_RETURN(const MpcConversation::Message message, prover_.Receive(std::max(most_, kMaxSealed)));
    switch (message.type) {
      case MpcMessage::kSealed: return Seal(message.body);
      case MpcMessage::kReceived: return log_.Receive(message.body);
      default: break;
    }
    ASSIGN_OR_RETURN(end_, DecodeMpcClose(message.body));
    return {};
  }

  Status Seal(ByteSpan body) {
    ASSIGN_OR_RETURN(const MpcSealed sealed, DecodeMpcSealed(body));
    ASSIGN_OR_RETURN(const ClientRecord record,
                     log_.Commit(sealed.type, sealed.ciphertext, sealed.prover_share));
    CHECK(record.sequence < tag_masks_.size());
    ASSIGN_OR_RETURN(const GcmBlock own,
                     tags_->Share(record.additional_data(), record.ciphertext, tag_masks_[record.sequence]));
    RETURN_IF_ERROR(log_.Complete(own));
    return prover_.Send(MpcMessage::kTagShare, own);
  }

  // The logged record under the opened block says the verify_data that the phases gave.
  Status CheckServerFinished() {
    GcmBlock block;
    BytesOfBits(OutputsOf(TlsPhase::kServerBlock), 0, block);
    TlsVerifyData verify_data;
    BytesOfBits(OutputsOf(TlsPhase::kServerP1), 0, verify_data);
    const Bytes& ciphertext = log_.server_finished().ciphertext;
    for (std::size_t i = 0; i < kBlock; ++i) block[i] ^= ciphertext[i];
    const auto header = std::span(block).first(kTlsFinishedHeader.size());
    const auto rest = std::span(block).subspan(kTlsFinishedHeader.size());
    if (std::ranges::equal(header, kTlsFinishedHeader) && std::ranges::equal(rest, verify_data)) return {};
    return Fail(ErrorCode::kCheatingDetected, "the server's Finished is not that of the session's keys");
  }

  MpcConversation& prover_;
  NotaryPreparation own_;
  std::string host_;
  std::size_t most_;
  RecordLog log_;
  std::optional<ConvertedNotaryKey> key_;
  std::optional<VerifierBits> prover_share_;
  std::vector<Buffer<std::uint8_t>> outputs_;
  std::optional<TagShares> tags_;
  std::array<Secret<GcmBlock>, 2> tag_masks_;
  std::optional<RelayEnd> end_;
};

}  // namespace

Result<ClosedLine> RunNotaryLine(MpcConversation& prover, NotaryPreparation preparation,
                                 const TlsPolicy& policy, const RecordLog::Limits& limits) {
  return Line(prover, std::move(preparation), policy, limits).Run();
}

}  // namespace mpcstats

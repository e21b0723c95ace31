#include "mpcstats/zktls/mpctls/notary_line.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "mpcstats/zktls/mpctls/tag_share.h"
#include "mpcstats/zktls/mpctls/wire.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlock = sizeof(GcmBlock);
constexpr std::size_t kMaxSealed = 1 + kBlock + 2048;

class Line {
 public:
  Line(MpcConversation& prover, NotaryPreparation preparation, TlsPolicy policy,
       const RecordLog::Limits& limits, const std::function<std::uint64_t()>& now_ms)
      : prover_(prover),
        own_(std::move(preparation)),
        policy_(std::move(policy)),
        limits_(limits),
        most_(limits.received_bytes),
        now_ms_(now_ms) {}

  Result<ClosedLine> Run() && {
    RETURN_IF_ERROR(Handshake());
    while (own_.stages.phases_done() < prover_.phases().before_finished) RETURN_IF_ERROR(Evaluate());
    ASSIGN_OR_RETURN(TagShares tags, TagShares::FromOddPowers(own_.stages.shares().odd_powers.span()));
    tags_.emplace(std::move(tags));
    while (!log_->established()) RETURN_IF_ERROR(TakeRecord());
    RETURN_IF_ERROR(prover_.order().ServerFinishedLogged());
    RETURN_IF_ERROR(own_.stages.ServerFinishedLogged());
    while (own_.stages.phases_done() < kTlsPhases) RETURN_IF_ERROR(Evaluate());
    RETURN_IF_ERROR(CheckServerFinished());
    while (!end_) RETURN_IF_ERROR(TakeRecord());
    ASSIGN_OR_RETURN(ObservedSession session, std::move(*log_).Close(*end_));
    const std::uint64_t end_ms = now_ms_();
    Bytes32 share;
    key_->share().With(SecretAccess("opening the notary's share after close"),
                       [&](const Bytes32& bytes) { share = bytes; });
    RETURN_IF_ERROR(RevealKey(prover_, *std::move(key_)));
    return ClosedLine{.session = std::move(session),
                      .start_ms = start_ms_,
                      .end_ms = end_ms,
                      .vole = std::move(own_.vole),
                      .zk = std::move(own_.zk),
                      .masks = std::move(own_.masks),
                      .prover_share = std::move(*prover_share_),
                      .notary_share = share,
                      .stages = std::move(own_.stages)};
  }

 private:
  Status Handshake() {
    ASSIGN_OR_RETURN(const Bytes body,
                     prover_.Receive(MpcMessage::kHandshake, sizeof(Bytes32) + sizeof(EcPoint) + most_));
    // The preparation may be minutes old.
    start_ms_ = now_ms_();
    policy_.now =
        TlsTime(std::chrono::duration_cast<TlsTime::duration>(std::chrono::milliseconds(start_ms_)));
    log_.emplace(policy_, limits_, own_.key.entropy);
    ASSIGN_OR_RETURN(const MpcHandshake told, DecodeMpcHandshake(body));
    ASSIGN_OR_RETURN(const TlsKeyedHandshake handshake,
                     log_->Handshake(policy_.host, told.client_random, told.client_point, told.server_bytes));
    ASSIGN_OR_RETURN(ConvertedNotaryKey key,
                     ConvertKeyAsNotary(prover_, std::move(own_.key.share), handshake.client_point,
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
    const GarblePlan::Phase& phase = own_.tls->plan.phases()[own_.stages.phases_done()];
    if (phase.evaluator_bits > 0) {
      ASSIGN_OR_RETURN(const Bytes choices, own_.stages.Choose(key_->share()));
      RETURN_IF_ERROR(prover_.Send(MpcMessage::kChoices, choices));
    }
    ASSIGN_OR_RETURN(const Bytes labels, prover_.Receive(MpcMessage::kLabels, phase.label_bytes()));
    ASSIGN_OR_RETURN(const Bytes outputs, own_.stages.Evaluate(labels));
    return prover_.Send(MpcMessage::kOutputs, outputs);
  }

  // A client record, bytes of the server, or the end; the order says which may come.
  Status TakeRecord() {
    ASSIGN_OR_RETURN(const MpcConversation::Message message, prover_.Receive(std::max(most_, kMaxSealed)));
    switch (message.type) {
      case MpcMessage::kSealed: return Seal(message.body);
      case MpcMessage::kReceived: return log_->Receive(message.body);
      default: break;
    }
    ASSIGN_OR_RETURN(end_, DecodeMpcClose(message.body));
    return {};
  }

  Status Seal(ByteSpan body) {
    ASSIGN_OR_RETURN(const MpcSealed sealed, DecodeMpcSealed(body));
    ASSIGN_OR_RETURN(const ClientRecord record,
                     log_->Commit(sealed.type, sealed.ciphertext, sealed.prover_share));
    const StageShares& shares = own_.stages.shares();
    const Secret<GcmBlock>& mask = record.sequence == 0 ? shares.finished_mask : shares.request_mask;
    ASSIGN_OR_RETURN(const GcmBlock own, tags_->Share(record.additional_data(), record.ciphertext, mask));
    RETURN_IF_ERROR(log_->Complete(own));
    return prover_.Send(MpcMessage::kTagShare, own);
  }

  // The logged record under the opened block says the verify_data that the phases gave.
  Status CheckServerFinished() {
    GcmBlock block = own_.stages.values().server_block;
    const TlsVerifyData& verify_data = own_.stages.values().server_verify_data;
    const Bytes& ciphertext = log_->server_finished().ciphertext;
    for (std::size_t i = 0; i < kBlock; ++i) block[i] ^= ciphertext[i];
    const auto header = std::span(block).first(kTlsFinishedHeader.size());
    const auto rest = std::span(block).subspan(kTlsFinishedHeader.size());
    if (std::ranges::equal(header, kTlsFinishedHeader) && std::ranges::equal(rest, verify_data)) return {};
    return Fail(ErrorCode::kCheatingDetected, "the server's Finished is not that of the session's keys");
  }

  MpcConversation& prover_;
  NotaryPreparation own_;
  TlsPolicy policy_;
  RecordLog::Limits limits_;
  std::size_t most_;
  const std::function<std::uint64_t()>& now_ms_;
  std::uint64_t start_ms_ = 0;
  std::optional<RecordLog> log_;
  std::optional<ConvertedNotaryKey> key_;
  std::optional<VerifierBits> prover_share_;
  std::optional<TagShares> tags_;
  std::optional<RelayEnd> end_;
};

}  // namespace

Result<ClosedLine> RunNotaryLine(MpcConversation& prover, NotaryPreparation preparation, TlsPolicy policy,
                                 const RecordLog::Limits& limits,
                                 const std::function<std::uint64_t()>& now_ms) {
  return Line(prover, std::move(preparation), std::move(policy), limits, now_ms).Run();
}

}  // namespace mpcstats

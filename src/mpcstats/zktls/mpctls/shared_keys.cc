#include "mpcstats/zktls/mpctls/shared_keys.h"

#include <algorithm>
#include <utility>

#include "mpcstats/zktls/mpctls/wire.h"
#include "mpcstats/zktls/tls/record.h"

namespace mpcstats {

struct SharedKeys::State {
  State(MpcConversation& peer, ProverPreparation preparation)
      : notary(&peer),
        tls(preparation.tls),
        vole(std::move(preparation.vole)),
        zk(std::move(preparation.zk)),
        masks(std::move(preparation.masks)),
        stages(std::move(preparation.stages)),
        share(std::move(preparation.key.share)),
        entropy(preparation.key.entropy),
        client_point(share->client_point()) {}

  // The next phase.
  Status Run() {
    const GarblePlan::Phase& phase = tls->plan.phases()[stages.phases_done()];
    Bytes choices;
    if (phase.evaluator_bits > 0) {
      ASSIGN_OR_RETURN(choices, notary->Receive(MpcMessage::kChoices, phase.correction_bytes()));
    }
    ASSIGN_OR_RETURN(const Bytes labels, stages.Labels(choices));
    RETURN_IF_ERROR(notary->Send(MpcMessage::kLabels, labels));
    ASSIGN_OR_RETURN(const Bytes outputs, notary->Receive(MpcMessage::kOutputs, phase.returned_bytes()));
    return stages.Outputs(outputs);
  }
  Status RunKeys(const Handshake& handshake);

  MpcConversation* notary;
  const TlsGarblePlan* tls;
  VoleReceiver vole;
  ZkProver zk;
  ProverBits masks;
  std::optional<ProverBits> committed_share;
  ProverStages stages;
  std::optional<ProverKeyShare> share;
  NotaryEntropy entropy;
  EcPoint client_point;
  std::optional<ConvertedProverKey> key;
  Bytes server_flight;  ///< until the handshake is told
  bool told = false;
  Bytes32 session_hash{};
  std::optional<TagShares> tags;
};

class SharedKeys::Protection final : public RecordProtection {
 public:
  explicit Protection(State& state) : state_(&state) {}

  Result<Bytes> Seal(TlsContent type, std::uint64_t sequence, ByteSpan plaintext) override {
    const std::size_t at = sequence == 0 ? 0 : sizeof(GcmBlock);
    const std::size_t room =
        sequence == 0 ? sizeof(GcmBlock) : state_->stages.keystream().size() - sizeof(GcmBlock);
    if (sequence > 1 || sequence != sealed_ || plaintext.empty() || plaintext.size() > room) {
      return Fail(ErrorCode::kInvalidArgument,
                  "in MPC mode the client seals its Finished and one request of the prepared size");
    }
    ++sealed_;
    Bytes ciphertext(plaintext.begin(), plaintext.end());
    for (std::size_t i = 0; i < ciphertext.size(); ++i) ciphertext[i] ^= state_->stages.keystream()[at + i];
    const StageShares& shares = state_->stages.shares();
    const Secret<GcmBlock>& mask = sequence == 0 ? shares.finished_mask : shares.request_mask;
    const auto aad = TlsAdditionalData(sequence, type, ciphertext.size());
    ASSIGN_OR_RETURN(const GcmBlock own, state_->tags->Share(aad, ciphertext, mask));
    RETURN_IF_ERROR(state_->notary->Send(MpcMessage::kSealed, EncodeMpcSealed(type, own, ciphertext)));
    ASSIGN_OR_RETURN(const Bytes theirs, state_->notary->Receive(MpcMessage::kTagShare, sizeof(GcmBlock)));
    if (theirs.size() != sizeof(GcmBlock)) {
      return Fail(ErrorCode::kProtocolViolation, "the notary's share of a tag has another length");
    }
    Bytes fragment(kTlsNonceBytes);
    fragment.back() = static_cast<std::uint8_t>(sequence);
    fragment.insert(fragment.end(), ciphertext.begin(), ciphertext.end());
    for (std::size_t i = 0; i < own.size(); ++i) {
      fragment.push_back(static_cast<std::uint8_t>(own[i] ^ theirs[i]));
    }
    return fragment;
  }

  Result<std::optional<Buffer<std::uint8_t>>> Open(TlsContent type, std::uint64_t sequence,
                                                   ByteSpan fragment) override {
    if (sequence > 0) return std::optional<Buffer<std::uint8_t>>();
    if (type != TlsContent::kHandshake || fragment.size() != kTlsFinishedFragment) {
      return Fail(ErrorCode::kProtocolViolation, "record 0 is no Finished: it stays closed");
    }
    // The notary has the record in its log: ServerSaid came first.
    RETURN_IF_ERROR(state_->notary->order().ServerFinishedLogged());
    std::array<std::uint8_t, kTlsNonceBytes> nonce;
    std::ranges::copy(fragment.first(kTlsNonceBytes), nonce.begin());
    RETURN_IF_ERROR(state_->stages.BeginServerBlock(nonce));
    RETURN_IF_ERROR(state_->Run());
    Buffer<std::uint8_t> plaintext(sizeof(GcmBlock));
    std::ranges::copy(state_->stages.values().server_block, plaintext.span().begin());
    for (std::size_t i = 0; i < plaintext.size(); ++i) plaintext[i] ^= fragment[kTlsNonceBytes + i];
    return plaintext;
  }

 private:
  State* state_;
  std::uint64_t sealed_ = 0;
};

SharedKeys::SharedKeys(MpcConversation& notary, ProverPreparation preparation)
    : state_(std::make_unique<State>(notary, std::move(preparation))) {}
SharedKeys::~SharedKeys() = default;

Status SharedKeys::ServerSaid(ByteSpan bytes) {
  if (state_->told) return state_->notary->Send(MpcMessage::kReceived, bytes);
  state_->server_flight.insert(state_->server_flight.end(), bytes.begin(), bytes.end());
  return {};
}

Bytes32 SharedKeys::ClientRandom(Rng& rng) { return DrawClientRandom(state_->entropy, rng); }

Result<EcPoint> SharedKeys::ClientPoint() { return state_->client_point; }

Status SharedKeys::Derive(const Handshake& handshake) {
  State& s = *state_;
  if (s.told) return Fail(ErrorCode::kInvalidArgument, "the keys of this session are derived already");
  s.told = true;
  s.session_hash = handshake.session_hash;
  RETURN_IF_ERROR(s.notary->Send(
      MpcMessage::kHandshake, EncodeMpcHandshake(handshake.client_random, s.client_point, s.server_flight)));
  ASSIGN_OR_RETURN(ConvertedProverKey key,
                   ConvertKeyAsProver(*s.notary, *std::move(s.share), handshake.server_point));
  s.key = std::move(key);
  RETURN_IF_ERROR(s.key->share().With(
      SecretAccess("commitment to the share of the premaster secret"), [&](const Bytes32& bytes) -> Status {
        ASSIGN_OR_RETURN(ProverBits committed, s.zk.Commit(ProverWitness{bytes}));
        s.committed_share.emplace(std::move(committed));
        return {};
      }));
  ASSIGN_OR_RETURN(const Bytes commitment, s.zk.TakeCommitments());
  RETURN_IF_ERROR(s.notary->Send(MpcMessage::kKeyShare, commitment));
  return s.RunKeys(handshake);
}

// The phases up to the client's keystream.
Status SharedKeys::State::RunKeys(const Handshake& handshake) {
  RETURN_IF_ERROR(stages.Begin(key->share(), {.client_random = handshake.client_random,
                                              .server_random = handshake.server_random,
                                              .session_hash = handshake.session_hash}));
  while (stages.phases_done() < notary->phases().before_finished) RETURN_IF_ERROR(Run());
  ASSIGN_OR_RETURN(TagShares shares, TagShares::FromOddPowers(stages.shares().odd_powers.span()));
  tags.emplace(std::move(shares));
  return {};
}

Result<TlsVerifyData> SharedKeys::ClientVerifyData(const Bytes32& handshake_hash) {
  // Without client certificates the client's Finished covers what the extended master secret does.
  if (!state_->tags || handshake_hash != state_->session_hash) {
    return Fail(ErrorCode::kInvalidArgument, "the client's Finished was made for another handshake");
  }
  return state_->stages.values().client_verify_data;
}

Result<TlsVerifyData> SharedKeys::ServerVerifyData(const Bytes32& handshake_hash) {
  State& s = *state_;
  RETURN_IF_ERROR(s.stages.BeginServerFinished(handshake_hash));
  while (s.stages.phases_done() < kTlsPhases) RETURN_IF_ERROR(s.Run());
  return s.stages.values().server_verify_data;
}

Result<std::unique_ptr<RecordProtection>> SharedKeys::Records() {
  if (!state_->tags) return Fail(ErrorCode::kInvalidArgument, "the keys of this session are not derived yet");
  return std::unique_ptr<RecordProtection>(std::make_unique<Protection>(*state_));
}

Result<ClosedKeys> SharedKeys::Close(const RelayEnd& log) {
  State& s = *state_;
  if (!s.key || !s.committed_share) {
    return Fail(ErrorCode::kInvalidArgument, "this connection has no keys to open");
  }
  RETURN_IF_ERROR(s.notary->Send(MpcMessage::kClose, EncodeMpcClose(log)));
  ConvertedProverKey key = std::move(*s.key);
  s.key.reset();
  ASSIGN_OR_RETURN(OpenedKey opened, ReceiveRevealedKey(*s.notary, std::move(key)));
  ASSIGN_OR_RETURN(OpenedStageKeys keys, s.stages.CheckOpened(opened.premaster_secret));
  return ClosedKeys{std::move(opened),  std::move(keys),    std::move(s.vole),
                    std::move(s.zk),    std::move(s.masks), *std::move(s.committed_share),
                    std::move(s.stages)};
}

}  // namespace mpcstats

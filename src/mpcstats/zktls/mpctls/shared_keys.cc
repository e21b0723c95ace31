#include "mpcstats/zktls/mpctls/shared_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/zktls/mpctls/phase_bits.h"
#include "mpcstats/zktls/mpctls/wire.h"
#include "mpcstats/zktls/tls/record.h"

namespace mpcstats {
namespace {

Bytes Joined(ByteSpan a, ByteSpan b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}
Bytes PrfSeed(std::string_view label, ByteSpan a, ByteSpan b = {}) {
  return Joined(Joined(AsBytes(label), a), b);
}

// The inner digest of HMAC under the key whose inner state is public.
Bytes32 Inner(const Bytes32& state, ByteSpan message) { return Sha256ContinuePublic(state, 64, message); }

}  // namespace

struct SharedKeys::State {
  State(MpcConversation& peer, ProverPreparation preparation)
      : notary(&peer),
        tls(preparation.tls),
        vole(std::move(preparation.vole)),
        zk(std::move(preparation.zk)),
        masks(std::move(preparation.masks)),
        garbler(std::move(preparation.garbler)),
        share(std::move(preparation.key)),
        client_point(share->client_point()) {}

  // One phase with these inputs; what comes out of it.
  Result<Buffer<std::uint8_t>> Run(const PhaseBits& inputs) {
    const GarblePlan::Phase& phase = tls->plan.phases()[next_phase++];
    Bytes choices;
    if (phase.evaluator_bits > 0) {
      ASSIGN_OR_RETURN(choices, notary->Receive(MpcMessage::kChoices, phase.correction_bytes()));
    }
    ASSIGN_OR_RETURN(const Bytes labels, garbler.StartPhase(choices, inputs.span()));
    RETURN_IF_ERROR(notary->Send(MpcMessage::kLabels, labels));
    ASSIGN_OR_RETURN(const Bytes outputs, notary->Receive(MpcMessage::kOutputs, phase.returned_bytes()));
    return garbler.ReceiveOutputs(outputs);
  }
  // A phase of inner digests, whose first outputs are 32 public bytes.
  Result<Bytes32> RunDigests(std::initializer_list<Bytes32> digests, Buffer<std::uint8_t>* all = nullptr) {
    PhaseBits inputs(32 * digests.size());
    for (const Bytes32& digest : digests) inputs.Add(digest);
    ASSIGN_OR_RETURN(Buffer<std::uint8_t> outputs, Run(inputs));
    Bytes32 first;
    BytesOfBits(outputs.span(), 0, first);
    if (all != nullptr) *all = std::move(outputs);
    return first;
  }
  Status Keys(const Handshake& handshake);
  Status TakeRecords(const Buffer<std::uint8_t>& outputs);

  MpcConversation* notary;
  const TlsGarblePlan* tls;
  VoleReceiver vole;
  ZkProver zk;
  ProverBits masks;
  std::optional<ProverBits> committed_share;
  Garbler garbler;
  std::optional<ProverKeyShare> share;
  EcPoint client_point;
  std::optional<ConvertedProverKey> key;
  std::size_t next_phase = 0;
  Bytes server_flight;  ///< until the handshake is told
  bool told = false;
  Bytes32 session_hash{};
  Bytes32 master_inner{};
  TlsVerifyData client_verify{};
  std::optional<TagShares> tags;
  std::array<Secret<GcmBlock>, 2> tag_masks;
  Buffer<std::uint8_t> keystream;  ///< of the Finished, 16 bytes, and of the request
};

class SharedKeys::Protection final : public RecordProtection {
 public:
  explicit Protection(State& state) : state_(&state) {}

  Result<Bytes> Seal(TlsContent type, std::uint64_t sequence, ByteSpan plaintext) override {
    const std::size_t at = sequence == 0 ? 0 : sizeof(GcmBlock);
    const std::size_t room = sequence == 0 ? sizeof(GcmBlock) : state_->keystream.size() - sizeof(GcmBlock);
    if (sequence > 1 || sequence != sealed_ || plaintext.empty() || plaintext.size() > room) {
      return Fail(ErrorCode::kInvalidArgument,
                  "in MPC mode the client seals its Finished and one request of the prepared size");
    }
    ++sealed_;
    Bytes ciphertext(plaintext.begin(), plaintext.end());
    for (std::size_t i = 0; i < ciphertext.size(); ++i) ciphertext[i] ^= state_->keystream[at + i];
    const auto aad = TlsAdditionalData(sequence, type, ciphertext.size());
    ASSIGN_OR_RETURN(const GcmBlock own, state_->tags->Share(aad, ciphertext, state_->tag_masks[sequence]));
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
    PhaseBits nonce(kTlsNonceBytes);
    nonce.Add(fragment.first(kTlsNonceBytes));
    ASSIGN_OR_RETURN(const Buffer<std::uint8_t> outputs, state_->Run(nonce));
    Buffer<std::uint8_t> plaintext(sizeof(GcmBlock));
    BytesOfBits(outputs.span(), 0, plaintext.span());
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
  return s.Keys(handshake);
}

// The phases up to the client's keystream, as garble/tls_plan.h numbers them.
Status SharedKeys::State::Keys(const Handshake& handshake) {
  const Bytes extended = PrfSeed("extended master secret", handshake.session_hash);
  const Bytes expansion = PrfSeed("key expansion", handshake.server_random, handshake.client_random);
  const Bytes finished = PrfSeed("client finished", handshake.session_hash);
  PhaseBits premaster_share(32);
  key->share().With(SecretAccess("garbling the premaster secret"),
                    [&](const Bytes32& bytes) { premaster_share.AddNumber(bytes); });
  ASSIGN_OR_RETURN(const Buffer<std::uint8_t> states, Run(premaster_share));
  Bytes32 premaster;
  BytesOfBits(states.span(), 0, premaster);
  ASSIGN_OR_RETURN(Bytes32 a, RunDigests({Inner(premaster, extended)}));
  ASSIGN_OR_RETURN(a, RunDigests({Inner(premaster, Joined(a, extended)), Inner(premaster, a)}));
  ASSIGN_OR_RETURN(master_inner, RunDigests({Inner(premaster, Joined(a, extended))}));
  Buffer<std::uint8_t> outputs;
  ASSIGN_OR_RETURN(a, RunDigests({Inner(master_inner, expansion), Inner(master_inner, finished)}, &outputs));
  Bytes32 client_a;
  BytesOfBits(outputs.span(), 32, client_a);
  ASSIGN_OR_RETURN(a, RunDigests({Inner(master_inner, Joined(a, expansion)), Inner(master_inner, a),
                                  Inner(master_inner, Joined(client_a, finished))},
                                 &outputs));
  BytesOfBits(outputs.span(), 32, client_verify);
  RETURN_IF_ERROR(RunDigests({Inner(master_inner, Joined(a, expansion))}, &outputs));
  return TakeRecords(outputs);
}

Status SharedKeys::State::TakeRecords(const Buffer<std::uint8_t>& outputs) {
  std::vector<GcmBlock> powers(tls->odd_powers);
  std::size_t at = 0;
  const auto next = [&](MutableByteSpan out) {
    BytesOfBits(outputs.span(), at, out);
    at += out.size();
  };
  for (GcmBlock& power : powers) next(power);
  Result<TagShares> shares = TagShares::FromOddPowers(powers);
  SecureWipe(powers.data(), powers.size() * sizeof(GcmBlock));
  if (!shares) return std::unexpected(shares.error());
  tags.emplace(std::move(*shares));
  for (Secret<GcmBlock>& mask : tag_masks) {
    GcmBlock block;
    next(block);
    mask = Secret<GcmBlock>(block);
    SecureWipe(block.data(), block.size());
  }
  keystream = Buffer<std::uint8_t>(sizeof(GcmBlock) * (1 + tls->request_blocks));
  next(keystream.span());
  CHECK(8 * at == outputs.size());
  return {};
}

Result<TlsVerifyData> SharedKeys::ClientVerifyData(const Bytes32& handshake_hash) {
  // Without client certificates the client's Finished covers what the extended master secret does.
  if (!state_->tags || handshake_hash != state_->session_hash) {
    return Fail(ErrorCode::kInvalidArgument, "the client's Finished was made for another handshake");
  }
  return state_->client_verify;
}

Result<TlsVerifyData> SharedKeys::ServerVerifyData(const Bytes32& handshake_hash) {
  State& s = *state_;
  const Bytes seed = PrfSeed("server finished", handshake_hash);
  ASSIGN_OR_RETURN(const Bytes32 a, s.RunDigests({Inner(s.master_inner, seed)}));
  PhaseBits inputs(32);
  inputs.Add(Inner(s.master_inner, Joined(a, seed)));
  ASSIGN_OR_RETURN(const Buffer<std::uint8_t> outputs, s.Run(inputs));
  TlsVerifyData verify_data;
  BytesOfBits(outputs.span(), 0, verify_data);
  return verify_data;
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
  return ClosedKeys{std::move(opened), std::move(s.vole), std::move(s.zk), std::move(s.masks),
                    *std::move(s.committed_share)};
}

}  // namespace mpcstats

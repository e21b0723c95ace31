#include "mpcstats/zktls/zk/verifier.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/zktls/zk/aes_walk.h"
#include "mpcstats/zktls/zk/linear.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/role.h"
#include "mpcstats/zktls/zk/verifier_state.h"

namespace mpcstats {

static_assert(ZkRole<ZkVerifier>);

ByteSpan ZkOpened::operator[](OpenId id) const {
  CHECK(id.index < values_.size());
  return values_[id.index];
}

Result<ZkVerifier> ZkVerifier::Create(const Bytes32& session, VerifierCorrelations correlations) {
  const bool zero =
      correlations.delta.With(SecretAccess("refusing zero"), [](Gf2_128 delta) { return delta.IsZero(); });
  if (ct::Declassify(zero, "ends the session")) {
    return Fail(ErrorCode::kInvalidArgument, "Delta is zero: every proof would pass; draw another");
  }
  return ZkVerifier(std::make_unique<VerifierState>(session, std::move(correlations)));
}

ZkVerifier::ZkVerifier(std::unique_ptr<VerifierState> state) : state_(std::move(state)) {}
ZkVerifier::ZkVerifier(ZkVerifier&&) noexcept = default;
ZkVerifier& ZkVerifier::operator=(ZkVerifier&&) noexcept = default;
ZkVerifier::~ZkVerifier() = default;

Status ZkVerifier::Add(VerifierCorrelations correlations) {
  VerifierState& s = *state_;
  std::uint8_t ours[16];
  std::uint8_t theirs[16];
  s.delta.Store(ours);
  correlations.delta.With(SecretAccess("comparison with the session's"),
                          [&](Gf2_128 delta) { delta.Store(theirs); });
  const bool same = ct::Equal(ours, theirs);
  SecureWipe(ours, sizeof(ours));
  SecureWipe(theirs, sizeof(theirs));
  if (!same) return Fail(ErrorCode::kInvalidArgument, "correlations with another Delta than this session's");
  const std::size_t left = s.remaining();
  Buffer<Gf2_128> joined = Buffer<Gf2_128>::Raw(left + correlations.size());
  std::ranges::copy(s.keys.span().subspan(s.next), joined.data());
  std::ranges::copy(correlations.keys.span(), joined.data() + left);
  s.keys = std::move(joined);
  s.next = 0;
  return {};
}

std::size_t ZkVerifier::remaining() const { return state_->remaining(); }

Status ZkVerifier::Receive(ByteSpan commitments) {
  RETURN_IF_ERROR(state_->Ready());
  if (!state_->commitments.AtEnd()) {
    return state_->Break(ErrorCode::kProtocolViolation,
                         "the prover's commitments are longer than the program");
  }
  state_->commitments = BitReader(commitments);
  return {};
}

Result<VerifierBits> ZkVerifier::Commit(const PublicWitness& witness) {
  RETURN_IF_ERROR(state_->Need(witness.bits()));
  return state_->Witness(witness.bits());
}

VerifierBits ZkVerifier::Constant(ByteSpan bytes) const { return zk::Constant(*state_, bytes); }
VerifierBits ZkVerifier::Repeat(bool value, std::size_t count) const {
  return zk::Repeat(*state_, value, count);
}
VerifierBits ZkVerifier::Xor(const VerifierBits& a, const VerifierBits& b) const {
  return zk::Xor(*state_, a, b);
}
VerifierBits ZkVerifier::XorPublic(const VerifierBits& a, ByteSpan bytes) const {
  return zk::XorPublic(*state_, a, bytes);
}
VerifierBits ZkVerifier::Not(const VerifierBits& a) const { return zk::Not(*state_, a); }
VerifierBits ZkVerifier::Slice(const VerifierBits& a, std::size_t offset, std::size_t count) const {
  return zk::Slice(*state_, a, offset, count);
}
VerifierBits ZkVerifier::Concat(
    std::initializer_list<std::reference_wrapper<const VerifierBits>> parts) const {
  return zk::Concat(*state_, parts);
}

Result<VerifierBits> ZkVerifier::And(const VerifierBits& a, const VerifierBits& b) {
  CHECK(a.size() == b.size());
  RETURN_IF_ERROR(state_->Need(a.size()));
  VerifierBits out = state_->Make(a.size());
  state_->MultiplyBits(a, b, out);
  return out;
}

Result<VerifierBits> ZkVerifier::EvaluateCircuit(const Circuit& circuit, const VerifierBits& inputs) {
  return zk::EvaluateCircuit(*state_, circuit, inputs);
}
Result<VerifierBits> ZkVerifier::AesExpandKey(const VerifierBits& key) {
  return zk::AesExpandKey(*state_, key);
}
Result<VerifierBits> ZkVerifier::AesEncrypt(const VerifierBits& round_keys, const VerifierBits& blocks) {
  return zk::AesEncrypt(*state_, round_keys, blocks);
}

Status ZkVerifier::AssertEqual(const VerifierBits& a, ByteSpan bytes) {
  RETURN_IF_ERROR(state_->Ready());
  state_->Assert(a, bytes);
  return {};
}

Status ZkVerifier::AssertZero(const VerifierBits& a) { return AssertEqual(a, Bytes((a.size() + 7) / 8, 0)); }

Result<OpenId> ZkVerifier::Open(const VerifierBits& a) {
  RETURN_IF_ERROR(state_->Open(a));
  return OpenId{state_->opened.size() - 1};
}

Result<Bytes> ZkVerifier::Challenge(Rng& rng) {
  RETURN_IF_ERROR(state_->Ready());
  if (!state_->commitments.AtEnd()) {
    return state_->Break(ErrorCode::kProtocolViolation,
                         "the prover's commitments are longer than the program");
  }
  if (state_->remaining() < kZkMaskBits) {
    return state_->Break(ErrorCode::kResourceExhausted,
                         "the verifier has no correlations left for the mask of the proof");
  }
  Bytes challenge(kZkChallengeBytes);
  rng.Fill(challenge);
  state_->challenge = Gf2_128::Load(challenge.data());
  return challenge;
}

Result<ZkOpened> ZkVerifier::Check(ByteSpan proof) {
  if (state_->failed) {
    return Fail(ErrorCode::kInvalidArgument, "the session of this verifier has failed; start a new one");
  }
  if (!state_->challenge) {
    return Fail(ErrorCode::kInvalidArgument, "a proof can only be checked after the challenge was drawn");
  }
  return state_->Check(proof);
}

}  // namespace mpcstats

#include "mpcstats/zktls/zk/prover.h"

#include <algorithm>

#include "mpcstats/zktls/zk/aes_walk.h"
#include "mpcstats/zktls/zk/linear.h"
#include "mpcstats/zktls/zk/prover_state.h"
#include "mpcstats/zktls/zk/role.h"

namespace mpcstats {

static_assert(ZkRole<ZkProver>);

namespace {
constexpr const char* kUnsatisfied =
    "the prover's own values do not satisfy an assertion of the program; nothing was proved";

Status CheckSizes(const ProverCorrelations& correlations) {
  if (correlations.bits.size() == correlations.macs.size()) return {};
  return Fail(ErrorCode::kInvalidArgument, "correlations with another number of bits than of MACs");
}
}  // namespace

Result<ZkProver> ZkProver::Create(const Bytes32& session, ProverCorrelations correlations) {
  RETURN_IF_ERROR(CheckSizes(correlations));
  return ZkProver(std::make_unique<ProverState>(session, std::move(correlations)));
}

ZkProver::ZkProver(std::unique_ptr<ProverState> state) : state_(std::move(state)) {}
ZkProver::ZkProver(ZkProver&&) noexcept = default;
ZkProver& ZkProver::operator=(ZkProver&&) noexcept = default;
ZkProver::~ZkProver() = default;

Status ZkProver::Add(ProverCorrelations correlations) {
  RETURN_IF_ERROR(CheckSizes(correlations));
  ProverState& s = *state_;
  const std::size_t left = s.remaining();
  ProverCorrelations joined{Buffer<std::uint8_t>::Raw(left + correlations.size()),
                            Buffer<Gf2_128>::Raw(left + correlations.size())};
  std::ranges::copy(s.correlations.bits.span().subspan(s.next), joined.bits.data());
  std::ranges::copy(s.correlations.macs.span().subspan(s.next), joined.macs.data());
  std::ranges::copy(correlations.bits.span(), joined.bits.data() + left);
  std::ranges::copy(correlations.macs.span(), joined.macs.data() + left);
  s.correlations = std::move(joined);
  s.next = 0;
  return {};
}

std::size_t ZkProver::remaining() const { return state_->remaining(); }

Result<ProverBits> ZkProver::Commit(const ProverWitness& witness) {
  RETURN_IF_ERROR(state_->Need(witness.bits()));
  return state_->Witness(witness.bytes);
}

ProverBits ZkProver::Constant(ByteSpan bytes) const { return zk::Constant(*state_, bytes); }
ProverBits ZkProver::Repeat(bool value, std::size_t count) const { return zk::Repeat(*state_, value, count); }
ProverBits ZkProver::Xor(const ProverBits& a, const ProverBits& b) const { return zk::Xor(*state_, a, b); }
ProverBits ZkProver::XorPublic(const ProverBits& a, ByteSpan bytes) const {
  return zk::XorPublic(*state_, a, bytes);
}
ProverBits ZkProver::Not(const ProverBits& a) const { return zk::Not(*state_, a); }
ProverBits ZkProver::Slice(const ProverBits& a, std::size_t offset, std::size_t count) const {
  return zk::Slice(*state_, a, offset, count);
}
ProverBits ZkProver::Concat(std::initializer_list<std::reference_wrapper<const ProverBits>> parts) const {
  return zk::Concat(*state_, parts);
}

Result<ProverBits> ZkProver::And(const ProverBits& a, const ProverBits& b) {
  CHECK(a.size() == b.size());
  RETURN_IF_ERROR(state_->Need(a.size()));
  ProverBits out = state_->Make(a.size());
  state_->MultiplyBits(a, b, out);
  return out;
}

Result<ProverBits> ZkProver::EvaluateCircuit(const Circuit& circuit, const ProverBits& inputs) {
  return zk::EvaluateCircuit(*state_, circuit, inputs);
}
Result<ProverBits> ZkProver::AesExpandKey(const ProverBits& key) { return zk::AesExpandKey(*state_, key); }
Result<ProverBits> ZkProver::AesEncrypt(const ProverBits& round_keys, const ProverBits& blocks) {
  return zk::AesEncrypt(*state_, round_keys, blocks);
}

Status ZkProver::AssertEqual(const ProverBits& a, ByteSpan bytes) {
  return state_->Assert(a, bytes, kUnsatisfied);
}

Status ZkProver::AssertZero(const ProverBits& a) {
  return state_->Assert(a, Bytes((a.size() + 7) / 8, 0), kUnsatisfied);
}

Result<OpenId> ZkProver::Open(const ProverBits& a) {
  RETURN_IF_ERROR(state_->Need(0));
  state_->Open(a);
  return OpenId{state_->opened - 1};
}

Result<Bytes> ZkProver::TakeCommitments() {
  RETURN_IF_ERROR(state_->Need(0));
  return state_->commitments.Take();
}

Result<Bytes> ZkProver::Prove(ByteSpan challenge) {
  RETURN_IF_ERROR(state_->Need(0));
  if (challenge.size() != kZkChallengeBytes) {
    return Fail(ErrorCode::kProtocolViolation, "a challenge of the verifier has 16 bytes");
  }
  if (!state_->commitments.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "commitments must leave for the verifier before its challenge is answered");
  }
  return state_->Prove(Gf2_128::Load(challenge.data()));
}

}  // namespace mpcstats

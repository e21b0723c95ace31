#include "mpcstats/zktls/zk/verifier_state.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/zktls/zk/gf2_8.h"
#include "mpcstats/zktls/zk/linear.h"
#include "mpcstats/zktls/zk/prover.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBatch = 64;

Gf2_128 DeltaOf(const VerifierCorrelations& correlations) {
  return correlations.delta.With(SecretAccess("keys of public bits and checks"),
                                 [](Gf2_128 delta) { return delta; });
}

}  // namespace

VerifierState::VerifierState(const Bytes32& id, VerifierCorrelations at_hand)
    : session(id),
      delta(DeltaOf(at_hand)),
      keys(std::move(at_hand.keys)),
      hash(id, 0),
      left_(kBatch),
      right_(kBatch),
      product_(kBatch) {}

std::unexpected<Error> VerifierState::Break(ErrorCode code, const char* what) {
  failed = true;
  return Fail(code, what);
}

VerifierBits& VerifierState::Wires(std::size_t count) {
  if (wires_.size() < count) wires_ = VerifierBits(count);
  return wires_;
}

Status VerifierState::Ready() {
  if (failed)
    return Fail(ErrorCode::kInvalidArgument, "the session of this verifier has failed; start a new one");
  if (challenge) {
    return Fail(ErrorCode::kInvalidArgument, "the challenge of this round is drawn; check the proof first");
  }
  return {};
}

Status VerifierState::Need(std::size_t count) {
  RETURN_IF_ERROR(Ready());
  if (count > remaining()) {
    return Break(ErrorCode::kResourceExhausted,
                 "the verifier has no correlations left; extend the VOLE by more");
  }
  if (count > commitments.remaining()) {
    return Break(ErrorCode::kProtocolViolation, "the prover's commitments are shorter than the program");
  }
  return {};
}

void VerifierState::Commit(std::span<Gf2_128> out) {
  CHECK(out.size() <= remaining() && out.size() <= commitments.remaining());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = keys[next + i] + delta.Times(commitments.Next());
  next += out.size();
}

VerifierBits VerifierState::Witness(std::size_t count) {
  VerifierBits out(count);
  Commit(out.keys_.span());
  return out;
}

void VerifierState::AddChecks(const Gf2_128* a, const Gf2_128* b, const Gf2_128* c, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const std::span<Gf2_128> out = checks.Extend(count - done);
    const std::size_t n = out.size();
    MultiplyAdd({a + done, n}, {b + done, n}, {c + done, n}, delta, out);
    done += n;
  }
}

void VerifierState::AndGates(std::span<const Gate> gates, VerifierBits& wires) {
  Gf2_128* const a = left_.keys_.data();
  Gf2_128* const b = right_.keys_.data();
  Gf2_128* const w = wires.keys_.data();
  for (std::size_t done = 0; done < gates.size();) {
    const std::size_t count = std::min(kBatch, gates.size() - done);
    const std::span<const Gate> batch = gates.subspan(done, count);
    for (std::size_t i = 0; i < count; ++i) {
      a[i] = w[batch[i].a];
      b[i] = w[batch[i].b];
    }
    const std::span<Gf2_128> c = product_.keys_.span().first(count);
    Commit(c);
    AddChecks(a, b, c.data(), count);
    for (std::size_t i = 0; i < count; ++i) w[batch[i].out] = c[i];
    done += count;
  }
}

void VerifierState::MultiplyBits(const VerifierBits& a, const VerifierBits& b, VerifierBits& out) {
  Commit(out.keys_.span());
  AddChecks(a.keys_.data(), b.keys_.data(), out.keys_.data(), a.size());
}

Status VerifierState::Invert(const VerifierBits& x, VerifierBits& y) {
  RETURN_IF_ERROR(Need(x.size()));
  Commit(y.keys_.span());
  const AesLift& lift = GetAesLift();
  const std::size_t count = x.size() / 8;
  CHECK(count <= 16);
  std::array<Gf2_128, 64> lifted;
  const auto piece = [&](std::size_t at) { return std::span(lifted).subspan(at, count); };
  Combine(x.keys_.span(), lift.basis, piece(0));
  Combine(x.keys_.span(), lift.squares, piece(16));
  Combine(y.keys_.span(), lift.basis, piece(32));
  Combine(y.keys_.span(), lift.squares, piece(48));
  AddChecks(&lifted[16], &lifted[32], &lifted[0], count);  // x^2 * y = x
  AddChecks(&lifted[0], &lifted[48], &lifted[32], count);  // x * y^2 = y
  SecureWipe(lifted.data(), sizeof(lifted));
  return {};
}

void VerifierState::AddToHash(const VerifierBits& a, ByteSpan bytes) {
  Buffer<Gf2_128> macs = Buffer<Gf2_128>::Raw(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) macs[i] = a.keys_[i] + delta.Times(zk::BitAt(bytes, i));
  hash.Add({reinterpret_cast<const std::uint8_t*>(macs.data()), a.size() * Gf2_128::kBytes});
}

void VerifierState::Assert(const VerifierBits& a, ByteSpan bytes) {
  zk::CheckPublic(bytes, a.size());
  AddToHash(a, bytes);
}

Status VerifierState::Open(const VerifierBits& a) {
  RETURN_IF_ERROR(Ready());
  if (a.size() > commitments.remaining()) {
    return Break(ErrorCode::kProtocolViolation, "the prover's commitments are shorter than the program");
  }
  Bytes value((a.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    value[i / 8] = static_cast<std::uint8_t>(value[i / 8] | (commitments.Next() << (i % 8)));
  }
  AddToHash(a, value);
  opened.values_.push_back(std::move(value));
  return {};
}

Result<ZkOpened> VerifierState::Check(ByteSpan proof) {
  const Gf2_128 chi = *challenge;
  if (proof.size() != kZkProofBytes) return Break(ErrorCode::kProtocolViolation, "a proof has 64 bytes");
  // The key of the mask, sum K_i b^i.
  Gf2_128 w;
  for (std::size_t i = 0; i < kZkMaskBits; ++i) {
    const Gf2_128 power =
        i < 64 ? Gf2_128(std::uint64_t{1} << i, 0) : Gf2_128(0, std::uint64_t{1} << (i - 64));
    w += power * keys[next + i];
  }
  next += kZkMaskBits;
  w += checks.Weighted(chi);
  const Gf2_128 expected = w + Gf2_128::Load(proof.data() + 16) * delta;
  std::uint8_t u[16];
  expected.Store(u);
  std::uint8_t challenge_bytes[kZkChallengeBytes];
  chi.Store(challenge_bytes);
  const Bytes32 digest = hash.Finish(challenge_bytes);
  const bool products_hold = ct::Equal(proof.first(16), u);
  const bool hash_holds = ct::Equal(proof.subspan(32), digest);
  if (!products_hold || !hash_holds) {
    return Break(ErrorCode::kCheatingDetected, "the prover's proof does not hold");
  }
  checks.Clear();
  ++round;
  hash = RoundHash(session, round);
  challenge.reset();
  return std::exchange(opened, {});
}

}  // namespace mpcstats

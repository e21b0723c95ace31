#include "mpcstats/zktls/zk/prover_state.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/zktls/zk/gf2_8.h"
#include "mpcstats/zktls/zk/linear.h"
#include "mpcstats/zktls/zk/prover.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBatch = 64;

/// sum_i bits_i * basis_i, no branch on a bit.
Gf2_128 LiftValue(const std::uint8_t* bits, std::span<const Gf2_128, 8> basis) {
  Gf2_128 sum;
  for (std::size_t i = 0; i < 8; ++i) sum += basis[i].Times(bits[i]);
  return sum;
}

}  // namespace

ProverState::ProverState(const Bytes32& id, ProverCorrelations at_hand)
    : session(id),
      correlations(std::move(at_hand)),
      hash(id, 0),
      left_(kBatch),
      right_(kBatch),
      product_(kBatch) {}

ProverBits& ProverState::Wires(std::size_t count) {
  if (wires_.size() < count) wires_ = ProverBits(count);
  return wires_;
}

Status ProverState::Need(std::size_t count) {
  if (failed)
    return Fail(ErrorCode::kInvalidArgument, "the session of this prover has failed; start a new one");
  if (count > remaining()) {
    failed = true;
    return Fail(ErrorCode::kResourceExhausted,
                "the prover has no correlations left; extend the VOLE by more");
  }
  return {};
}

void ProverState::Commit(std::span<const std::uint8_t> values, std::span<Gf2_128> macs) {
  CHECK(values.size() == macs.size() && values.size() <= remaining());
  for (std::size_t i = 0; i < values.size(); ++i) {
    commitments.Push(values[i] ^ correlations.bits[next + i]);
    // M = K + u * Delta is the MAC of x as well once the verifier moves K by (x + u) * Delta.
    macs[i] = correlations.macs[next + i];
  }
  next += values.size();
}

ProverBits ProverState::Witness(ByteSpan bytes) {
  ProverBits out(8 * bytes.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out.values_[i] = static_cast<std::uint8_t>(zk::BitAt(bytes, i));
  Commit(out.values(), out.macs_.span());
  return out;
}

void ProverState::AddChecks(const Product& p, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const std::span<Gf2_128> a0 = constant.Extend(count - done);
    const std::span<Gf2_128> a1 = linear.Extend(a0.size());
    CHECK(a1.size() == a0.size());
    Multiply({p.a + done, a0.size()}, {p.b + done, a0.size()}, a0);
    for (std::size_t i = 0; i < a0.size(); ++i) {
      const std::size_t k = done + i;
      a1[i] = p.b[k].Times(p.x[k]) + p.a[k].Times(p.y[k]) + p.c[k];
    }
    done += a0.size();
  }
}

void ProverState::AndGates(std::span<const Gate> gates, ProverBits& wires) {
  for (std::size_t done = 0; done < gates.size();) {
    const std::size_t count = std::min(kBatch, gates.size() - done);
    const std::span<const Gate> batch = gates.subspan(done, count);
    Apply(
        [&](auto, auto* a, auto* b, const auto* w) {
          for (std::size_t i = 0; i < count; ++i) {
            a[i] = w[batch[i].a];
            b[i] = w[batch[i].b];
          }
        },
        left_, right_, wires);
    for (std::size_t i = 0; i < count; ++i) product_.values_[i] = left_.values_[i] & right_.values_[i];
    Commit(product_.values_.span().first(count), product_.macs_.span().first(count));
    AddChecks({left_.macs_.data(), right_.macs_.data(), left_.values_.data(), right_.values_.data(),
               product_.macs_.data()},
              count);
    Apply(
        [&](auto, auto* w, const auto* c) {
          for (std::size_t i = 0; i < count; ++i) w[batch[i].out] = c[i];
        },
        wires, product_);
    done += count;
  }
}

void ProverState::MultiplyBits(const ProverBits& a, const ProverBits& b, ProverBits& out) {
  for (std::size_t i = 0; i < a.size(); ++i) out.values_[i] = a.values_[i] & b.values_[i];
  Commit(out.values_.span(), out.macs_.span());
  AddChecks({a.macs_.data(), b.macs_.data(), a.values_.data(), b.values_.data(), out.macs_.data()}, a.size());
}

Status ProverState::Invert(const ProverBits& x, ProverBits& y) {
  RETURN_IF_ERROR(Need(x.size()));
  InvertBytes(x.values(), y.values_.span());
  Commit(y.values(), y.macs_.span());
  const AesLift& lift = GetAesLift();
  const std::size_t count = x.size() / 8;
  CHECK(count <= 16);
  // The MACs of x, x^2, y, y^2 as elements of GF(2^8) in GF(2^128), and the two relations x^2 * y = x, x * y^2 = y,
  // which hold for y = 1/x and for x = y = 0 alone.
  std::array<Gf2_128, 64> macs;
  const std::span<Gf2_128> mx = std::span(macs).subspan(0, count);
  const std::span<Gf2_128> mx2 = std::span(macs).subspan(16, count);
  const std::span<Gf2_128> my = std::span(macs).subspan(32, count);
  const std::span<Gf2_128> my2 = std::span(macs).subspan(48, count);
  Combine(x.macs_.span(), lift.basis, mx);
  Combine(x.macs_.span(), lift.squares, mx2);
  Combine(y.macs_.span(), lift.basis, my);
  Combine(y.macs_.span(), lift.squares, my2);
  std::array<Gf2_128, 64> values;
  for (std::size_t k = 0; k < count; ++k) {
    values[k] = LiftValue(x.values_.data() + 8 * k, lift.basis);
    values[16 + k] = LiftValue(x.values_.data() + 8 * k, lift.squares);
    values[32 + k] = LiftValue(y.values_.data() + 8 * k, lift.basis);
    values[48 + k] = LiftValue(y.values_.data() + 8 * k, lift.squares);
  }
  // (K_a)(K_b) + K_c * Delta = M_a*M_b + (a*M_b + b*M_a + M_c) * Delta + (a*b + c) * Delta^2
  const auto relation = [&](std::size_t a, std::size_t b, std::size_t c) {
    std::array<Gf2_128, 16> first;
    std::array<Gf2_128, 16> second;
    const auto piece = [&](auto& from, std::size_t at) {
      return std::span<const Gf2_128>(from).subspan(at, count);
    };
    Multiply(piece(values, b), piece(macs, a), std::span(first).first(count));
    Multiply(piece(values, a), piece(macs, b), std::span(second).first(count));
    for (std::size_t done = 0; done < count;) {
      const std::span<Gf2_128> a0 = constant.Extend(count - done);
      const std::span<Gf2_128> a1 = linear.Extend(a0.size());
      Multiply({macs.data() + a + done, a0.size()}, {macs.data() + b + done, a0.size()}, a0);
      for (std::size_t i = 0; i < a0.size(); ++i) {
        a1[i] = first[done + i] + second[done + i] + macs[c + done + i];
      }
      done += a0.size();
    }
    SecureWipe(first.data(), sizeof(first));
    SecureWipe(second.data(), sizeof(second));
  };
  relation(16, 32, 0);  // x^2 * y = x
  relation(0, 48, 32);  // x * y^2 = y
  SecureWipe(macs.data(), sizeof(macs));
  SecureWipe(values.data(), sizeof(values));
  return {};
}

ByteSpan ProverState::MacBytes(const ProverBits& a) const {
  return {reinterpret_cast<const std::uint8_t*>(a.macs_.data()), a.size() * Gf2_128::kBytes};
}

Status ProverState::Assert(const ProverBits& a, ByteSpan bytes, const char* what) {
  zk::CheckPublic(bytes, a.size());
  RETURN_IF_ERROR(Need(0));
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a.values_[i] ^ zk::BitAt(bytes, i)));
  }
  if (ct::Declassify(difference != 0, "a prover who cannot prove says so, and ends the session")) {
    failed = true;
    return Fail(ErrorCode::kInvalidArgument, what);
  }
  hash.Add(MacBytes(a));
  return {};
}

void ProverState::Open(const ProverBits& a) {
  for (const std::uint8_t value : a.values()) commitments.Push(value);
  hash.Add(MacBytes(a));
  ++opened;
}

Result<Bytes> ProverState::Prove(Gf2_128 chi) {
  RETURN_IF_ERROR(Need(kZkMaskBits));
  // The mask: 128 correlations as one of GF(2^128), A0* = sum M_i b^i and A1* = sum u_i b^i.
  Gf2_128 u;
  Gf2_128 v;
  for (std::size_t i = 0; i < kZkMaskBits; ++i) {
    const Gf2_128 power =
        i < 64 ? Gf2_128(std::uint64_t{1} << i, 0) : Gf2_128(0, std::uint64_t{1} << (i - 64));
    u += power * correlations.macs[next + i];
    v += power.Times(correlations.bits[next + i]);
  }
  next += kZkMaskBits;
  u += constant.Weighted(chi);
  v += linear.Weighted(chi);
  std::uint8_t challenge[kZkChallengeBytes];
  chi.Store(challenge);
  const Bytes32 digest = hash.Finish(challenge);
  Bytes proof(kZkProofBytes);
  u.Store(proof.data());
  v.Store(proof.data() + 16);
  std::ranges::copy(digest, proof.begin() + 32);
  constant.Clear();
  linear.Clear();
  ++round;
  hash = RoundHash(session, round);
  opened = 0;
  return proof;
}

}  // namespace mpcstats

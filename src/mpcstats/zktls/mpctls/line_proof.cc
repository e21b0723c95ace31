#include "mpcstats/zktls/mpctls/line_proof.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/mpctls/premaster_proof.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;

// Blocks of keystream under the round keys: salt | nonce | counter, for `count` counters from 2 on.
template <class Zk>
Result<typename Zk::Bits> Keystream(Zk& zk, const typename TlsPlaintext<Zk>::Direction& direction,
                                    ByteSpan nonce, std::size_t count) {
  using Bits = typename Zk::Bits;
  Bits blocks = zk.Repeat(false, 0);
  for (std::size_t i = 0; i < count; ++i) {
    Bytes tail(nonce.begin(), nonce.end());
    for (int shift = 24; shift >= 0; shift -= 8) tail.push_back(static_cast<std::uint8_t>((2 + i) >> shift));
    const Bits rest = zk.Constant(tail);
    blocks = zk.Concat({blocks, direction.implicit_nonce, rest});
  }
  return zk.AesEncrypt(direction.round_keys, blocks);
}

}  // namespace

template <class Zk>
Result<TlsPlaintext<Zk>> RunLineProgram(Zk& zk, Revealer<Zk>& revealer, const ObservedSession& session,
                                        const LineEvidence& evidence,
                                        const LineCommitments<Zk>& commitments) {
  using Bits = typename Zk::Bits;
  ASSIGN_OR_RETURN(const Bits premaster,
                   PremasterOfShares(zk, commitments.prover_share, evidence.notary_share));
  ASSIGN_OR_RETURN(TlsPlaintext<Zk> plain, RunTlsProgram(zk, revealer, session, premaster));
  // The client's nonces are constants of the plan, as its counters.
  constexpr std::array<std::uint8_t, 8> kFinished{};
  constexpr std::array<std::uint8_t, 8> kRequest{0, 0, 0, 0, 0, 0, 0, 1};
  ASSIGN_OR_RETURN(const Bits finished, Keystream(zk, plain.client, kFinished, 1));
  ASSIGN_OR_RETURN(const Bits request, Keystream(zk, plain.client, kRequest, evidence.tls->request_blocks));
  const std::size_t bits = kBlockBits * (1 + evidence.tls->request_blocks);
  const std::size_t all = evidence.tls->plan.mask_bits();
  CHECK(commitments.masks.size() == all && 8 * evidence.masked_keystream.size() == bits);
  // The masks of the keystream are the last ones of the plan.
  const Bits masked = zk.Xor(zk.Concat({finished, request}), zk.Slice(commitments.masks, all - bits, bits));
  RETURN_IF_ERROR(zk.AssertEqual(masked, evidence.masked_keystream));
  // The opened block of the server's keystream. The log's Finished under it was compared with the phases' verify_data, and the
  // program states that it is the true one under the true block.
  const auto& nonce = session.server_records.records.front().explicit_nonce;
  ASSIGN_OR_RETURN(const Bits server, Keystream(zk, plain.server, nonce, 1));
  RETURN_IF_ERROR(zk.AssertEqual(server, evidence.values.server_block));
  return plain;
}

template Result<TlsPlaintext<ZkProver>> RunLineProgram(ZkProver&, Revealer<ZkProver>&, const ObservedSession&,
                                                       const LineEvidence&, const LineCommitments<ZkProver>&);
template Result<TlsPlaintext<ZkVerifier>> RunLineProgram(ZkVerifier&, Revealer<ZkVerifier>&,
                                                         const ObservedSession&, const LineEvidence&,
                                                         const LineCommitments<ZkVerifier>&);
template Result<TlsPlaintext<ZkMeter>> RunLineProgram(ZkMeter&, Revealer<ZkMeter>&, const ObservedSession&,
                                                      const LineEvidence&, const LineCommitments<ZkMeter>&);

Status CheckLineClaims(ByteSpan claims, const StagePublicValues& values) {
  const std::array<ByteSpan, 9> expected{
      values.premaster_inner, values.master_a1, values.master_a2, values.master_inner,
      values.keys_a1,         values.keys_a2,   values.client_a1, values.client_verify_data,
      values.server_a1};
  for (const ByteSpan value : expected) {
    if (claims.size() < value.size()) {
      return Fail(ErrorCode::kProtocolViolation, "the prover's claims about the key schedule are cut short");
    }
    if (!std::ranges::equal(claims.first(value.size()), value)) {
      return Fail(ErrorCode::kCheatingDetected,
                  "what is proven of the key schedule is not what was evaluated");
    }
    claims = claims.subspan(value.size());
  }
  return {};
}

}  // namespace mpcstats

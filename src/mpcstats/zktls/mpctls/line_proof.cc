#include "mpcstats/zktls/mpctls/line_proof.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/mpctls/premaster_proof.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;

// The client's nonces are constants of the plan, as its counters.
constexpr std::array<std::array<std::uint8_t, kTlsNonceBytes>, 2> kNonces{{{}, {0, 0, 0, 0, 0, 0, 0, 1}}};

// Blocks of keystream of the request that the log did not need: salt | nonce | counter.
template <class Zk>
Result<typename Zk::Bits> KeystreamFrom(Zk& zk, const typename TlsPlaintext<Zk>::Direction& direction,
                                        std::size_t first, std::size_t end) {
  using Bits = typename Zk::Bits;
  Bits blocks = zk.Repeat(false, 0);
  for (std::size_t i = first; i < end; ++i) {
    Bytes tail(kNonces[1].begin(), kNonces[1].end());
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
  const std::size_t blocks = evidence.tls->request_blocks;
  const std::vector<ObservedRecord>& records = session.client.records;
  bool as_planned = plain.server.keystream.front().size() == kBlockBits && records.size() == kNonces.size() &&
                    plain.client.keystream[0].size() == kBlockBits &&
                    plain.client.keystream[1].size() <= kBlockBits * blocks;
  for (std::size_t i = 0; as_planned && i < records.size(); ++i) {
    as_planned = records[i].explicit_nonce == kNonces[i];
  }
  if (!as_planned) {
    return Fail(ErrorCode::kProtocolViolation, "the records are not those that were prepared for");
  }
  const std::size_t used = plain.client.keystream[1].size() / kBlockBits;
  ASSIGN_OR_RETURN(const Bits unused, KeystreamFrom(zk, plain.client, used, blocks));
  const std::size_t bits = kBlockBits * (1 + blocks);
  const std::size_t all = evidence.tls->plan.mask_bits();
  CHECK(commitments.masks.size() == all && 8 * evidence.masked_keystream.size() == bits);
  const Bits keystream = zk.Concat({plain.client.keystream[0], plain.client.keystream[1], unused});
  // The masks of the keystream are the last ones of the plan.
  const Bits masked = zk.Xor(keystream, zk.Slice(commitments.masks, all - bits, bits));
  RETURN_IF_ERROR(zk.AssertEqual(masked, evidence.masked_keystream));
  // The opened block of the server's keystream. The log's Finished under it was compared with the phases' verify_data, and the
  // program states that it is the true one under the true block.
  RETURN_IF_ERROR(zk.AssertEqual(plain.server.keystream.front(), evidence.values.server_block));
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

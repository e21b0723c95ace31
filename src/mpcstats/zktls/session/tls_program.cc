#include "mpcstats/zktls/session/tls_program.h"

#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/wire/codec.h"
#include "mpcstats/zktls/zk/role.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;

GcmBlock ToBlock(ByteSpan bytes) {
  GcmBlock block;
  CHECK(bytes.size() == block.size());
  std::copy(bytes.begin(), bytes.end(), block.begin());
  return block;
}

Bytes32 ToBytes32(ByteSpan bytes) {
  CHECK(bytes.size() == 32);
  Bytes32 out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// An HMAC key: the inner state is public, the outer one is not.
template <class Zk>
struct HmacKey {
  Bytes32 inner;
  typename Zk::Bits outer;
};

template <ZkRole Zk>
class Chain {
 public:
  using Bits = typename Zk::Bits;

  Chain(Zk& zk, Revealer<Zk>& revealer) : zk_(zk), revealer_(revealer) {}

  Result<HmacKey<Zk>> SetKey(const Circuit& circuit, const Bits& key) {
    ASSIGN_OR_RETURN(const Bits states, zk_.EvaluateCircuit(circuit, key));
    ASSIGN_OR_RETURN(const Bytes inner, revealer_.Reveal(zk_, zk_.Slice(states, 0, 256)));
    return HmacKey<Zk>{ToBytes32(inner), zk_.Slice(states, 256, 256)};
  }

  // HMAC(key, message), of which `circuit` gives the first bytes.
  Result<Bits> Hmac(const Circuit& circuit, const HmacKey<Zk>& key, ByteSpan message) {
    const Bytes32 inner = Sha256ContinuePublic(key.inner, 64, message);
    const Bits schedule = zk_.Constant(PublicSchedule(HmacOuterBlock(inner)));
    return zk_.EvaluateCircuit(circuit, zk_.Concat({key.outer, schedule}));
  }

  // A(1), A(2), ... of P_SHA256: each is public, A(i) = HMAC(key, A(i-1)).
  Result<Bytes> NextA(const HmacKey<Zk>& key, ByteSpan previous) {
    ASSIGN_OR_RETURN(const Bits a, Hmac(TlsPrf().outer, key, previous));
    return revealer_.Reveal(zk_, a);
  }

  // The first 32 bytes of P_SHA256(key, seed), and as many more as `end` gives.
  Result<Bits> Prf(const HmacKey<Zk>& key, ByteSpan seed, const Circuit& end) {
    ASSIGN_OR_RETURN(Bytes a, NextA(key, seed));
    ASSIGN_OR_RETURN(const Bits first, Hmac(TlsPrf().outer, key, Joined(a, seed)));
    ASSIGN_OR_RETURN(a, NextA(key, a));
    ASSIGN_OR_RETURN(const Bits second, Hmac(end, key, Joined(a, seed)));
    return zk_.Concat({first, second});
  }

  // The first 12 bytes: verify_data.
  Result<Bits> VerifyData(const HmacKey<Zk>& key, ByteSpan seed) {
    ASSIGN_OR_RETURN(const Bytes a, NextA(key, seed));
    return Hmac(TlsPrf().outer_verify, key, Joined(a, seed));
  }

  static Bytes Joined(ByteSpan a, ByteSpan b) {
    Bytes out(a.begin(), a.end());
    out.insert(out.end(), b.begin(), b.end());
    return out;
  }
  static Bytes Seed(std::string_view label, ByteSpan a, ByteSpan b = {}) {
    return Joined(Joined(AsBytes(label), a), b);
  }

 private:
  Zk& zk_;
  Revealer<Zk>& revealer_;
};

// The block that AES encrypts for counter `counter` of a record: implicit nonce | explicit nonce | counter.
template <ZkRole Zk>
typename Zk::Bits CounterBlock(Zk& zk, const typename Zk::Bits& implicit_nonce, const ObservedRecord& record,
                               std::uint32_t counter) {
  Bytes tail(record.explicit_nonce.begin(), record.explicit_nonce.end());
  for (int shift = 24; shift >= 0; shift -= 8) tail.push_back(static_cast<std::uint8_t>(counter >> shift));
  const typename Zk::Bits rest = zk.Constant(tail);
  return zk.Concat({implicit_nonce, rest});
}

// Joined bits of several parts, whatever their number.
template <ZkRole Zk>
typename Zk::Bits Join(Zk& zk, std::vector<typename Zk::Bits> parts) {
  if (parts.empty()) return zk.Repeat(false, 0);
  while (parts.size() > 1) {
    std::vector<typename Zk::Bits> pairs;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
      pairs.push_back(zk.Concat({parts[i], parts[i + 1]}));
    if (parts.size() % 2 == 1) pairs.push_back(std::move(parts.back()));
    parts = std::move(pairs);
  }
  return std::move(parts[0]);
}

// One direction, under its key and implicit nonce; `verify_data` is what its Finished has to say.
template <ZkRole Zk>
Status RunDirection(Zk& zk, Revealer<Zk>& revealer, const std::vector<ObservedRecord>& records,
                    const typename Zk::Bits& key, const typename Zk::Bits& implicit_nonce,
                    const typename Zk::Bits& verify_data, typename TlsPlaintext<Zk>::Direction& out) {
  using Bits = typename Zk::Bits;
  ASSIGN_OR_RETURN(const Bits round_keys, zk.AesExpandKey(key));
  out.round_keys = zk.Slice(round_keys, 0, round_keys.size());
  out.implicit_nonce = zk.Slice(implicit_nonce, 0, implicit_nonce.size());
  const Bits finished_header = zk.Constant(kTlsFinishedHeader);
  const Bits finished = zk.Concat({finished_header, verify_data});
  // Block 0 is H, then each record's tag mask and keystream: counters 1 and 2, 3, ... (RFC 5288, NIST SP 800-38D).
  std::vector<Bits> blocks;
  blocks.push_back(zk.Repeat(false, kBlockBits));
  for (const ObservedRecord& record : records) {
    const std::size_t data_blocks = (record.ciphertext.size() + 15) / 16;
    for (std::size_t i = 0; i <= data_blocks; ++i) {
      blocks.push_back(CounterBlock(zk, implicit_nonce, record, static_cast<std::uint32_t>(i + 1)));
    }
  }
  ASSIGN_OR_RETURN(const Bits stream, zk.AesEncrypt(round_keys, Join(zk, std::move(blocks))));
  ASSIGN_OR_RETURN(const Bytes ghash_key, revealer.Reveal(zk, zk.Slice(stream, 0, kBlockBits)));
  out.ghash_key = ToBlock(ghash_key);
  std::size_t at = kBlockBits;
  std::vector<Bits> data;
  for (const ObservedRecord& record : records) {
    ASSIGN_OR_RETURN(const Bytes mask, revealer.Reveal(zk, zk.Slice(stream, at, kBlockBits)));
    out.tag_masks.push_back(ToBlock(mask));
    at += kBlockBits;
    const std::size_t bits = 8 * record.ciphertext.size();
    out.keystream.push_back(zk.Slice(stream, at, (bits + kBlockBits - 1) / kBlockBits * kBlockBits));
    at += out.keystream.back().size();
    Bits plain = zk.XorPublic(zk.Slice(out.keystream.back(), 0, bits), record.ciphertext);
    switch (record.type) {
      case TlsContent::kHandshake:
        CHECK(bits == kBlockBits);
        RETURN_IF_ERROR(zk.AssertZero(zk.Xor(plain, finished)));
        break;
      case TlsContent::kAlert: {
        ASSIGN_OR_RETURN(out.alert, revealer.Reveal(zk, plain));
        break;
      }
      default: data.push_back(std::move(plain)); break;
    }
  }
  out.data = Join(zk, std::move(data));
  return {};
}

}  // namespace

template <class Zk>
Result<TlsPlaintext<Zk>> RunTlsProgram(Zk& zk, Revealer<Zk>& revealer, const ObservedSession& session,
                                       const typename Zk::Witness& premaster) {
  CHECK(premaster.bits() == 256);
  ASSIGN_OR_RETURN(const typename Zk::Bits secret, zk.Commit(premaster));
  return RunTlsProgram(zk, revealer, session, secret);
}

template <class Zk>
Result<TlsPlaintext<Zk>> RunTlsProgram(Zk& zk, Revealer<Zk>& revealer, const ObservedSession& session,
                                       const typename Zk::Bits& premaster) {
  using Bits = typename Zk::Bits;
  CHECK(premaster.size() == 256);
  CHECK(!session.client.records.empty() && !session.server_records.records.empty());
  Chain<Zk> chain(zk, revealer);
  ASSIGN_OR_RETURN(const HmacKey<Zk> premaster_key, chain.SetKey(TlsPrf().premaster_key, premaster));
  // master_secret = PRF(premaster, "extended master secret", session_hash)[0..47] (RFC 7627, section 4).
  ASSIGN_OR_RETURN(const Bits master,
                   chain.Prf(premaster_key, chain.Seed("extended master secret", session.session_hash),
                             TlsPrf().outer_master_end));
  ASSIGN_OR_RETURN(const HmacKey<Zk> key, chain.SetKey(TlsPrf().master_key, master));
  // key_block = PRF(master, "key expansion", server_random | client_random) (RFC 5246, section 6.3).
  ASSIGN_OR_RETURN(
      const Bits keys,
      chain.Prf(key, chain.Seed("key expansion", session.server.server_random, session.server.client_random),
                TlsPrf().outer_keys_end));
  ASSIGN_OR_RETURN(
      const Bits client_says,
      chain.VerifyData(key, chain.Seed("client finished", session.hash_before_client_finished())));
  ASSIGN_OR_RETURN(const Bytes client_said, revealer.Reveal(zk, client_says));
  TlsVerifyData verify_data;
  std::copy(client_said.begin(), client_said.end(), verify_data.begin());
  ASSIGN_OR_RETURN(
      const Bits server_says,
      chain.VerifyData(key, chain.Seed("server finished", session.HashBeforeServerFinished(verify_data))));
  // client key | server key | client implicit nonce | server implicit nonce
  TlsPlaintext<Zk> out;
  RETURN_IF_ERROR(RunDirection(zk, revealer, session.client.records, zk.Slice(keys, 0, 128),
                               zk.Slice(keys, 256, 32), client_says, out.client));
  RETURN_IF_ERROR(RunDirection(zk, revealer, session.server_records.records, zk.Slice(keys, 128, 128),
                               zk.Slice(keys, 288, 32), server_says, out.server));
  return out;
}

template Result<TlsPlaintext<ZkProver>> RunTlsProgram(ZkProver&, Revealer<ZkProver>&, const ObservedSession&,
                                                      const ProverWitness&);
template Result<TlsPlaintext<ZkVerifier>> RunTlsProgram(ZkVerifier&, Revealer<ZkVerifier>&,
                                                        const ObservedSession&, const PublicWitness&);
template Result<TlsPlaintext<ZkMeter>> RunTlsProgram(ZkMeter&, Revealer<ZkMeter>&, const ObservedSession&,
                                                     const PublicWitness&);

template Result<TlsPlaintext<ZkProver>> RunTlsProgram(ZkProver&, Revealer<ZkProver>&, const ObservedSession&,
                                                      const ProverBits&);
template Result<TlsPlaintext<ZkVerifier>> RunTlsProgram(ZkVerifier&, Revealer<ZkVerifier>&,
                                                        const ObservedSession&, const VerifierBits&);
template Result<TlsPlaintext<ZkMeter>> RunTlsProgram(ZkMeter&, Revealer<ZkMeter>&, const ObservedSession&,
                                                     const MeterBits&);

}  // namespace mpcstats

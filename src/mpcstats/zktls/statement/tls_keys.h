// From the premaster secret to the record keys, in zero knowledge: TLS 1.2 with extended master secret, AES-128-GCM.
//
//   const TlsKeyHints hints = HintsFor(premaster, context);                  // prover; the 256 bytes go to the verifier
//   ASSIGN_OR_RETURN(const auto keys, ProveTlsKeys(zk, premaster_bits, context, hints));
//   zk.AssertEqual(keys.client_verify_data, ...);
//
// circuit/tls_prf.h says what is opened and why that is safe.
#pragma once

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/zktls/zk/role.h"

namespace mpcstats {

/// What the verifier knows from its own log of the handshake.
struct TlsKeyContext {
  Bytes32 session_hash{};  ///< RFC 7627, section 3
  Bytes32 client_random{};
  Bytes32 server_random{};
  Bytes32 before_client_finished{};  ///< hashes of the handshake messages before each Finished
  Bytes32 before_server_finished{};
};

/// Opened values of the key schedule, as the prover claims them; each is asserted.
struct TlsKeyHints {
  Bytes32 premaster_inner{};  ///< the state of HMAC's inner hash behind its key
  Bytes32 master_a1{};
  Bytes32 master_a2{};
  Bytes32 master_inner{};
  Bytes32 keys_a1{};
  Bytes32 keys_a2{};
  Bytes32 client_a1{};
  Bytes32 server_a1{};

  bool operator==(const TlsKeyHints&) const = default;
};
inline constexpr std::size_t kTlsKeyHintBytes = 8 * 32;
[[nodiscard]] Bytes EncodeHints(const TlsKeyHints& hints);
/// Errors: kProtocolViolation for any other length.
[[nodiscard]] Result<TlsKeyHints> DecodeHints(ByteSpan bytes);

/// The hints of a session. The prover's; what it computes on the way is wiped.
[[nodiscard]] TlsKeyHints HintsFor(const Secret<Bytes32>& premaster, const TlsKeyContext& context);

/// Seeds of the PRF: label and what follows it.
struct TlsSeeds {
  Bytes master;
  Bytes keys;
  Bytes client;
  Bytes server;
};
[[nodiscard]] TlsSeeds SeedsOf(const TlsKeyContext& context);

template <typename Bits>
struct TlsKeyBits {
  Bits client_key;          ///< 128
  Bits server_key;          ///< 128
  Bits client_iv;           ///< 32: the implicit part of nonces
  Bits server_iv;           ///< 32
  Bits client_verify_data;  ///< 96
  Bits server_verify_data;  ///< 96
};

namespace tls_keys {

template <typename Bits>
struct HmacKeyBits {
  Bytes32 inner;  ///< public
  Bits outer;
};

/// Sets a key up and opens its inner state.
template <ZkRole Zk>
Result<HmacKeyBits<typename Zk::Bits>> SetKey(Zk& zk, const Circuit& circuit, const typename Zk::Bits& key,
                                              const Bytes32& inner) {
  ASSIGN_OR_RETURN(const auto states, zk.EvaluateCircuit(circuit, key));
  RETURN_IF_ERROR(zk.AssertEqual(zk.Slice(states, 0, 256), inner));
  return HmacKeyBits<typename Zk::Bits>{inner, zk.Slice(states, 256, 256)};
}

/// The start of HMAC(key, message) that the circuit gives, for a public message.
template <ZkRole Zk>
Result<typename Zk::Bits> Hmac(Zk& zk, const Circuit& outer, const HmacKeyBits<typename Zk::Bits>& key,
                               ByteSpan message) {
  const Bytes schedule = PublicSchedule(HmacOuterBlock(Sha256ContinuePublic(key.inner, 64, message)));
  const auto words = zk.Constant(schedule);
  return zk.EvaluateCircuit(outer, zk.Concat({key.outer, words}));
}

[[nodiscard]] Bytes Joined(ByteSpan a, ByteSpan b);

/// Opens A(1) of a seed, and with `a2` A(2).
template <ZkRole Zk>
Status OpenChain(Zk& zk, const HmacKeyBits<typename Zk::Bits>& key, ByteSpan seed, const Bytes32& a1,
                 const Bytes32* a2) {
  ASSIGN_OR_RETURN(const auto first, Hmac(zk, TlsPrf().outer, key, seed));
  RETURN_IF_ERROR(zk.AssertEqual(first, a1));
  if (a2 == nullptr) return {};
  ASSIGN_OR_RETURN(const auto second, Hmac(zk, TlsPrf().outer, key, a1));
  return zk.AssertEqual(second, *a2);
}

/// verify_data of one side.
template <ZkRole Zk>
Result<typename Zk::Bits> VerifyData(Zk& zk, const HmacKeyBits<typename Zk::Bits>& key, ByteSpan seed,
                                     const Bytes32& a1) {
  RETURN_IF_ERROR(OpenChain(zk, key, seed, a1, nullptr));
  return Hmac(zk, TlsPrf().outer_verify, key, Joined(a1, seed));
}

}  // namespace tls_keys

/// The key schedule of a session whose premaster secret is `premaster` (256 bits, the ECDH coordinate as TLS writes it).
///
/// Cost:     TlsPrfAndCount() = 278,540 bits of witness, 2,560 bits opened by assertion.
/// Security: the keys are those of the premaster secret and of this context, whatever the hints are: wrong hints fail. What the
///           hints tell the verifier is argued in circuit/tls_prf.h.
/// Errors:   those of ZkRole.
/// Source:   RFC 5246, sections 5, 6.3 and 7.4.9; RFC 7627, section 4; RFC 5288.
template <ZkRole Zk>
Result<TlsKeyBits<typename Zk::Bits>> ProveTlsKeys(Zk& zk, const typename Zk::Bits& premaster,
                                                   const TlsKeyContext& context, const TlsKeyHints& hints) {
  const TlsPrfCircuits& prf = TlsPrf();
  const TlsSeeds seeds = SeedsOf(context);
  ASSIGN_OR_RETURN(const auto premaster_key,
                   tls_keys::SetKey(zk, prf.premaster_key, premaster, hints.premaster_inner));
  RETURN_IF_ERROR(tls_keys::OpenChain(zk, premaster_key, seeds.master, hints.master_a1, &hints.master_a2));
  ASSIGN_OR_RETURN(const auto master_1, tls_keys::Hmac(zk, prf.outer, premaster_key,
                                                       tls_keys::Joined(hints.master_a1, seeds.master)));
  ASSIGN_OR_RETURN(const auto master_2, tls_keys::Hmac(zk, prf.outer_master_end, premaster_key,
                                                       tls_keys::Joined(hints.master_a2, seeds.master)));

  ASSIGN_OR_RETURN(const auto master_key,
                   tls_keys::SetKey(zk, prf.master_key, zk.Concat({master_1, master_2}), hints.master_inner));
  RETURN_IF_ERROR(tls_keys::OpenChain(zk, master_key, seeds.keys, hints.keys_a1, &hints.keys_a2));
  ASSIGN_OR_RETURN(const auto keys,
                   tls_keys::Hmac(zk, prf.outer, master_key, tls_keys::Joined(hints.keys_a1, seeds.keys)));
  ASSIGN_OR_RETURN(const auto ivs, tls_keys::Hmac(zk, prf.outer_keys_end, master_key,
                                                  tls_keys::Joined(hints.keys_a2, seeds.keys)));
  ASSIGN_OR_RETURN(auto client_data, tls_keys::VerifyData(zk, master_key, seeds.client, hints.client_a1));
  ASSIGN_OR_RETURN(auto server_data, tls_keys::VerifyData(zk, master_key, seeds.server, hints.server_a1));
  return TlsKeyBits<typename Zk::Bits>{.client_key = zk.Slice(keys, 0, 128),
                                       .server_key = zk.Slice(keys, 128, 128),
                                       .client_iv = zk.Slice(ivs, 0, 32),
                                       .server_iv = zk.Slice(ivs, 32, 32),
                                       .client_verify_data = std::move(client_data),
                                       .server_verify_data = std::move(server_data)};
}

}  // namespace mpcstats

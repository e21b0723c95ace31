// The chain of a TLS 1.2 connection in zero knowledge: from the premaster secret to the plaintext of both directions.
//
//   premaster secret -> master secret (RFC 7627) -> keys and both verify_data
//   -> both Finished records say that verify_data            the keys are those of this handshake
//   -> GHASH keys and tag masks, revealed                    the notary recomputes every tag of both directions
//   -> keystream, xor ciphertext                             plaintext bits, for statements
//
// The whole chain is proven because AES-GCM does not commit to its key: a ciphertext alone has many readings. Nonces and
// counters are public values of the log, never the prover's.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/zktls/session/reveal.h"
#include "mpcstats/zktls/tls/ghash.h"
#include "mpcstats/zktls/tls/observer.h"

namespace mpcstats {

/// What the program leaves: bits of plaintext, and what was revealed.
template <class Zk>
struct TlsPlaintext {
  struct Direction {
    typename Zk::Bits data;        ///< all application data, joined
    typename Zk::Bits round_keys;  ///< of the direction's AES key
    typename Zk::Bits implicit_nonce;
    GcmBlock ghash_key{};             ///< H
    std::vector<GcmBlock> tag_masks;  ///< E(J0) of each record
    /// Of each record, whole blocks from counter 2 on.
    std::vector<typename Zk::Bits> keystream;
    Bytes alert;  ///< plaintext of the alert, when the direction has one
  };
  Direction client;
  Direction server;
};

/// Runs the chain.
///
/// Shapes:   `premaster` is 32 bytes, the x coordinate of P-256.
/// Cost:     TlsPrfAndCount() + 640 + 1,280 for each AES block: two GHASH keys, one tag mask a record, and its keystream.
/// Security: what is revealed are HMAC inner states and chain values (circuit/tls_prf.h), GHASH keys and tag masks: they
///           authenticate, they do not decrypt. Safe after the connection has ended, and not before.
///           The client's verify_data is revealed too: the server's Finished covers it.
/// Errors:   as ZkRole; kInvalidArgument at the prover when the connection is not the one of this secret.
/// Source:   RFC 5246, 5288, 7627.
template <class Zk>
[[nodiscard]] Result<TlsPlaintext<Zk>> RunTlsProgram(Zk& zk, Revealer<Zk>& revealer,
                                                     const ObservedSession& session,
                                                     const typename Zk::Witness& premaster);

/// The same from a premaster secret that is 256 bits of the program already: in MPC mode, the sum of two shares.
template <class Zk>
[[nodiscard]] Result<TlsPlaintext<Zk>> RunTlsProgram(Zk& zk, Revealer<Zk>& revealer,
                                                     const ObservedSession& session,
                                                     const typename Zk::Bits& premaster);

extern template Result<TlsPlaintext<ZkProver>> RunTlsProgram(ZkProver&, Revealer<ZkProver>&,
                                                             const ObservedSession&, const ProverWitness&);
extern template Result<TlsPlaintext<ZkVerifier>> RunTlsProgram(ZkVerifier&, Revealer<ZkVerifier>&,
                                                               const ObservedSession&, const PublicWitness&);
extern template Result<TlsPlaintext<ZkMeter>> RunTlsProgram(ZkMeter&, Revealer<ZkMeter>&,
                                                            const ObservedSession&, const PublicWitness&);

extern template Result<TlsPlaintext<ZkProver>> RunTlsProgram(ZkProver&, Revealer<ZkProver>&,
                                                             const ObservedSession&, const ProverBits&);
extern template Result<TlsPlaintext<ZkVerifier>> RunTlsProgram(ZkVerifier&, Revealer<ZkVerifier>&,
                                                               const ObservedSession&, const VerifierBits&);
extern template Result<TlsPlaintext<ZkMeter>> RunTlsProgram(ZkMeter&, Revealer<ZkMeter>&,
                                                            const ObservedSession&, const MeterBits&);

}  // namespace mpcstats

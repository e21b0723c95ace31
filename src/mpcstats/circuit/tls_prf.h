// The key schedule of TLS 1.2 (RFC 5246, section 5; RFC 7627) with the cheapest split between what is public and what is not.
//
// HMAC is two hashes, each from a state that depends on the key alone. The inner state is opened: then inner hashes and the
// chain A(i) = HMAC(secret, A(i-1)) are public, everybody computes them in the clear, and what is proven is one
// compression a PRF block: the outer one, of a public block from a hidden state.
//
//   premaster secret -> inner state (open), outer state          MakeHmacKeyCircuit(32)
//   A(1), A(2) (open), P(1), P(2) = master secret                4 x MakeSha256PublicBlockCircuit
//   master secret -> inner state (open), outer state             MakeHmacKeyCircuit(48)
//   A(1), A(2) (open), P(1), P(2) = key block                    4 x
//   A(1) (open), P(1) = verify_data, client and server           2 x 2
//
// Opening is safe as far as SHA-256's compression function is one-way and its outputs under one unknown key look random: the
// inner state is that function of at least 256 unknown bits, and an A(i) is an HMAC that nothing else uses. Deployed and
// analysed in DECO (CCS 2020) and garble-then-prove (USENIX Security 2024).
//
// Counts, 16 compressions: 278,540 AND; with nothing opened there are 35 compressions, more than twice as many.
#pragma once

#include <cstddef>

#include "mpcstats/base/bytes.h"
#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

/// Input: a key of 1 to 64 bytes. Outputs: the states behind its inner and its outer block, 256 wires each.
/// Cost:  two compressions from a known state: 42,634 AND for 32 bytes, 43,210 for 48.
[[nodiscard]] Circuit MakeHmacKeyCircuit(std::size_t key_bytes);

/// The block that the outer hash of HMAC-SHA-256 ends with.
[[nodiscard]] Bytes HmacOuterBlock(const Bytes32& inner_digest);

/// The circuits of the key schedule; made once in a process, 12 MB.
struct TlsPrfCircuits {
  Circuit premaster_key;     ///< MakeHmacKeyCircuit(32)
  Circuit master_key;        ///< MakeHmacKeyCircuit(48)
  Circuit outer;             ///< MakeSha256PublicBlockCircuit(32)
  Circuit outer_master_end;  ///< of 16 bytes: the end of the master secret
  Circuit outer_keys_end;    ///< of 8 bytes: the end of the key block
  Circuit outer_verify;      ///< of 12 bytes: verify_data
};
[[nodiscard]] const TlsPrfCircuits& TlsPrf();

/// AND gates of the whole schedule, from the premaster secret to keys and both verify_data.
[[nodiscard]] std::size_t TlsPrfAndCount();

}  // namespace mpcstats

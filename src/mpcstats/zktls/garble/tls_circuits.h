// The circuits that MPC mode garbles, each small and used again and again. Static: no public value of a session is in
// them, so that tables can be made before there is a session with the website.
#pragma once

#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

/// Byte strings as Circuit has them; sums of the key exchange as integers, lowest bit first.
struct TlsGarbleCircuits {
  /// Two sums of 256 bits, each below the prime of P-256 -> the states behind the inner and outer block of the HMAC key
  /// that is a + b mod p, big-endian: the premaster secret. 512 bits in, 2 x 256 out.
  Circuit premaster_key;
  /// The master secret, 384 bits -> the same two states.
  Circuit master_key;
  /// Outer state and inner digest, 256 bits each -> the first 32, 16, 12, 8 bytes of the HMAC.
  Circuit outer;
  Circuit outer_half;
  Circuit outer_verify;
  Circuit outer_nonces;
  /// An AES-128 key -> its round keys, 1,408 bits.
  Circuit expand_key;
  /// Round keys and a block -> its encryption.
  Circuit encrypt;
  /// Products and squares in GF(2^128) in GHASH's order of bits. The square has no AND gate.
  Circuit multiply;
  Circuit square;
};

/// Made once in a process: about 0.1 s, 14 MB.
[[nodiscard]] const TlsGarbleCircuits& TlsGarbling();

}  // namespace mpcstats

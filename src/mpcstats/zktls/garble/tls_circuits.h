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
  /// The same for blocks that differ in their last byte: round keys and the first 15 bytes -> a prefix of 128 bits; round keys, prefix
  /// and last byte -> the encryption (circuit/aes.h).
  Circuit encrypt_prefix;
  Circuit encrypt_last;
  /// Products and squares in GF(2^128) in GHASH's order of bits: of an element and of another's values (circuit/gf2_128_values.h).
  /// Square and values have no AND gate.
  Circuit multiply;
  Circuit values;
  Circuit square;
};

/// Made once in a process: about 0.1 s, 14 MB.
[[nodiscard]] const TlsGarbleCircuits& TlsGarbling();

}  // namespace mpcstats

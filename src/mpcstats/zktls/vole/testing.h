// The ideal functionality of a VOLE, for tests and benchmarks of what stands on it: a dealer who knows everything.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/vole/correlations.h"

namespace mpcstats {

struct DealtCorrelations {
  ProverCorrelations prover;
  VerifierCorrelations verifier;
};

inline Gf2_128 RandomElement(Rng& rng) {
  const std::uint64_t low = rng.Word();
  return {low, rng.Word()};
}

/// `count` correlations under `delta`.
inline DealtCorrelations DealCorrelations(std::size_t count, Gf2_128 delta, Rng& rng) {
  DealtCorrelations dealt{{Buffer<std::uint8_t>(count), Buffer<Gf2_128>(count)},
                          {Secret<Gf2_128>(delta), Buffer<Gf2_128>(count)}};
  rng.Fill({reinterpret_cast<std::uint8_t*>(dealt.verifier.keys.data()), 16 * count});
  rng.Fill(dealt.prover.bits.span());
  for (std::size_t i = 0; i < count; ++i) {
    dealt.prover.bits[i] &= 1;
    dealt.prover.macs[i] = dealt.verifier.keys[i] + delta.Times(dealt.prover.bits[i]);
  }
  return dealt;
}

}  // namespace mpcstats

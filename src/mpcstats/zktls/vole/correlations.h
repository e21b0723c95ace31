// What a VOLE leaves at its two ends: bits with MACs at one, keys and Delta at the other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/field/gf2_128.h"

namespace mpcstats {

/// The prover's end: bit u_i and M_i with M_i = K_i + u_i * Delta in GF(2^128).
struct ProverCorrelations {
  Buffer<std::uint8_t> bits;  ///< 0 or 1
  Buffer<Gf2_128> macs;

  [[nodiscard]] std::size_t size() const { return macs.size(); }
};

/// The verifier's end: K_i, and the one Delta of the session.
struct VerifierCorrelations {
  Secret<Gf2_128> delta;
  Buffer<Gf2_128> keys;

  [[nodiscard]] std::size_t size() const { return keys.size(); }
};

/// The largest number of correlations of one extension.
inline constexpr std::size_t kMaxCorrelations = std::size_t{1} << 23;

}  // namespace mpcstats

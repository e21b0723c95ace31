// The pairwise pseudorandom functions of a session (Araki et al., CCS 2016, section 3).
//
// Key k_j is known to parties j and j-1. A stream is named by purpose and stream id and is read once; two purposes
// never share a subkey.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {

enum class Purpose : std::uint8_t {
  kMultiply,       ///< zero sharings of multiplications
  kRandom,         ///< random sharings
  kConvertMask,    ///< masks of B2A
  kShuffleMask,    ///< masks of the shuffle
  kPermutation,    ///< seeds of the shuffle's permutations
  kChallengeSeed,  ///< verification: the seed s of the weights
  kChallenge,      ///< verification: r_j
  kProofPad,       ///< verification: one-time pad of the proof messages
  kProofMask,      ///< verification: mu and nu of the last level
  kCount
};

class Prf {
 public:
  explicit Prf(const Secret<Bytes32>& key);
  Prf(Prf&&) = default;
  Prf& operator=(Prf&&) = default;

  void Generate(Purpose purpose, StreamId stream, MutableByteSpan out) const {
    (*streams_)[static_cast<std::size_t>(purpose)].Generate(stream, out);
  }

 private:
  static constexpr std::size_t kPurposes = static_cast<std::size_t>(Purpose::kCount);
  template <std::size_t... I>
  static std::array<AesPrg, kPurposes> Streams(ByteSpan keys, std::index_sequence<I...>);
  std::optional<std::array<AesPrg, kPurposes>> streams_;
};

}  // namespace mpcstats

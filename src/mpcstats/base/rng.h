// Randomness is passed in: the system's in production, a seeded one in tests.
#pragma once

#include <cstdint>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual void Fill(MutableByteSpan out) = 0;

  /// A uniformly random 64-bit word.
  std::uint64_t Word() {
    std::uint64_t word = 0;
    Fill({reinterpret_cast<std::uint8_t*>(&word), sizeof(word)});
    return word;
  }
};

/// The operating system's randomness (getrandom). Ends the process when the system has none to give.
class SystemRng final : public Rng {
 public:
  void Fill(MutableByteSpan out) override;
};

}  // namespace mpcstats

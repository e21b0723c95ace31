// What a run costs, in units that do not depend on the machine.
#pragma once

#include <array>
#include <cstdint>

namespace mpcstats {

struct Cost {
  std::uint64_t rounds = 0;           ///< flushes with at least one non-empty frame
  std::uint64_t and_gates = 0;        ///< verified ANDs, counted by gates, not by words
  std::uint64_t multiplications = 0;  ///< verified field multiplications; a dot product is one
  std::uint64_t bytes_sent = 0;       ///< frame bytes before TLS, length prefix included
  std::uint64_t batches = 0;          ///< verifications run

  Cost operator-(const Cost& other) const {
    return {rounds - other.rounds, and_gates - other.and_gates, multiplications - other.multiplications,
            bytes_sent - other.bytes_sent, batches - other.batches};
  }
  bool operator==(const Cost&) const = default;
};

}  // namespace mpcstats

// Helpers of the engine's tests.
#pragma once

#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/simulate.h"

namespace mpcstats {

/// The same program at all three parties.
inline SimulationResult SimulateThree(const Session::Program& program,
                                      const SimulationOptions& options = {}) {
  return Simulate({program, program, program}, options);
}

/// A frame of a run without its content.
struct SentFrame {
  std::uint32_t round;
  unsigned from;
  unsigned to;
  std::size_t bytes;
  auto operator<=>(const SentFrame&) const = default;
};
/// Appends every frame to `out`.
inline FrameHook RecordInto(std::vector<SentFrame>* out) {
  return [out](const FrameInFlight& flight) {
    out->push_back({flight.round, flight.from.value(), flight.to.value(), flight.frame->size()});
  };
}

/// The words of a shared plane; nothing when two holders of a component disagree.
inline std::optional<std::vector<std::uint64_t>> WordsOf(const std::array<BitPlane, 3>& shares) {
  std::vector<std::uint64_t> words(shares[0].words());
  for (unsigned i = 0; i < 3; ++i) {
    for (std::size_t w = 0; w < words.size(); ++w) {
      if (shares[i].next()[w] != shares[(i + 1) % 3].own()[w]) return std::nullopt;
      words[w] ^= shares[i].own()[w];
    }
  }
  return words;
}

/// Pearson's statistic for equal expected counts.
inline double ChiSquare(std::span<const std::size_t> counts) {
  double total = 0;
  for (const std::size_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::size_t count : counts) sum += std::pow(static_cast<double>(count) - expected, 2) / expected;
  return sum;
}
/// What ChiSquare with `freedom` degrees exceeds with probability below 1e-6 (Wilson and Hilferty).
inline double ChiSquareLimit(double freedom) {
  const double a = 2.0 / (9.0 * freedom);
  return freedom * std::pow(1 - a + 4.9 * std::sqrt(a), 3);
}

}  // namespace mpcstats

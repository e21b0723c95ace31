// Three parties in one process and one thread, round by round: for tests, for `mpcstats simulate`, and for the harness
// that changes messages on their way.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "mpcstats/engine/session.h"

namespace mpcstats {

/// A frame on its way; a test may change it, empty it (drop) or fill it. Called for every frame in a fixed order.
struct FrameInFlight {
  std::uint32_t round;
  PartyIndex from;
  PartyIndex to;
  Bytes* frame;
};
using FrameHook = std::function<void(const FrameInFlight&)>;

struct SimulationOptions {
  std::uint64_t seed = 1;
  FrameHook hook;  ///< optional
  std::size_t cut_gates = std::size_t{1} << 26;
  std::array<ThreadPool*, 3> pools{};  ///< optional
};

struct SimulationResult {
  /// Per party: empty when it finished, otherwise what it stopped with.
  std::array<std::optional<Error>, 3> error;
  std::array<Cost, 3> cost;
  std::array<std::vector<std::string>, 3> disclosures;
  [[nodiscard]] bool ok() const { return !error[0] && !error[1] && !error[2]; }
};

/// Session keys as three honest parties would agree on them, from a seed.
[[nodiscard]] std::array<SessionConfig, 3> SeededSessions(std::uint64_t seed);

/// Runs the programs of parties 0, 1, 2 until all finished or stopped. When one stops, its alarm reaches the others.
[[nodiscard]] SimulationResult Simulate(const std::array<Session::Program, 3>& programs,
                                        const SimulationOptions& options = {});

}  // namespace mpcstats

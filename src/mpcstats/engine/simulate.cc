#include "mpcstats/engine/simulate.h"

#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {

std::array<SessionConfig, 3> SeededSessions(std::uint64_t seed) {
  SeededRng rng(seed);
  std::array<SessionConfig, 3> configs;
  Bytes32 id;
  rng.Fill(id);
  std::array<Bytes32, 3> keys;
  for (auto& key : keys) rng.Fill(key);
  for (unsigned i = 0; i < 3; ++i) {
    configs[i].self = PartyIndex(i);
    configs[i].session_id = id;
    configs[i].own_key = Secret<Bytes32>(keys[i]);
    configs[i].next_key = Secret<Bytes32>(keys[(i + 1) % 3]);
  }
  return configs;
}

SimulationResult Simulate(const std::array<Session::Program, 3>& programs, const SimulationOptions& options) {
  auto configs = SeededSessions(options.seed);
  std::array<std::unique_ptr<Session>, 3> sessions;
  for (unsigned i = 0; i < 3; ++i) {
    configs[i].cut_gates = options.cut_gates;
    configs[i].pool = options.pools[i];
    sessions[i] = std::make_unique<Session>(std::move(configs[i]), programs[i]);
  }
  std::array<bool, 3> finished{};
  std::array<Bytes, 3> alarm;
  for (std::uint32_t round = 0;; ++round) {
    std::array<Session::Outgoing, 3> out{};
    bool active = false;
    for (unsigned i = 0; i < 3; ++i) {
      if (finished[i] || !alarm[i].empty()) continue;
      auto advanced = sessions[i]->Advance();
      if (!advanced) {
        alarm[i] = sessions[i]->AlarmFrame();
        continue;
      }
      out[i] = std::move(*advanced);
      finished[i] = out[i].finished;
      active |= !finished[i];
    }
    if (!active) break;
    for (unsigned i = 0; i < 3; ++i) {
      if (finished[i] || !alarm[i].empty()) continue;
      std::array<Bytes, 2> frames;
      for (Peer peer : kPeers) {
        const PartyIndex from = IndexOf(PartyIndex(i), peer);
        if (out[i].receive_limit[Slot(peer)] == 0) {
          // Over links such a frame would stay behind and be taken for one of the next round; here it is refused at once.
          frames[Slot(peer)] = std::move(out[from.value()].frame[Slot(Other(peer))]);
          continue;
        }
        Bytes& frame = frames[Slot(peer)];
        if (!alarm[from.value()].empty()) {
          frame = alarm[from.value()];
        } else {
          frame = std::move(out[from.value()].frame[Slot(Other(peer))]);
          if (options.hook) options.hook({round, from, PartyIndex(i), &frame});
        }
        // A frame that never comes is a deadline in the real world.
        if (frame.empty()) {
          sessions[i]->Abort(Error(ErrorCode::kDeadlineExceeded,
                                   "party " + std::to_string(from.value()) + " did not answer in time"));
        }
      }
      if (!sessions[i]->error()) (void)sessions[i]->Deliver(std::move(frames));
    }
  }
  SimulationResult result;
  for (unsigned i = 0; i < 3; ++i) {
    result.error[i] = sessions[i]->error();
    result.cost[i] = sessions[i]->cost();
    result.disclosures[i] = sessions[i]->disclosures();
  }
  return result;
}

}  // namespace mpcstats

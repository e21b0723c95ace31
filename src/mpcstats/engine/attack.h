// For tests: the messages of a run, and ways to change them on their way.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>

#include "mpcstats/engine/attack_programs.h"
#include "mpcstats/engine/simulate.h"

namespace mpcstats {

/// Bytes of a frame before its payload (session.cc).
inline constexpr std::size_t kFrameHeader = 32;

/// Place of a message: round, sender, receiver.
using Place = std::tuple<std::uint32_t, unsigned, unsigned>;
using Recording = std::map<Place, Bytes>;

inline Place PlaceOf(const FrameInFlight& frame) {
  return {frame.round, frame.from.value(), frame.to.value()};
}

struct AttackRun {
  SimulationResult result;
  std::array<Outputs, 3> outputs;
};

/// One run under `hook`.
inline AttackRun RunUnderAttack(const AttackedProgram& program, std::uint64_t seed, const FrameHook& hook) {
  AttackRun run;
  const Session::Program same = [&](Ctx& ctx) {
    return program.Run(ctx, &run.outputs[ctx.session().self().value()]);
  };
  run.result = Simulate({same, same, same}, {seed, hook, program.cut_gates(), {}});
  return run;
}

/// The attack on a program without a fence: the cheater's message changes with its share.
inline AttackRun RunSelectiveFailure(bool secret, std::uint64_t seed) {
  return RunUnderAttack(SelectiveFailure(secret), seed, [](const FrameInFlight& frame) {
    if (frame.round == 0 && frame.from == PartyIndex(SelectiveFailure::kCheater))
      (*frame.frame)[kFrameHeader] ^= 1;
  });
}

inline Recording Record(const AttackedProgram& program, std::uint64_t seed) {
  Recording recording;
  (void)RunUnderAttack(program, seed,
                       [&](const FrameInFlight& frame) { recording[PlaceOf(frame)] = *frame.frame; });
  return recording;
}

/// Ways to change one message.
enum class Change {
  kFlipBit,
  kRandom,
  kTruncate,
  kExtend,
  kDrop,
  kDuplicate,
  kOtherSession,
  kReorder,
  kCount
};

inline const char* NameOf(Change change) {
  constexpr const char* kNames[] = {"flip", "random",    "truncate", "extend",
                                    "drop", "duplicate", "other",    "reorder"};
  return kNames[static_cast<unsigned>(change)];
}

/// Attacks on the messages of one seed; keeps what an attacker with a recorder has.
class MessageAttacker {
 public:
  MessageAttacker(std::unique_ptr<AttackedProgram> program, std::uint64_t seed)
      : program_(std::move(program)),
        seed_(seed),
        recording_(Record(*program_, seed)),
        other_(Record(*program_, seed + 1)) {}

  [[nodiscard]] const Recording& messages() const { return recording_; }

  /// What goes wrong when `change` meets the message at `place`; empty when all is well. Counts trials that really
  /// changed something.
  std::string Try(Place place, Change change, std::mt19937_64& random, std::size_t* trials) const {
    return Try(place, NameOf(change), [&](Bytes* frame) { Apply(change, place, random, frame); }, trials);
  }
  std::string TryByte(Place place, std::size_t byte, std::uint8_t difference, std::size_t* trials) const {
    return Try(place, "byte", [&](Bytes* frame) { (*frame)[byte] ^= difference; }, trials);
  }

 private:
  std::string Try(Place place, const char* name, const std::function<void(Bytes*)>& alter,
                  std::size_t* trials) const {
    bool changed = false;
    const AttackRun run = RunUnderAttack(*program_, seed_, [&](const FrameInFlight& frame) {
      if (PlaceOf(frame) != place) return;
      const Bytes before = *frame.frame;
      alter(frame.frame);
      changed = before != *frame.frame;
    });
    if (!changed) return "";
    ++*trials;
    const auto [round, from, to] = place;
    const std::string where = std::string(name) + " of round " + std::to_string(round) + " from " +
                              std::to_string(from) + " to " + std::to_string(to);
    if (!run.result.error[to]) return where + ": the receiver did not stop";
    const Outputs expected = program_->Expected();
    for (unsigned party = 0; party < 3; ++party) {
      if (party == from) continue;
      const auto& outputs = run.outputs[party];
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i] != expected[i])
          return where + ": party " + std::to_string(party) + " has a wrong output";
      }
      if (!run.result.error[party] && outputs.size() != expected.size())
        return where + ": finished without output";
    }
    return "";
  }
  void Apply(Change change, Place place, std::mt19937_64& random, Bytes* frame) const {
    switch (change) {
      case Change::kFlipBit:
        (*frame)[random() % frame->size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        break;
      case Change::kRandom: {
        // From a random byte on: header and payload are both met.
        for (std::size_t i = random() % frame->size(); i < frame->size(); ++i) {
          (*frame)[i] = static_cast<std::uint8_t>(random());
        }
        break;
      }
      case Change::kTruncate: frame->resize(random() % frame->size()); break;
      case Change::kExtend: frame->resize(frame->size() + 1 + random() % 16); break;
      case Change::kDrop: frame->clear(); break;
      case Change::kDuplicate:
        if (const Bytes* earlier = Neighbour(place, -1)) *frame = *earlier;
        break;
      case Change::kOtherSession: *frame = other_.at(place); break;
      case Change::kReorder:
        if (const Bytes* later = Neighbour(place, 1)) *frame = *later;
        break;
      case Change::kCount: break;
    }
  }
  // The message before or after on the same link.
  [[nodiscard]] const Bytes* Neighbour(Place place, int step) const {
    auto [round, from, to] = place;
    for (int i = 0; i < 64; ++i) {
      round += static_cast<std::uint32_t>(step);
      if (const auto found = recording_.find({round, from, to}); found != recording_.end())
        return &found->second;
    }
    return nullptr;
  }

  std::unique_ptr<AttackedProgram> program_;
  std::uint64_t seed_;
  Recording recording_;
  Recording other_;
};

}  // namespace mpcstats

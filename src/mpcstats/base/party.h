// The three parties and who holds what.
//
// Replicated sharing of x: x = x_0 + x_1 + x_2 (XOR for bits). Party i holds components i and i+1; so component j is
// known to parties j and j-1. All indices are mod 3.
#pragma once

#include <array>
#include <cstdint>

#include "mpcstats/base/check.h"

namespace mpcstats {

class PartyIndex {
 public:
  constexpr explicit PartyIndex(unsigned index) : index_(static_cast<std::uint8_t>(index % 3)) {}
  [[nodiscard]] constexpr unsigned value() const { return index_; }
  [[nodiscard]] constexpr PartyIndex Next() const { return PartyIndex(index_ + 1u); }
  [[nodiscard]] constexpr PartyIndex Previous() const { return PartyIndex(index_ + 2u); }
  constexpr bool operator==(const PartyIndex&) const = default;

 private:
  std::uint8_t index_;
};

/// A peer seen from one party: the next (i+1) or the previous (i-1).
enum class Peer : std::uint8_t { kNext = 0, kPrevious = 1 };
inline constexpr std::array<Peer, 2> kPeers = {Peer::kNext, Peer::kPrevious};

constexpr Peer Other(Peer peer) { return peer == Peer::kNext ? Peer::kPrevious : Peer::kNext; }
constexpr PartyIndex IndexOf(PartyIndex self, Peer peer) {
  return peer == Peer::kNext ? self.Next() : self.Previous();
}
constexpr unsigned Slot(Peer peer) { return static_cast<unsigned>(peer); }

}  // namespace mpcstats

#include "mpcstats/circuit/keccak.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kLaneBits = 64;

// FIPS 202, section 3.2.5.
constexpr std::array<std::uint64_t, 24> kRoundConstants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

using Lanes = std::array<Wires, 25>;  // lane (x, y) at 5y + x

constexpr std::size_t At(std::size_t x, std::size_t y) { return 5 * (y % 5) + x % 5; }

Wires RotateLeft(const Wires& lane, std::size_t by) {
  Wires out(kLaneBits);
  for (std::size_t z = 0; z < kLaneBits; ++z) out[(z + by) % kLaneBits] = lane[z];
  return out;
}

void Theta(CircuitBuilder& builder, Lanes& a) {
  std::array<Wires, 5> parity;
  for (std::size_t x = 0; x < 5; ++x) {
    parity[x] = a[At(x, 0)];
    for (std::size_t y = 1; y < 5; ++y) parity[x] = builder.Xor(parity[x], a[At(x, y)]);
  }
  for (std::size_t x = 0; x < 5; ++x) {
    const Wires sum = builder.Xor(parity[(x + 4) % 5], RotateLeft(parity[(x + 1) % 5], 1));
    for (std::size_t y = 0; y < 5; ++y) a[At(x, y)] = builder.Xor(a[At(x, y)], sum);
  }
}

/// rho and pi in one walk over the lanes: lane (x, y) moves to (y, 2x + 3y), turned by (t + 1)(t + 2) / 2.
Lanes RhoPi(const Lanes& a) {
  Lanes out;
  out[0] = a[0];
  std::size_t x = 1;
  std::size_t y = 0;
  for (std::size_t t = 0; t < 24; ++t) {
    const std::size_t new_y = (2 * x + 3 * y) % 5;
    out[At(y, new_y)] = RotateLeft(a[At(x, y)], (t + 1) * (t + 2) / 2);
    x = std::exchange(y, new_y);
  }
  return out;
}

Lanes Chi(CircuitBuilder& builder, const Lanes& a) {
  Lanes out;
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 0; x < 5; ++x) {
      const Wires term = builder.And(CircuitBuilder::Not(a[At(x + 1, y)]), a[At(x + 2, y)]);
      out[At(x, y)] = builder.Xor(a[At(x, y)], term);
    }
  }
  return out;
}

}  // namespace

Wires KeccakF1600(CircuitBuilder& builder, WireSpan state) {
  CHECK(state.size() == 25 * kLaneBits);
  Lanes lanes;
  for (std::size_t i = 0; i < 25; ++i) {
    const WireSpan lane = state.subspan(kLaneBits * i, kLaneBits);
    lanes[i].assign(lane.begin(), lane.end());
  }
  for (const std::uint64_t constant : kRoundConstants) {
    Theta(builder, lanes);
    lanes = Chi(builder, RhoPi(lanes));
    lanes[0] = builder.Xor(lanes[0], CircuitBuilder::Constant(constant, kLaneBits));
  }
  Wires out;
  for (const Wires& lane : lanes) out.insert(out.end(), lane.begin(), lane.end());
  return out;
}

Circuit MakeKeccakF1600Circuit() {
  CircuitBuilder builder;
  const Wires state = builder.AddInput(25 * kLaneBits);
  builder.AddOutput(KeccakF1600(builder, state));
  return std::move(builder).Finish();
}

}  // namespace mpcstats

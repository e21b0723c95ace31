// CircuitBuilder: collects gates, folds constants and shares equal gates. The gadgets are free functions in
// files of their own (adder.h, compare.h, mux.h, sha256.h, hmac.h, aes.h, keccak.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/check.h"
#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

/// A bit of a circuit under construction, possibly a constant or the complement of another. Belongs to one
/// builder.
class Wire {
 public:
  /// The constant 0.
  constexpr Wire() = default;

  [[nodiscard]] constexpr bool is_constant() const { return literal_ < 2; }
  /// The value of a constant; meaningless on other wires.
  [[nodiscard]] constexpr bool constant_value() const { return literal_ == 1; }
  constexpr bool operator==(const Wire&) const = default;

 private:
  friend class CircuitBuilder;
  constexpr explicit Wire(std::uint32_t literal) : literal_(literal) {}
  [[nodiscard]] constexpr std::uint32_t node() const { return literal_ >> 1; }
  [[nodiscard]] constexpr bool negated() const { return (literal_ & 1) != 0; }

  // 2 * node + complement. Node 0 is the constant, so that literals 0 and 1 are the two constants.
  std::uint32_t literal_ = 0;
};

/// An integer or byte string on wires, lowest bit first (Circuit says how bytes lie).
using Wires = std::vector<Wire>;
using WireSpan = std::span<const Wire>;

/// Builds one circuit. Deterministic: the same calls give the same circuit on every machine.
///
/// Folds:  constants, x^x, x^~x, x&x, x&~x, double complement, (x^y)^y. Equal gates become one gate whatever
/// the order
///         or the complements of their operands. Gates that no output needs are dropped by Finish().
/// Cost:   about 0.1 us a gate, 24 bytes a gate.
/// Limits: 2^30 different gates; more is our own bug and ends the process, as is a wire of a bigger builder.
class CircuitBuilder {
 public:
  CircuitBuilder();

  /// The next input, `width` >= 1 bits.
  Wires AddInput(std::size_t width);
  /// The next output, at least one bit. Constants and repeated wires are allowed.
  void AddOutput(WireSpan wires);

  [[nodiscard]] static constexpr Wire Constant(bool value) { return Wire(value ? 1u : 0u); }
  /// The lowest `width` <= 64 bits of `value`.
  [[nodiscard]] static Wires Constant(std::uint64_t value, std::size_t width);
  [[nodiscard]] static Wires Constant(ByteSpan bytes);

  [[nodiscard]] static constexpr Wire Not(Wire a) { return Wire(a.literal_ ^ 1u); }
  Wire Xor(Wire a, Wire b);
  Wire And(Wire a, Wire b);
  Wire Or(Wire a, Wire b) { return Not(And(Not(a), Not(b))); }

  /// Elementwise; `a` and `b` have the same width.
  [[nodiscard]] static Wires Not(WireSpan a);
  Wires Xor(WireSpan a, WireSpan b);
  Wires And(WireSpan a, WireSpan b);

  /// The largest number of AND gates on a path from an input to `a`.
  [[nodiscard]] std::uint32_t Depth(Wire a) const {
    CHECK(a.node() < nodes_.size());
    return nodes_[a.node()].depth;
  }

  /// The circuit. A constant output becomes XOR(w, w) of input wire 0, so at least one input bit is needed.
  [[nodiscard]] Circuit Finish() &&;

 private:
  enum class NodeKind : std::uint8_t { kConstant, kInput, kXor, kAnd };
  struct Node {
    NodeKind kind;
    std::uint32_t depth;
    Wire a;  // not complemented in a kXor node; a.literal_ < b.literal_
    Wire b;
  };

  Wire Shared(NodeKind kind, Wire a, Wire b, std::uint32_t depth);
  void GrowTable();
  [[nodiscard]] static std::size_t HashOf(NodeKind kind, Wire a, Wire b);
  /// The literals that become gates, in order of creation: what the outputs need, complements included.
  [[nodiscard]] std::vector<std::uint32_t> NeededLiterals() const;
  /// Groups in order: free gates of depth 0, AND gates of depth 1, free gates of depth 1, AND gates of depth
  /// 2, ... A free gate reads its own group and earlier ones: a complement is read by AND gates and outputs
  /// only.
  [[nodiscard]] std::size_t GroupOf(std::uint32_t literal) const;
  std::vector<std::uint32_t> SortIntoLayers(std::vector<std::uint32_t> literals, Circuit& circuit) const;

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> table_;  // open addressing, 0 is an empty place; its size is a power of two
  std::size_t shared_nodes_ = 0;
  std::vector<std::uint32_t> input_nodes_;
  std::vector<std::size_t> input_widths_;
  std::vector<Wires> outputs_;
};

}  // namespace mpcstats

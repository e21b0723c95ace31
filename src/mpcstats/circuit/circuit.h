// Boolean circuits: a fixed list of XOR, AND and NOT gates in an order in which they can be evaluated.
//
//   CircuitBuilder builder;
//   Wires a = builder.AddInput(64), b = builder.AddInput(64);
//   builder.AddOutput(Add(builder, a, b));
//   Circuit circuit = std::move(builder).Finish();
//   for (const Circuit::Layer& layer : circuit.Layers()) { ... }   // one message a layer
//
// A circuit is public: it is never derived from a secret. XOR and NOT cost nothing in every protocol that
// uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mpcstats {

/// Number of a wire of a finished circuit.
using WireId = std::uint32_t;

enum class GateOp : std::uint8_t { kXor, kAnd, kNot };

/// One gate. `b` equals `a` for kNot. `a` and `b` are always smaller than `out`.
struct Gate {
  GateOp op;
  WireId a;
  WireId b;
  WireId out;

  bool operator==(const Gate&) const = default;
};

/// An immutable circuit; made by CircuitBuilder only, hence always well formed.
///
/// Wires: the inputs come first, in order (wire 0 is bit 0 of the first input); gate g drives wire
/// input_bits() + g.
///        Every gate is needed by some output. An output may be any wire, also an input or one named twice.
/// Bits:  a byte string on wires has bit k of byte i at place 8*i + k; an integer has bit k at place k.
class Circuit {
 public:
  /// What can be computed between two messages: the free gates first, then all AND gates at once.
  struct Layer {
    std::span<const Gate> free_gates;
    std::span<const Gate> and_gates;  ///< independent of each other; empty in the last layer only
  };

  [[nodiscard]] std::size_t wire_count() const { return input_bits_ + gates_.size(); }
  [[nodiscard]] std::size_t input_bits() const { return input_bits_; }
  [[nodiscard]] std::size_t output_bits() const { return output_bits_; }
  [[nodiscard]] const std::vector<std::size_t>& input_widths() const { return input_widths_; }
  [[nodiscard]] const std::vector<std::vector<WireId>>& outputs() const { return outputs_; }
  /// In topological order, sorted by layer.
  [[nodiscard]] std::span<const Gate> gates() const { return gates_; }

  [[nodiscard]] std::size_t and_count() const { return and_count_; }
  /// The largest number of AND gates on a path, which is the number of rounds of a layered evaluation.
  [[nodiscard]] std::size_t and_depth() const { return layer_ends_.size() - 1; }
  /// and_depth() + 1 layers which together are gates(). Views into this circuit: valid while it lives
  /// unmoved.
  [[nodiscard]] std::vector<Layer> Layers() const;

  bool operator==(const Circuit&) const = default;

 private:
  friend class CircuitBuilder;
  /// Places in gates_ where the free gates and where the AND gates of a layer end.
  struct LayerEnd {
    std::size_t free_end = 0;
    std::size_t and_end = 0;
    bool operator==(const LayerEnd&) const = default;
  };
  Circuit() = default;

  std::vector<std::size_t> input_widths_;
  std::vector<std::vector<WireId>> outputs_;
  std::vector<Gate> gates_;
  std::vector<LayerEnd> layer_ends_;
  std::size_t input_bits_ = 0;
  std::size_t output_bits_ = 0;
  std::size_t and_count_ = 0;
};

}  // namespace mpcstats

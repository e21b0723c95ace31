// Half-gates garbling of one circuit: XOR and NOT are free, an AND gate is two rows of 16 bytes.
//
//   HalfGates gates(start);                                  // the same tweaks at both ends
//   gates.Garble(circuit, delta, inputs, outputs, rows);     // zero labels in, zero labels out
//   gates.Evaluate(circuit, inputs, outputs, rows);          // active labels in, active labels out
//
// The label of a wire for the bit b is zero + b * Delta. This is the algebra alone: garbler.h and evaluator.h are the ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/field/gf2_128.h"
#include "mpcstats/zktls/garble/gate_hash.h"

namespace mpcstats {

/// A label of a wire; only + is used. Bit 0 of it is its colour: with bit 0 of Delta set, the two labels of a wire have
/// different ones, and the colour of the zero label is the mask of the wire's value.
using Label = Gf2_128;
using Labels = Buffer<Label>;
inline constexpr std::size_t kLabelBytes = Label::kBytes;
inline constexpr std::size_t kRowBytes = 2 * kLabelBytes;

[[nodiscard]] constexpr std::uint64_t ColourOf(Label label) { return label.low() & 1; }

/// One end's position in the stream of gates. Gates are numbered on through all circuits, so no tweak comes twice.
///
/// Cost:     4 blocks of AES under 2 keys for an AND gate to garble, 2 blocks under 2 keys to evaluate; memory of 16 bytes
///           a wire of the largest circuit, wiped at the end.
/// Security: no time or address depends on a label. Delta's bit 0 must be set. GateHashKernels has the assumption.
/// Source:   Zahur, Rosulek and Evans, Two Halves Make a Whole, EUROCRYPT 2015 (ePrint 2014/756), figure 2.
class HalfGates {
 public:
  /// `start` is where tweaks are counted from: one for each session and plan.
  explicit HalfGates(const std::array<std::uint8_t, 16>& start,
                     const GateHashKernels& kernels = GetGateHashKernels())
      : start_(start), kernels_(&kernels) {}

  /// Shapes: zero labels of all inputs, room for all outputs (joined), and kRowBytes for each AND gate, in the order of
  ///         circuit.gates(). Sizes are CHECKed.
  void Garble(const Circuit& circuit, Label delta, std::span<const Label> inputs, std::span<Label> outputs,
              MutableByteSpan rows);
  /// The same with active labels. Any rows and labels give some labels.
  void Evaluate(const Circuit& circuit, std::span<const Label> inputs, std::span<Label> outputs,
                ByteSpan rows);

  /// AND gates so far.
  [[nodiscard]] std::uint64_t gates() const { return gate_; }

 private:
  /// AND gates hashed in one call: their labels stay in the first cache.
  static constexpr std::size_t kBatch = 32;

  void Prepare(const Circuit& circuit, std::span<const Label> inputs, std::span<Label> outputs,
               std::size_t row_bytes);
  void TakeOutputs(const Circuit& circuit, std::span<Label> outputs) const;
  void GarbleBatch(std::span<const Gate> gates, Label delta, std::uint8_t* rows);
  void EvaluateBatch(std::span<const Gate> gates, const std::uint8_t* rows);

  std::array<std::uint8_t, 16> start_;
  const GateHashKernels* kernels_;
  std::uint64_t gate_ = 0;
  Labels wires_;
  Labels batch_{4 * kBatch};
};

}  // namespace mpcstats

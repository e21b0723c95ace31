// What is garbled, as data that both ends have: circuits joined by wires, in phases between which bits travel.
//
//   GarblePlanBuilder builder;
//   const PlanWires a = builder.GarblerInput(256), b = builder.EvaluatorInput(256);
//   const PlanWires sum = builder.Apply(add_mod, {a, b});
//   builder.Output(sum, OutputKind::kShared);
//   builder.EndPhase();
//   const GarblePlan plan = std::move(builder).Finish();
//
// Tables of all phases are made ahead. A phase then takes labels for its inputs, and gives its outputs; wires of earlier
// phases stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

/// Some wires of a plan, side by side.
struct PlanWires {
  std::size_t first = 0;
  std::size_t count = 0;

  /// `size` of them from `at` on; CHECKs that they are there.
  [[nodiscard]] PlanWires Slice(std::size_t at, std::size_t size) const;
};

/// Who learns an output.
enum class OutputKind : std::uint8_t {
  kPublic,  ///< both: the evaluator decodes it and returns it
  kMasked,  ///< the garbler: the evaluator decodes value xor mask and returns that
  kShared,  ///< nobody: the garbler keeps the mask, the evaluator value xor mask
};

class GarblePlan {
 public:
  struct Input {
    PlanWires wires;
    bool of_evaluator = false;
  };
  struct Constant {
    PlanWires wires;
    Bytes value;
  };
  struct Step {
    const Circuit* circuit;
    std::vector<PlanWires> inputs;  ///< joined, these are the inputs of the circuit
    PlanWires outputs;
  };
  struct Output {
    PlanWires wires;
    OutputKind kind;
  };
  struct Phase {
    std::vector<Input> inputs;
    std::vector<Step> steps;
    std::vector<Output> outputs;
    std::size_t garbler_bits = 0;    ///< of its inputs
    std::size_t evaluator_bits = 0;  ///< of its inputs
    std::size_t output_bits = 0;     ///< of all outputs
    std::size_t returned_bits = 0;   ///< of the public and the masked outputs
    std::size_t mask_bits = 0;       ///< of the masked and the shared outputs
    std::size_t and_count = 0;

    /// Rows of all gates, then the output table.
    [[nodiscard]] std::size_t table_bytes() const;
    /// What the garbler sends to start it: a label for each bit of input.
    [[nodiscard]] std::size_t label_bytes() const;
    /// What the evaluator sends before: its choices.
    [[nodiscard]] std::size_t correction_bytes() const { return (evaluator_bits + 7) / 8; }
    /// What the evaluator sends at the end: bits, and a hash of their labels.
    [[nodiscard]] std::size_t returned_bytes() const { return (returned_bits + 7) / 8 + sizeof(Bytes32); }
  };

  [[nodiscard]] std::span<const Phase> phases() const { return phases_; }
  [[nodiscard]] std::span<const Constant> constants() const { return constants_; }
  [[nodiscard]] std::size_t wire_count() const { return wire_count_; }
  [[nodiscard]] std::size_t evaluator_bits() const { return evaluator_bits_; }
  /// Bits of masked and of shared outputs, in order.
  [[nodiscard]] std::size_t mask_bits() const { return mask_bits_; }
  [[nodiscard]] std::size_t and_count() const { return and_count_; }
  [[nodiscard]] std::size_t table_bytes() const { return table_bytes_; }
  /// Of everything: two plans with one digest garble the same.
  [[nodiscard]] const Bytes32& digest() const { return digest_; }

 private:
  friend class GarblePlanBuilder;
  GarblePlan() = default;

  std::vector<Phase> phases_;
  std::vector<Constant> constants_;
  std::size_t wire_count_ = 0;
  std::size_t evaluator_bits_ = 0;
  std::size_t mask_bits_ = 0;
  std::size_t and_count_ = 0;
  std::size_t table_bytes_ = 0;
  Bytes32 digest_{};
};

/// Collects a plan. Widths are CHECKed: a plan is a program, not data of a peer.
class GarblePlanBuilder {
 public:
  /// Inputs of the phase that is being built.
  PlanWires GarblerInput(std::size_t bits) { return AddInput(bits, false); }
  PlanWires EvaluatorInput(std::size_t bits) { return AddInput(bits, true); }
  /// Public bits that are part of the plan, whole bytes. They cost no table and no label.
  PlanWires Constant(ByteSpan value);
  /// All outputs of the circuit, joined. The circuit must outlive the plan and what runs it.
  PlanWires Apply(const Circuit& circuit, std::initializer_list<PlanWires> inputs);
  /// Outputs of the phase. They have to depend on an input: the label of a constant is known to both.
  void Output(PlanWires wires, OutputKind kind);
  void EndPhase();

  /// Every phase must be ended.
  [[nodiscard]] GarblePlan Finish() &&;

 private:
  PlanWires AddInput(std::size_t bits, bool of_evaluator);
  PlanWires AddWires(std::size_t count);
  void CheckWires(PlanWires wires) const;
  const Bytes32& DigestOf(const Circuit& circuit);
  void Note(std::initializer_list<std::uint64_t> words);

  GarblePlan plan_;
  GarblePlan::Phase phase_;
  Bytes program_;  ///< what the digest is of
  std::map<const Circuit*, Bytes32> digests_;
};

}  // namespace mpcstats

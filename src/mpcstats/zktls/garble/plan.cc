#include "mpcstats/zktls/garble/plan.h"

#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/garble/half_gates.h"
#include "mpcstats/zktls/garble/output_table.h"

namespace mpcstats {
namespace {

enum class Word : std::uint8_t { kGarblerInput, kEvaluatorInput, kConstant, kApply, kOutput, kEndPhase };

std::uint64_t Code(Word word) { return static_cast<std::uint64_t>(word); }

Bytes32 CircuitDigest(const Circuit& circuit) {
  Sha256Stream hash("mpcstats/v1/circuit");
  hash.AddU64(circuit.input_bits()).AddU64(circuit.gates().size()).AddU64(circuit.output_bits());
  Bytes packed;
  packed.reserve(13 * circuit.gates().size());
  const auto add = [&packed](std::uint32_t word) {
    for (int shift = 0; shift < 32; shift += 8) packed.push_back(static_cast<std::uint8_t>(word >> shift));
  };
  for (const Gate& gate : circuit.gates()) {
    packed.push_back(static_cast<std::uint8_t>(gate.op));
    add(gate.a);
    add(gate.b);
    add(gate.out);
  }
  for (const auto& output : circuit.outputs()) {
    for (const WireId wire : output) add(wire);
  }
  return hash.Add(packed).Finish();
}

}  // namespace

PlanWires PlanWires::Slice(std::size_t at, std::size_t size) const {
  CHECK(at <= count && size <= count - at);
  return {first + at, size};
}

std::size_t GarblePlan::Phase::table_bytes() const {
  return kRowBytes * and_count + OutputTableBytes(output_bits);
}

std::size_t GarblePlan::Phase::label_bytes() const { return kLabelBytes * (garbler_bits + evaluator_bits); }

void GarblePlanBuilder::Note(std::initializer_list<std::uint64_t> words) {
  for (const std::uint64_t word : words) {
    for (int shift = 0; shift < 64; shift += 8) program_.push_back(static_cast<std::uint8_t>(word >> shift));
  }
}

PlanWires GarblePlanBuilder::AddWires(std::size_t count) {
  CHECK(count > 0);
  const PlanWires wires{plan_.wire_count_, count};
  plan_.wire_count_ += count;
  return wires;
}

void GarblePlanBuilder::CheckWires(PlanWires wires) const {
  CHECK(wires.count > 0 && wires.first + wires.count <= plan_.wire_count_);
}

PlanWires GarblePlanBuilder::AddInput(std::size_t bits, bool of_evaluator) {
  Note({Code(of_evaluator ? Word::kEvaluatorInput : Word::kGarblerInput), bits});
  const PlanWires wires = AddWires(bits);
  phase_.inputs.push_back({wires, of_evaluator});
  (of_evaluator ? phase_.evaluator_bits : phase_.garbler_bits) += bits;
  return wires;
}

PlanWires GarblePlanBuilder::Constant(ByteSpan value) {
  Note({Code(Word::kConstant), value.size()});
  program_.insert(program_.end(), value.begin(), value.end());
  const PlanWires wires = AddWires(8 * value.size());
  plan_.constants_.push_back({wires, Bytes(value.begin(), value.end())});
  return wires;
}

const Bytes32& GarblePlanBuilder::DigestOf(const Circuit& circuit) {
  const auto [entry, added] = digests_.try_emplace(&circuit);
  if (added) entry->second = CircuitDigest(circuit);
  return entry->second;
}

PlanWires GarblePlanBuilder::Apply(const Circuit& circuit, std::initializer_list<PlanWires> inputs) {
  Note({Code(Word::kApply), inputs.size()});
  const Bytes32& digest = DigestOf(circuit);
  program_.insert(program_.end(), digest.begin(), digest.end());
  std::size_t bits = 0;
  for (const PlanWires& wires : inputs) {
    CheckWires(wires);
    Note({wires.first, wires.count});
    bits += wires.count;
  }
  CHECK(bits == circuit.input_bits());
  const PlanWires outputs = AddWires(circuit.output_bits());
  phase_.steps.push_back({&circuit, inputs, outputs});
  phase_.and_count += circuit.and_count();
  return outputs;
}

void GarblePlanBuilder::Output(PlanWires wires, OutputKind kind) {
  CheckWires(wires);
  Note({Code(Word::kOutput), wires.first, wires.count, static_cast<std::uint64_t>(kind)});
  phase_.outputs.push_back({wires, kind});
  phase_.output_bits += wires.count;
  if (kind != OutputKind::kShared) phase_.returned_bits += wires.count;
  if (kind != OutputKind::kPublic) phase_.mask_bits += wires.count;
}

void GarblePlanBuilder::EndPhase() {
  Note({Code(Word::kEndPhase)});
  plan_.evaluator_bits_ += phase_.evaluator_bits;
  plan_.mask_bits_ += phase_.mask_bits;
  plan_.and_count_ += phase_.and_count;
  plan_.table_bytes_ += phase_.table_bytes();
  plan_.phases_.push_back(std::exchange(phase_, {}));
}

GarblePlan GarblePlanBuilder::Finish() && {
  CHECK(phase_.inputs.empty() && phase_.steps.empty() && phase_.outputs.empty() && !plan_.phases_.empty());
  plan_.digest_ = Sha256Stream("mpcstats/v1/garble-plan").Add(program_).Finish();
  return std::move(plan_);
}

}  // namespace mpcstats

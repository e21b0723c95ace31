#include "mpcstats/zktls/garble/half_gates.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/base/declassify.h"

namespace mpcstats {
namespace {

std::uint64_t* Words(Labels& labels) { return reinterpret_cast<std::uint64_t*>(labels.data()); }

}  // namespace

void HalfGates::Prepare(const Circuit& circuit, std::span<const Label> inputs, std::span<Label> outputs,
                        std::size_t row_bytes) {
  CHECK(inputs.size() == circuit.input_bits() && outputs.size() == circuit.output_bits());
  CHECK(row_bytes == kRowBytes * circuit.and_count());
  if (wires_.size() < circuit.wire_count()) wires_ = Labels::Raw(circuit.wire_count());
  std::copy(inputs.begin(), inputs.end(), wires_.data());
}

void HalfGates::TakeOutputs(const Circuit& circuit, std::span<Label> outputs) const {
  std::size_t at = 0;
  for (const auto& output : circuit.outputs()) {
    for (const WireId wire : output) outputs[at++] = wires_[wire];
  }
}

void HalfGates::Garble(const Circuit& circuit, Label delta, std::span<const Label> inputs,
                       std::span<Label> outputs, MutableByteSpan rows) {
  CHECK(ct::Declassify(ColourOf(delta), "bit 0 of Delta is always set") == 1);
  Prepare(circuit, inputs, outputs, rows.size());
  std::uint8_t* out = rows.data();
  for (const Circuit::Layer& layer : circuit.Layers()) {
    for (const Gate& gate : layer.free_gates) {
      // A complement swaps the two labels.
      wires_[gate.out] = wires_[gate.a] + (gate.op == GateOp::kXor ? wires_[gate.b] : delta);
    }
    for (std::size_t at = 0; at < layer.and_gates.size(); at += kBatch) {
      const auto batch = layer.and_gates.subspan(at, std::min(kBatch, layer.and_gates.size() - at));
      GarbleBatch(batch, delta, out);
      out += kRowBytes * batch.size();
    }
  }
  TakeOutputs(circuit, outputs);
}

void HalfGates::GarbleBatch(std::span<const Gate> gates, Label delta, std::uint8_t* rows) {
  Label* hash = batch_.data();
  for (const Gate& gate : gates) {
    hash[0] = wires_[gate.a];
    hash[1] = wires_[gate.b];
    hash[2] = hash[0] + delta;
    hash[3] = hash[1] + delta;
    hash += 4;
  }
  kernels_->hash(start_.data(), gate_, gates.size(), 2, Words(batch_));
  hash = batch_.data();
  for (const Gate& gate : gates) {
    const Label a = wires_[gate.a];
    const Label b = wires_[gate.b];
    // Garbler's half: T_G = H(A0) + H(A1) + p_b Delta, its output for zero H(A0) + p_a T_G.
    const Label garbler_row = hash[0] + hash[2] + delta.Times(ColourOf(b));
    // Evaluator's half: T_E = H(B0) + H(B1) + A0, its output for zero H(B0) + p_b (T_E + A0).
    const Label evaluator_row = hash[1] + hash[3] + a;
    wires_[gate.out] =
        hash[0] + garbler_row.Times(ColourOf(a)) + hash[1] + (evaluator_row + a).Times(ColourOf(b));
    garbler_row.Store(rows);
    evaluator_row.Store(rows + kLabelBytes);
    rows += kRowBytes;
    hash += 4;
  }
  gate_ += gates.size();
}

void HalfGates::Evaluate(const Circuit& circuit, std::span<const Label> inputs, std::span<Label> outputs,
                         ByteSpan rows) {
  Prepare(circuit, inputs, outputs, rows.size());
  const std::uint8_t* in = rows.data();
  for (const Circuit::Layer& layer : circuit.Layers()) {
    for (const Gate& gate : layer.free_gates) {
      wires_[gate.out] = wires_[gate.a] + (gate.op == GateOp::kXor ? wires_[gate.b] : Label());
    }
    for (std::size_t at = 0; at < layer.and_gates.size(); at += kBatch) {
      const auto batch = layer.and_gates.subspan(at, std::min(kBatch, layer.and_gates.size() - at));
      EvaluateBatch(batch, in);
      in += kRowBytes * batch.size();
    }
  }
  TakeOutputs(circuit, outputs);
}

void HalfGates::EvaluateBatch(std::span<const Gate> gates, const std::uint8_t* rows) {
  Label* hash = batch_.data();
  for (const Gate& gate : gates) {
    hash[0] = wires_[gate.a];
    hash[1] = wires_[gate.b];
    hash += 2;
  }
  kernels_->hash(start_.data(), gate_, gates.size(), 1, Words(batch_));
  hash = batch_.data();
  for (const Gate& gate : gates) {
    const Label a = wires_[gate.a];
    const Label b = wires_[gate.b];
    // H(A) + s_a T_G + H(B) + s_b (T_E + A)
    wires_[gate.out] = hash[0] + Label::Load(rows).Times(ColourOf(a)) + hash[1] +
                       (Label::Load(rows + kLabelBytes) + a).Times(ColourOf(b));
    rows += kRowBytes;
    hash += 2;
  }
  gate_ += gates.size();
}

}  // namespace mpcstats

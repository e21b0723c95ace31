#include "mpcstats/zktls/garble/evaluator.h"

#include <algorithm>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {

Evaluator::Evaluator(const GarblePlan& plan, const OutputBinding& binding, ProverCorrelations correlations)
    : plan_(&plan),
      binding_(binding),
      correlations_(std::move(correlations)),
      gates_(binding.start),
      active_(plan.wire_count()),  // zeros: what the labels of constants are
      hash_("mpcstats/v1/garbled-tables") {
  hash_.Add(binding.start);
}

Result<Evaluator> Evaluator::Create(const GarblePlan& plan, const Bytes32& session,
                                    ProverCorrelations correlations) {
  if (correlations.size() != plan.evaluator_bits() || correlations.bits.size() != plan.evaluator_bits()) {
    return Fail(ErrorCode::kInvalidArgument, "evaluating needs a correlation for each input bit");
  }
  return Evaluator(plan, BindingOf(session, plan), std::move(correlations));
}

std::unexpected<Error> Evaluator::Break(ErrorCode code, const char* what) {
  state_ = State::kFailed;
  return Fail(code, what);
}

Status Evaluator::ReceiveTables(ByteSpan chunk) {
  if (state_ != State::kTables || !tables_left()) {
    return Break(ErrorCode::kProtocolViolation, "more tables came than the circuit has");
  }
  if (chunk.size() != std::min(kTableChunkBytes, plan_->table_bytes() - tables_.size())) {
    return Break(ErrorCode::kProtocolViolation, "a piece of the tables has another length than was agreed");
  }
  // All memory at once, but not before the first piece.
  if (tables_.empty()) tables_.reserve(plan_->table_bytes());
  tables_.insert(tables_.end(), chunk.begin(), chunk.end());
  hash_.Add(chunk);
  return {};
}

Result<Bytes> Evaluator::Acknowledge() {
  if (state_ != State::kTables || tables_left()) {
    return Break(ErrorCode::kInvalidArgument, "tables are acknowledged once, when all are there");
  }
  const Bytes32 digest = hash_.Finish();
  state_ = State::kReady;
  return Bytes(digest.begin(), digest.end());
}

Result<Bytes> Evaluator::Choose(std::span<const std::uint8_t> bits) {
  if (state_ != State::kReady || running_ == plan_->phases().size()) {
    return Break(ErrorCode::kInvalidArgument, "choices for the garbled circuit out of turn");
  }
  if (bits.empty() || bits.size() != plan_->phases()[running_].evaluator_bits) {
    return Break(ErrorCode::kInvalidArgument, "a phase of the garbled circuit takes another number of bits");
  }
  Buffer<std::uint8_t> corrections(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    // d = x xor u; u is random and used once.
    corrections[i] = static_cast<std::uint8_t>((bits[i] ^ correlations_.bits[correlations_used_ + i]) & 1);
  }
  state_ = State::kChosen;
  return PackBits(corrections.span());
}

void Evaluator::TakeLabels(const GarblePlan::Phase& phase, ByteSpan message) {
  const std::uint8_t* own = message.data() + kLabelBytes * phase.garbler_bits;
  const std::uint8_t* others = message.data();
  for (const GarblePlan::Input& input : phase.inputs) {
    for (Label& active : Wires(input.wires)) {
      const std::uint8_t*& place = input.of_evaluator ? own : others;
      active = Label::Load(place);
      if (input.of_evaluator) active += correlations_.macs[correlations_used_++];
      place += kLabelBytes;
    }
  }
}

ByteSpan Evaluator::NextTables(std::size_t bytes) {
  const ByteSpan next = ByteSpan(tables_).subspan(table_at_, bytes);
  table_at_ += bytes;
  return next;
}

void Evaluator::RunSteps(const GarblePlan::Phase& phase) {
  for (const GarblePlan::Step& step : phase.steps) {
    Labels inputs(step.circuit->input_bits());
    std::size_t at = 0;
    for (const PlanWires& wires : step.inputs) {
      std::ranges::copy(Wires(wires), inputs.data() + at);
      at += wires.count;
    }
    gates_.Evaluate(*step.circuit, inputs.span(), Wires(step.outputs),
                    NextTables(kRowBytes * step.circuit->and_count()));
  }
}

Result<Evaluator::Evaluated> Evaluator::Evaluate(ByteSpan labels) {
  if (running_ == plan_->phases().size()) {
    return Break(ErrorCode::kInvalidArgument, "the garbled circuit is evaluated");
  }
  const GarblePlan::Phase& phase = plan_->phases()[running_];
  if (state_ != (phase.evaluator_bits > 0 ? State::kChosen : State::kReady)) {
    return Break(ErrorCode::kProtocolViolation, "labels of the garbled circuit out of turn");
  }
  if (labels.size() != phase.label_bytes()) {
    return Break(ErrorCode::kProtocolViolation, "the labels of a phase have another length than was agreed");
  }
  TakeLabels(phase, labels);
  RunSteps(phase);

  Labels outputs(phase.output_bits);
  Labels returned(phase.returned_bits);
  std::size_t at = 0;
  std::size_t next = 0;
  for (const GarblePlan::Output& output : phase.outputs) {
    std::ranges::copy(Wires(output.wires), outputs.data() + at);
    if (output.kind != OutputKind::kShared) {
      std::ranges::copy(Wires(output.wires), returned.data() + next);
      next += output.wires.count;
    }
    at += output.wires.count;
  }
  auto bits =
      DecodeOutputs(binding_, outputs_done_, outputs.span(), NextTables(OutputTableBytes(phase.output_bits)));
  if (!bits) {
    state_ = State::kFailed;
    return std::unexpected(std::move(bits).error());
  }
  Buffer<std::uint8_t> returned_bits(phase.returned_bits);
  at = next = 0;
  for (const GarblePlan::Output& output : phase.outputs) {
    if (output.kind != OutputKind::kShared) {
      std::copy_n(bits->data() + at, output.wires.count, returned_bits.data() + next);
      next += output.wires.count;
    }
    at += output.wires.count;
  }
  Evaluated evaluated{PackBits(returned_bits.span()), std::move(*bits)};
  const Bytes32 digest = binding_.Digest(outputs_done_, returned.span());
  evaluated.message.insert(evaluated.message.end(), digest.begin(), digest.end());
  outputs_done_ += phase.output_bits;
  ++running_;
  state_ = State::kReady;
  return evaluated;
}

}  // namespace mpcstats

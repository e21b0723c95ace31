#include "mpcstats/zktls/garble/garbler.h"

#include <algorithm>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {
namespace {

constexpr SecretAccess kGarbling("labels of garbled wires");

Label DeltaOf(const VerifierCorrelations& correlations) {
  return correlations.delta.With(kGarbling, [](Gf2_128 delta) { return delta; });
}

}  // namespace

OutputBinding BindingOf(const Bytes32& session, const GarblePlan& plan) {
  const Bytes32 hash = Sha256Stream("mpcstats/v1/garble-tweaks").Add(session).Add(plan.digest()).Finish();
  OutputBinding binding;
  std::copy_n(hash.begin(), binding.start.size(), binding.start.begin());
  return binding;
}

Garbler::Garbler(const GarblePlan& plan, const OutputBinding& binding, VerifierCorrelations correlations,
                 Buffer<std::uint8_t> masks)
    : plan_(&plan),
      binding_(binding),
      correlations_(std::move(correlations)),
      masks_(std::move(masks)),
      gates_(binding.start),
      zeros_(plan.wire_count()),
      hash_("mpcstats/v1/garbled-tables") {
  hash_.Add(binding.start);
}

Result<Garbler> Garbler::Create(const GarblePlan& plan, const Bytes32& session,
                                VerifierCorrelations correlations, Buffer<std::uint8_t> masks, Rng& rng) {
  if (correlations.size() != plan.evaluator_bits() || masks.size() != plan.mask_bits()) {
    return Fail(ErrorCode::kInvalidArgument,
                "garbling needs a correlation for each input bit and a mask for each output");
  }
  if (ct::Declassify(ColourOf(DeltaOf(correlations)), "bit 0 of Delta is always set") != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "bit 0 of Delta is not set: the two labels of a wire would have one colour");
  }
  unsigned beyond = 0;
  for (const std::uint8_t mask : masks.span()) beyond |= mask >> 1;
  if (ct::Declassify(beyond, "a bit has nothing above bit 0") != 0) {
    return Fail(ErrorCode::kInvalidArgument, "a mask is a bit");
  }
  Garbler garbler(plan, BindingOf(session, plan), std::move(correlations), std::move(masks));
  garbler.DrawInputs(rng);
  return garbler;
}

void Garbler::DrawInputs(Rng& rng) {
  for (const GarblePlan::Phase& phase : plan_->phases()) {
    for (const GarblePlan::Input& input : phase.inputs) {
      const std::span<Label> wires = Wires(input.wires);
      rng.Fill({reinterpret_cast<std::uint8_t*>(wires.data()), wires.size_bytes()});
    }
  }
  const Label delta = DeltaOf(correlations_);
  for (const GarblePlan::Constant& constant : plan_->constants()) {
    // The evaluator's label is zero, whatever the value.
    const std::span<Label> wires = Wires(constant.wires);
    for (std::size_t i = 0; i < wires.size(); ++i) wires[i] = delta.Times(constant.value[i / 8] >> (i % 8));
  }
}

std::unexpected<Error> Garbler::Break(ErrorCode code, const char* what) {
  state_ = State::kFailed;
  return Fail(code, what);
}

Result<Bytes> Garbler::NextTables() {
  if (state_ != State::kTables || !tables_left()) {
    return Break(ErrorCode::kInvalidArgument, "there are no tables to send");
  }
  while (pending_.size() - pending_at_ < kTableChunkBytes && phase_ < plan_->phases().size()) {
    RETURN_IF_ERROR(GarbleMore());
  }
  const std::size_t size = std::min(kTableChunkBytes, pending_.size() - pending_at_);
  const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(pending_at_);
  Bytes chunk(begin, begin + static_cast<std::ptrdiff_t>(size));
  pending_at_ += size;
  sent_bytes_ += size;
  hash_.Add(chunk);
  if (!tables_left()) tables_digest_ = hash_.Finish();
  return chunk;
}

/// One step more, or the end of a phase, into the bytes that wait.
Status Garbler::GarbleMore() {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(pending_at_));
  pending_at_ = 0;
  const GarblePlan::Phase& phase = plan_->phases()[phase_];
  if (step_ == phase.steps.size()) return GarbleOutputs(phase);
  const GarblePlan::Step& step = phase.steps[step_++];
  Labels inputs(step.circuit->input_bits());
  std::size_t at = 0;
  for (const PlanWires& wires : step.inputs) {
    std::ranges::copy(Wires(wires), inputs.data() + at);
    at += wires.count;
  }
  const std::size_t before = pending_.size();
  pending_.resize(before + kRowBytes * step.circuit->and_count());
  gates_.Garble(*step.circuit, DeltaOf(correlations_), inputs.span(), Wires(step.outputs),
                MutableByteSpan(pending_).subspan(before));
  return {};
}

Buffer<std::uint8_t> Garbler::MasksOf(const GarblePlan::Phase& phase, std::size_t first) const {
  Buffer<std::uint8_t> masks(phase.output_bits);
  std::size_t at = 0;
  for (const GarblePlan::Output& output : phase.outputs) {
    if (output.kind != OutputKind::kPublic) {
      std::copy_n(masks_.data() + first, output.wires.count, masks.data() + at);
      first += output.wires.count;
    }
    at += output.wires.count;
  }
  return masks;
}

Status Garbler::GarbleOutputs(const GarblePlan::Phase& phase) {
  Labels labels(phase.output_bits);
  std::size_t at = 0;
  for (const GarblePlan::Output& output : phase.outputs) {
    std::ranges::copy(Wires(output.wires), labels.data() + at);
    at += output.wires.count;
  }
  const Buffer<std::uint8_t> masks = MasksOf(phase, next_mask_);
  next_mask_ += phase.mask_bits;
  const std::size_t before = pending_.size();
  pending_.resize(before + OutputTableBytes(phase.output_bits));
  if (auto status = WriteOutputTable(binding_, next_output_, labels.span(), DeltaOf(correlations_),
                                     masks.span(), MutableByteSpan(pending_).subspan(before));
      !status) {
    state_ = State::kFailed;
    return status;
  }
  next_output_ += phase.output_bits;
  ++phase_;
  step_ = 0;
  return {};
}

Status Garbler::ReceiveAcknowledgement(ByteSpan message) {
  if (state_ != State::kTables || tables_left()) {
    return Break(ErrorCode::kInvalidArgument, "an acknowledgement of tables that were not all sent");
  }
  if (message.size() != tables_digest_.size() || !ct::Equal(message, tables_digest_)) {
    return Break(ErrorCode::kProtocolViolation, "the notary acknowledged other tables than were sent");
  }
  state_ = State::kAcknowledged;
  return {};
}

Result<Bytes> Garbler::StartPhase(ByteSpan corrections, std::span<const std::uint8_t> bits) {
  if (state_ != State::kAcknowledged || running_ == plan_->phases().size()) {
    return Break(ErrorCode::kInvalidArgument,
                 "labels of a garbled circuit are sent once, in the order of its phases");
  }
  const GarblePlan::Phase& phase = plan_->phases()[running_];
  if (bits.size() != phase.garbler_bits) {
    return Break(ErrorCode::kInvalidArgument, "a phase of the garbled circuit takes another number of bits");
  }
  auto unpacked = UnpackBits(corrections, phase.evaluator_bits);
  if (!unpacked) {
    state_ = State::kFailed;
    return std::unexpected(unpacked.error().At("choices for the garbled circuit"));
  }
  const Label delta = DeltaOf(correlations_);
  Bytes message(phase.label_bytes());
  std::uint8_t* own = message.data();
  std::uint8_t* others = message.data() + kLabelBytes * phase.garbler_bits;
  std::size_t bit = 0;
  std::size_t choice = 0;
  for (const GarblePlan::Input& input : phase.inputs) {
    for (const Label zero : Wires(input.wires)) {
      if (input.of_evaluator) {
        // The evaluator has K + u Delta and asks with d = x xor u: what it adds up to is zero + x Delta.
        const Label key = correlations_.keys[keys_used_ + choice];
        (zero + key + delta.Times((*unpacked)[choice])).Store(others);
        others += kLabelBytes;
        ++choice;
      } else {
        (zero + delta.Times(bits[bit++])).Store(own);
        own += kLabelBytes;
      }
    }
  }
  keys_used_ += phase.evaluator_bits;
  state_ = State::kLabelsSent;
  return message;
}

Result<Buffer<std::uint8_t>> Garbler::ReceiveOutputs(ByteSpan message) {
  if (state_ != State::kLabelsSent) {
    return Break(ErrorCode::kInvalidArgument, "outputs of a garbled circuit that has no labels yet");
  }
  const GarblePlan::Phase& phase = plan_->phases()[running_];
  if (message.size() != phase.returned_bytes()) {
    return Break(ErrorCode::kProtocolViolation, "the outputs of the garbled circuit have another length");
  }
  const std::size_t packed = message.size() - sizeof(Bytes32);
  auto returned = UnpackBits(message.first(packed), phase.returned_bits);
  if (!returned) {
    state_ = State::kFailed;
    return std::unexpected(returned.error().At("outputs of the garbled circuit"));
  }
  const Label delta = DeltaOf(correlations_);
  Buffer<std::uint8_t> values = MasksOf(phase, masks_used_);
  Labels labels(phase.returned_bits);
  std::size_t at = 0;
  std::size_t next = 0;
  for (const GarblePlan::Output& output : phase.outputs) {
    for (const Label zero : Wires(output.wires)) {
      if (output.kind != OutputKind::kShared) {
        values[at] = static_cast<std::uint8_t>(values[at] ^ (*returned)[next]);
        labels[next++] = zero + delta.Times(values[at]);
      }
      ++at;
    }
  }
  if (!ct::Equal(binding_.Digest(outputs_done_, labels.span()), message.subspan(packed))) {
    return Break(ErrorCode::kCheatingDetected, "the outputs of the garbled circuit come with other labels");
  }
  masks_used_ += phase.mask_bits;
  outputs_done_ += phase.output_bits;
  ++running_;
  state_ = State::kAcknowledged;
  return values;
}

}  // namespace mpcstats

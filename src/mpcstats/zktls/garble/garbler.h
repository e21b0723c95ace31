// The end that garbles: the prover. evaluator.h is the other end.
//
//   ahead of the user
//   P  while (garbler.tables_left()) garbler.NextTables()           chunks            -> N  evaluator.ReceiveTables
//   N  evaluator.Acknowledge()                                      hash of all       -> P  garbler.ReceiveAcknowledgement
//   then, for each phase of the plan
//   N  evaluator.Choose(bits)                                       corrections       -> P  (nothing when it has no input)
//   P  garbler.StartPhase(corrections, bits)                            labels            -> N
//   N  auto [message, bits] = *evaluator.Evaluate(labels)           bits and a hash   -> P
//   P  garbler.ReceiveOutputs(message)
//
// Both ends have the plan, the session, and correlations of the VOLE with roles turned round: the garbler is its sender,
// whose Delta is that of the labels (VoleSenderSetup::CreateForGarbling).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/garble/half_gates.h"
#include "mpcstats/zktls/garble/output_table.h"
#include "mpcstats/zktls/garble/plan.h"
#include "mpcstats/zktls/vole/correlations.h"

namespace mpcstats {

/// Tables travel in pieces of this size; only the last one is shorter.
inline constexpr std::size_t kTableChunkBytes = std::size_t{64} << 10;

/// The tweaks and hashes of one run: different for each session, and for each plan in it.
[[nodiscard]] OutputBinding BindingOf(const Bytes32& session, const GarblePlan& plan);

/// Cost:     about 4 blocks of AES an AND gate; memory of the plan's wires, of the largest circuit and of the step being
///           sent, whatever the number of gates.
/// Security: malicious evaluator. It learns the outputs that the plan gives it, and may choose its inputs after it has the
///           tables. A returned bit other than the true one is caught unless it guesses a label (2^-127).
///           The other way round it is not secure alone: a garbler may send tables of another function, or make the
///           evaluator stop depending on its inputs. docs/zktls.md says why that is enough.
///           One run a session identifier: the tweaks follow from it.
/// Errors:   kInvalidArgument for wrong shapes, calls out of turn and after an error; kProtocolViolation for messages of
///           another length or acknowledgement; kCheatingDetected for outputs whose labels are not the true ones.
class Garbler {
 public:
  /// `correlations` has plan.evaluator_bits() keys and a Delta with bit 0 set; `masks` are plan.mask_bits() secret bits,
  /// committed elsewhere. The plan must outlive the garbler.
  [[nodiscard]] static Result<Garbler> Create(const GarblePlan& plan, const Bytes32& session,
                                              VerifierCorrelations correlations, Buffer<std::uint8_t> masks,
                                              Rng& rng);
  Garbler(Garbler&&) noexcept = default;
  Garbler& operator=(Garbler&&) noexcept = default;

  [[nodiscard]] bool tables_left() const { return sent_bytes_ < plan_->table_bytes(); }
  [[nodiscard]] Result<Bytes> NextTables();
  /// Before it, no label leaves.
  [[nodiscard]] Status ReceiveAcknowledgement(ByteSpan message);

  /// Labels of the next phase: the garbler's for `bits`, in order, then the evaluator's.
  [[nodiscard]] Result<Bytes> StartPhase(ByteSpan corrections, std::span<const std::uint8_t> bits);
  /// All outputs of the phase: values of public and masked ones, masks of shared ones.
  [[nodiscard]] Result<Buffer<std::uint8_t>> ReceiveOutputs(ByteSpan message);

 private:
  enum class State : std::uint8_t { kTables, kAcknowledged, kLabelsSent, kFailed };

  Garbler(const GarblePlan& plan, const OutputBinding& binding, VerifierCorrelations correlations,
          Buffer<std::uint8_t> masks);
  void DrawInputs(Rng& rng);
  Status GarbleMore();
  Status GarbleOutputs(const GarblePlan::Phase& phase);
  std::span<Label> Wires(PlanWires wires) { return zeros_.span().subspan(wires.first, wires.count); }
  [[nodiscard]] Buffer<std::uint8_t> MasksOf(const GarblePlan::Phase& phase, std::size_t first) const;
  std::unexpected<Error> Break(ErrorCode code, const char* what);

  const GarblePlan* plan_;
  OutputBinding binding_;
  VerifierCorrelations correlations_;
  Buffer<std::uint8_t> masks_;
  HalfGates gates_;
  Labels zeros_;  ///< zero labels of all wires of the plan
  State state_ = State::kTables;

  // Making tables: the next step, and bytes that are made and not sent.
  std::size_t phase_ = 0;
  std::size_t step_ = 0;
  std::size_t next_mask_ = 0;
  std::uint64_t next_output_ = 0;
  Bytes pending_;
  std::size_t pending_at_ = 0;
  std::size_t sent_bytes_ = 0;
  Sha256Stream hash_;
  Bytes32 tables_digest_{};

  // Running: the next phase, and how much the ones before it used.
  std::size_t running_ = 0;
  std::size_t keys_used_ = 0;
  std::size_t masks_used_ = 0;
  std::uint64_t outputs_done_ = 0;
};

}  // namespace mpcstats

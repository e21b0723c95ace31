// The end that evaluates: the notary. garbler.h has the whole exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/garble/garbler.h"
#include "mpcstats/zktls/garble/half_gates.h"
#include "mpcstats/zktls/garble/output_table.h"
#include "mpcstats/zktls/garble/plan.h"
#include "mpcstats/zktls/vole/correlations.h"

namespace mpcstats {

/// Cost:     about 2 blocks of AES an AND gate; memory of all tables (plan.table_bytes()) until it ends.
/// Security: malicious garbler, in this sense: what comes out of each phase are committed labels, or nothing. So what it
///           learns of the evaluator's inputs are the outputs of a function of its own choice, and that the evaluator did
///           not stop; docs/zktls.md counts what that is worth. Its labels are requested by random bits of the VOLE.
/// Errors:   kInvalidArgument for wrong shapes, calls out of turn and after an error; kProtocolViolation for messages of
///           another length; kCheatingDetected for an output label that is none of the committed ones.
class Evaluator {
 public:
  struct Evaluated {
    Bytes message;              ///< for the garbler
    Buffer<std::uint8_t> bits;  ///< of all outputs: values of public ones, value xor mask of the others
  };
  /// `correlations` has plan.evaluator_bits() of them. The plan must outlive the evaluator.
  [[nodiscard]] static Result<Evaluator> Create(const GarblePlan& plan, const Bytes32& session,
                                                ProverCorrelations correlations);
  Evaluator(Evaluator&&) noexcept = default;
  Evaluator& operator=(Evaluator&&) noexcept = default;

  [[nodiscard]] bool tables_left() const { return tables_.size() < plan_->table_bytes(); }
  /// The next piece of the tables, which must have the agreed length.
  [[nodiscard]] Status ReceiveTables(ByteSpan chunk);
  /// The hash of all tables, when they are there. Once.
  [[nodiscard]] Result<Bytes> Acknowledge();

  /// Corrections for the inputs of the next phase. Once a phase; not at all when it has none of the evaluator's.
  [[nodiscard]] Result<Bytes> Choose(std::span<const std::uint8_t> bits);
  /// Runs the next phase. Nothing is returned or used before all of its outputs are known to be committed ones.
  [[nodiscard]] Result<Evaluated> Evaluate(ByteSpan labels);

 private:
  enum class State : std::uint8_t { kTables, kReady, kChosen, kFailed };

  Evaluator(const GarblePlan& plan, const OutputBinding& binding, ProverCorrelations correlations);
  void TakeLabels(const GarblePlan::Phase& phase, ByteSpan message);
  void RunSteps(const GarblePlan::Phase& phase);
  std::span<Label> Wires(PlanWires wires) { return active_.span().subspan(wires.first, wires.count); }
  ByteSpan NextTables(std::size_t bytes);
  std::unexpected<Error> Break(ErrorCode code, const char* what);

  const GarblePlan* plan_;
  OutputBinding binding_;
  ProverCorrelations correlations_;
  HalfGates gates_;
  Labels active_;  ///< of all wires of the plan
  Bytes tables_;
  Sha256Stream hash_;
  State state_ = State::kTables;

  std::size_t running_ = 0;
  std::size_t table_at_ = 0;
  std::size_t correlations_used_ = 0;
  std::uint64_t outputs_done_ = 0;
};

}  // namespace mpcstats

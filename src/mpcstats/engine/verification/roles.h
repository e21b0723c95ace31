// One role of one proof as a pure machine: no messages, no keys. verify.cc moves its messages; tests drive it over toy
// fields, where cheats succeed often enough to be counted.
//
// Levels 1..t: the prover's message G_j reaches the lead minus a pad that the second knows; both verifiers keep an
// additive share of the claim. docs/verification.md section 3.
#pragma once

#include <span>
#include <vector>

#include "mpcstats/base/thread_pool.h"
#include "mpcstats/engine/verification/source.h"
#include "mpcstats/field/fp127.h"
#include "mpcstats/field/fp65521.h"
#include "mpcstats/field/gf2_16.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {

/// What the second verifier tells the lead at the end.
template <typename K>
struct SecondAnswer {
  K v_value{};                  ///< q = V(r_t)
  K share_value{};              ///< its share of G_t(r_t)
  std::vector<K> check_values;  ///< its shares of c_1..c_t
};

template <typename K>
class ProofMachine {
 public:
  ProofMachine(ProofRole role, ProofSource<K>* source, ThreadPool* pool);

  [[nodiscard]] const FoldSchedule& schedule() const { return source_->schedule(); }
  [[nodiscard]] std::size_t levels() const { return schedule().levels(); }
  /// Coefficients of G at `level` (0-based): 2 * factor - 1, and 2 * last + 1 at the last level.
  [[nodiscard]] std::size_t MessageSize(std::size_t level) const;

  void Begin(std::span<const std::uint8_t, 16> seed);
  /// Masks of the last level: mu (prover, lead), nu (prover, second). Before the last message.
  void SetMasks(K mu, K nu);
  /// Prover: G at `level`.
  std::vector<K> Message(std::size_t level);
  /// Lead, second: this role's share of G at `level`; notes the check value.
  void TakeShare(std::size_t level, std::span<const K> share);
  /// All roles, levels before the last: folds with r and moves the claim on.
  void Fold(std::size_t level, K r);
  /// Second: the answer for the last challenge.
  SecondAnswer<K> Answer(K r);
  /// Lead: accepts or not.
  [[nodiscard]] bool Accept(K r, const SecondAnswer<K>& answer) const;

 private:
  [[nodiscard]] std::size_t PaddedSize(std::size_t level) const;
  [[nodiscard]] K EvaluateU(K r) const;
  [[nodiscard]] K EvaluateV(K r) const;
  Buffer<K> FoldVector(const Buffer<K>& x, const std::vector<K>& powers, std::size_t size);
  // The first unpacked level, for which the source writes its entries block by block.
  [[nodiscard]] bool FromSource(std::size_t level) const {
    return level == 0 && schedule().folds > 0 && !source_->packed();
  }
  void AddToMessage(std::size_t chunks, std::size_t lambda, std::vector<K>* g);
  void FoldEntries(const std::vector<K>& ascending, std::size_t size);

  ProofRole role_;
  ProofSource<K>* source_;
  ThreadPool* pool_;
  std::vector<std::size_t> sizes_;  ///< entries before each level, padded to its factor
  ProofVectors<K> vectors_;
  K mu_{};
  K nu_{};
  K target_{};
  std::vector<K> share_;
  std::vector<K> checks_;
};

extern template class ProofMachine<Gf2_64>;
extern template class ProofMachine<Gf2_16>;
extern template class ProofMachine<Fp127>;
extern template class ProofMachine<Fp65521>;

}  // namespace mpcstats

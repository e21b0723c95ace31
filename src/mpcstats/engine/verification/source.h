// What a proof is about: a list of products with weights, seen from one of the three roles.
//
// The claim of prover P_j: sum_k w_k u_k v_k = A + B, where u and A are known to P_j and L = P_{j-1}, v and B to P_j and
// R = P_{j+1}. docs/verification.md section 2.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/party.h"
#include "mpcstats/base/thread_pool.h"
#include "mpcstats/engine/verification/schedule.h"

namespace mpcstats {

/// Whose eyes: the prover holds u and v, the lead verifier (previous party) u, the second verifier (next party) v.
enum class ProofRole : std::uint8_t { kProver, kLead, kSecond };

constexpr ProofRole RoleFor(PartyIndex self, PartyIndex prover) {
  if (self == prover) return ProofRole::kProver;
  return self == prover.Previous() ? ProofRole::kLead : ProofRole::kSecond;
}
constexpr bool HoldsU(ProofRole role) { return role != ProofRole::kSecond; }
constexpr bool HoldsV(ProofRole role) { return role != ProofRole::kLead; }

template <typename K>
struct ProofVectors {
  Buffer<K> u;  // empty when the role does not hold it
  Buffer<K> v;
};

template <typename K>
class ProofSource {
 public:
  virtual ~ProofSource() = default;

  [[nodiscard]] virtual const FoldSchedule& schedule() const = 0;
  /// Entries over K that the schedule was made for: all of them, or what the packed level leaves.
  [[nodiscard]] virtual std::size_t entries() const = 0;
  /// True when the first level works on packed words; Entries() is then not called.
  [[nodiscard]] virtual bool packed() const = 0;
  /// Derives the weights from the seed; once, before anything below.
  virtual void Begin(std::span<const std::uint8_t, 16> seed) = 0;
  /// A for the lead, B for the second.
  virtual K Target() = 0;
  /// Packed level, prover: the 2*factor-1 coefficients of G_1.
  virtual void PackedCoefficients(K* out) = 0;
  /// Packed level, after its challenge: the folded vectors this role holds, `size` elements each, zero-padded.
  virtual ProofVectors<K> PackedFold(K challenge, std::size_t size) = 0;
  /// Unpacked: entries [first, first + count) of the weighted vectors, zeros behind the last one. `u` and `v` have `count`
  /// elements, or none where this role does not hold them. The first level asks for each entry twice, block by block and
  /// from several threads, so that the vectors never stand in memory as a whole.
  virtual void Entries(std::size_t first, std::span<K> u, std::span<K> v) = 0;
};

}  // namespace mpcstats

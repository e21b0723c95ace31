#include "mpcstats/engine/verification/packed_source.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

constexpr std::size_t kCoefficients = 2 * kGroupWords - 1;

// Whole groups of gates under weights theta_g psi_j beta^b: a chunk of ANDs under the batch's weights, or a form, whose
// weights are its public ones times the relation's.
struct Section {
  const std::uint64_t *x_own, *x_next, *y_own, *y_next;
  std::size_t groups;
  std::size_t position;  // first element after the packed level; the second cross term follows the first
  const std::uint64_t* psi;
  const std::uint64_t* theta;
};

class PackedSource final : public ProofSource<Gf2_64> {
 public:
  PackedSource(const BooleanBatch& batch, ProofRole role, ThreadPool& pool)
      : batch_(batch), role_(role), pool_(pool) {
    std::size_t groups = 0;
    for (const auto& chunk : batch.chunks) groups += chunk->groups();
    chunk_groups_ = groups;
    for (const auto& form : batch.forms) groups += form->rho.size();
    groups_ = groups;
    schedule_ = MakeSchedule(2 * groups * kGroupWords, kGroupWords);
  }

  const FoldSchedule& schedule() const override { return schedule_; }
  std::size_t entries() const override { return 2 * groups_ * kGroupWords; }
  bool packed() const override { return true; }

  void Begin(std::span<const std::uint8_t, 16> seed) override {
    // theta_g for each group and psi_j for each word of a group; one weight for each form. The two cross terms of a
    // gate share their weight.
    theta_ = Buffer<std::uint64_t>::Raw(groups_);
    form_weight_.resize(batch_.forms.size());
    const AesPrg prg(seed);
    prg.Generate(StreamId{0, 0}, Raw(psi_.data(), psi_.size()));
    prg.Generate(StreamId{0, 1}, Raw(theta_.data(), chunk_groups_));
    prg.Generate(StreamId{0, 2}, Raw(form_weight_.data(), form_weight_.size()));
    std::size_t group = 0;
    for (const auto& chunk : batch_.chunks) {
      AddSection(*chunk, chunk->groups(), psi_.data(), group);
      group += chunk->groups();
    }
    for (std::size_t f = 0; f < batch_.forms.size(); ++f) {
      const FormRecord& form = *batch_.forms[f];
      Kernels().multiply_scalar(form.rho.data(), form_weight_[f], form.rho.size(), theta_.data() + group);
      AddSection(form, form.rho.size(), form.sigma.data(), group);
      group += form.rho.size();
    }
  }

  Gf2_64 Target() override {
    const bool lead = role_ == ProofRole::kLead;
    Gf2_64 sum = Gf2_64::Zero();
    std::size_t group = 0;
    for (const auto& chunk : batch_.chunks) {
      const auto& target = lead ? chunk->lead_target : chunk->second_target;
      sum += Gf2_64::FromU64(
          Kernels().weighted_sum(target.data(), chunk->groups(), psi_.data(), theta_.data() + group));
      group += chunk->groups();
    }
    for (std::size_t f = 0; f < batch_.forms.size(); ++f) {
      const FormRecord& form = *batch_.forms[f];
      sum += Gf2_64::FromU64(form_weight_[f]) * Gf2_64::FromU64(lead ? form.lead_target : form.second_target);
    }
    return sum;
  }

  void PackedCoefficients(Gf2_64* out) override {
    CHECK(role_ == ProofRole::kProver);
    std::array<std::uint64_t, kCoefficients> sum{};
    std::mutex mutex;
    for (const Section& s : sections_) {
      pool_.ParallelFor(s.groups, 64, [&](std::size_t begin, std::size_t end) {
        // u = (x_i, y_i), v = (y_{i+1}, x_{i+1}); both terms of a gate have one weight, so they are added first.
        std::array<std::uint64_t, kCoefficients> part{};
        const std::size_t word = begin * kGroupWords;
        Kernels().level1_pairs(s.x_own + word, s.y_next + word, s.y_own + word, s.x_next + word, end - begin,
                               s.psi, s.theta + begin, part.data());
        std::lock_guard lock(mutex);
        for (std::size_t d = 0; d < kCoefficients; ++d) sum[d] ^= part[d];
      });
    }
    for (std::size_t d = 0; d < kCoefficients; ++d) out[d] = Gf2_64::FromU64(sum[d]);
  }

  ProofVectors<Gf2_64> PackedFold(Gf2_64 challenge, std::size_t size) override {
    // v'_{g,b} = sum_l r^(63-l) v_{g,l,b}; the powers of r are the same for every section.
    std::array<std::uint64_t, kGroupWords> powers, v_weights;
    Gf2_64 power = Gf2_64::One();
    for (std::size_t j = 0; j < kGroupWords; ++j) {
      powers[j] = power.bits();
      v_weights[kGroupWords - 1 - j] = powers[j];
      power = power * challenge;
    }
    ProofVectors<Gf2_64> vectors;
    const std::size_t filled = 2 * groups_ * kGroupWords;
    for (auto [held, vector] : {std::pair(HoldsU(role_), &vectors.u), std::pair(HoldsV(role_), &vectors.v)}) {
      if (!held) continue;
      *vector = Buffer<Gf2_64>::Raw(size);
      std::fill(vector->data() + filled, vector->data() + size, Gf2_64::Zero());
    }
    for (const Section& s : sections_) {
      // u'_{g,b} = theta_g beta^b sum_j psi_j r^j u_{g,j,b}
      std::array<std::uint64_t, kGroupWords> u_weights;
      Kernels().multiply(s.psi, powers.data(), kGroupWords, u_weights.data());
      pool_.ParallelFor(s.groups, 16, [&](std::size_t begin, std::size_t end) {
        const std::size_t word = begin * kGroupWords;
        for (const bool second_term : {false, true}) {
          const std::size_t at = s.position + (second_term ? s.groups * kGroupWords : 0) + word;
          if (HoldsU(role_)) {
            Kernels().fold_groups(U(s, second_term) + word, end - begin, u_weights.data(), s.theta + begin,
                                  reinterpret_cast<std::uint64_t*>(vectors.u.data()) + at);
          }
          if (HoldsV(role_)) {
            Kernels().fold_groups(V(s, second_term) + word, end - begin, v_weights.data(), nullptr,
                                  reinterpret_cast<std::uint64_t*>(vectors.v.data()) + at);
          }
        }
      });
    }
    return vectors;
  }

  void Entries(std::size_t, std::span<Gf2_64>, std::span<Gf2_64>) override { CHECK(false); }

 private:
  static MutableByteSpan Raw(std::uint64_t* words, std::size_t count) {
    return {reinterpret_cast<std::uint8_t*>(words), count * sizeof(std::uint64_t)};
  }

  template <typename Gates>
  void AddSection(const Gates& gates, std::size_t groups, const std::uint64_t* psi, std::size_t first_group) {
    sections_.push_back({gates.x_own.data(), gates.x_next.data(), gates.y_own.data(), gates.y_next.data(),
                         groups, 2 * first_group * kGroupWords, psi, theta_.data() + first_group});
  }

  // Prover: u = (x_i, y_i). Lead of the next party: its u is this party's second component.
  [[nodiscard]] const std::uint64_t* U(const Section& s, bool second_term) const {
    if (role_ == ProofRole::kProver) return second_term ? s.y_own : s.x_own;
    return second_term ? s.y_next : s.x_next;
  }
  // Prover: v = (y_{i+1}, x_{i+1}). Second of the previous party: its v is this party's first component.
  [[nodiscard]] const std::uint64_t* V(const Section& s, bool second_term) const {
    if (role_ == ProofRole::kProver) return second_term ? s.x_next : s.y_next;
    return second_term ? s.x_own : s.y_own;
  }

  const BooleanBatch& batch_;
  ProofRole role_;
  ThreadPool& pool_;
  FoldSchedule schedule_;
  std::size_t chunk_groups_ = 0;
  std::size_t groups_ = 0;
  std::vector<Section> sections_;
  std::array<std::uint64_t, kGroupWords> psi_{};
  Buffer<std::uint64_t> theta_;
  std::vector<std::uint64_t> form_weight_;
};

}  // namespace

std::unique_ptr<ProofSource<Gf2_64>> MakePackedSource(const BooleanBatch& batch, ProofRole role,
                                                      ThreadPool& pool) {
  return std::make_unique<PackedSource>(batch, role, pool);
}

}  // namespace mpcstats

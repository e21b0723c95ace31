#include "mpcstats/engine/verification/packed_source.h"

#include <array>
#include <mutex>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

constexpr std::size_t kCoefficients = 2 * kGroupWords - 1;

// One cross term of one chunk: for each gate of the chunk one product u & v.
struct Stretch {
  const BooleanChunk* chunk;
  std::size_t first_group;  // position of the chunk's weights
  std::size_t groups;
  std::size_t position;     // first element after the packed level
  bool second_term;
};

class PackedSource final : public ProofSource<Gf2_64> {
 public:
  PackedSource(const BooleanBatch& batch, ProofRole role, ThreadPool& pool) : batch_(batch), role_(role), pool_(pool) {
    std::size_t group = 0;
    std::size_t position = 0;
    for (const auto& chunk : batch.chunks) {
      for (const bool second_term : {false, true}) {
        stretches_.push_back({chunk.get(), group, chunk->groups(), position, second_term});
        position += chunk->groups() * kGroupWords;
      }
      group += chunk->groups();
    }
    groups_ = group;
    schedule_ = MakeSchedule(position, kGroupWords);
  }

  const FoldSchedule& schedule() const override { return schedule_; }
  bool packed() const override { return true; }

  void Begin(std::span<const std::uint8_t, 16> seed) override {
    // theta_g for each group, psi_j for each word of a group; the two cross terms of a gate share their weight.
    theta_ = Buffer<std::uint64_t>::Raw(groups_);
    const AesPrg prg(seed);
    prg.Generate(StreamId{0, 0}, {reinterpret_cast<std::uint8_t*>(psi_.data()), sizeof(psi_)});
    prg.Generate(StreamId{0, 1}, {reinterpret_cast<std::uint8_t*>(theta_.data()), groups_ * sizeof(std::uint64_t)});
  }

  Gf2_64 Target() override {
    std::uint64_t sum = 0;
    std::size_t group = 0;
    for (const auto& chunk : batch_.chunks) {
      const auto& target = role_ == ProofRole::kLead ? chunk->lead_target : chunk->second_target;
      sum ^= Kernels().weighted_sum(target.data(), chunk->groups(), psi_.data(), theta_.data() + group);
      group += chunk->groups();
    }
    return Gf2_64::FromU64(sum);
  }

  void PackedCoefficients(Gf2_64* out) override {
    CHECK(role_ == ProofRole::kProver);
    std::array<std::uint64_t, kCoefficients> sum{};
    std::mutex mutex;
    std::size_t group = 0;
    for (const auto& chunk : batch_.chunks) {
      pool_.ParallelFor(chunk->groups(), 64, [&](std::size_t begin, std::size_t end) {
        // u = (x_i, y_i), v = (y_{i+1}, x_{i+1}); both terms of a gate have one weight, so they are added first.
        std::array<std::uint64_t, kCoefficients> part{};
        const std::size_t word = begin * kGroupWords;
        Kernels().level1_pairs(chunk->x_own.data() + word, chunk->y_next.data() + word, chunk->y_own.data() + word,
                               chunk->x_next.data() + word, end - begin, psi_.data(), theta_.data() + group + begin,
                               part.data());
        std::lock_guard lock(mutex);
        for (std::size_t d = 0; d < kCoefficients; ++d) sum[d] ^= part[d];
      });
      group += chunk->groups();
    }
    for (std::size_t d = 0; d < kCoefficients; ++d) out[d] = Gf2_64::FromU64(sum[d]);
  }

  ProofVectors<Gf2_64> PackedFold(Gf2_64 challenge, std::size_t size) override {
    // u'_{g,b} = theta_g beta^b sum_j psi_j r^j u_{g,j,b},  v'_{g,b} = sum_l r^(63-l) v_{g,l,b}
    std::array<std::uint64_t, kGroupWords> u_weights, v_weights;
    Gf2_64 power = Gf2_64::One();
    for (std::size_t j = 0; j < kGroupWords; ++j) {
      (power * Gf2_64::FromU64(psi_[j])).Store(reinterpret_cast<std::uint8_t*>(&u_weights[j]));
      power.Store(reinterpret_cast<std::uint8_t*>(&v_weights[kGroupWords - 1 - j]));
      power = power * challenge;
    }
    ProofVectors<Gf2_64> vectors;
    if (HoldsU(role_)) vectors.u = Buffer<Gf2_64>(size);
    if (HoldsV(role_)) vectors.v = Buffer<Gf2_64>(size);
    for (const Stretch& s : stretches_) {
      pool_.ParallelFor(s.groups, 16, [&](std::size_t begin, std::size_t end) {
        const std::size_t words = begin * kGroupWords;
        if (HoldsU(role_)) {
          Kernels().fold_groups(U(s) + words, end - begin, u_weights.data(), theta_.data() + s.first_group + begin,
                                reinterpret_cast<std::uint64_t*>(vectors.u.data()) + s.position + words);
        }
        if (HoldsV(role_)) {
          Kernels().fold_groups(V(s) + words, end - begin, v_weights.data(), nullptr,
                                reinterpret_cast<std::uint64_t*>(vectors.v.data()) + s.position + words);
        }
      });
    }
    return vectors;
  }

  ProofVectors<Gf2_64> Entries(std::size_t) override {
    CHECK(false);
    return {};
  }

 private:
  // Prover: u = (x_i, y_i). Lead of the next party: its u is this party's second component.
  [[nodiscard]] const std::uint64_t* U(const Stretch& s) const {
    if (role_ == ProofRole::kProver) return (s.second_term ? s.chunk->y_own : s.chunk->x_own).data();
    return (s.second_term ? s.chunk->y_next : s.chunk->x_next).data();
  }
  // Prover: v = (y_{i+1}, x_{i+1}). Second of the previous party: its v is this party's first component.
  [[nodiscard]] const std::uint64_t* V(const Stretch& s) const {
    if (role_ == ProofRole::kProver) return (s.second_term ? s.chunk->x_next : s.chunk->y_next).data();
    return (s.second_term ? s.chunk->x_own : s.chunk->y_own).data();
  }

  const BooleanBatch& batch_;
  ProofRole role_;
  ThreadPool& pool_;
  FoldSchedule schedule_;
  std::vector<Stretch> stretches_;
  std::size_t groups_ = 0;
  std::array<std::uint64_t, kGroupWords> psi_{};
  Buffer<std::uint64_t> theta_;
};

}  // namespace

std::unique_ptr<ProofSource<Gf2_64>> MakePackedSource(const BooleanBatch& batch, ProofRole role, ThreadPool& pool) {
  return std::make_unique<PackedSource>(batch, role, pool);
}

}  // namespace mpcstats

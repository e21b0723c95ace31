// For tests: statements over any field as proof sources in plain slow code.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <random>
#include <vector>

#include "mpcstats/engine/verification/source.h"
#include "mpcstats/field/field.h"

namespace mpcstats {

using TestRandom = std::mt19937_64;

template <typename K>
K RandomElement(TestRandom& random) {
  std::array<std::uint64_t, (K::kUniformBytes + 7) / 8> words;
  for (auto& word : words) word = random();
  return K::FromUniform(reinterpret_cast<const std::uint8_t*>(words.data()));
}

template <typename K>
K NonZeroElement(TestRandom& random) {
  K value;
  do value = RandomElement<K>(random);
  while (value == K::Zero());
  return value;
}

/// A word of K::kBits bits as an element; unlike FromU64 without a reduction, which is slow in the toy field.
template <typename K>
K WordElement(std::uint64_t word) {
  return K::FromUniform(reinterpret_cast<const std::uint8_t*>(&word));
}

template <typename K>
K EvaluateAt(std::span<const K> coefficients, K r) {
  K value = K::Zero();
  for (std::size_t i = coefficients.size(); i-- > 0;) value = value * r + coefficients[i];
  return value;
}

/// A schedule of small levels, with the error numerator by the rule of schedule.h.
inline FoldSchedule ToySchedule(std::initializer_list<std::uint16_t> factors, std::size_t last) {
  FoldSchedule schedule;
  schedule.last = last;
  schedule.error_numerator = 2 + 2 * last + 1;
  for (const std::uint16_t factor : factors) {
    schedule.factor[schedule.folds++] = factor;
    schedule.error_numerator += 2u * (factor - 1u);
  }
  return schedule;
}

/// u and v with all weights in, one product of the claim an entry, in the order in which they are folded.
template <typename K>
struct FlatStatement {
  std::vector<K> u, v;
  K lead_target{};
  K second_target{};
};

/// Relations of several terms over K; the weights are one element a relation.
template <typename K>
struct Statement {
  static constexpr bool kPacked = false;
  struct Entry {
    std::size_t relation;
    K u, v;
  };
  std::vector<Entry> entries;
  std::vector<K> lead_target, second_target;

  /// A true statement of `size` entries, `terms` a relation.
  static Statement Random(std::size_t size, std::size_t terms, TestRandom& random) {
    Statement s;
    const std::size_t relations = (size + terms - 1) / terms;
    for (std::size_t r = 0; r < relations; ++r) {
      s.second_target.push_back(RandomElement<K>(random));
      s.lead_target.push_back(-s.second_target.back());
    }
    for (std::size_t i = 0; i < size; ++i) {
      s.entries.push_back({i / terms, RandomElement<K>(random), RandomElement<K>(random)});
      s.lead_target[i / terms] += s.entries[i].u * s.entries[i].v;
    }
    return s;
  }
  [[nodiscard]] std::size_t weights() const { return lead_target.size(); }
  [[nodiscard]] FlatStatement<K> Flatten(const std::vector<K>& weight) const {
    FlatStatement<K> flat;
    for (const Entry& entry : entries) {
      flat.u.push_back(weight[entry.relation] * entry.u);
      flat.v.push_back(entry.v);
    }
    for (std::size_t r = 0; r < weights(); ++r) {
      flat.lead_target += weight[r] * lead_target[r];
      flat.second_target += weight[r] * second_target[r];
    }
    return flat;
  }
};

/// Words of w = K::kBits gates, groups of w words, two terms a gate. Weights: psi_0..psi_(w-1), then theta of each group.
template <typename K>
struct PackedStatement {
  static constexpr bool kPacked = true;
  static constexpr std::size_t kWord = K::kBits;
  std::size_t groups = 0;
  std::array<std::vector<std::uint64_t>, 2> u, v;
  std::vector<std::uint64_t> lead_target, second_target;

  static PackedStatement Random(std::size_t words, TestRandom& random) {
    PackedStatement s;
    s.groups = (words + kWord - 1) / kWord;
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - kWord);
    for (auto* list : {&s.u[0], &s.u[1], &s.v[0], &s.v[1], &s.second_target}) {
      list->assign(s.groups * kWord, 0);
      for (std::size_t i = 0; i < words; ++i) (*list)[i] = random() & mask;
    }
    s.lead_target = s.second_target;
    for (std::size_t i = 0; i < words; ++i)
      s.lead_target[i] ^= (s.u[0][i] & s.v[0][i]) ^ (s.u[1][i] & s.v[1][i]);
    return s;
  }
  [[nodiscard]] std::size_t weights() const { return kWord + groups; }
  [[nodiscard]] K WordWeight(const std::vector<K>& weight, std::size_t word) const {
    return weight[word % kWord] * weight[kWord + word / kWord];
  }
  /// One gate an entry: (theta psi_j beta^b u_{j,b}, v_{j,b}) in chunks (term, group, bit), Lemma 1 (iv).
  [[nodiscard]] FlatStatement<K> Flatten(const std::vector<K>& weight) const {
    FlatStatement<K> flat;
    for (std::size_t term = 0; term < 2; ++term) {
      for (std::size_t i = 0; i < groups * kWord * kWord; ++i) {
        const std::size_t bit = i / kWord % kWord;
        const std::size_t word = i / (kWord * kWord) * kWord + i % kWord;
        const K one_bit = K::FromU64(std::uint64_t{1} << bit);
        flat.u.push_back(u[term][word] >> bit & 1 ? WordWeight(weight, word) * one_bit : K::Zero());
        flat.v.push_back(v[term][word] >> bit & 1 ? K::One() : K::Zero());
      }
    }
    for (std::size_t word = 0; word < groups * kWord; ++word) {
      flat.lead_target += WordWeight(weight, word) * K::FromU64(lead_target[word]);
      flat.second_target += WordWeight(weight, word) * K::FromU64(second_target[word]);
    }
    return flat;
  }
};

/// Weights of a seed, by a generator of its own (splitmix64), or the fixed ones of a test.
template <typename K>
std::vector<K> WeightsOf(std::span<const std::uint8_t, 16> seed, std::size_t count) {
  std::uint64_t state[2];
  std::memcpy(state, seed.data(), 16);
  std::vector<K> weights(count);
  for (auto& weight : weights) {
    std::uint64_t words[2];
    for (auto& word : words) {
      std::uint64_t z = (state[0] += 0x9e3779b97f4a7c15u) ^ state[1];
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      word = z ^ (z >> 31);
    }
    weight = K::FromUniform(reinterpret_cast<const std::uint8_t*>(words));
  }
  return weights;
}

template <typename K, typename S>
class ToySource final : public ProofSource<K> {
 public:
  ToySource(const S& statement, ProofRole role, const FoldSchedule& schedule,
            const std::vector<K>* fixed = nullptr)
      : statement_(statement), role_(role), schedule_(schedule), fixed_(fixed) {}

  const FoldSchedule& schedule() const override { return schedule_; }
  std::size_t entries() const override {
    if constexpr (S::kPacked) {
      return 2 * statement_.groups * S::kWord;
    } else {
      return statement_.entries.size();
    }
  }
  bool packed() const override { return S::kPacked; }
  void Begin(std::span<const std::uint8_t, 16> seed) override {
    weights_ = fixed_ != nullptr ? *fixed_ : WeightsOf<K>(seed, statement_.weights());
  }
  K Target() override {
    K sum = K::Zero();
    const auto& target = role_ == ProofRole::kLead ? statement_.lead_target : statement_.second_target;
    for (std::size_t i = 0; i < target.size(); ++i) {
      if constexpr (S::kPacked) {
        sum += statement_.WordWeight(weights_, i) * WordElement<K>(target[i]);
      } else {
        sum += weights_[i] * target[i];
      }
    }
    return sum;
  }
  // coefficient w-1+d = sum_g theta_g sum_(j-l=d) psi_j (u_j & v_l)
  void PackedCoefficients(K* out) override {
    if constexpr (S::kPacked) {
      constexpr std::size_t w = S::kWord;
      for (std::size_t g = 0; g < statement_.groups; ++g) {
        std::array<typename K::Accumulator, 2 * w - 1> sums;
        for (std::size_t j = 0; j < w; ++j) {
          for (std::size_t l = 0; l < w; ++l) {
            const std::uint64_t both = (statement_.u[0][g * w + j] & statement_.v[0][g * w + l]) ^
                                       (statement_.u[1][g * w + j] & statement_.v[1][g * w + l]);
            sums[w - 1 + j - l].AddProduct(weights_[j], WordElement<K>(both));
          }
        }
        for (std::size_t d = 0; d < 2 * w - 1; ++d) out[d] += weights_[w + g] * sums[d].Reduce();
      }
    }
  }
  ProofVectors<K> PackedFold(K r, std::size_t size) override {
    ProofVectors<K> vectors;
    if constexpr (S::kPacked) {
      constexpr std::size_t w = S::kWord;
      std::vector<K> u_weight(w), v_weight(w);
      K power = K::One();
      for (std::size_t j = 0; j < w; ++j, power *= r) {
        u_weight[j] = weights_[j] * power;
        v_weight[w - 1 - j] = power;
      }
      for (const bool left : {true, false}) {
        if (!(left ? HoldsU(role_) : HoldsV(role_))) continue;
        Buffer<K> folded(size);
        for (std::size_t i = 0; i < 2 * statement_.groups; ++i) {
          const std::size_t g = i % statement_.groups;
          const auto& words = (left ? statement_.u : statement_.v)[i / statement_.groups];
          for (std::size_t j = 0; j < w; ++j) {
            for (std::uint64_t rest = words[g * w + j]; rest != 0; rest &= rest - 1) {
              folded[i * w + static_cast<std::size_t>(std::countr_zero(rest))] +=
                  (left ? u_weight : v_weight)[j];
            }
          }
          if (!left) continue;
          for (std::size_t b = 0; b < w; ++b) {
            folded[i * w + b] *= weights_[w + g] * WordElement<K>(std::uint64_t{1} << b);
          }
        }
        (left ? vectors.u : vectors.v) = std::move(folded);
      }
    }
    return vectors;
  }
  void Entries(std::size_t first, std::span<K> u, std::span<K> v) override {
    if constexpr (!S::kPacked) {
      CHECK(u.empty() == !HoldsU(role_) && v.empty() == !HoldsV(role_));
      for (std::size_t i = 0; i < std::max(u.size(), v.size()); ++i) {
        const bool there = first + i < statement_.entries.size();
        const auto entry = there ? statement_.entries[first + i] : typename S::Entry{};
        if (!u.empty()) u[i] = there ? weights_[entry.relation] * entry.u : K::Zero();
        if (!v.empty()) v[i] = entry.v;
      }
    }
  }

 private:
  const S& statement_;
  ProofRole role_;
  FoldSchedule schedule_;
  const std::vector<K>* fixed_;
  std::vector<K> weights_;
};

/// The first `size` entries of the vectors that `role` holds.
template <typename K>
ProofVectors<K> EntriesOf(ProofSource<K>& source, ProofRole role, std::size_t size) {
  ProofVectors<K> vectors;
  if (HoldsU(role)) vectors.u = Buffer<K>(size);
  if (HoldsV(role)) vectors.v = Buffer<K>(size);
  source.Entries(0, vectors.u.span(), vectors.v.span());
  return vectors;
}

/// The schedule the engine would choose.
template <typename K>
FoldSchedule ScheduleOf(const Statement<K>& s) {
  return MakeSchedule(s.entries.size(), 0);
}
template <typename K>
FoldSchedule ScheduleOf(const PackedStatement<K>& s) {
  return MakeSchedule(2 * s.groups * K::kBits, K::kBits);
}

}  // namespace mpcstats

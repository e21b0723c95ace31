// For tests: a slow verifier written from docs/verification.md in another form. Polynomials are values at the points
// 0, 1, 2, ..; coefficients and values elsewhere come by Lagrange interpolation; one gate is one entry.
#pragma once

#include <map>
#include <vector>

#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {

/// Interpolation through the points x_i = i, i < n, of a field of more than n elements.
template <typename K>
class Lagrange {
 public:
  static const Lagrange& Of(std::size_t n) {
    static std::map<std::size_t, Lagrange> made;
    return made.try_emplace(n, n).first->second;
  }
  explicit Lagrange(std::size_t n) : inverse_(n, K::One()), master_(1, K::One()) {
    for (std::size_t i = 0; i < n; ++i) {
      K product = K::One();
      for (std::size_t j = 0; j < n; ++j) {
        if (j != i) product *= Point(i) - Point(j);
      }
      inverse_[i] = product.Inverse();
      // master(X) = product of (X - x_i)
      master_.insert(master_.begin(), K::Zero());
      for (std::size_t d = 0; d + 1 < master_.size(); ++d) master_[d] -= Point(i) * master_[d + 1];
    }
  }
  static K Point(std::size_t i) { return K::FromU64(i); }
  /// The value at r of the polynomial of degree below n through `values`.
  [[nodiscard]] K At(const std::vector<K>& values, K r) const {
    K sum = K::Zero();
    for (std::size_t i = 0; i < values.size(); ++i) {
      K basis = inverse_[i];
      for (std::size_t j = 0; j < values.size(); ++j) {
        if (j != i) basis *= r - Point(j);
      }
      sum += basis * values[i];
    }
    return sum;
  }
  /// Its coefficient of X^d.
  [[nodiscard]] K Coefficient(const std::vector<K>& values, std::size_t d) const {
    K sum = K::Zero();
    for (std::size_t i = 0; i < values.size(); ++i) {
      // master / (X - x_i), from the top down to X^d
      K quotient = master_.back();
      for (std::size_t k = values.size() - 1; k > d; --k) quotient = master_[k] + Point(i) * quotient;
      sum += inverse_[i] * quotient * values[i];
    }
    return sum;
  }

 private:
  std::vector<K> inverse_;
  std::vector<K> master_;
};

/// One party's view of a claim, level by level: its vectors (either may be empty) and its share of the target.
template <typename K>
class ReferenceRole {
 public:
  ReferenceRole(std::vector<K> u, std::vector<K> v, K target, const FoldSchedule& schedule)
      : u_(std::move(u)), v_(std::move(v)), target_(target), schedule_(schedule) {}

  /// Values of G at the points of `level`.
  [[nodiscard]] std::vector<K> MessageValues(std::size_t level, K mu, K nu) const {
    const bool last = level == schedule_.folds;
    const std::size_t lambda = last ? schedule_.last : schedule_.factor[level];
    std::vector<K> values(last ? 2 * lambda + 1 : 2 * lambda - 1, K::Zero());
    for (std::size_t q = 0; q * lambda < u_.size(); ++q) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const K x = Lagrange<K>::Point(i);
        values[i] +=
            ChunkU(q, lambda, x, last ? mu : K::Zero()) * ChunkV(q, lambda, x, last ? nu : K::Zero());
      }
    }
    return values;
  }
  /// Share of the check value for a share of G; then goes on to the next level with r.
  K Take(std::size_t level, const std::vector<K>& share, K r) {
    const bool last = level == schedule_.folds;
    const std::size_t lambda = last ? schedule_.last : schedule_.factor[level];
    std::vector<K> values(share.size(), K::Zero());
    for (std::size_t i = 0; i < values.size(); ++i) {
      K power = K::One();
      for (const K& coefficient : share) {
        values[i] += coefficient * power;
        power *= Lagrange<K>::Point(i);
      }
    }
    const auto& lagrange = Lagrange<K>::Of(values.size());
    const K check = lagrange.Coefficient(values, lambda - 1) - target_;
    target_ = lagrange.At(values, r);
    if (!last) Fold(level, r);
    return check;
  }
  void Fold(std::size_t level, K r) {
    const std::size_t lambda = schedule_.factor[level];
    FoldVector(u_, lambda, r, [&](std::size_t q, K x) { return ChunkU(q, lambda, x, K::Zero()); });
    FoldVector(v_, lambda, r, [&](std::size_t q, K x) { return ChunkV(q, lambda, x, K::Zero()); });
  }
  [[nodiscard]] K target() const { return target_; }
  /// U(r), V(r) of the last level through values at N + 1 points.
  [[nodiscard]] K LastU(K r, K mu) const {
    return Last(r, [&](K x) { return ChunkU(0, schedule_.last, x, mu); });
  }
  [[nodiscard]] K LastV(K r, K nu) const {
    return Last(r, [&](K x) { return ChunkV(0, schedule_.last, x, nu); });
  }

 private:
  static K Entry(const std::vector<K>& list, std::size_t i) { return i < list.size() ? list[i] : K::Zero(); }
  K ChunkU(std::size_t q, std::size_t lambda, K x, K mask) const {
    K sum = K::Zero();
    K power = K::One();
    for (std::size_t k = 0; k < lambda; ++k, power *= x) sum += Entry(u_, q * lambda + k) * power;
    return sum + mask * power;
  }
  K ChunkV(std::size_t q, std::size_t lambda, K x, K mask) const {
    K sum = K::Zero();
    K power = K::One();
    for (std::size_t k = lambda; k-- > 0; power *= x) sum += Entry(v_, q * lambda + k) * power;
    return sum + mask * power;
  }
  template <typename F>
  static void FoldVector(std::vector<K>& list, std::size_t lambda, K r, F&& chunk) {
    std::vector<K> folded;
    for (std::size_t q = 0; q * lambda < list.size(); ++q) {
      std::vector<K> values(lambda);
      for (std::size_t i = 0; i < lambda; ++i) values[i] = chunk(q, Lagrange<K>::Point(i));
      folded.push_back(Lagrange<K>::Of(lambda).At(values, r));
    }
    list = std::move(folded);
  }
  template <typename F>
  K Last(K r, F&& value) const {
    std::vector<K> values(schedule_.last + 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value(Lagrange<K>::Point(i));
    return Lagrange<K>::Of(values.size()).At(values, r);
  }

  std::vector<K> u_, v_;
  K target_;
  FoldSchedule schedule_;
};

/// The second's honest answer to a proof.
template <typename K>
SecondAnswer<K> ReferenceAnswer(const FlatStatement<K>& flat, const FoldSchedule& schedule,
                                const Coins<K>& coins) {
  ReferenceRole<K> second({}, flat.v, flat.second_target, schedule);
  SecondAnswer<K> answer;
  for (std::size_t level = 0; level < schedule.levels(); ++level) {
    answer.check_values.push_back(second.Take(level, coins.pad[level], coins.challenge[level]));
  }
  answer.share_value = second.target();
  answer.v_value = second.LastV(coins.challenge.back(), coins.nu);
  return answer;
}

/// The lead's decision about the messages it received.
template <typename K>
bool ReferenceAccepts(const FlatStatement<K>& flat, const FoldSchedule& schedule, const Coins<K>& coins,
                      const std::vector<std::vector<K>>& lead_share, const SecondAnswer<K>& answer) {
  ReferenceRole<K> lead(flat.u, {}, flat.lead_target, schedule);
  bool accept = answer.check_values.size() == schedule.levels();
  for (std::size_t level = 0; accept && level < schedule.levels(); ++level) {
    const K check = lead.Take(level, lead_share[level], coins.challenge[level]);
    if (!(check + answer.check_values[level] == K::Zero())) return false;
  }
  return accept &&
         lead.target() + answer.share_value == lead.LastU(coins.challenge.back(), coins.mu) * answer.v_value;
}

}  // namespace mpcstats

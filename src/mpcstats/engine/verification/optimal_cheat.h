// For tests: the best cheats there are, docs/verification.md section 8, and how often they must succeed.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {

template <typename K>
constexpr double kFieldSize = 0;
template <>
inline constexpr double kFieldSize<Gf2_16> = 65536;
template <>
inline constexpr double kFieldSize<Fp65521> = 65521;

/// A polynomial with `degree` distinct non-zero roots and coefficient 1 at X^middle.
template <typename K>
std::vector<K> PolynomialWithRoots(std::size_t degree, std::size_t middle, TestRandom& random) {
  for (;;) {
    std::vector<K> roots;
    while (roots.size() < degree) {
      const K root = NonZeroElement<K>(random);
      if (std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(root);
    }
    std::vector<K> m(1, K::One());
    for (const K& root : roots) {
      m.insert(m.begin(), K::Zero());
      for (std::size_t d = 0; d + 1 < m.size(); ++d) m[d] -= root * m[d + 1];
    }
    if (m[middle] == K::Zero()) continue;
    const K scale = m[middle].Inverse();
    for (K& c : m) c *= scale;
    return m;
  }
}

/// What a cheating prover adds at one level while its claim is false.
enum class Move {
  kHonest,    ///< nothing: certain rejection
  kRoots,     ///< the right check coefficient and as many roots as the degree allows
  kMonomial,  ///< the right check coefficient and no root but 0: hands the lie on to the next level
};

template <typename K>
class OptimalCheat {
 public:
  OptimalCheat(const FoldSchedule& schedule, std::vector<Move> moves, TestRandom& random)
      : moves_(std::move(moves)) {
    for (std::size_t level = 0; level < schedule.levels(); ++level) {
      const bool last = level == schedule.folds;
      const std::size_t degree = last ? 2 * schedule.last : 2u * (schedule.factor[level] - 1u);
      const std::size_t middle = last ? schedule.last - 1 : schedule.factor[level] - 1u;
      std::vector<K> d(degree + 1, K::Zero());
      d[middle] = K::One();
      if (moves_[level] == Move::kRoots) d = PolynomialWithRoots<K>(degree, middle, random);
      polynomial_.push_back(std::move(d));
      // Roots among the challenges that can come: the last is never 0.
      const double roots = moves_[level] == Move::kRoots ? static_cast<double>(degree) : last ? 0 : 1;
      if (moves_[level] == Move::kHonest) break;
      miss_ *= 1 - roots / (kFieldSize<K> - (last ? 1 : 0));
    }
  }
  /// Probability of acceptance of a claim that is false after the weights.
  [[nodiscard]] double success() const { return 1 - miss_; }

  /// The lies of one run; `delta` is how false the weighted claim is.
  [[nodiscard]] Lies<K> For(const Coins<K>& coins, K delta) {
    delta_ = delta;
    Lies<K> lies;
    lies.message = [this, &coins](std::size_t level, std::vector<K>& g) {
      if (delta_ == K::Zero() || moves_[level] == Move::kHonest) return;
      const std::vector<K>& d = polynomial_[level];
      for (std::size_t i = 0; i < d.size(); ++i) g[i] += delta_ * d[i];
      delta_ *= EvaluateAt<K>(d, coins.challenge[level]);
    };
    return lies;
  }

 private:
  std::vector<Move> moves_;
  std::vector<std::vector<K>> polynomial_;
  double miss_ = 1;
  K delta_{};
};

struct Tally {
  std::size_t trials = 0;
  std::size_t accepted = 0;
  double expected_rate = 0;

  [[nodiscard]] double expected() const { return expected_rate * static_cast<double>(trials); }
  [[nodiscard]] double sigma() const { return std::sqrt(expected() * (1 - expected_rate)); }
  [[nodiscard]] bool consistent() const {
    return (accepted > 0 || expected() < 12) &&
           std::abs(static_cast<double>(accepted) - expected()) <= 5 * sigma();
  }
  [[nodiscard]] bool below(double bound) const {
    return static_cast<double>(accepted) <= bound * static_cast<double>(trials) + 5 * sigma();
  }
  [[nodiscard]] std::string Text() const {
    return std::to_string(accepted) + " of " + std::to_string(trials) + ", expected " +
           std::to_string(expected()) + " +- " + std::to_string(sigma());
  }
};

}  // namespace mpcstats

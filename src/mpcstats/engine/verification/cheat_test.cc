// Optimal cheats over toy fields: accepted as often as the proof of soundness says, no more and no less. A verifier that
// reuses or forgets randomness is caught here; over GF(2^64) it would look well.
#include <gtest/gtest.h>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/verification/optimal_cheat.h"

namespace mpcstats {
namespace {

// A false statement and how false it is under given weights.
struct FalseElements {
  using K = Fp65521;
  Statement<K> statement;
  K error;
  FalseElements(std::size_t size, TestRandom& random)
      : statement(Statement<K>::Random(size, 3, random)), error(NonZeroElement<K>(random)) {
    statement.lead_target[1] += error;
  }
  [[nodiscard]] K Delta(const std::vector<K>& weights) const { return weights[1] * error; }
  static constexpr double kWeightMiss = 1 / 65521.0;
};
struct FalseWords {
  using K = Gf2_16;
  PackedStatement<K> statement;
  FalseWords(std::size_t words, TestRandom& random) : statement(PackedStatement<K>::Random(words, random)) {
    statement.lead_target[3] ^= 1u << 5;
  }
  [[nodiscard]] K Delta(const std::vector<K>& weights) const {
    return statement.WordWeight(weights, 3) * K::FromU64(1u << 5);
  }
  static constexpr double kWeightMiss = 2 / 65536.0 - 1 / (65536.0 * 65536.0);
};

template <typename Case>
Tally Measure(const Case& lie, const FoldSchedule& schedule, const std::vector<Move>& moves,
              std::size_t trials, TestRandom& random) {
  using K = typename Case::K;
  OptimalCheat<K> cheat(schedule, moves, random);
  Tally tally{trials, 0, Case::kWeightMiss + (1 - Case::kWeightMiss) * cheat.success()};
  for (std::size_t i = 0; i < trials; ++i) {
    const Coins<K> coins = Coins<K>::Random(schedule, random);
    const K delta = lie.Delta(WeightsOf<K>(coins.seed, lie.statement.weights()));
    tally.accepted += RunRoles<K>(lie.statement, schedule, coins, cheat.For(coins, delta)).accepted;
  }
  return tally;
}

constexpr Move kHonest = Move::kHonest, kRoots = Move::kRoots, kMonomial = Move::kMonomial;

struct Strategy {
  const char* name;
  std::vector<Move> moves;
};

template <typename Case>
void ExpectRates(std::size_t size, const FoldSchedule& schedule, const std::vector<Strategy>& strategies) {
  const std::size_t trials = ScaledTrials(200000);
  TestRandom random(size + schedule.last);
  const Case lie(size, random);
  for (const Strategy& strategy : strategies) {
    const Tally tally = Measure(lie, schedule, strategy.moves, trials, random);
    EXPECT_TRUE(tally.consistent()) << strategy.name << ": " << tally.Text();
    EXPECT_TRUE(tally.below(static_cast<double>(schedule.error_numerator) / kFieldSize<typename Case::K>))
        << strategy.name << ": " << tally.Text() << ", numerator " << schedule.error_numerator;
    testing::Test::RecordProperty(strategy.name, tally.Text());
    std::printf("  %-24s %s, bound %.1f\n", strategy.name, tally.Text().c_str(),
                static_cast<double>(schedule.error_numerator) / kFieldSize<typename Case::K> *
                    static_cast<double>(trials));
  }
}

TEST(OptimalCheat, OfPackedWordsIsAcceptedAsOftenAsTheTheoremSays) {
  ExpectRates<FalseWords>(13, ToySchedule({16, 4}, 8),
                          {{"first_level", {kRoots, kHonest, kHonest}},
                           {"middle_level", {kMonomial, kRoots, kHonest}},
                           {"last_level", {kMonomial, kMonomial, kRoots}},
                           {"all_levels", {kRoots, kRoots, kRoots}}});
}

TEST(OptimalCheat, OfPackedWordsWithoutAMiddleLevelIsAcceptedAsOftenAsTheTheoremSays) {
  ExpectRates<FalseWords>(13, ToySchedule({16}, 32), {{"all_levels", {kRoots, kRoots}}});
}

TEST(OptimalCheat, OfElementsIsAcceptedAsOftenAsTheTheoremSays) {
  ExpectRates<FalseElements>(60, ToySchedule({8, 4}, 2),
                             {{"first_level", {kRoots, kHonest, kHonest}},
                              {"middle_level", {kMonomial, kRoots, kHonest}},
                              {"last_level", {kMonomial, kMonomial, kRoots}},
                              {"all_levels", {kRoots, kRoots, kRoots}}});
}

TEST(OptimalCheat, OfOneMaskedLevelIsAcceptedAsOftenAsTheTheoremSays) {
  ExpectRates<FalseElements>(16, ToySchedule({}, 16), {{"last_level", {kRoots}}});
}

// The lines of these are in other tests as well, for sanitizers; what counts here is that nothing is left out.
constexpr char kExhaustive[] = "goes through a whole field";

// All challenges of one level in turn, everything else fixed: the accepted ones are exactly the roots.
template <typename Case>
void ExpectExactRoots(std::size_t size, const FoldSchedule& schedule) {
  using K = typename Case::K;
  TestRandom random(size);
  const Case lie(size, random);
  for (std::size_t level = 0; level < schedule.levels(); ++level) {
    std::vector<Move> moves(schedule.levels(), kHonest);
    for (std::size_t i = 0; i <= level; ++i) moves[i] = i == level ? kRoots : kMonomial;
    OptimalCheat<K> cheat(schedule, moves, random);
    Coins<K> coins;
    K delta;
    do {
      coins = Coins<K>::Random(schedule, random);
      delta = lie.Delta(WeightsOf<K>(coins.seed, lie.statement.weights()));
    } while (delta == K::Zero());
    for (std::size_t i = 0; i < level; ++i) coins.challenge[i] = NonZeroElement<K>(random);
    const bool last = level == schedule.folds;
    std::size_t accepted = 0;
    for (std::uint64_t r = last ? 1 : 0; r < static_cast<std::uint64_t>(kFieldSize<K>); ++r) {
      coins.challenge[level] = K::FromU64(r);
      accepted += RunRoles<K>(lie.statement, schedule, coins, cheat.For(coins, delta)).accepted;
    }
    EXPECT_EQ(accepted, last ? 2 * schedule.last : 2u * (schedule.factor[level] - 1u)) << level;
  }
}

TEST(OptimalCheat, OfPackedWordsIsAcceptedForExactlyTheRootsOfItsPolynomial) {
  if (Shrunk()) GTEST_SKIP() << kExhaustive;
  ExpectExactRoots<FalseWords>(13, ToySchedule({16, 4}, 8));
}

TEST(OptimalCheat, OfElementsIsAcceptedForExactlyTheRootsOfItsPolynomial) {
  if (Shrunk()) GTEST_SKIP() << kExhaustive;
  ExpectExactRoots<FalseElements>(60, ToySchedule({8, 4}, 2));
}

// The weights: a pattern of rank 1 cancels for 2|K| - 1 of the |K|^2 pairs (theta, psi): for each psi one theta (0), and
// for psi = 0 every theta.
TEST(Weights, CancelAnErrorOfOneWordForExactlyOneThetaAndOnePsi) {
  if (Shrunk()) GTEST_SKIP() << kExhaustive;
  using K = Gf2_16;
  TestRandom random(21);
  const FalseWords lie(13, random);
  const FoldSchedule schedule = ToySchedule({16, 4}, 8);
  const Coins<K> coins = Coins<K>::Random(schedule, random);
  std::vector<K> weights(lie.statement.weights());
  for (K& weight : weights) weight = NonZeroElement<K>(random);
  for (const std::size_t which : {std::size_t{3}, PackedStatement<K>::kWord}) {
    std::vector<K> injected = weights;
    std::size_t accepted = 0;
    for (std::uint64_t value = 0; value < 65536; ++value) {
      injected[which] = K::FromU64(value);
      accepted += RunRoles<K>(lie.statement, schedule, coins, {}, &injected).accepted;
    }
    EXPECT_EQ(accepted, 1u) << which;
  }
}

TEST(Weights, CancelTwoErrorsOfOneGroupForExactlyOnePsi) {
  if (Shrunk()) GTEST_SKIP() << kExhaustive;
  using K = Gf2_16;
  TestRandom random(22);
  const FoldSchedule schedule = ToySchedule({16, 4}, 8);
  const Coins<K> coins = Coins<K>::Random(schedule, random);
  for (const unsigned other_bit : {5u, 11u}) {
    FalseWords lie(13, random);
    lie.statement.lead_target[9] ^= 1u << other_bit;
    std::vector<K> weights(lie.statement.weights());
    for (K& weight : weights) weight = NonZeroElement<K>(random);
    std::size_t accepted = 0;
    for (std::uint64_t value = 0; value < 65536; ++value) {
      weights[9] = K::FromU64(value);  // psi_3 beta^5 = psi_9 beta^other
      accepted += RunRoles<K>(lie.statement, schedule, coins, {}, &weights).accepted;
    }
    EXPECT_EQ(accepted, 1u) << other_bit;
  }
}

TEST(Weights, OfRandomSeedsCancelAnErrorAsOftenAsTheTheoremSays) {
  TestRandom random(23);
  const FalseWords words(13, random);
  const FoldSchedule schedule = ToySchedule({16, 4}, 8);
  const Tally tally = Measure(words, schedule, {kHonest, kHonest, kHonest}, ScaledTrials(200000), random);
  EXPECT_TRUE(tally.consistent()) << tally.Text();
  std::printf("  %-24s %s\n", "weights", tally.Text().c_str());
}

// The second verifier lies about q and makes its share fit for one value of U(r).
TEST(LyingSecond, IsAcceptedForOneMaskInTheField) {
  if (Shrunk()) GTEST_SKIP() << kExhaustive;
  using K = Gf2_16;
  TestRandom random(24);
  const auto statement = PackedStatement<K>::Random(13, random);
  const FoldSchedule schedule = ToySchedule({16, 4}, 8);
  Coins<K> coins = Coins<K>::Random(schedule, random);
  const K guess = RandomElement<K>(random);
  Lies<K> lies;
  lies.answer = [&](SecondAnswer<K>& answer) {
    answer.v_value += K::One();
    answer.share_value += guess;
  };
  std::size_t accepted = 0;
  for (std::uint64_t mu = 0; mu < 65536; ++mu) {
    coins.mu = K::FromU64(mu);
    accepted += RunRoles<K>(statement, schedule, coins, lies).accepted;
  }
  EXPECT_EQ(accepted, 1u);
}

}  // namespace
}  // namespace mpcstats

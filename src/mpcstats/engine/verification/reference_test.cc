#include "mpcstats/engine/verification/reference.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

// Runs that the reference and the machines must judge alike, honest and cheating; returns how many were accepted.
template <typename K, typename S>
struct Agreement {
  S honest;
  FoldSchedule schedule;
  std::uint64_t seed;

  unsigned Count(unsigned runs) const {
    TestRandom random(seed);
    unsigned accepted = 0;
    for (unsigned i = 0; i < runs; ++i) accepted += One(i % 8, random);
    return accepted;
  }

 private:
  bool One(unsigned kind, TestRandom& random) const {
    S statement = honest;
    const Coins<K> coins = Coins<K>::Random(schedule, random);
    if (kind == 1 || kind == 2) {
      auto& target = statement.lead_target[random() % statement.lead_target.size()];
      if constexpr (S::kPacked) {
        target ^= std::uint64_t{1} << random() % K::kBits;
      } else {
        target += NonZeroElement<K>(random);
      }
    }
    const FlatStatement<K> flat = statement.Flatten(WeightsOf<K>(coins.seed, statement.weights()));
    const Lies<K> lies = LiesOf(kind, flat, random);
    const RolesRun<K> run = RunRoles<K>(statement, schedule, coins, lies);
    EXPECT_EQ(run.accepted, ReferenceAccepts(flat, schedule, coins, run.lead_share, run.answer)) << kind;
    const SecondAnswer<K> answer = ReferenceAnswer(flat, schedule, coins);
    EXPECT_TRUE(answer.v_value == run.honest_answer.v_value);
    EXPECT_TRUE(answer.share_value == run.honest_answer.share_value);
    EXPECT_TRUE(answer.check_values == run.honest_answer.check_values);
    if (!lies.challenge) ExpectSameMessages(flat, coins, run);
    return run.accepted;
  }

  void ExpectSameMessages(const FlatStatement<K>& flat, const Coins<K>& coins, const RolesRun<K>& run) const {
    ReferenceRole<K> prover(flat.u, flat.v, K::Zero(), schedule);
    for (std::size_t level = 0; level < schedule.levels(); ++level) {
      const std::vector<K> values = prover.MessageValues(level, coins.mu, coins.nu);
      ASSERT_EQ(values.size(), run.honest_message[level].size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_TRUE(values[i] == EvaluateAt<K>(run.honest_message[level], Lagrange<K>::Point(i))) << level;
      }
      if (level < schedule.folds) prover.Fold(level, coins.challenge[level]);
    }
  }

  // 0 honest, 1 wrong statement, 2 the same with the check coefficient put right by delta (X^m - e^m), which vanishes
  // when the challenge is e, 3 wrong coefficient, 4 wrong challenge, 5..7 wrong answers.
  Lies<K> LiesOf(unsigned kind, const FlatStatement<K>& flat, TestRandom& random) const {
    Lies<K> lies;
    const std::size_t level = random() % schedule.levels();
    const K e = NonZeroElement<K>(random);
    const std::uint64_t at = random();
    if (kind == 2) {
      K delta = flat.lead_target + flat.second_target;
      for (std::size_t i = 0; i < flat.u.size(); ++i) delta -= flat.u[i] * flat.v[i];
      const std::size_t middle = (schedule.folds > 0 ? schedule.factor[0] : schedule.last) - 1u;
      lies.message = [=](std::size_t l, std::vector<K>& g) {
        if (l != 0) return;
        g[middle] += delta;
        g[0] -= delta * Power(e, middle);
      };
    } else if (kind == 3 || (kind == 4 && schedule.folds == 0)) {
      lies.message = [=](std::size_t l, std::vector<K>& g) {
        if (l == level) g[at % g.size()] += e;
      };
    } else if (kind == 4) {
      lies.challenge = [=, this](std::size_t l, K r) { return l == level % schedule.folds ? r + e : r; };
    } else if (kind >= 5) {
      lies.answer = [=](SecondAnswer<K>& answer) {
        if (kind == 5) answer.v_value += e;
        if (kind == 6) answer.share_value += e;
        if (kind == 7) answer.check_values[level] += e;
      };
    }
    return lies;
  }
};

TEST(Reference, InterpolatesAsHornerEvaluates) {
  TestRandom random(1);
  for (const std::size_t n : {1u, 2u, 5u, 33u}) {
    std::vector<Fp127> coefficients(n), values;
    for (auto& c : coefficients) c = RandomElement<Fp127>(random);
    for (std::size_t i = 0; i < n; ++i) values.push_back(EvaluateAt<Fp127>(coefficients, Fp127::FromU64(i)));
    const auto& lagrange = Lagrange<Fp127>::Of(n);
    const Fp127 r = RandomElement<Fp127>(random);
    EXPECT_TRUE(lagrange.At(values, r) == EvaluateAt<Fp127>(coefficients, r));
    for (std::size_t d = 0; d < n; ++d) EXPECT_TRUE(lagrange.Coefficient(values, d) == coefficients[d]);
  }
}

TEST(Reference, AgreesWithTheMachinesOverSmallFields) {
  TestRandom random(2);
  unsigned accepted = 0;
  accepted += Agreement<Fp65521, Statement<Fp65521>>{Statement<Fp65521>::Random(20, 3, random),
                                                     ToySchedule({4}, 8), 11}
                  .Count(3000);
  accepted += Agreement<Fp65521, Statement<Fp65521>>{Statement<Fp65521>::Random(30, 1, random),
                                                     ToySchedule({2, 4}, 4), 12}
                  .Count(3000);
  accepted +=
      Agreement<Gf2_16, Statement<Gf2_16>>{Statement<Gf2_16>::Random(16, 2, random), ToySchedule({}, 16), 13}
          .Count(2000);
  EXPECT_GE(accepted, 1000u);
  EXPECT_LT(accepted, 1020u);  // one in eight is honest, a few cheats get through
}

TEST(Reference, AgreesWithTheMachinesOverPackedWords) {
  TestRandom random(3);
  const auto statement = PackedStatement<Gf2_16>::Random(13, random);
  EXPECT_GE((Agreement<Gf2_16, PackedStatement<Gf2_16>>{statement, ToySchedule({16, 4}, 8), 14}.Count(800)),
            100u);
}

TEST(Reference, AgreesWithTheMachinesOverTheFieldsInUse) {
  TestRandom random(4);
  EXPECT_EQ(
      (Agreement<Fp127, Statement<Fp127>>{Statement<Fp127>::Random(20, 3, random), ToySchedule({4}, 8), 15}
           .Count(1200)),
      150u);
  EXPECT_EQ((Agreement<Gf2_64, Statement<Gf2_64>>{Statement<Gf2_64>::Random(20, 2, random),
                                                  ToySchedule({2, 4}, 4), 16}
                 .Count(800)),
            100u);
}

TEST(Reference, AgreesWithTheMachinesOnTheSchedulesOfTheEngine) {
  TestRandom random(5);
  const auto elements = Statement<Fp127>::Random(150, 1, random);
  EXPECT_EQ((Agreement<Fp127, Statement<Fp127>>{elements, ScheduleOf(elements), 17}.Count(16)), 2u);
  const auto words = PackedStatement<Gf2_64>::Random(64, random);
  EXPECT_EQ((Agreement<Gf2_64, PackedStatement<Gf2_64>>{words, ScheduleOf(words), 18}.Count(8)), 1u);
}

}  // namespace
}  // namespace mpcstats

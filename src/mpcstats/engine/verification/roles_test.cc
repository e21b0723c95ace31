#include "mpcstats/engine/verification/roles.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {
namespace {

// A cheat over these fields is accepted once in 2^54 trials: never in a test.
template <typename S>
struct BigField : testing::Test {};
struct PackedBig {
  using K = Gf2_64;
  static constexpr std::size_t kSizes[] = {1, 2, 63, 64, 65, 128, 1000, 4096 + 1};  // words
  static auto Make(std::size_t words, TestRandom& random) {
    return PackedStatement<K>::Random(words, random);
  }
};
struct ElementsGf2_64 {
  using K = Gf2_64;
  static constexpr std::size_t kSizes[] = {1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 8192, 8193, 70000};
  static auto Make(std::size_t size, TestRandom& random) {
    return Statement<K>::Random(size, 1 + size % 5, random);
  }
};
struct ElementsFp127 {
  using K = Fp127;
  static constexpr std::size_t kSizes[] = {1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 8192, 8193, 70000};
  static auto Make(std::size_t size, TestRandom& random) {
    return Statement<K>::Random(size, 1 + size % 5, random);
  }
};
using BigFields = testing::Types<PackedBig, ElementsGf2_64, ElementsFp127>;
TYPED_TEST_SUITE(BigField, BigFields);

template <typename S>
struct AnyField : testing::Test {};
struct PackedToy {
  using K = Gf2_16;
  static constexpr std::size_t kSizes[] = {1, 2, 15, 16, 17, 64, 100, 300};
  static auto Make(std::size_t words, TestRandom& random) {
    return PackedStatement<K>::Random(words, random);
  }
};
struct ElementsFp65521 {
  using K = Fp65521;
  static constexpr std::size_t kSizes[] = {1, 2, 3, 4, 5, 127, 128, 129, 1000, 8192, 8193, 70000};
  static auto Make(std::size_t size, TestRandom& random) { return Statement<K>::Random(size, 3, random); }
};
using AllFields = testing::Types<PackedBig, ElementsGf2_64, ElementsFp127, PackedToy, ElementsFp65521>;
TYPED_TEST_SUITE(AnyField, AllFields);

template <typename K>
K ErrorElement(TestRandom& random) {
  return NonZeroElement<K>(random);
}

// One false relation: packed, some bits of one word; else one target.
template <typename K>
void Falsify(Statement<K>& s, std::size_t at, TestRandom& random) {
  s.lead_target[at % s.lead_target.size()] += NonZeroElement<K>(random);
}
template <typename K>
void Falsify(PackedStatement<K>& s, std::size_t at, TestRandom& random) {
  s.lead_target[at % s.lead_target.size()] ^= std::uint64_t{1} << random() % K::kBits;
}

TYPED_TEST(AnyField, AcceptsHonestProofsOfEverySize) {
  using K = typename TypeParam::K;
  TestRandom random(1);
  for (const std::size_t size : TypeParam::kSizes) {
    const auto statement = TypeParam::Make(size, random);
    const FoldSchedule schedule = ScheduleOf(statement);
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(RunRoles<K>(statement, schedule, Coins<K>::Random(schedule, random)).accepted) << size;
    }
  }
}

TYPED_TEST(BigField, RejectsOneWrongMessageWherever) {
  using K = typename TypeParam::K;
  TestRandom random(2);
  for (const std::size_t size : TypeParam::kSizes) {
    const auto honest = TypeParam::Make(size, random);
    const FoldSchedule schedule = ScheduleOf(honest);
    const std::size_t relations = honest.lead_target.size();
    for (const std::size_t at : {std::size_t{0}, relations / 2, relations - 1}) {
      auto statement = honest;
      Falsify(statement, at, random);
      EXPECT_FALSE(RunRoles<K>(statement, schedule, Coins<K>::Random(schedule, random)).accepted)
          << size << " " << at;
    }
  }
}

TYPED_TEST(BigField, RejectsEveryWrongCoefficientOfEveryLevel) {
  using K = typename TypeParam::K;
  TestRandom random(3);
  for (const std::size_t size : {std::size_t{5}, std::size_t{1000}}) {
    const auto statement = TypeParam::Make(size, random);
    const FoldSchedule schedule = ScheduleOf(statement);
    for (std::size_t level = 0; level < schedule.levels(); ++level) {
      const Coins<K> coins = Coins<K>::Random(schedule, random);
      const std::size_t coefficients = coins.pad[level].size();
      const std::size_t step = size > 100 ? coefficients / 4 : coefficients / 16 + 1;
      for (std::size_t at = 0; at < coefficients; at += step) {
        Lies<K> lies;
        lies.message = [&](std::size_t l, std::vector<K>& g) {
          if (l == level) g[at] += NonZeroElement<K>(random);
        };
        EXPECT_FALSE(RunRoles<K>(statement, schedule, coins, lies).accepted)
            << size << " " << level << " " << at;
      }
    }
  }
}

TYPED_TEST(BigField, RejectsAnyLieInTheSecondsAnswer) {
  using K = typename TypeParam::K;
  TestRandom random(4);
  const auto statement = TypeParam::Make(1000, random);
  const FoldSchedule schedule = ScheduleOf(statement);
  const auto accepted = [&](std::function<void(SecondAnswer<K>&)> lie) {
    return RunRoles<K>(statement, schedule, Coins<K>::Random(schedule, random), {{}, {}, std::move(lie)})
        .accepted;
  };
  EXPECT_TRUE(accepted([](SecondAnswer<K>&) {}));
  EXPECT_FALSE(accepted([](SecondAnswer<K>& answer) { answer.v_value += K::One(); }));
  EXPECT_FALSE(accepted([](SecondAnswer<K>& answer) { answer.share_value += K::One(); }));
  EXPECT_FALSE(accepted([&](SecondAnswer<K>& answer) {
    answer.v_value += NonZeroElement<K>(random);
    answer.share_value += NonZeroElement<K>(random);
  }));
  for (std::size_t level = 0; level < schedule.levels(); ++level) {
    EXPECT_FALSE(accepted([&](SecondAnswer<K>& answer) { answer.check_values[level] += K::One(); }));
  }
  EXPECT_FALSE(accepted([](SecondAnswer<K>& answer) { answer.check_values.pop_back(); }));
  EXPECT_FALSE(accepted([](SecondAnswer<K>& answer) { answer.check_values.push_back(K::Zero()); }));
}

TYPED_TEST(BigField, RejectsAProverThatWasToldOtherChallenges) {
  using K = typename TypeParam::K;
  TestRandom random(5);
  const auto statement = TypeParam::Make(1000, random);
  const FoldSchedule schedule = ScheduleOf(statement);
  for (std::size_t level = 0; level < schedule.folds; ++level) {
    Lies<K> lies;
    lies.challenge = [&](std::size_t l, K r) { return l == level ? r + K::One() : r; };
    EXPECT_FALSE(RunRoles<K>(statement, schedule, Coins<K>::Random(schedule, random), lies).accepted)
        << level;
  }
}

// The power test of docs/verification.md section 7: who knows a challenge beforehand forges with certainty.
TYPED_TEST(BigField, WouldAcceptAProverThatPredictsTheFirstChallengeAndOnlyThat) {
  using K = typename TypeParam::K;
  TestRandom random(6);
  auto statement = TypeParam::Make(1000, random);
  Falsify(statement, 7, random);
  const FoldSchedule schedule = ScheduleOf(statement);
  const std::size_t middle = schedule.factor[0] - 1u;
  for (const bool knows : {true, false}) {
    const Coins<K> coins = Coins<K>::Random(schedule, random);
    const auto flat = statement.Flatten(WeightsOf<K>(coins.seed, statement.weights()));
    K delta = flat.lead_target + flat.second_target;
    for (std::size_t i = 0; i < flat.u.size(); ++i) delta -= flat.u[i] * flat.v[i];
    const K guess = knows ? coins.challenge[0] : RandomElement<K>(random);
    Lies<K> lies;
    lies.message = [&](std::size_t level, std::vector<K>& g) {
      if (level != 0) return;
      g[middle] += delta;
      g[0] -= delta * Power(guess, middle);  // D(X) = delta X^m - delta guess^m
    };
    EXPECT_EQ(RunRoles<K>(statement, schedule, coins, lies).accepted, knows);
  }
}

TEST(PackedProof, RejectsTwoCancellingErrorsOfOneGroup) {
  TestRandom random(7);
  const auto honest = PackedStatement<Gf2_64>::Random(200, random);
  const FoldSchedule schedule = ScheduleOf(honest);
  struct Flip {
    std::size_t word;
    unsigned bit;
  };
  const std::pair<Flip, Flip> pairs[] = {
      {{3, 5}, {4, 5}},    // one group, one bit: cancels where words are added without weights
      {{3, 5}, {3, 6}},    // one word, two bits
      {{3, 5}, {4, 6}},    // one group, different bits
      {{3, 5}, {67, 5}},   // the same place of two groups: cancels where theta is missing
      {{3, 63}, {67, 0}},  // neighbours in the order of gates
  };
  for (const auto& [first, second] : pairs) {
    auto statement = honest;
    for (const Flip& flip : {first, second}) statement.lead_target[flip.word] ^= std::uint64_t{1} << flip.bit;
    EXPECT_FALSE(RunRoles<Gf2_64>(statement, schedule, Coins<Gf2_64>::Random(schedule, random)).accepted)
        << first.word << ":" << first.bit << " " << second.word << ":" << second.bit;
  }
}

TEST(ElementProof, RejectsTwoErrorsWhoseSumIsZero) {
  TestRandom random(8);
  auto statement = Statement<Fp127>::Random(100, 4, random);
  const Fp127 error = NonZeroElement<Fp127>(random);
  statement.lead_target[3] += error;
  statement.lead_target[9] -= error;
  const FoldSchedule schedule = ScheduleOf(statement);
  EXPECT_FALSE(RunRoles<Fp127>(statement, schedule, Coins<Fp127>::Random(schedule, random)).accepted);
}

TEST(ElementProof, RejectsProductsThatAreWrongInsideOneRelationUnlessTheirSumIsRight) {
  TestRandom random(9);
  auto statement = Statement<Fp127>::Random(100, 4, random);
  const FoldSchedule schedule = ScheduleOf(statement);
  const auto accepted = [&] {
    return RunRoles<Fp127>(statement, schedule, Coins<Fp127>::Random(schedule, random)).accepted;
  };
  statement.entries[8].u += Fp127::One();
  EXPECT_FALSE(accepted());
  statement.lead_target[2] +=
      statement.entries[8].v;  // a dot product is one relation: only its sum is claimed
  EXPECT_TRUE(accepted());
}

TEST(ProofMachine, EndsTheProcessOnAShareOfTheWrongLength) {
  TestRandom random(10);
  const auto statement = Statement<Fp127>::Random(10, 1, random);
  const FoldSchedule schedule = ScheduleOf(statement);
  ToySource<Fp127, Statement<Fp127>> source(statement, ProofRole::kLead, schedule);
  ThreadPool pool(1);
  ProofMachine<Fp127> lead(ProofRole::kLead, &source, &pool);
  lead.Begin(std::array<std::uint8_t, 16>{});
  const std::vector<Fp127> share(lead.MessageSize(0) - 1);
  EXPECT_DEATH(lead.TakeShare(0, share), "");
}

}  // namespace
}  // namespace mpcstats

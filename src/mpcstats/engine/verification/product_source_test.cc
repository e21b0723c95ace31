#include "mpcstats/engine/verification/product_source.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/verification/recorded_products.h"

namespace mpcstats {
namespace {

constexpr std::array<std::uint8_t, 16> kSeed = {4, 5, 6};

template <typename K>
struct ProductSource : testing::Test {};
using Fields = testing::Types<Fp127, Gf2_64>;
TYPED_TEST_SUITE(ProductSource, Fields);

TYPED_TEST(ProductSource, HoldsTheWeightedTermsAndTargetsOfEveryRecord) {
  using K = TypeParam;
  for (const std::size_t scale : {1u, 2u, 64u, 100u, 5000u}) {
    RecordedProducts<K> products(scale, scale);
    products.combined.clear();
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights(), kSeed));
      const std::size_t size = flat.u.size() + 3;
      for (const ProofRole role : kRoles) {
        auto source = SourceOf(products, prover, role);
        source->Begin(kSeed);
        const ProofVectors<K> got = EntriesOf(*source, role, size);
        ASSERT_EQ(got.u.size(), HoldsU(role) ? size : 0);
        ASSERT_EQ(got.v.size(), HoldsV(role) ? size : 0);
        if (HoldsU(role)) EXPECT_TRUE(std::equal(flat.u.begin(), flat.u.end(), got.u.data())) << scale;
        if (HoldsV(role)) EXPECT_TRUE(std::equal(flat.v.begin(), flat.v.end(), got.v.data())) << scale;
        if (HoldsU(role)) EXPECT_TRUE(got.u[size - 1] == K::Zero());
        if (role == ProofRole::kLead) EXPECT_TRUE(source->Target() == flat.lead_target) << scale;
        if (role == ProofRole::kSecond) EXPECT_TRUE(source->Target() == flat.second_target) << scale;
        EXPECT_EQ(source->schedule().last, MakeSchedule(flat.u.size(), 0).last);
      }
    }
  }
}

TYPED_TEST(ProductSource, GivesTheSameEntriesInBlocksOfAnySize) {
  using K = TypeParam;
  const RecordedProducts<K> products(300);
  for (const ProofRole role : kRoles) {
    auto source = SourceOf(products, 1, role);
    source->Begin(kSeed);
    const std::size_t size = products.StatementOf(1).entries.size() + 5;
    const ProofVectors<K> want = EntriesOf(*source, role, size);
    for (const std::size_t block : {1u, 3u, 64u, 1000u}) {
      for (std::size_t first = 0; first < size; first += block) {
        const std::size_t count = std::min(block, size - first);
        std::vector<K> u(HoldsU(role) ? count : 0, K::One()), v(HoldsV(role) ? count : 0, K::One());
        source->Entries(first, u, v);
        if (HoldsU(role)) ASSERT_TRUE(std::equal(u.begin(), u.end(), want.u.data() + first)) << first;
        if (HoldsV(role)) ASSERT_TRUE(std::equal(v.begin(), v.end(), want.v.data() + first)) << first;
      }
    }
  }
}

TYPED_TEST(ProductSource, GivesTheSameMessagesForEveryNumberOfThreads) {
  using K = TypeParam;
  const RecordedProducts<K> products(9000);
  const K challenge = K::FromU64(77);
  std::vector<K> first_message, second_message;
  for (const unsigned threads : {1u, 2u, 3u}) {
    ThreadPool pool(threads);
    auto source = SourceOf(products, 1, ProofRole::kProver);
    ProofMachine<K> machine(ProofRole::kProver, source.get(), &pool);
    machine.Begin(kSeed);
    const std::vector<K> first = machine.Message(0);
    machine.Fold(0, challenge);
    const std::vector<K> second = machine.Message(1);
    if (threads == 1) first_message = first;
    if (threads == 1) second_message = second;
    EXPECT_TRUE(first == first_message && second == second_message) << threads;
  }
}

TYPED_TEST(ProductSource, ProvesHonestProducts) {
  TestRandom random(1);
  for (const std::size_t scale : {1u, 20u, 3000u}) {
    const RecordedProducts<TypeParam> products(scale, scale);
    for (unsigned prover = 0; prover < 3; ++prover) EXPECT_TRUE(Accepted(products, prover, random));
  }
}

template <typename K>
K Total(const K* u, const K* v, std::size_t size) {
  K total = K::Zero();
  for (std::size_t i = 0; i < size; ++i) total += u[i] * v[i];
  return total;
}

// Three columns and their six products: three entries a row, which say the same as the twelve terms.
TYPED_TEST(ProductSource, DotProductsOfTheSameColumnsShareTheirEntries) {
  using K = TypeParam;
  for (const std::size_t rows : {1u, 64u, 5000u}) {
    TestRandom random(rows);
    RecordedProducts<K> products(3);
    products.combined.clear();
    const std::size_t before = products.StatementOf(0).entries.size();
    products.AddGram(3, rows, random);
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights(), kSeed));
      EXPECT_GE(flat.u.size(), 12 * rows);
      auto source = SourceOf(products, prover, ProofRole::kProver);
      source->Begin(kSeed);
      const std::size_t size = flat.u.size();
      const ProofVectors<K> got = EntriesOf(*source, ProofRole::kProver, size);
      EXPECT_TRUE(Total(got.u.data(), got.v.data(), size) == Total(flat.u.data(), flat.v.data(), size));
      for (std::size_t i = before + 3 + 3 * rows; i < size; ++i) EXPECT_TRUE(got.v[i] == K::Zero());
      EXPECT_TRUE(Accepted(products, prover, random));
    }
  }
}

TYPED_TEST(ProductSource, ProofFailsForAWrongDotProductOfSharedColumns) {
  using K = TypeParam;
  TestRandom random(9);
  for (std::size_t which = 0; which < 6; ++which) {
    RecordedProducts<K> products(3);
    const std::size_t first = products.products.size();
    products.AddGram(3, 40, random);
    products.products[first + which].z[2].back() += K::One();
    products.Record();
    EXPECT_FALSE(Accepted(products, 2, random)) << which;
    EXPECT_TRUE(Accepted(products, 0, random) && Accepted(products, 1, random)) << which;
  }
}

TYPED_TEST(ProductSource, CombinedColumnsTakeTwoEntriesEachWhateverTheRows) {
  using K = TypeParam;
  TestRandom random(6);
  for (const std::size_t rows : {1u, 64u, 5000u}) {
    RecordedProducts<K> products(3);
    products.products.clear();
    products.one_sided.clear();
    products.combined.clear();
    products.AddCombined(4, rows, 2, random);
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights(), kSeed));
      auto source = SourceOf(products, prover, ProofRole::kProver);
      source->Begin(kSeed);
      EXPECT_EQ(source->schedule().last, MakeSchedule(8, 0).last);
      const ProofVectors<K> got = EntriesOf(*source, ProofRole::kProver, 9);
      EXPECT_TRUE(Total(got.u.data(), got.v.data(), 9) == Total(flat.u.data(), flat.v.data(), flat.u.size()));
      EXPECT_TRUE(got.u[8] == K::Zero() && got.v[8] == K::Zero());
      EXPECT_TRUE(Accepted(products, prover, random));
    }
  }
}

TYPED_TEST(ProductSource, ProofFailsForOneWrongRowOfCombinedColumns) {
  using K = TypeParam;
  TestRandom random(8);
  for (std::size_t which = 0; which < 2; ++which) {
    for (const std::size_t row : {0u, 7u, 19u}) {
      RecordedProducts<K> products(20);
      products.combined[which].z[1][row] += K::One();
      products.Record();
      EXPECT_TRUE(Accepted(products, 0, random));
      EXPECT_FALSE(Accepted(products, 1, random)) << which << " " << row;
      EXPECT_TRUE(Accepted(products, 2, random));
    }
  }
}

TYPED_TEST(ProductSource, ProofFailsForErrorsOfTwoCombinedRowsThatCancel) {
  TestRandom random(10);
  RecordedProducts<TypeParam> products(20);
  products.combined[1].z[2][4] += TypeParam::One();
  products.combined[1].z[2][5] -= TypeParam::One();
  products.Record();
  EXPECT_FALSE(Accepted(products, 2, random));
}

TYPED_TEST(ProductSource, ProvesTheEmptyListOfAPartyWithoutProducts) {
  TestRandom random(5);
  RecordedProducts<TypeParam> products(20);
  products.products.clear();
  products.combined.clear();
  products.one_sided.erase(products.one_sided.begin() + 2, products.one_sided.end());
  products.Record();
  EXPECT_TRUE(products.StatementOf(2).entries.empty());
  for (unsigned prover = 0; prover < 3; ++prover) EXPECT_TRUE(Accepted(products, prover, random)) << prover;
}

TYPED_TEST(ProductSource, ProofFailsForOneWrongMessageOfAnyRecordAndForThatProverOnly) {
  TestRandom random(2);
  for (std::size_t which = 0; which < 5; ++which) {
    RecordedProducts<TypeParam> products(20);
    products.products[which].z[1].back() += TypeParam::One();
    products.Record();
    EXPECT_TRUE(Accepted(products, 0, random));
    EXPECT_FALSE(Accepted(products, 1, random)) << which;
    EXPECT_TRUE(Accepted(products, 2, random));
  }
}

TYPED_TEST(ProductSource, ProofFailsForAWrongOneSidedMessage) {
  TestRandom random(3);
  for (std::size_t which = 0; which < 4; ++which) {
    RecordedProducts<TypeParam> products(20);
    products.one_sided[which].message[1] += TypeParam::One();
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      EXPECT_EQ(Accepted(products, prover, random), prover != products.one_sided[which].prover) << which;
    }
  }
}

TYPED_TEST(ProductSource, ProofFailsForErrorsOfTwoRecordsThatCancel) {
  TestRandom random(4);
  RecordedProducts<TypeParam> products(20);
  products.products[0].z[0][3] += TypeParam::One();
  products.products[1].z[0][0] -= TypeParam::One();
  products.Record();
  EXPECT_FALSE(Accepted(products, 0, random));
}

}  // namespace
}  // namespace mpcstats

// Proofs of combinations: two entries a column whatever the rows, most often in one level alone. The weights of the rows
// stand in both vectors, so that a party with other weights than the others must fail.
#include <gtest/gtest.h>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/verification/altered_source.h"
#include "mpcstats/engine/verification/recorded_products.h"

namespace mpcstats {
namespace {

using Seed = std::array<std::uint8_t, 16>;

Seed RandomSeed(TestRandom& random) {
  Seed seed;
  for (auto& byte : seed) byte = static_cast<std::uint8_t>(random());
  return seed;
}

struct Shape {
  std::size_t columns, rows;
};
constexpr Shape kShapes[] = {{1, 1}, {1, 70}, {2, 20}, {5, 3}, {64, 2}};

template <typename K>
RecordedProducts<K> Combinations(std::initializer_list<Shape> shapes, TestRandom& random) {
  RecordedProducts<K> products;
  for (const Shape& shape : shapes) products.AddCombined(shape.columns, shape.rows, shape.rows % 3, random);
  products.Record();
  return products;
}

/// Seeds of single roles where they differ from the one that was said.
struct OwnSeeds {
  std::optional<Seed> prover = {}, lead = {}, second = {};
};

template <typename K>
bool AcceptedWithSeeds(const RecordedProducts<K>& products, unsigned prover, const OwnSeeds& own,
                       const Coins<K>& coins) {
  RoleSources<K> sources = SourcesOf(products, prover);
  Alter<K>(&sources[0], {.seed = own.prover});
  Alter<K>(&sources[1], {.seed = own.lead});
  Alter<K>(&sources[2], {.seed = own.second});
  return RunMachines<K>(Pointers(sources), coins).accepted;
}

template <typename K>
Coins<K> CoinsFor(const RecordedProducts<K>& products, unsigned prover, TestRandom& random) {
  return Coins<K>::Random(SourcesOf(products, prover)[0]->schedule(), random);
}

template <typename K>
struct CombinedProof : testing::Test {};
using Fields = testing::Types<Fp127, Gf2_64>;
TYPED_TEST_SUITE(CombinedProof, Fields);

TYPED_TEST(CombinedProof, FailsWheneverOneRoleHasAnotherSeedThanTheOthers) {
  using K = TypeParam;
  TestRandom random(1);
  for (const Shape& shape : kShapes) {
    for (std::size_t trial = 0; trial < std::max<std::size_t>(1, ScaledTrials(20)); ++trial) {
      const auto products = Combinations<K>({shape}, random);
      for (unsigned prover = 0; prover < 3; ++prover) {
        const Coins<K> coins = CoinsFor(products, prover, random);
        ASSERT_EQ(coins.challenge.size(), 1u);  // one level alone
        const Seed other = RandomSeed(random);
        for (unsigned which = 0; which < 8; ++which) {
          OwnSeeds own;
          if (which & 1) own.prover = other;
          if (which & 2) own.lead = other;
          if (which & 4) own.second = other;
          const bool alike = which == 0 || which == 7;
          ASSERT_EQ(AcceptedWithSeeds(products, prover, own, coins), alike)
              << shape.columns << "x" << shape.rows << " prover " << prover << " roles " << which;
        }
      }
    }
  }
}

TYPED_TEST(CombinedProof, FailsForASeedThatDiffersInOneBit) {
  using K = TypeParam;
  TestRandom random(2);
  const auto products = Combinations<K>({{2, 20}, {1, 3}}, random);
  const Coins<K> coins = CoinsFor(products, 0, random);
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Seed other = coins.seed;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(AcceptedWithSeeds(products, 0, {.prover = other}, coins)) << bit;
    EXPECT_FALSE(AcceptedWithSeeds(products, 0, {.lead = other}, coins)) << bit;
    EXPECT_FALSE(AcceptedWithSeeds(products, 0, {.second = other}, coins)) << bit;
  }
}

// Factors of zero make each claim true under all weights; the sums in the vectors still tell the seeds apart. Columns of
// zeros leave the prover nothing that depends on its seed: then, and only then, it may have any.
TYPED_TEST(CombinedProof, OfAProverWithAnotherSeedPassesWhereNothingItHoldsDependsOnTheSeed) {
  using K = TypeParam;
  TestRandom random(3);
  for (const bool zero_columns : {false, true}) {
    RecordedProducts<K> products = Combinations<K>({{3, 10}}, random);
    auto& combined = products.combined[0];
    const auto clear = [](auto& components) {
      for (auto& component : components) std::fill(component.begin(), component.end(), K::Zero());
    };
    if (!zero_columns) clear(combined.factors);
    for (auto& column : combined.columns) {
      if (zero_columns) clear(column);
    }
    for (unsigned i = 0; i < 3; ++i) {
      for (std::size_t row = 0; row < combined.rows; ++row)
        combined.z[i][row] = combined.rho[i][row] - combined.rho[(i + 1) % 3][row];
    }
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Coins<K> coins = CoinsFor(products, prover, random);
      const Seed other = RandomSeed(random);
      EXPECT_TRUE(AcceptedWithSeeds(products, prover, {}, coins));
      EXPECT_EQ(AcceptedWithSeeds(products, prover, {.prover = other}, coins), zero_columns);
      // The masks of the targets are weighted too.
      EXPECT_FALSE(AcceptedWithSeeds(products, prover, {.lead = other}, coins));
      EXPECT_FALSE(AcceptedWithSeeds(products, prover, {.second = other}, coins));
    }
  }
}

// The power of a seed that is known beforehand: errors of any two rows that cancel under its weights pass with it, and with
// no other. A row whose weight did not come from the seed would be seen here.
TYPED_TEST(CombinedProof, OfErrorsThatCancelUnderOneSeedPassesWithThatSeedAlone) {
  using K = TypeParam;
  TestRandom random(4);
  constexpr std::size_t kRows = 40;
  for (std::size_t row = 0; row < kRows; ++row) {
    RecordedProducts<K> products = Combinations<K>({{2, kRows - 15}, {1, 15}}, random);
    const Coins<K> known = CoinsFor(products, 1, random);
    const std::vector<K> weights = WeightStream<K>(kRows, known.seed);
    const auto result = [&](std::size_t at) -> K& {
      const std::size_t first = products.combined[0].rows;
      return at < first ? products.combined[0].z[1][at] : products.combined[1].z[1][at - first];
    };
    const std::size_t next = (row + 1) % kRows;
    result(row) += weights[next];
    result(next) -= weights[row];
    products.Record();
    EXPECT_TRUE(AcceptedWithSeeds(products, 1, {}, known)) << row;
    Coins<K> fresh = known;
    fresh.seed = RandomSeed(random);
    EXPECT_FALSE(AcceptedWithSeeds(products, 1, {}, fresh)) << row;
    // The verifiers' seed counts, not the prover's.
    EXPECT_FALSE(AcceptedWithSeeds(products, 1, {.prover = known.seed}, fresh)) << row;
  }
}

// (sum_r theta_r x_{w,r}, f_w) for each column, then (f_w, sum_r theta_r x_{w,r}); own components on the left, next on the right.
template <typename K>
FlatStatement<K> SummedEntries(const RecordedProducts<K>& products, unsigned prover, const Seed& seed) {
  const unsigned next = (prover + 1) % 3;
  std::size_t rows = 0;
  for (const auto& p : products.combined) rows += p.rows;
  const std::vector<K> weights = WeightStream<K>(rows, seed);
  FlatStatement<K> flat;
  std::size_t relation = 0;
  for (const auto& p : products.combined) {
    const auto sums = [&](unsigned party, std::vector<K>* out) {
      for (const auto& column : p.columns) {
        out->push_back(K::Zero());
        for (std::size_t r = 0; r < p.rows; ++r)
          out->back() += weights[relation + r] * column[party][p.offset + r];
      }
    };
    const auto factors = [&](unsigned party, std::vector<K>* out) {
      for (std::size_t w = 0; w < p.columns.size(); ++w) out->push_back(p.factors[party][p.offset + w]);
    };
    sums(prover, &flat.u);
    factors(prover, &flat.u);
    factors(next, &flat.v);
    sums(next, &flat.v);
    relation += p.rows;
  }
  return flat;
}

TYPED_TEST(CombinedProof, HasTheSameEntriesAtTheLeadAndAtTheSecondAsAtTheProver) {
  using K = TypeParam;
  TestRandom random(5);
  for (const Shape& shape : kShapes) {
    const auto products = Combinations<K>({shape, {3, 7}}, random);
    const Seed seed = RandomSeed(random);
    for (unsigned prover = 0; prover < 3; ++prover) {
      const FlatStatement<K> want = SummedEntries(products, prover, seed);
      for (const ProofRole role : kRoles) {
        auto source = SourceOf(products, prover, role);
        source->Begin(seed);
        const ProofVectors<K> got = EntriesOf(*source, role, want.u.size() + 2);
        for (std::size_t i = 0; i < got.u.size(); ++i)
          EXPECT_TRUE(got.u[i] == (i < want.u.size() ? want.u[i] : K::Zero())) << "u " << i;
        for (std::size_t i = 0; i < got.v.size(); ++i)
          EXPECT_TRUE(got.v[i] == (i < want.v.size() ? want.v[i] : K::Zero())) << "v " << i;
      }
    }
  }
}

// One entry of one verifier's vector is wrong, the zeros behind the last among them; with folds and without.
TYPED_TEST(CombinedProof, FailsForEveryEntryOfTheLeadsUAndOfTheSecondsVThatIsWrong) {
  using K = TypeParam;
  TestRandom random(6);
  for (const bool folds : {false, true}) {
    RecordedProducts<K> products = Combinations<K>({{1, 5}, {3, 20}}, random);
    if (folds) products.AddProduct(70, 1, 2, false, random);
    if (folds) products.AddOneSided(1, 9, random);
    products.Record();
    const Coins<K> coins = CoinsFor(products, 1, random);
    const RoleSources<K> honest = SourcesOf(products, 1);
    const FoldSchedule schedule = honest[0]->schedule();
    ASSERT_EQ(schedule.folds > 0, folds);
    // Zeros fill the last chunk of the first fold, or all of the last level.
    const std::size_t chunk = folds ? schedule.factor[0] : schedule.last;
    const std::size_t size = (honest[0]->entries() + chunk - 1) / chunk * chunk;
    if (folds) ASSERT_GT(size, honest[0]->entries());
    const auto accepted = [&](ProofRole role, const Alteration<K>& alteration) {
      RoleSources<K> sources = SourcesOf(products, 1);
      Alter<K>(&sources[static_cast<std::size_t>(role)], alteration);
      return RunMachines<K>(Pointers(sources), coins).accepted;
    };
    for (std::size_t at = 0; at < size; ++at) {
      const K error = NonZeroElement<K>(random);
      EXPECT_FALSE(accepted(ProofRole::kLead, {.u_at = at, .error = error})) << at << " of " << size;
      EXPECT_FALSE(accepted(ProofRole::kSecond, {.v_at = at, .error = error})) << at << " of " << size;
      // What a verifier does not hold it cannot spoil.
      EXPECT_TRUE(accepted(ProofRole::kLead, {.v_at = at, .error = error}));
      EXPECT_TRUE(accepted(ProofRole::kSecond, {.u_at = at, .error = error}));
    }
    EXPECT_TRUE(accepted(ProofRole::kLead, {.u_at = size, .error = K::One()}));  // there is no such entry
  }
}

// A share of a column or a factor is wrong at one of its two holders.
template <typename K>
class WrongShare {
 public:
  WrongShare(SharedElementsPtr<K>* place, bool next, std::size_t at, K error)
      : place_(place), honest_(*place) {
    auto wrong = std::make_shared<SharedElements<K>>(honest_->own.size());
    std::copy(honest_->own.span().begin(), honest_->own.span().end(), wrong->own.data());
    std::copy(honest_->next.span().begin(), honest_->next.span().end(), wrong->next.data());
    (next ? wrong->next : wrong->own)[at] += error;
    *place_ = std::move(wrong);
  }
  ~WrongShare() { *place_ = std::move(honest_); }
  WrongShare(const WrongShare&) = delete;
  WrongShare& operator=(const WrongShare&) = delete;

 private:
  SharedElementsPtr<K>* place_;
  SharedElementsPtr<K> honest_;
};

// The next component stands in u of the proof that its holder leads and in v of its own; the own one in v of the proof that it
// seconds and in u of its own. The third proof does not know of it, and all pass again when it is right.
TYPED_TEST(CombinedProof, FailsForEveryWrongShareInTheTwoProofsThatHoldItAndNotInTheThird) {
  using K = TypeParam;
  TestRandom random(7);
  RecordedProducts<K> products = Combinations<K>({{2, 6}, {1, 3}}, random);
  const auto expect = [&](unsigned holder, bool next, const std::string& what) {
    const unsigned not_in = next ? (holder + 2) % 3 : (holder + 1) % 3;
    for (unsigned prover = 0; prover < 3; ++prover) {
      EXPECT_EQ(Accepted(products, prover, random), prover == not_in)
          << what << (next ? " next of " : " own of ") << holder << " prover " << prover;
    }
  };
  for (unsigned holder = 0; holder < 3; ++holder) {
    for (const bool next : {false, true}) {
      for (const auto& record : products.batch[holder].combined) {
        for (std::size_t w = 0; w < record->columns.size(); ++w) {
          auto& column = record->columns[w];
          for (std::size_t row = 0; row < record->rows; ++row) {
            const WrongShare<K> wrong(&column.elements, next, column.offset + row, NonZeroElement<K>(random));
            expect(holder, next, "column " + std::to_string(w) + " row " + std::to_string(row));
          }
          const WrongShare<K> wrong(&record->factors.elements, next, record->factors.offset + w,
                                    NonZeroElement<K>(random));
          expect(holder, next, "factor " + std::to_string(w));
        }
      }
    }
  }
  for (unsigned prover = 0; prover < 3; ++prover) EXPECT_TRUE(Accepted(products, prover, random));
}

TYPED_TEST(CombinedProof, FailsForEveryWrongTargetOfAVerifierInThatProofAlone) {
  using K = TypeParam;
  TestRandom random(8);
  RecordedProducts<K> products = Combinations<K>({{2, 6}, {1, 3}}, random);
  for (unsigned holder = 0; holder < 3; ++holder) {
    for (const bool lead : {false, true}) {
      const unsigned in = lead ? (holder + 1) % 3 : (holder + 2) % 3;
      for (const auto& record : products.batch[holder].combined) {
        for (std::size_t row = 0; row < record->rows; ++row) {
          K& target = (lead ? record->lead_target : record->second_target)[row];
          const K honest = target;
          target += NonZeroElement<K>(random);
          for (unsigned prover = 0; prover < 3; ++prover)
            EXPECT_EQ(Accepted(products, prover, random), prover != in) << holder << lead << row;
          target = honest;
        }
      }
    }
  }
}

}  // namespace
}  // namespace mpcstats

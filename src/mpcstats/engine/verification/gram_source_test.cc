// All products of some columns under one weight a column: what the proof takes, and which lies it finds.
#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/verification/product_source.h"
#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {
namespace {

constexpr std::array<std::uint8_t, 16> kGramSeed = {7, 8, 9};
constexpr std::array<ProofRole, 3> kGramRoles = {ProofRole::kProver, ProofRole::kLead, ProofRole::kSecond};

using GramComponents = std::array<std::vector<Fp127>, 3>;

std::vector<Fp127> RandomElements(std::size_t size, TestRandom& random) {
  std::vector<Fp127> list;
  for (std::size_t i = 0; i < size; ++i) list.push_back(RandomElement<Fp127>(random));
  return list;
}

Buffer<Fp127> CopyOfList(const std::vector<Fp127>& list) {
  Buffer<Fp127> buffer(list.size());
  std::copy(list.begin(), list.end(), buffer.data());
  return buffer;
}

Fp127 DotOf(const std::vector<Fp127>& x, const std::vector<Fp127>& y, std::size_t offset) {
  Fp127 sum = Fp127::Zero();
  for (std::size_t r = offset; r < x.size(); ++r) sum += x[r] * y[r];
  return sum;
}

// All products of d columns, read from row `offset` on, as three parties record them.
struct GramOfColumns {
  std::vector<GramComponents> columns;
  std::size_t offset;
  std::array<std::vector<Fp127>, 3> rho, z;

  GramOfColumns(std::size_t d, std::size_t rows, std::size_t first, TestRandom& random)
      : columns(d), offset(first) {
    for (GramComponents& column : columns) {
      for (auto& component : column) component = RandomElements(offset + rows, random);
    }
    for (auto& of : rho) of = RandomElements(Relations(), random);
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      for (std::size_t a = 0; a < d; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
          const std::size_t k = z[i].size();
          z[i].push_back(Term(a, b, i, i) + Term(a, b, i, n) + Term(a, b, n, i) + rho[i][k] - rho[n][k]);
        }
      }
    }
  }
  [[nodiscard]] std::size_t Relations() const { return columns.size() * (columns.size() + 1) / 2; }
  [[nodiscard]] Fp127 Term(std::size_t a, std::size_t b, unsigned i, unsigned j) const {
    return DotOf(columns[a][i], columns[b][j], offset);
  }
  [[nodiscard]] std::unique_ptr<GramRecord<Fp127>> RecordOf(unsigned i) const {
    const unsigned n = (i + 1) % 3;
    auto record = std::make_unique<GramRecord<Fp127>>();
    for (const GramComponents& column : columns) {
      auto shared = std::make_shared<SharedElements<Fp127>>(0);
      shared->own = CopyOfList(column[i]);
      shared->next = CopyOfList(column[n]);
      record->columns.push_back({shared, offset});
    }
    record->rows = columns[0][0].size() - offset;
    std::vector<Fp127> lead;
    for (std::size_t a = 0; a < columns.size(); ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        const std::size_t k = lead.size();
        lead.push_back(z[n][k] - Term(a, b, n, n) - rho[n][k]);
      }
    }
    record->lead_target = CopyOfList(lead);
    record->second_target = CopyOfList(rho[i]);
    return record;
  }
};

struct GramBatch {
  std::vector<GramOfColumns> grams;
  std::array<ProductBatch<Fp127>, 3> batch;

  // One with a single column, one of four columns that are read at an offset.
  explicit GramBatch(std::size_t rows, TestRandom& random) {
    grams.emplace_back(1, rows + 1, 0, random);
    grams.emplace_back(4, rows, 3, random);
    Record();
  }
  void Record() {
    for (unsigned i = 0; i < 3; ++i) {
      batch[i] = {};
      for (const GramOfColumns& gram : grams) batch[i].grams.push_back(gram.RecordOf(i));
    }
  }
  [[nodiscard]] std::unique_ptr<ProofSource<Fp127>> SourceOf(unsigned prover, ProofRole role) const {
    const PartyIndex p(prover);
    const PartyIndex self = role == ProofRole::kProver ? p
                            : role == ProofRole::kLead ? p.Previous()
                                                       : p.Next();
    return MakeProductSource<Fp127>(batch[self.value()], p, self);
  }
  [[nodiscard]] bool Accepted(unsigned prover, TestRandom& random) const {
    std::array<std::unique_ptr<ProofSource<Fp127>>, 3> sources;
    for (const ProofRole role : kGramRoles) sources[static_cast<std::size_t>(role)] = SourceOf(prover, role);
    const Coins<Fp127> coins = Coins<Fp127>::Random(sources[0]->schedule(), random);
    return RunMachines<Fp127>({sources[0].get(), sources[1].get(), sources[2].get()}, coins).accepted;
  }
};

std::vector<Fp127> GramWeights(std::size_t count) {
  Bytes bytes(count * Fp127::kUniformBytes);
  AesPrg(kGramSeed).Generate({0, 0}, bytes);
  std::vector<Fp127> weights;
  for (std::size_t i = 0; i < count; ++i)
    weights.push_back(Fp127::FromUniform(&bytes[i * Fp127::kUniformBytes]));
  return weights;
}

TEST(GramSource, TakesOneEntryARowThatSaysWhatEveryWeightedProductDoes) {
  for (const std::size_t rows : {1u, 64u, 3000u}) {
    TestRandom random(rows);
    const GramBatch products(rows, random);
    const std::vector<Fp127> weights = GramWeights(5);
    for (unsigned prover = 0; prover < 3; ++prover) {
      const unsigned n = (prover + 1) % 3;
      Fp127 terms = Fp127::Zero(), lead = Fp127::Zero(), second = Fp127::Zero();
      std::size_t first = 0;
      for (const GramOfColumns& gram : products.grams) {
        std::size_t k = 0;
        for (std::size_t a = 0; a < gram.columns.size(); ++a) {
          for (std::size_t b = 0; b <= a; ++b, ++k) {
            Fp127 weight = weights[first + a] * weights[first + b];
            if (a != b) weight += weight;
            terms += weight * (gram.Term(a, b, prover, n) + gram.Term(a, b, n, prover));
            lead += weight * (gram.z[prover][k] - gram.Term(a, b, prover, prover) - gram.rho[prover][k]);
            second += weight * gram.rho[n][k];
          }
        }
        first += gram.columns.size();
      }
      EXPECT_TRUE(lead + second == terms);
      const std::size_t size = 2 * rows + 1;
      auto source = products.SourceOf(prover, ProofRole::kProver);
      EXPECT_EQ(source->schedule().last, MakeSchedule(size, 0).last);
      source->Begin(kGramSeed);
      const ProofVectors<Fp127> got = EntriesOf(*source, ProofRole::kProver, size + 2);
      Fp127 sum = Fp127::Zero();
      for (std::size_t r = 0; r < size; ++r) sum += got.u[r] * got.v[r];
      EXPECT_TRUE(sum == terms) << rows << " " << prover;
      EXPECT_TRUE(got.u[size + 1] == Fp127::Zero() && got.v[size + 1] == Fp127::Zero());
      for (const ProofRole role : {ProofRole::kLead, ProofRole::kSecond}) {
        auto verifier = products.SourceOf(prover, role);
        verifier->Begin(kGramSeed);
        const ProofVectors<Fp127> held = EntriesOf(*verifier, role, size);
        const Buffer<Fp127>& seen = role == ProofRole::kLead ? held.u : held.v;
        const Buffer<Fp127>& same = role == ProofRole::kLead ? got.u : got.v;
        EXPECT_TRUE(std::equal(seen.data(), seen.data() + size, same.data()));
        EXPECT_TRUE(verifier->Target() == (role == ProofRole::kLead ? lead : second));
      }
      EXPECT_TRUE(products.Accepted(prover, random));
    }
  }
}

TEST(GramSource, GivesTheSameEntriesInBlocksOfAnySize) {
  TestRandom random(2);
  const GramBatch products(50, random);
  constexpr std::size_t kSize = 101 + 4;
  for (const ProofRole role : kGramRoles) {
    auto source = products.SourceOf(2, role);
    source->Begin(kGramSeed);
    const ProofVectors<Fp127> want = EntriesOf(*source, role, kSize);
    for (const std::size_t block : {1u, 7u, 60u}) {
      for (std::size_t first = 0; first < kSize; first += block) {
        const std::size_t count = std::min(block, kSize - first);
        std::vector<Fp127> u(HoldsU(role) ? count : 0, Fp127::One()),
            v(HoldsV(role) ? count : 0, Fp127::One());
        source->Entries(first, u, v);
        if (HoldsU(role)) ASSERT_TRUE(std::equal(u.begin(), u.end(), want.u.data() + first)) << first;
        if (HoldsV(role)) ASSERT_TRUE(std::equal(v.begin(), v.end(), want.v.data() + first)) << first;
      }
    }
  }
}

TEST(GramSource, ProofFailsForAWrongMessageOfAnyProductAndForThatProverOnly) {
  TestRandom random(3);
  for (std::size_t which = 0; which < 11; ++which) {
    GramBatch products(20, random);
    const std::size_t gram = which == 0 ? 0 : 1;
    products.grams[gram].z[1][which == 0 ? 0 : which - 1] += Fp127::One();
    products.Record();
    EXPECT_TRUE(products.Accepted(0, random)) << which;
    EXPECT_FALSE(products.Accepted(1, random)) << which;
    EXPECT_TRUE(products.Accepted(2, random)) << which;
  }
}

// Equal weights for the products would let these through; so would any that do not depend on both columns.
TEST(GramSource, ProofFailsForErrorsOfTwoOrFourProductsThatCancel) {
  TestRandom random(4);
  // Entries (1, 0), (2, 0), (2, 1), (3, 0), (3, 1) stand at 1, 3, 4, 6, 7; the squares at 0, 2, 5, 9.
  for (const std::vector<std::pair<std::size_t, bool>>& errors :
       std::vector<std::vector<std::pair<std::size_t, bool>>>{
           {{0, true}, {2, false}},
           {{1, true}, {3, false}},
           {{4, true}, {5, false}},
           {{3, true}, {4, false}, {6, false}, {7, true}}}) {
    GramBatch products(20, random);
    for (const auto& [at, plus] : errors) {
      products.grams[1].z[2][at] += plus ? Fp127::One() : -Fp127::One();
    }
    products.Record();
    EXPECT_FALSE(products.Accepted(2, random)) << errors.size();
  }
}

// The factor 2 of every product of two columns is zero there, and nothing of them would be proved.
TEST(GramSourceDeathTest, RefusesCharacteristicTwo) {
  ProductBatch<Gf2_64> batch;
  batch.grams.push_back(std::make_unique<GramRecord<Gf2_64>>());
  EXPECT_DEATH((void)MakeProductSource<Gf2_64>(batch, PartyIndex(0), PartyIndex(0)), "grams");
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/engine/verification/product_source.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {
namespace {

constexpr std::array<std::uint8_t, 16> kSeed = {4, 5, 6};

template <typename K>
using Components = std::array<std::vector<K>, 3>;

// Recorded products of three parties: elementwise, dot and one-sided, columns read at an offset.
template <typename K>
struct Products {
  struct Product {
    Components<K> x, y, rho, z;
    std::size_t x_offset, y_offset, rows;
    bool dot;
    // Columns of the same number are one and the same.
    std::optional<std::size_t> x_column = {}, y_column = {};
  };
  struct OneSided {
    unsigned prover;
    std::vector<K> u, v, message, mask;
  };
  std::vector<Product> products;
  std::vector<OneSided> one_sided;
  std::array<ProductBatch<K>, 3> batch;

  explicit Products(std::size_t scale, std::uint64_t seed = 1) {
    TestRandom random(seed);
    AddProduct(scale, 0, 0, false, random);
    AddProduct(3 * scale + 1, 2, 5, true, random);
    AddProduct(1, 1, 0, false, random);
    AddProduct(scale + 7, 0, 3, false, random);
    AddProduct(1, 0, 0, true, random);
    for (unsigned prover = 0; prover < 3; ++prover) AddOneSided(prover, scale + prover, random);
    AddOneSided(1, 2, random);
    Record();
  }
  void AddProduct(std::size_t rows, std::size_t x_offset, std::size_t y_offset, bool dot,
                  TestRandom& random) {
    Product p{.x = {},
              .y = {},
              .rho = {},
              .z = {},
              .x_offset = x_offset,
              .y_offset = y_offset,
              .rows = rows,
              .dot = dot};
    for (unsigned c = 0; c < 3; ++c) {
      Fill(p.x[c], x_offset + rows + 2, random);
      Fill(p.y[c], y_offset + rows, random);
    }
    AddProduct(std::move(p), random);
  }
  // All dot products of some columns.
  void AddGram(std::size_t columns, std::size_t rows, TestRandom& random) {
    std::vector<Components<K>> values(columns);
    for (Components<K>& column : values) {
      for (unsigned c = 0; c < 3; ++c) Fill(column[c], rows, random);
    }
    for (std::size_t i = 0; i < columns; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        Product p{.x = values[i],
                  .y = values[j],
                  .rho = {},
                  .z = {},
                  .x_offset = 0,
                  .y_offset = 0,
                  .rows = rows,
                  .dot = true};
        p.x_column = i;
        p.y_column = j;
        AddProduct(std::move(p), random);
      }
    }
    Record();
  }
  void AddProduct(Product p, TestRandom& random) {
    const std::size_t x_offset = p.x_offset, y_offset = p.y_offset, rows = p.rows;
    const bool dot = p.dot;
    const std::size_t relations = dot ? 1 : rows;
    for (unsigned c = 0; c < 3; ++c) {
      Fill(p.rho[c], relations, random);
      p.z[c].assign(relations, K::Zero());
    }
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      for (std::size_t row = 0; row < rows; ++row) {
        const auto term = [&](unsigned a, unsigned b) {
          return p.x[a][x_offset + row] * p.y[b][y_offset + row];
        };
        p.z[i][dot ? 0 : row] += term(i, i) + term(i, n) + term(n, i);
      }
      for (std::size_t r = 0; r < relations; ++r) p.z[i][r] += p.rho[i][r] - p.rho[n][r];
    }
    products.push_back(std::move(p));
  }
  void AddOneSided(unsigned prover, std::size_t rows, TestRandom& random) {
    OneSided p{prover, {}, {}, {}, {}};
    for (auto* list : {&p.u, &p.v, &p.mask}) Fill(*list, rows, random);
    for (std::size_t i = 0; i < rows; ++i) p.message.push_back(p.u[i] * p.v[i] - p.mask[i]);
    one_sided.push_back(std::move(p));
  }
  static void Fill(std::vector<K>& list, std::size_t size, TestRandom& random) {
    for (std::size_t i = 0; i < size; ++i) list.push_back(RandomElement<K>(random));
  }
  static Buffer<K> Copy(const std::vector<K>& list) {
    Buffer<K> buffer(list.size());
    std::copy(list.begin(), list.end(), buffer.data());
    return buffer;
  }
  static SharedElementsPtr<K> Share(const Components<K>& c, unsigned i) {
    auto shared = std::make_shared<SharedElements<K>>(c[i].size());
    shared->own = Copy(c[i]);
    shared->next = Copy(c[(i + 1) % 3]);
    return shared;
  }
  static SharedElementsPtr<K> ShareOnce(const Components<K>& c, unsigned i, std::optional<std::size_t> column,
                                        std::map<std::size_t, SharedElementsPtr<K>>* shared) {
    if (!column) return Share(c, i);
    const auto known = shared->find(*column);
    return known != shared->end() ? known->second : shared->emplace(*column, Share(c, i)).first->second;
  }
  void Record() {
    for (unsigned i = 0; i < 3; ++i) {
      batch[i] = {};
      std::map<std::size_t, SharedElementsPtr<K>> shared;
      const unsigned n = (i + 1) % 3;
      for (const Product& p : products) {
        auto record = std::make_unique<ProductRecord<K>>();
        record->x = ShareOnce(p.x, i, p.x_column, &shared);
        record->y = ShareOnce(p.y, i, p.y_column, &shared);
        record->x_offset = p.x_offset;
        record->y_offset = p.y_offset;
        record->rows = p.rows;
        record->shape = p.dot ? ProductRecord<K>::Shape::kDot : ProductRecord<K>::Shape::kElementwise;
        // z_{i+1} - x_{i+1} y_{i+1} - rho_{i+1}
        std::vector<K> lead = p.z[n];
        for (std::size_t row = 0; row < p.rows; ++row) {
          lead[p.dot ? 0 : row] -= p.x[n][p.x_offset + row] * p.y[n][p.y_offset + row];
        }
        for (std::size_t r = 0; r < lead.size(); ++r) lead[r] -= p.rho[n][r];
        record->lead_target = Copy(lead);
        record->second_target = Copy(p.rho[i]);
        batch[i].products.push_back(std::move(record));
      }
      for (const OneSided& p : one_sided) {
        auto record = std::make_unique<OneSidedRecord<K>>();
        record->prover = p.prover;
        const ProofRole role = RoleFor(PartyIndex(i), PartyIndex(p.prover));
        if (HoldsU(role)) record->u = Copy(p.u);
        if (HoldsV(role)) record->v = Copy(p.v);
        if (role == ProofRole::kLead) record->target = Copy(p.message);
        if (role == ProofRole::kSecond) record->target = Copy(p.mask);
        batch[i].one_sided.push_back(std::move(record));
      }
    }
  }
  // What the proof of `prover` must be about: one entry a product, one weight a relation.
  [[nodiscard]] Statement<K> StatementOf(unsigned prover) const {
    Statement<K> s;
    const unsigned n = (prover + 1) % 3;
    for (const Product& p : products) {
      const std::size_t first = s.lead_target.size();
      for (const bool second_term : {false, true}) {
        for (std::size_t row = 0; row < p.rows; ++row) {
          const K x = p.x[second_term ? n : prover][p.x_offset + row];
          const K y = p.y[second_term ? prover : n][p.y_offset + row];
          s.entries.push_back({first + (p.dot ? 0 : row), second_term ? y : x, second_term ? x : y});
        }
      }
      for (std::size_t r = 0; r < (p.dot ? 1 : p.rows); ++r) {
        s.second_target.push_back(p.rho[n][r]);
        s.lead_target.push_back(p.z[prover][r] - p.rho[prover][r]);
      }
      for (std::size_t row = 0; row < p.rows; ++row) {
        s.lead_target[first + (p.dot ? 0 : row)] -=
            p.x[prover][p.x_offset + row] * p.y[prover][p.y_offset + row];
      }
    }
    for (const OneSided& p : one_sided) {
      if (p.prover != prover) continue;
      for (std::size_t i = 0; i < p.u.size(); ++i) {
        s.entries.push_back({s.lead_target.size(), p.u[i], p.v[i]});
        s.lead_target.push_back(p.message[i]);
        s.second_target.push_back(p.mask[i]);
      }
    }
    return s;
  }
};

template <typename K>
std::vector<K> WeightStream(std::size_t count) {
  Bytes bytes(count * K::kUniformBytes);
  AesPrg(kSeed).Generate({0, 0}, bytes);
  std::vector<K> weights;
  for (std::size_t i = 0; i < count; ++i) weights.push_back(K::FromUniform(&bytes[i * K::kUniformBytes]));
  return weights;
}

constexpr std::array<ProofRole, 3> kRoles = {ProofRole::kProver, ProofRole::kLead, ProofRole::kSecond};

PartyIndex PartyOf(unsigned prover, ProofRole role) {
  const PartyIndex p(prover);
  return role == ProofRole::kProver ? p : role == ProofRole::kLead ? p.Previous() : p.Next();
}

template <typename K>
std::unique_ptr<ProofSource<K>> SourceOf(const Products<K>& products, unsigned prover, ProofRole role,
                                         ThreadPool& pool) {
  const PartyIndex self = PartyOf(prover, role);
  return MakeProductSource<K>(products.batch[self.value()], PartyIndex(prover), self, pool);
}

template <typename K>
struct ProductSource : testing::Test {};
using Fields = testing::Types<Fp127, Gf2_64>;
TYPED_TEST_SUITE(ProductSource, Fields);

TYPED_TEST(ProductSource, HoldsTheWeightedTermsAndTargetsOfEveryRecord) {
  using K = TypeParam;
  ThreadPool pool(1);
  for (const std::size_t scale : {1u, 2u, 64u, 100u, 5000u}) {
    const Products<K> products(scale, scale);
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights()));
      const std::size_t size = flat.u.size() + 3;
      for (const ProofRole role : kRoles) {
        auto source = SourceOf(products, prover, role, pool);
        source->Begin(kSeed);
        const ProofVectors<K> got = source->Entries(size);
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

TYPED_TEST(ProductSource, GivesTheSameBitsForEveryNumberOfThreads) {
  using K = TypeParam;
  const Products<K> products(9000);
  ThreadPool one(1);
  auto reference = SourceOf(products, 1, ProofRole::kProver, one);
  reference->Begin(kSeed);
  const std::size_t size = products.StatementOf(1).entries.size();
  const ProofVectors<K> want = reference->Entries(size);
  for (const unsigned threads : {2u, 3u}) {
    ThreadPool pool(threads);
    auto source = SourceOf(products, 1, ProofRole::kProver, pool);
    source->Begin(kSeed);
    const ProofVectors<K> got = source->Entries(size);
    EXPECT_TRUE(std::equal(want.u.data(), want.u.data() + size, got.u.data()));
    EXPECT_TRUE(std::equal(want.v.data(), want.v.data() + size, got.v.data()));
  }
}

template <typename K>
bool Accepted(const Products<K>& products, unsigned prover, TestRandom& random, unsigned threads = 1) {
  ThreadPool pool(threads);
  std::array<std::unique_ptr<ProofSource<K>>, 3> sources;
  for (const ProofRole role : kRoles) {
    sources[static_cast<std::size_t>(role)] = SourceOf(products, prover, role, pool);
  }
  const Coins<K> coins = Coins<K>::Random(sources[0]->schedule(), random);
  return RunMachines<K>({sources[0].get(), sources[1].get(), sources[2].get()}, coins).accepted;
}

TYPED_TEST(ProductSource, ProvesHonestProducts) {
  TestRandom random(1);
  for (const std::size_t scale : {1u, 20u, 3000u}) {
    const Products<TypeParam> products(scale, scale);
    for (unsigned prover = 0; prover < 3; ++prover)
      EXPECT_TRUE(Accepted(products, prover, random, 1 + prover));
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
  ThreadPool pool(1);
  for (const std::size_t rows : {1u, 64u, 5000u}) {
    TestRandom random(rows);
    Products<K> products(3);
    const std::size_t before = products.StatementOf(0).entries.size();
    products.AddGram(3, rows, random);
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights()));
      EXPECT_GE(flat.u.size(), 12 * rows);
      auto source = SourceOf(products, prover, ProofRole::kProver, pool);
      source->Begin(kSeed);
      const std::size_t size = flat.u.size();
      const ProofVectors<K> got = source->Entries(size);
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
    Products<K> products(3);
    const std::size_t first = products.products.size();
    products.AddGram(3, 40, random);
    products.products[first + which].z[2].back() += K::One();
    products.Record();
    EXPECT_FALSE(Accepted(products, 2, random)) << which;
    EXPECT_TRUE(Accepted(products, 0, random) && Accepted(products, 1, random)) << which;
  }
}

TYPED_TEST(ProductSource, ProvesTheEmptyListOfAPartyWithoutProducts) {
  TestRandom random(5);
  Products<TypeParam> products(20);
  products.products.clear();
  products.one_sided.erase(products.one_sided.begin() + 2, products.one_sided.end());
  products.Record();
  EXPECT_TRUE(products.StatementOf(2).entries.empty());
  for (unsigned prover = 0; prover < 3; ++prover) EXPECT_TRUE(Accepted(products, prover, random)) << prover;
}

TYPED_TEST(ProductSource, ProofFailsForOneWrongMessageOfAnyRecordAndForThatProverOnly) {
  TestRandom random(2);
  for (std::size_t which = 0; which < 5; ++which) {
    Products<TypeParam> products(20);
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
    Products<TypeParam> products(20);
    products.one_sided[which].message[1] += TypeParam::One();
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      EXPECT_EQ(Accepted(products, prover, random), prover != products.one_sided[which].prover) << which;
    }
  }
}

TYPED_TEST(ProductSource, ProofFailsForErrorsOfTwoRecordsThatCancel) {
  TestRandom random(4);
  Products<TypeParam> products(20);
  products.products[0].z[0][3] += TypeParam::One();
  products.products[1].z[0][0] -= TypeParam::One();
  products.Record();
  EXPECT_FALSE(Accepted(products, 0, random));
}

}  // namespace
}  // namespace mpcstats

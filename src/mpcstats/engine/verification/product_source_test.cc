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

// Recorded products of three parties: elementwise, dot, combined and one-sided, columns read at an offset.
template <typename K>
struct Products {
  struct Product {
    Components<K> x, y, rho, z;
    std::size_t x_offset, y_offset, rows;
    bool dot;
    // Columns of the same number are one and the same.
    std::optional<std::size_t> x_column = {}, y_column = {};
  };
  // z_r = sum_w columns_w[r] factors[w]
  struct Combined {
    std::vector<Components<K>> columns;
    Components<K> factors, rho, z;
    std::size_t offset, rows;
  };
  struct OneSided {
    unsigned prover;
    std::vector<K> u, v, message, mask;
  };
  std::vector<Product> products;
  std::vector<Combined> combined;
  std::vector<OneSided> one_sided;
  std::array<ProductBatch<K>, 3> batch;

  explicit Products(std::size_t scale, std::uint64_t seed = 1) {
    TestRandom random(seed);
    AddProduct(scale, 0, 0, false, random);
    AddProduct(3 * scale + 1, 2, 5, true, random);
    AddProduct(1, 1, 0, false, random);
    AddProduct(scale + 7, 0, 3, false, random);
    AddProduct(1, 0, 0, true, random);
    AddCombined(1, scale, 0, random);
    AddCombined(3, scale + 2, 4, random);
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
  void AddCombined(std::size_t columns, std::size_t rows, std::size_t offset, TestRandom& random) {
    Combined p{.columns = std::vector<Components<K>>(columns),
               .factors = {},
               .rho = {},
               .z = {},
               .offset = offset,
               .rows = rows};
    for (unsigned c = 0; c < 3; ++c) {
      for (Components<K>& column : p.columns) Fill(column[c], offset + rows, random);
      Fill(p.factors[c], offset + columns, random);
      Fill(p.rho[c], rows, random);
    }
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      for (std::size_t row = 0; row < rows; ++row) {
        p.z[i].push_back(p.rho[i][row] - p.rho[n][row] + Term(p, row, i, i) + Term(p, row, i, n) +
                         Term(p, row, n, i));
      }
    }
    combined.push_back(std::move(p));
  }
  // sum_w x_a f_b in one row
  static K Term(const Combined& p, std::size_t row, unsigned a, unsigned b) {
    K sum = K::Zero();
    for (std::size_t w = 0; w < p.columns.size(); ++w)
      sum += p.columns[w][a][p.offset + row] * p.factors[b][p.offset + w];
    return sum;
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
      for (const Combined& p : combined) {
        auto record = std::make_unique<CombinedRecord<K>>();
        for (const Components<K>& column : p.columns) record->columns.push_back({Share(column, i), p.offset});
        record->factors = {Share(p.factors, i), p.offset};
        record->rows = p.rows;
        std::vector<K> lead;
        for (std::size_t row = 0; row < p.rows; ++row)
          lead.push_back(p.z[n][row] - Term(p, row, n, n) - p.rho[n][row]);
        record->lead_target = Copy(lead);
        record->second_target = Copy(p.rho[i]);
        batch[i].combined.push_back(std::move(record));
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
  // What the proof of `prover` must be about: one entry a product, one weight a relation. A combination's products stand one
  // by one here; the source adds up those of a column under their weights.
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
    for (const Combined& p : combined) {
      const std::size_t first = s.lead_target.size();
      for (const bool second_term : {false, true}) {
        for (std::size_t w = 0; w < p.columns.size(); ++w) {
          for (std::size_t row = 0; row < p.rows; ++row) {
            const K x = p.columns[w][second_term ? n : prover][p.offset + row];
            const K f = p.factors[second_term ? prover : n][p.offset + w];
            s.entries.push_back({first + row, second_term ? f : x, second_term ? x : f});
          }
        }
      }
      for (std::size_t row = 0; row < p.rows; ++row) {
        s.second_target.push_back(p.rho[n][row]);
        s.lead_target.push_back(p.z[prover][row] - p.rho[prover][row] - Term(p, row, prover, prover));
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
std::unique_ptr<ProofSource<K>> SourceOf(const Products<K>& products, unsigned prover, ProofRole role) {
  const PartyIndex self = PartyOf(prover, role);
  return MakeProductSource<K>(products.batch[self.value()], PartyIndex(prover), self);
}

template <typename K>
struct ProductSource : testing::Test {};
using Fields = testing::Types<Fp127, Gf2_64>;
TYPED_TEST_SUITE(ProductSource, Fields);

TYPED_TEST(ProductSource, HoldsTheWeightedTermsAndTargetsOfEveryRecord) {
  using K = TypeParam;
  for (const std::size_t scale : {1u, 2u, 64u, 100u, 5000u}) {
    Products<K> products(scale, scale);
    products.combined.clear();
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights()));
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
  const Products<K> products(300);
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
  const Products<K> products(9000);
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

template <typename K>
bool Accepted(const Products<K>& products, unsigned prover, TestRandom& random) {
  std::array<std::unique_ptr<ProofSource<K>>, 3> sources;
  for (const ProofRole role : kRoles) {
    sources[static_cast<std::size_t>(role)] = SourceOf(products, prover, role);
  }
  const Coins<K> coins = Coins<K>::Random(sources[0]->schedule(), random);
  return RunMachines<K>({sources[0].get(), sources[1].get(), sources[2].get()}, coins).accepted;
}

TYPED_TEST(ProductSource, ProvesHonestProducts) {
  TestRandom random(1);
  for (const std::size_t scale : {1u, 20u, 3000u}) {
    const Products<TypeParam> products(scale, scale);
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
    Products<K> products(3);
    products.combined.clear();
    const std::size_t before = products.StatementOf(0).entries.size();
    products.AddGram(3, rows, random);
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights()));
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
    Products<K> products(3);
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
    Products<K> products(3);
    products.products.clear();
    products.one_sided.clear();
    products.combined.clear();
    products.AddCombined(4, rows, 2, random);
    products.Record();
    for (unsigned prover = 0; prover < 3; ++prover) {
      const Statement<K> statement = products.StatementOf(prover);
      const FlatStatement<K> flat = statement.Flatten(WeightStream<K>(statement.weights()));
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
      Products<K> products(20);
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
  Products<TypeParam> products(20);
  products.combined[1].z[2][4] += TypeParam::One();
  products.combined[1].z[2][5] -= TypeParam::One();
  products.Record();
  EXPECT_FALSE(Accepted(products, 2, random));
}

TYPED_TEST(ProductSource, ProvesTheEmptyListOfAPartyWithoutProducts) {
  TestRandom random(5);
  Products<TypeParam> products(20);
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

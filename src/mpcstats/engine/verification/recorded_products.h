// For tests: products of three parties as they record them, and what a proof of them must be about.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/verification/product_source.h"
#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {

/// Recorded products of three parties: elementwise, dot, combined and one-sided, columns read at an offset.
template <typename K>
struct RecordedProducts {
  using Components = std::array<std::vector<K>, 3>;
  struct Product {
    Components x, y, rho, z;
    std::size_t x_offset, y_offset, rows;
    bool dot;
    // Columns of the same number are one and the same.
    std::optional<std::size_t> x_column = {}, y_column = {};
  };
  // z_r = sum_w columns_w[r] factors[w]
  struct Combined {
    std::vector<Components> columns;
    Components factors, rho, z;
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

  RecordedProducts() = default;
  explicit RecordedProducts(std::size_t scale, std::uint64_t seed = 1) {
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
    std::vector<Components> values(columns);
    for (Components& column : values) {
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
    Combined p{.columns = std::vector<Components>(columns),
               .factors = {},
               .rho = {},
               .z = {},
               .offset = offset,
               .rows = rows};
    for (unsigned c = 0; c < 3; ++c) {
      for (Components& column : p.columns) Fill(column[c], offset + rows, random);
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
  static SharedElementsPtr<K> Share(const Components& c, unsigned i) {
    auto shared = std::make_shared<SharedElements<K>>(c[i].size());
    shared->own = Copy(c[i]);
    shared->next = Copy(c[(i + 1) % 3]);
    return shared;
  }
  static SharedElementsPtr<K> ShareOnce(const Components& c, unsigned i, std::optional<std::size_t> column,
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
        for (const Components& column : p.columns) record->columns.push_back({Share(column, i), p.offset});
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
std::vector<K> WeightStream(std::size_t count, const std::array<std::uint8_t, 16>& seed) {
  Bytes bytes(count * K::kUniformBytes);
  AesPrg(seed).Generate({0, 0}, bytes);
  std::vector<K> weights;
  for (std::size_t i = 0; i < count; ++i) weights.push_back(K::FromUniform(&bytes[i * K::kUniformBytes]));
  return weights;
}

template <typename K>
std::unique_ptr<ProofSource<K>> SourceOf(const RecordedProducts<K>& products, unsigned prover,
                                         ProofRole role) {
  const PartyIndex self = PartyOf(prover, role);
  return MakeProductSource<K>(products.batch[self.value()], PartyIndex(prover), self);
}

/// Of prover, lead and second.
template <typename K>
using RoleSources = std::array<std::unique_ptr<ProofSource<K>>, 3>;
template <typename K>
RoleSources<K> SourcesOf(const RecordedProducts<K>& products, unsigned prover) {
  RoleSources<K> sources;
  for (const ProofRole role : kRoles)
    sources[static_cast<std::size_t>(role)] = SourceOf(products, prover, role);
  return sources;
}
template <typename K>
std::array<ProofSource<K>*, 3> Pointers(const RoleSources<K>& sources) {
  return {sources[0].get(), sources[1].get(), sources[2].get()};
}

/// The proof of `prover` by honest machines.
template <typename K>
bool Accepted(const RecordedProducts<K>& products, unsigned prover, TestRandom& random) {
  const RoleSources<K> sources = SourcesOf(products, prover);
  const Coins<K> coins = Coins<K>::Random(sources[0]->schedule(), random);
  return RunMachines<K>(Pointers(sources), coins).accepted;
}

}  // namespace mpcstats

// The record of field products that wait for verification: elementwise products, whole dot products, all products of some
// columns, combinations of columns and one-sided products, over F_p and over GF(2^64). Columns are kept by reference; nothing is
// copied before the proof.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/field/fp127.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {

/// Both components of n shared field elements, as one party holds them.
template <typename K>
struct SharedElements {
  explicit SharedElements(std::size_t size) : own(size), next(size) {}
  /// With undefined content, for results that are written in full.
  static SharedElements Raw(std::size_t size) {
    SharedElements elements(0);
    elements.own = Buffer<K>::Raw(size);
    elements.next = Buffer<K>::Raw(size);
    return elements;
  }
  Buffer<K> own;
  Buffer<K> next;
};
template <typename K>
using SharedElementsPtr = std::shared_ptr<const SharedElements<K>>;

/// n products under n weights, or (dot) the sum of n products under one weight.
///
/// The two cross terms are (x_i, y_{i+1}) and (y_i, x_{i+1}); party i proves both, the previous party leads with
/// a = z_i - x_i y_i - rho_i and the next seconds with b = rho_{i+1}. In this party's record: as lead of the next party
/// `lead_target` = z_{i+1} - x_{i+1} y_{i+1} - rho_{i+1}, as second of the previous one `second_target` = rho_i.
template <typename K>
struct ProductRecord {
  enum class Shape { kElementwise, kDot };
  SharedElementsPtr<K> x;
  SharedElementsPtr<K> y;
  std::size_t x_offset = 0;
  std::size_t y_offset = 0;
  std::size_t rows = 0;
  Shape shape = Shape::kElementwise;
  Buffer<K> lead_target;    // one a relation
  Buffer<K> second_target;  // one a relation

  [[nodiscard]] std::size_t relations() const { return shape == Shape::kDot ? 1 : rows; }
  [[nodiscard]] std::size_t entries() const { return 2 * rows; }
};

/// One column of a record of several.
template <typename K>
struct ColumnInRecord {
  SharedElementsPtr<K> elements;
  std::size_t offset = 0;
};

/// The dot products of every two of d columns, and of each with itself: relation i (i + 1) / 2 + j is that of columns i and
/// j <= i. One weight s_a a column, s_i s_j twice for a relation and once where i = j, so that the weighted sum of all products
/// takes one entry a row: (2 sum_a s_a x_a, sum_a s_a x_a). Not in characteristic 2, where it would prove nothing.
template <typename K>
struct GramRecord {
  std::vector<ColumnInRecord<K>> columns;
  std::size_t rows = 0;
  Buffer<K> lead_target;    // one a relation, as in ProductRecord
  Buffer<K> second_target;  // one a relation

  [[nodiscard]] std::size_t relations() const { return columns.size() * (columns.size() + 1) / 2; }
  [[nodiscard]] std::size_t entries() const { return rows; }
};

/// A product u * v of two values that only one party holds both of (docs/protocol.md section 5): party `prover` holds u and v, the
/// previous one u, the next one v. One term, one prover; the others record their side of it.
template <typename K>
struct OneSidedRecord {
  unsigned prover = 0;
  Buffer<K> u;       // prover and lead
  Buffer<K> v;       // prover and second
  Buffer<K> target;  // lead: the message it received; second: the mask
};

/// z_r = sum_w columns_w[r] * factors[w] for n rows, under n weights. As the factors are the same in every row, the weighted
/// sum of all rows' products takes two entries a column, whatever n is: (sum_r theta_r x_{w,r}, factor_w) and the other cross term.
template <typename K>
struct CombinedRecord {
  std::vector<ColumnInRecord<K>> columns;
  ColumnInRecord<K> factors;
  std::size_t rows = 0;
  Buffer<K> lead_target;    // one a row, as in ProductRecord
  Buffer<K> second_target;  // one a row

  [[nodiscard]] std::size_t entries() const { return 2 * columns.size(); }
};

template <typename K>
struct ProductBatch {
  std::vector<std::unique_ptr<ProductRecord<K>>> products;
  std::vector<std::unique_ptr<GramRecord<K>>> grams;
  std::vector<std::unique_ptr<CombinedRecord<K>>> combined;
  std::vector<std::unique_ptr<OneSidedRecord<K>>> one_sided;
  [[nodiscard]] bool empty() const {
    return products.empty() && grams.empty() && combined.empty() && one_sided.empty();
  }
};

struct ProductBatches {
  ProductBatch<Fp127> fp;
  ProductBatch<Gf2_64> gf;
};

class ProductLogs {
 public:
  template <typename K>
  ProductRecord<K>* Append(std::unique_ptr<ProductRecord<K>> record) {
    entries_ += record->entries();
    auto& list = batch<K>().products;
    list.push_back(std::move(record));
    return list.back().get();
  }
  template <typename K>
  GramRecord<K>* Append(std::unique_ptr<GramRecord<K>> record) {
    static_assert(std::is_same_v<K, Fp127>, "twice an element must not be zero");
    entries_ += record->entries();
    auto& list = batch<K>().grams;
    list.push_back(std::move(record));
    return list.back().get();
  }
  template <typename K>
  CombinedRecord<K>* Append(std::unique_ptr<CombinedRecord<K>> record) {
    entries_ += record->rows;  // few entries, but a weight and a pass over the columns for each row
    auto& list = batch<K>().combined;
    list.push_back(std::move(record));
    return list.back().get();
  }
  template <typename K>
  OneSidedRecord<K>* Append(std::unique_ptr<OneSidedRecord<K>> record, std::size_t rows) {
    entries_ += rows;
    auto& list = batch<K>().one_sided;
    list.push_back(std::move(record));
    return list.back().get();
  }
  [[nodiscard]] bool empty() const { return batches_.fp.empty() && batches_.gf.empty(); }
  /// Products recorded, in entries of the proof: the measure of its cost.
  [[nodiscard]] std::size_t entries() const { return entries_; }
  [[nodiscard]] ProductBatches Take() {
    entries_ = 0;
    return std::exchange(batches_, {});
  }

 private:
  template <typename K>
  ProductBatch<K>& batch() {
    if constexpr (std::is_same_v<K, Fp127>) {
      return batches_.fp;
    } else {
      return batches_.gf;
    }
  }
  ProductBatches batches_;
  std::size_t entries_ = 0;
};

}  // namespace mpcstats

// Columns of shared field elements, and their local operations.
#pragma once

#include <memory>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/base/party.h"
#include "mpcstats/engine/verification/product_log.h"

namespace mpcstats {

/// n shared elements of K; an immutable view of shared memory.
template <typename K>
class ArithColumn {
 public:
  ArithColumn() = default;
  ArithColumn(SharedElementsPtr<K> store, std::size_t offset, std::size_t rows)
      : store_(std::move(store)), offset_(offset), rows_(rows) {}
  explicit ArithColumn(std::shared_ptr<SharedElements<K>> store) : store_(store), rows_(store->own.size()) {}

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const K* own() const { return store_->own.data() + offset_; }
  [[nodiscard]] const K* next() const { return store_->next.data() + offset_; }
  [[nodiscard]] const SharedElementsPtr<K>& store() const { return store_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] ArithColumn Slice(std::size_t first, std::size_t rows) const {
    CHECK(first + rows <= rows_);
    return ArithColumn(store_, offset_ + first, rows);
  }

 private:
  SharedElementsPtr<K> store_;
  std::size_t offset_ = 0;
  std::size_t rows_ = 0;
};

template <typename K, typename F>
ArithColumn<K> MapShares(std::size_t rows, F&& element) {
  auto out = std::make_shared<SharedElements<K>>(SharedElements<K>::Raw(rows));
  for (std::size_t i = 0; i < rows; ++i) {
    out->own[i] = element(i, false);
    out->next[i] = element(i, true);
  }
  return ArithColumn<K>(std::move(out));
}

template <typename K>
const K* ComponentOf(const ArithColumn<K>& x, bool next) {
  return next ? x.next() : x.own();
}

template <typename K>
ArithColumn<K> Add(const ArithColumn<K>& x, const ArithColumn<K>& y) {
  CHECK(x.rows() == y.rows());
  return MapShares<K>(
      x.rows(), [&](std::size_t i, bool next) { return ComponentOf(x, next)[i] + ComponentOf(y, next)[i]; });
}

template <typename K>
ArithColumn<K> Subtract(const ArithColumn<K>& x, const ArithColumn<K>& y) {
  CHECK(x.rows() == y.rows());
  return MapShares<K>(
      x.rows(), [&](std::size_t i, bool next) { return ComponentOf(x, next)[i] - ComponentOf(y, next)[i]; });
}

template <typename K>
ArithColumn<K> MultiplyPublic(const ArithColumn<K>& x, K factor) {
  return MapShares<K>(x.rows(), [&](std::size_t i, bool next) { return ComponentOf(x, next)[i] * factor; });
}

/// A public constant is the sharing (value, 0, 0).
template <typename K>
ArithColumn<K> AddPublic(PartyIndex self, const ArithColumn<K>& x, K value) {
  return MapShares<K>(x.rows(), [&](std::size_t i, bool next) {
    const bool holds = self.value() == (next ? 2u : 0u);
    return holds ? ComponentOf(x, next)[i] + value : ComponentOf(x, next)[i];
  });
}

/// Sum of all rows: one element. Nothing is sent.
template <typename K>
ArithColumn<K> SumRows(const ArithColumn<K>& x) {
  return MapShares<K>(1, [&](std::size_t, bool next) {
    typename K::Accumulator sum;
    for (std::size_t i = 0; i < x.rows(); ++i) sum.Add(ComponentOf(x, next)[i]);
    return sum.Reduce();
  });
}

}  // namespace mpcstats

#include "mpcstats/engine/verification/product_source.h"

#include <algorithm>
#include <compare>
#include <map>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/field/vector_ops.h"

namespace mpcstats {

namespace {

template <typename K>
class ProductSource final : public ProofSource<K> {
 public:
  ProductSource(const ProductBatch<K>& batch, PartyIndex prover, PartyIndex self)
      : batch_(batch), role_(RoleFor(self, prover)) {
    for (const auto& record : batch.products) Add(*record);
    // In characteristic 2 the weights of different columns' products would be zero.
    CHECK(batch.grams.empty() || !(K::One() + K::One() == K::Zero()));
    for (const auto& record : batch.grams) {
      grams_.push_back({record.get(), entries_, relations_});
      entries_ += record->entries();
      relations_ += record->columns.size();
    }
    for (const auto& record : batch.combined) {
      combined_.push_back({record.get(), entries_, relations_, {}});
      entries_ += record->entries();
      relations_ += record->rows;
    }
    for (const auto& record : batch.one_sided) {
      if (record->prover != prover.value()) continue;
      one_sided_.push_back({record.get(), entries_, relations_});
      entries_ += Rows(*record);
      relations_ += Rows(*record);
    }
    schedule_ = MakeSchedule(entries_, 0);
  }

  const FoldSchedule& schedule() const override { return schedule_; }
  std::size_t entries() const override { return entries_; }
  bool packed() const override { return false; }

  void Begin(std::span<const std::uint8_t, 16> seed) override {
    // The uniform bytes become elements where they stand.
    static_assert(sizeof(K) == K::kUniformBytes);
    weights_ = Buffer<K>::Raw(relations_);
    auto* const bytes = reinterpret_cast<std::uint8_t*>(weights_.data());
    AesPrg(seed).Generate(StreamId{0, 0}, {bytes, relations_ * K::kUniformBytes});
    for (std::size_t r = 0; r < relations_; ++r) weights_[r] = K::FromUniform(bytes + r * K::kUniformBytes);
    for (Combined& one : combined_) one.vectors = EntriesOf(one);
  }

  K Target() override {
    typename K::Accumulator sum;
    std::size_t relation = 0;
    for (const auto& record : batch_.products) {
      const Buffer<K>& target = role_ == ProofRole::kLead ? record->lead_target : record->second_target;
      for (std::size_t i = 0; i < record->relations(); ++i) sum.AddProduct(weights_[relation++], target[i]);
    }
    for (const Gram& one : grams_) {
      const Buffer<K>& target =
          role_ == ProofRole::kLead ? one.record->lead_target : one.record->second_target;
      const K* const weight = weights_.data() + one.weight;
      std::size_t at = 0;
      for (std::size_t i = 0; i < one.record->columns.size(); ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          const K once = weight[i] * weight[j];
          sum.AddProduct(i == j ? once : once + once, target[at++]);
        }
      }
    }
    for (const Combined& one : combined_) {
      const CombinedRecord<K>& record = *one.record;
      const Buffer<K>& target = role_ == ProofRole::kLead ? record.lead_target : record.second_target;
      for (std::size_t i = 0; i < record.rows; ++i) sum.AddProduct(weights_[one.relation + i], target[i]);
    }
    for (const OneSided& one : one_sided_) {
      for (std::size_t i = 0; i < Rows(*one.record); ++i)
        sum.AddProduct(weights_[one.relation + i], one.record->target[i]);
    }
    return sum.Reduce();
  }

  void Entries(std::size_t first, std::span<K> u, std::span<K> v) override {
    CHECK(u.empty() == !HoldsU(role_) && v.empty() == !HoldsV(role_));
    const std::size_t end = first + std::max(u.size(), v.size());
    const auto fill = [&](std::size_t from, std::size_t to, const auto& fill_u, const auto& fill_v) {
      if (HoldsU(role_)) fill_u(u.subspan(from - first, to - from));
      if (HoldsV(role_)) fill_v(v.subspan(from - first, to - from));
    };
    // From the part that `first` is in on.
    const auto for_each = [&](const auto& parts, const auto& rows_of, const auto& use) {
      auto part = std::ranges::upper_bound(parts, first, {}, [](const auto& one) { return one.position; });
      if (part != parts.begin()) --part;
      for (; part != parts.end() && part->position < end; ++part) {
        const std::size_t from = std::max(first, part->position);
        const std::size_t to = std::min(end, part->position + rows_of(*part));
        if (from < to) use(*part, from - part->position, from, to);
      }
    };
    for_each(
        pieces_, [](const Piece& piece) { return piece.right.rows; },
        [&](const Piece& piece, std::size_t row, std::size_t from, std::size_t to) {
          fill(
              from, to, [&](std::span<K> out) { FillU(piece, row, out); },
              [&](std::span<K> out) { FillV(piece, row, out); });
        });
    for_each(
        grams_, [](const Gram& one) { return one.record->rows; },
        [&](const Gram& one, std::size_t row, std::size_t from, std::size_t to) {
          fill(
              from, to,
              [&](std::span<K> out) {
                SumColumns(
                    one, row, [&](const auto& of) -> const Buffer<K>& { return ComponentU(of); }, true, out);
              },
              [&](std::span<K> out) {
                SumColumns(
                    one, row, [&](const auto& of) -> const Buffer<K>& { return ComponentV(of); }, false, out);
              });
        });
    for_each(
        combined_, [](const Combined& one) { return one.record->entries(); },
        [&](const Combined& one, std::size_t at, std::size_t from, std::size_t to) {
          fill(
              from, to,
              [&](std::span<K> out) { std::copy_n(one.vectors.u.data() + at, out.size(), out.data()); },
              [&](std::span<K> out) { std::copy_n(one.vectors.v.data() + at, out.size(), out.data()); });
        });
    for_each(
        one_sided_, [](const OneSided& one) { return Rows(*one.record); },
        [&](const OneSided& one, std::size_t row, std::size_t from, std::size_t to) {
          fill(
              from, to,
              [&](std::span<K> out) {
                VectorOps<K>::Multiply({one.record->u.data() + row, out.size()},
                                       {weights_.data() + one.relation + row, out.size()}, out);
              },
              [&](std::span<K> out) { std::copy_n(one.record->v.data() + row, out.size(), out.data()); });
        });
    if (end <= entries_) return;
    const auto zero = [](std::span<K> out) { std::ranges::fill(out, K::Zero()); };
    fill(std::max(first, entries_), end, zero, zero);
  }

  void PackedCoefficients(K*) override { CHECK(false); }
  ProofVectors<K> PackedFold(K, std::size_t) override {
    CHECK(false);
    return {};
  }

 private:
  static std::size_t Rows(const OneSidedRecord<K>& record) {
    return std::max({record.u.size(), record.v.size(), record.target.size()});
  }

  // Some rows of a column, as a record names them.
  struct ColumnRows {
    const SharedElements<K>* elements;
    std::size_t offset;
    std::size_t rows;
    auto operator<=>(const ColumnRows&) const = default;
  };
  struct Factor {
    ColumnRows left;
    std::size_t relation;
  };
  // (sum_k theta_k x_k, y): terms with one column on the right. A product element by element stands alone, and has a weight
  // for each row.
  struct Piece {
    std::size_t position;  // of its first entry
    ColumnRows right;
    bool elementwise;
    std::vector<Factor> factors;
  };
  // (2 sum_a s_a x_a, sum_a s_a x_a) in each row, and a weight s_a for each column.
  struct Gram {
    const GramRecord<K>* record;
    std::size_t position;
    std::size_t weight;
  };
  // All rows of a combination: (sum_r theta_r x_{w,r}, f_w) for each column, then (f_w, sum_r theta_r x_{w,r}).
  struct Combined {
    const CombinedRecord<K>* record;
    std::size_t position;
    std::size_t relation;
    ProofVectors<K> vectors;
  };
  // A record of this prover: one entry and one weight a row.
  struct OneSided {
    const OneSidedRecord<K>* record;
    std::size_t position;
    std::size_t relation;
  };

  // (theta x_i, y_{i+1}) and (theta y_i, x_{i+1}). Dot products that share a column share its entries: sum_k theta_k <x_k, y> =
  // <sum_k theta_k x_k, y>. All products of d columns take d entries a row in this way, and not d (d + 1).
  void Add(const ProductRecord<K>& record) {
    const bool elementwise = record.shape == ProductRecord<K>::Shape::kElementwise;
    const ColumnRows x{record.x.get(), record.x_offset, record.rows};
    const ColumnRows y{record.y.get(), record.y_offset, record.rows};
    for (const auto& [left, right] : {std::pair(x, y), std::pair(y, x)}) {
      const Factor factor{left, relations_};
      const auto known = elementwise ? shared_.end() : shared_.find(right);
      if (known != shared_.end()) {
        pieces_[known->second].factors.push_back(factor);
        continue;
      }
      if (!elementwise) shared_.emplace(right, pieces_.size());
      pieces_.push_back(
          {.position = entries_, .right = right, .elementwise = elementwise, .factors = {factor}});
      entries_ += right.rows;
    }
    relations_ += record.relations();
  }

  // The prover's own component pairs with its next one; the lead of the next party sees that party's u as its own next
  // component, the second of the previous party its v as its own.
  // Rows from `row` on, as many as `out` has.
  void FillU(const Piece& piece, std::size_t row, std::span<K> out) const {
    const auto left = [&](const Factor& factor) {
      return std::span<const K>(ComponentU(*factor.left.elements).data() + factor.left.offset + row,
                                out.size());
    };
    const Factor& first = piece.factors.front();
    if (piece.elementwise) {
      VectorOps<K>::Multiply(left(first), {weights_.data() + first.relation + row, out.size()}, out);
      return;
    }
    std::vector<const K*> columns;
    std::vector<K> weights;
    for (const Factor& factor : piece.factors) {
      columns.push_back(left(factor).data());
      weights.push_back(weights_[factor.relation]);
    }
    VectorOps<K>::Combine(columns, weights, out);
  }

  // sum_a s_a x_a or twice that, in the rows from `row` on.
  template <typename Component>
  void SumColumns(const Gram& one, std::size_t row, Component component, bool twice, std::span<K> out) const {
    std::vector<const K*> columns;
    std::vector<K> weights;
    for (const ColumnInRecord<K>& column : one.record->columns) {
      const K weight = weights_[one.weight + columns.size()];
      columns.push_back(component(*column.elements).data() + column.offset + row);
      weights.push_back(twice ? weight + weight : weight);
    }
    VectorOps<K>::Combine(columns, weights, out);
  }

  // What the proof takes for u (the prover's own component, the lead's next) and for v (the prover's next, the second's own).
  const Buffer<K>& ComponentU(const SharedElements<K>& elements) const {
    return role_ == ProofRole::kProver ? elements.own : elements.next;
  }
  const Buffer<K>& ComponentV(const SharedElements<K>& elements) const {
    return role_ == ProofRole::kProver ? elements.next : elements.own;
  }

  ProofVectors<K> EntriesOf(const Combined& one) const {
    const CombinedRecord<K>& record = *one.record;
    const std::size_t columns = record.columns.size();
    const auto write = [&](Buffer<K>& out, const auto& component, std::size_t sums_at,
                           std::size_t factors_at) {
      out = Buffer<K>::Raw(2 * columns);
      for (std::size_t w = 0; w < columns; ++w) {
        const auto& column = record.columns[w];
        out[sums_at + w] =
            VectorOps<K>::InnerProduct({component(*column.elements).data() + column.offset, record.rows},
                                       {weights_.data() + one.relation, record.rows});
        out[factors_at + w] = component(*record.factors.elements)[record.factors.offset + w];
      }
    };
    ProofVectors<K> vectors;
    if (HoldsU(role_))
      write(vectors.u, [&](const auto& of) -> const Buffer<K>& { return ComponentU(of); }, 0, columns);
    if (HoldsV(role_))
      write(vectors.v, [&](const auto& of) -> const Buffer<K>& { return ComponentV(of); }, columns, 0);
    return vectors;
  }

  void FillV(const Piece& piece, std::size_t row, std::span<K> out) const {
    std::copy_n(ComponentV(*piece.right.elements).data() + piece.right.offset + row, out.size(), out.data());
  }

  const ProductBatch<K>& batch_;
  ProofRole role_;
  FoldSchedule schedule_;
  std::size_t entries_ = 0;
  std::size_t relations_ = 0;
  std::vector<Piece> pieces_;                 // in the order of their entries
  std::vector<Gram> grams_;                   // behind them
  std::vector<Combined> combined_;            // behind these
  std::vector<OneSided> one_sided_;           // last
  std::map<ColumnRows, std::size_t> shared_;  // columns on the right of dot products, and their pieces
  Buffer<K> weights_;
};

}  // namespace

template <typename K>
std::unique_ptr<ProofSource<K>> MakeProductSource(const ProductBatch<K>& batch, PartyIndex prover,
                                                  PartyIndex self) {
  return std::make_unique<ProductSource<K>>(batch, prover, self);
}

template std::unique_ptr<ProofSource<Fp127>> MakeProductSource(const ProductBatch<Fp127>&, PartyIndex,
                                                               PartyIndex);
template std::unique_ptr<ProofSource<Gf2_64>> MakeProductSource(const ProductBatch<Gf2_64>&, PartyIndex,
                                                                PartyIndex);

}  // namespace mpcstats

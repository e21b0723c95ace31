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
  ProductSource(const ProductBatch<K>& batch, PartyIndex prover, PartyIndex self, ThreadPool& pool)
      : batch_(batch), prover_(prover), role_(RoleFor(self, prover)), pool_(pool) {
    for (const auto& record : batch.products) Add(*record);
    for (const auto& record : batch.one_sided) {
      if (record->prover != prover.value()) continue;
      entries_ += Rows(*record);
      relations_ += Rows(*record);
    }
    schedule_ = MakeSchedule(entries_, 0);
  }

  const FoldSchedule& schedule() const override { return schedule_; }
  bool packed() const override { return false; }

  void Begin(std::span<const std::uint8_t, 16> seed) override {
    Buffer<std::uint8_t> bytes = Buffer<std::uint8_t>::Raw(relations_ * K::kUniformBytes);
    AesPrg(seed).Generate(StreamId{0, 0}, bytes.span());
    weights_ = Buffer<K>::Raw(relations_);
    for (std::size_t r = 0; r < relations_; ++r) weights_[r] = K::FromUniform(&bytes[r * K::kUniformBytes]);
  }

  K Target() override {
    typename K::Accumulator sum;
    std::size_t relation = 0;
    for (const auto& record : batch_.products) {
      const Buffer<K>& target = role_ == ProofRole::kLead ? record->lead_target : record->second_target;
      for (std::size_t i = 0; i < record->relations(); ++i) sum.AddProduct(weights_[relation++], target[i]);
    }
    for (const auto& record : batch_.one_sided) {
      if (record->prover != prover_.value()) continue;
      for (std::size_t i = 0; i < Rows(*record); ++i) sum.AddProduct(weights_[relation++], record->target[i]);
    }
    return sum.Reduce();
  }

  ProofVectors<K> Entries(std::size_t size) override {
    CHECK(size >= entries_);
    ProofVectors<K> vectors;
    if (HoldsU(role_)) vectors.u = Buffer<K>(size);
    if (HoldsV(role_)) vectors.v = Buffer<K>(size);
    std::size_t position = 0;
    for (const Piece& piece : pieces_) {
      FillU(piece, position, vectors);
      FillV(piece, position, vectors);
      position += piece.right.rows;
    }
    std::size_t relation = product_relations_;
    for (const auto& record : batch_.one_sided) {
      if (record->prover != prover_.value()) continue;
      for (std::size_t i = 0; i < Rows(*record); ++i, ++position, ++relation) {
        if (HoldsU(role_)) vectors.u[position] = weights_[relation] * record->u[i];
        if (HoldsV(role_)) vectors.v[position] = record->v[i];
      }
    }
    return vectors;
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
    ColumnRows right;
    bool elementwise;
    std::vector<Factor> factors;
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
      pieces_.push_back({.right = right, .elementwise = elementwise, .factors = {factor}});
      entries_ += right.rows;
    }
    relations_ += record.relations();
    product_relations_ = relations_;
  }

  // The prover's own component pairs with its next one; the lead of the next party sees that party's u as its own next
  // component, the second of the previous party its v as its own.
  void FillU(const Piece& piece, std::size_t position, ProofVectors<K>& vectors) {
    if (!HoldsU(role_)) return;
    const auto left = [&](const Factor& factor) {
      const SharedElements<K>& elements = *factor.left.elements;
      return (role_ == ProofRole::kProver ? elements.own : elements.next).data() + factor.left.offset;
    };
    pool_.ParallelFor(piece.right.rows, 4096, [&](std::size_t begin, std::size_t end) {
      const std::size_t n = end - begin;
      const std::span<K> out(vectors.u.data() + position + begin, n);
      const Factor& first = piece.factors.front();
      const std::span<const K> u(left(first) + begin, n);
      if (piece.elementwise) {
        VectorOps<K>::Multiply(u, {weights_.data() + first.relation + begin, n}, out);
        return;
      }
      VectorOps<K>::Scale(u, weights_[first.relation], out);
      Buffer<K> scaled = Buffer<K>::Raw(piece.factors.size() > 1 ? n : 0);
      for (std::size_t f = 1; f < piece.factors.size(); ++f) {
        const Factor& factor = piece.factors[f];
        VectorOps<K>::Scale({left(factor) + begin, n}, weights_[factor.relation], {scaled.data(), n});
        for (std::size_t i = 0; i < n; ++i) out[i] += scaled[i];
      }
    });
  }

  void FillV(const Piece& piece, std::size_t position, ProofVectors<K>& vectors) {
    if (!HoldsV(role_)) return;
    const SharedElements<K>& elements = *piece.right.elements;
    const K* v = (role_ == ProofRole::kProver ? elements.next : elements.own).data() + piece.right.offset;
    pool_.ParallelFor(piece.right.rows, 4096, [&](std::size_t begin, std::size_t end) {
      std::copy(v + begin, v + end, vectors.v.data() + position + begin);
    });
  }

  const ProductBatch<K>& batch_;
  PartyIndex prover_;
  ProofRole role_;
  ThreadPool& pool_;
  FoldSchedule schedule_;
  std::size_t entries_ = 0;
  std::size_t relations_ = 0;
  std::size_t product_relations_ = 0;  // those of products, which come before the one-sided ones
  std::vector<Piece> pieces_;
  std::map<ColumnRows, std::size_t> shared_;  // columns on the right of dot products, and their pieces
  Buffer<K> weights_;
};

}  // namespace

template <typename K>
std::unique_ptr<ProofSource<K>> MakeProductSource(const ProductBatch<K>& batch, PartyIndex prover,
                                                  PartyIndex self, ThreadPool& pool) {
  return std::make_unique<ProductSource<K>>(batch, prover, self, pool);
}

template std::unique_ptr<ProofSource<Fp127>> MakeProductSource(const ProductBatch<Fp127>&, PartyIndex,
                                                               PartyIndex, ThreadPool&);
template std::unique_ptr<ProofSource<Gf2_64>> MakeProductSource(const ProductBatch<Gf2_64>&, PartyIndex,
                                                                PartyIndex, ThreadPool&);

}  // namespace mpcstats

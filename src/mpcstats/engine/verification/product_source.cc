#include "mpcstats/engine/verification/product_source.h"

#include <algorithm>
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
    for (const auto& record : batch.products) {
      entries_ += record->entries();
      relations_ += record->relations();
    }
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
    std::size_t relation = 0;
    for (const auto& record : batch_.products) {
      // (theta x_i, y_{i+1}) and (theta y_i, x_{i+1})
      Term(*record, *record->x, record->x_offset, *record->y, record->y_offset, relation, position, vectors);
      Term(*record, *record->y, record->y_offset, *record->x, record->x_offset, relation,
           position + record->rows, vectors);
      position += record->entries();
      relation += record->relations();
    }
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

  // One cross term: u from `left`, v from `right`. The prover's own component pairs with its next one; the lead of the
  // next party sees that party's u as its own next component, the second of the previous party its v as its own.
  void Term(const ProductRecord<K>& record, const SharedElements<K>& left, std::size_t left_offset,
            const SharedElements<K>& right, std::size_t right_offset, std::size_t relation,
            std::size_t position, ProofVectors<K>& vectors) {
    const K* u = (role_ == ProofRole::kProver ? left.own : left.next).data() + left_offset;
    const K* v = (role_ == ProofRole::kProver ? right.next : right.own).data() + right_offset;
    const bool dot = record.shape == ProductRecord<K>::Shape::kDot;
    pool_.ParallelFor(record.rows, 4096, [&](std::size_t begin, std::size_t end) {
      if (HoldsU(role_)) {
        K* out = vectors.u.data() + position + begin;
        if (dot) {
          VectorOps<K>::Scale({u + begin, end - begin}, weights_[relation], {out, end - begin});
        } else {
          VectorOps<K>::Multiply({u + begin, end - begin}, {weights_.data() + relation + begin, end - begin},
                                 {out, end - begin});
        }
      }
      if (HoldsV(role_)) std::copy(v + begin, v + end, vectors.v.data() + position + begin);
    });
  }

  const ProductBatch<K>& batch_;
  PartyIndex prover_;
  ProofRole role_;
  ThreadPool& pool_;
  FoldSchedule schedule_;
  std::size_t entries_ = 0;
  std::size_t relations_ = 0;
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

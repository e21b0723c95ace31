#include "mpcstats/engine/verification/roles.h"

#include <algorithm>
#include <mutex>

#include "mpcstats/base/check.h"
#include "mpcstats/field/fp127.h"
#include "mpcstats/field/fp65521.h"
#include "mpcstats/field/gf2_16.h"
#include "mpcstats/field/gf2_64.h"
#include "mpcstats/field/vector_ops.h"

namespace mpcstats {

namespace {

template <typename K>
K Evaluate(std::span<const K> coefficients, K r) {
  K value = K::Zero();
  for (std::size_t i = coefficients.size(); i-- > 0;) value = value * r + coefficients[i];
  return value;
}

// Ascending: 1, r, ..., r^(n-1).
template <typename K>
std::vector<K> Powers(K r, std::size_t n) {
  std::vector<K> powers(n);
  K power = K::One();
  for (auto& p : powers) {
    p = power;
    power = power * r;
  }
  return powers;
}

}  // namespace

template <typename K>
ProofMachine<K>::ProofMachine(ProofRole role, ProofSource<K>* source, ThreadPool* pool)
    : role_(role), source_(source), pool_(pool) {
  // Zeros up to the next whole chunk, and no more: those of a large batch would be as many as its entries.
  const FoldSchedule& s = source->schedule();
  sizes_.assign(s.levels(), 0);
  std::size_t n = std::max<std::size_t>(1, source->entries());
  for (std::size_t level = source->packed() ? 1 : 0; level < s.folds; ++level) {
    const std::size_t chunks = (n + s.factor[level] - 1) / s.factor[level];
    sizes_[level] = chunks * s.factor[level];
    n = chunks;
  }
  CHECK(n <= s.last);
  sizes_.back() = s.last;
}

template <typename K>
std::size_t ProofMachine<K>::MessageSize(std::size_t level) const {
  return level == schedule().folds ? 2 * schedule().last + 1 : 2 * std::size_t{schedule().factor[level]} - 1;
}

template <typename K>
void ProofMachine<K>::Begin(std::span<const std::uint8_t, 16> seed) {
  source_->Begin(seed);
  if (role_ != ProofRole::kProver) target_ = source_->Target();
  if (source_->packed() || schedule().folds > 0) return;
  if (HoldsU(role_)) vectors_.u = Buffer<K>::Raw(PaddedSize(0));
  if (HoldsV(role_)) vectors_.v = Buffer<K>::Raw(PaddedSize(0));
  source_->Entries(0, vectors_.u.span(), vectors_.v.span());
}

template <typename K>
std::size_t ProofMachine<K>::PaddedSize(std::size_t level) const {
  return sizes_[level];
}

template <typename K>
void ProofMachine<K>::SetMasks(K mu, K nu) {
  mu_ = mu;
  nu_ = nu;
}

template <typename K>
std::vector<K> ProofMachine<K>::Message(std::size_t level) {
  CHECK(role_ == ProofRole::kProver);
  std::vector<K> g(MessageSize(level), K::Zero());
  if (level == 0 && source_->packed()) {
    source_->PackedCoefficients(g.data());
    return g;
  }
  const bool last = level == schedule().folds;
  const std::size_t lambda = last ? schedule().last : schedule().factor[level];
  if (FromSource(level)) {
    AddToMessage(PaddedSize(0) / lambda, lambda, &g);
    return g;
  }
  const std::size_t n = vectors_.u.size();
  std::mutex mutex;
  pool_->ParallelFor(n / lambda, 1024, [&](std::size_t begin, std::size_t end) {
    std::vector<K> part(2 * lambda - 1, K::Zero());
    const std::size_t count = (end - begin) * lambda;
    VectorOps<K>::Level({vectors_.u.data() + begin * lambda, count},
                        {vectors_.v.data() + begin * lambda, count}, lambda, part);
    std::lock_guard lock(mutex);
    for (std::size_t d = 0; d < part.size(); ++d) g[d] += part[d];
  });
  if (last) {
    // U = sum u_k X^k + mu X^N, V = sum v_k X^(N-1-k) + nu X^N: the masks touch coefficients N and above only.
    for (std::size_t k = 0; k < lambda; ++k) {
      g[lambda + k] += nu_ * vectors_.u[k];
      g[lambda + lambda - 1 - k] += mu_ * vectors_.v[k];
    }
    g[2 * lambda] += mu_ * nu_;
  }
  return g;
}

namespace {

// Entries of a block of both vectors: they stay in the first caches.
constexpr std::size_t kBlockEntries = 1024;

// The entries that a role holds, block after block of whole chunks; one for each thread.
template <typename K>
class Blocks {
 public:
  Blocks(ProofSource<K>* source, ProofRole role, std::size_t lambda)
      : source_(source), lambda_(lambda), chunks_(std::max<std::size_t>(1, kBlockEntries / lambda)) {
    if (HoldsU(role)) u_ = Buffer<K>::Raw(chunks_ * lambda);
    if (HoldsV(role)) v_ = Buffer<K>::Raw(chunks_ * lambda);
  }

  /// use(first chunk, chunks, u, v) for pieces of the chunks [begin, end).
  template <typename F>
  void ForEach(std::size_t begin, std::size_t end, F&& use) {
    for (std::size_t chunk = begin; chunk < end; chunk += chunks_) {
      const std::size_t chunks = std::min(chunks_, end - chunk);
      const std::size_t count = chunks * lambda_;
      const std::span<K> u = u_.span().first(std::min(count, u_.size()));
      const std::span<K> v = v_.span().first(std::min(count, v_.size()));
      source_->Entries(chunk * lambda_, u, v);
      use(chunk, chunks, std::span<const K>(u), std::span<const K>(v));
    }
  }

 private:
  ProofSource<K>* source_;
  std::size_t lambda_;
  std::size_t chunks_;
  Buffer<K> u_;
  Buffer<K> v_;
};

}  // namespace

template <typename K>
void ProofMachine<K>::AddToMessage(std::size_t chunks, std::size_t lambda, std::vector<K>* g) {
  std::mutex mutex;
  pool_->ParallelFor(chunks, 1024, [&](std::size_t begin, std::size_t end) {
    std::vector<K> part(2 * lambda - 1, K::Zero());
    Blocks<K> blocks(source_, role_, lambda);
    blocks.ForEach(begin, end, [&](std::size_t, std::size_t, std::span<const K> u, std::span<const K> v) {
      VectorOps<K>::Level(u, v, lambda, part);
    });
    std::lock_guard lock(mutex);
    for (std::size_t d = 0; d < part.size(); ++d) (*g)[d] += part[d];
  });
}

template <typename K>
void ProofMachine<K>::FoldEntries(const std::vector<K>& ascending, std::size_t size) {
  const std::vector<K> descending(ascending.rbegin(), ascending.rend());
  if (HoldsU(role_)) vectors_.u = Buffer<K>::Raw(size);
  if (HoldsV(role_)) vectors_.v = Buffer<K>::Raw(size);
  const std::size_t all = PaddedSize(0) / ascending.size();
  for (Buffer<K>* vector : {&vectors_.u, &vectors_.v}) {
    if (vector->size() > 0) std::fill(vector->data() + all, vector->data() + size, K::Zero());
  }
  pool_->ParallelFor(all, 1024, [&](std::size_t begin, std::size_t end) {
    Blocks<K> blocks(source_, role_, ascending.size());
    blocks.ForEach(begin, end,
                   [&](std::size_t chunk, std::size_t chunks, std::span<const K> u, std::span<const K> v) {
                     if (HoldsU(role_)) VectorOps<K>::Fold(u, ascending, {vectors_.u.data() + chunk, chunks});
                     if (HoldsV(role_))
                       VectorOps<K>::Fold(v, descending, {vectors_.v.data() + chunk, chunks});
                   });
  });
}

template <typename K>
void ProofMachine<K>::TakeShare(std::size_t level, std::span<const K> share) {
  CHECK(role_ != ProofRole::kProver && share.size() == MessageSize(level));
  const std::size_t lambda = level == schedule().folds ? schedule().last : schedule().factor[level];
  checks_.push_back(share[lambda - 1] - target_);
  share_.assign(share.begin(), share.end());
}

template <typename K>
Buffer<K> ProofMachine<K>::FoldVector(const Buffer<K>& x, const std::vector<K>& powers, std::size_t size) {
  Buffer<K> folded = Buffer<K>::Raw(size);
  const std::size_t lambda = powers.size();
  const std::size_t chunks = x.size() / lambda;
  CHECK(x.size() % lambda == 0 && chunks <= size);
  std::fill(folded.data() + chunks, folded.data() + size, K::Zero());
  pool_->ParallelFor(chunks, 1024, [&](std::size_t begin, std::size_t end) {
    VectorOps<K>::Fold({x.data() + begin * lambda, (end - begin) * lambda}, powers,
                       {folded.data() + begin, end - begin});
  });
  return folded;
}

template <typename K>
void ProofMachine<K>::Fold(std::size_t level, K r) {
  CHECK(level < schedule().folds);
  if (role_ != ProofRole::kProver) target_ = Evaluate<K>(share_, r);
  const std::size_t size = PaddedSize(level + 1);
  if (level == 0 && source_->packed()) {
    vectors_ = source_->PackedFold(r, size);
    return;
  }
  const std::vector<K> ascending = Powers(r, schedule().factor[level]);
  if (FromSource(level)) {
    FoldEntries(ascending, size);
    return;
  }
  if (HoldsU(role_)) vectors_.u = FoldVector(vectors_.u, ascending, size);
  if (HoldsV(role_)) vectors_.v = FoldVector(vectors_.v, {ascending.rbegin(), ascending.rend()}, size);
}

template <typename K>
K ProofMachine<K>::EvaluateU(K r) const {
  K value = mu_;
  for (std::size_t k = schedule().last; k-- > 0;) value = value * r + vectors_.u[k];
  return value;
}

template <typename K>
K ProofMachine<K>::EvaluateV(K r) const {
  K value = nu_;
  for (std::size_t k = 0; k < schedule().last; ++k) value = value * r + vectors_.v[k];
  return value;
}

template <typename K>
SecondAnswer<K> ProofMachine<K>::Answer(K r) {
  CHECK(role_ == ProofRole::kSecond && checks_.size() == levels());
  return {EvaluateV(r), Evaluate<K>(share_, r), checks_};
}

template <typename K>
bool ProofMachine<K>::Accept(K r, const SecondAnswer<K>& answer) const {
  CHECK(role_ == ProofRole::kLead && checks_.size() == levels());
  if (answer.check_values.size() != checks_.size()) return false;
  bool accept = true;
  for (std::size_t j = 0; j < checks_.size(); ++j) accept &= checks_[j] + answer.check_values[j] == K::Zero();
  accept &= Evaluate<K>(share_, r) + answer.share_value == EvaluateU(r) * answer.v_value;
  return accept;
}

template class ProofMachine<Gf2_64>;
template class ProofMachine<Gf2_16>;
template class ProofMachine<Fp127>;
template class ProofMachine<Fp65521>;

}  // namespace mpcstats

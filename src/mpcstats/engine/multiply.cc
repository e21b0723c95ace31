#include "mpcstats/engine/multiply.h"

#include <algorithm>
#include <mutex>

#include "mpcstats/field/vector_ops.h"

namespace mpcstats {

namespace {

template <typename K>
Buffer<K> Elements(const Prf& prf, Purpose purpose, StreamId op, std::size_t count) {
  // The uniform bytes become elements where they stand.
  static_assert(sizeof(K) == K::kUniformBytes);
  Buffer<K> out = Buffer<K>::Raw(count);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(out.data());
  prf.Generate(purpose, op, {bytes, count * K::kUniformBytes});
  for (std::size_t i = 0; i < count; ++i) out[i] = K::FromUniform(bytes + i * K::kUniformBytes);
  return out;
}

template <typename K>
void Send(Session& session, Peer peer, const K* values, std::size_t count) {
  Bytes bytes(count * K::kBytes);
  for (std::size_t i = 0; i < count; ++i) values[i].Store(bytes.data() + i * K::kBytes);
  session.QueueSend(peer, bytes);
}

// Runs when the bytes are there: decodes them, or ends the session when one is no field element.
template <typename K, typename Use>
void ExpectElements(Session& session, Peer peer, std::size_t count, std::shared_ptr<Bytes> bytes, Use use) {
  bytes->resize(count * K::kBytes);
  session.Expect(peer, *bytes, [&session, peer, count, bytes, use = std::move(use)] {
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = K::Load(bytes->data() + i * K::kBytes);
      if (!value) {
        session.Abort(Error(ErrorCode::kProtocolViolation,
                            "party " + std::to_string(IndexOf(session.self(), peer).value()) +
                                " sent bytes that are no field element"));
        return;
      }
      use(i, *value);
    }
  });
}

template <typename K>
std::unique_ptr<ProductRecord<K>> NewRecord(const ArithColumn<K>& x, const ArithColumn<K>& y,
                                            typename ProductRecord<K>::Shape shape) {
  CHECK(x.rows() == y.rows());
  auto record = std::make_unique<ProductRecord<K>>();
  record->x = x.store();
  record->y = y.store();
  record->x_offset = x.offset();
  record->y_offset = y.offset();
  record->rows = x.rows();
  record->shape = shape;
  record->lead_target = Buffer<K>(record->relations());
  record->second_target = Buffer<K>(record->relations());
  return record;
}

// sum_r x_i y_i + x_i y_{i+1} + x_{i+1} y_i of this party, and sum_r x_{i+1} y_{i+1} that it knows as lead.
template <typename K>
struct LocalDot {
  K cross;
  K lead;
};

template <typename K>
LocalDot<K> DotOfRows(const DotOperands<K>& pair, std::size_t begin, std::size_t end, Buffer<K>& scratch) {
  const std::size_t n = end - begin;
  using Span = std::span<const K>;
  const Span xo(pair.x.own() + begin, n), xn(pair.x.next() + begin, n), yo(pair.y.own() + begin, n),
      yn(pair.y.next() + begin, n);
  const std::span<K> y_both = scratch.span().first(n);
  for (std::size_t r = 0; r < n; ++r) y_both[r] = yo[r] + yn[r];
  return {VectorOps<K>::InnerProduct(xo, y_both) + VectorOps<K>::InnerProduct(xn, yo),
          VectorOps<K>::InnerProduct(xn, yn)};
}

// All pairs go over a block of rows before the next one: columns that stand in several pairs stay in the cache.
template <typename K>
std::vector<LocalDot<K>> DotsLocally(ThreadPool& pool, const std::vector<DotOperands<K>>& pairs) {
  constexpr std::size_t kBlockRows = 512;
  std::size_t rows = 0;
  for (const auto& pair : pairs) {
    CHECK(pair.x.rows() == pair.y.rows());
    rows = std::max(rows, pair.x.rows());
  }
  std::vector<LocalDot<K>> total(pairs.size(), LocalDot<K>{K::Zero(), K::Zero()});
  std::mutex mutex;
  pool.ParallelFor(rows, 16 * kBlockRows, [&](std::size_t begin, std::size_t end) {
    std::vector<LocalDot<K>> part(pairs.size(), LocalDot<K>{K::Zero(), K::Zero()});
    Buffer<K> scratch = Buffer<K>::Raw(kBlockRows);
    for (std::size_t at = begin; at < end; at += kBlockRows) {
      for (std::size_t d = 0; d < pairs.size(); ++d) {
        const std::size_t to = std::min({at + kBlockRows, end, pairs[d].x.rows()});
        if (at >= to) continue;
        const LocalDot<K> block = DotOfRows(pairs[d], at, to, scratch);
        part[d].cross += block.cross;
        part[d].lead += block.lead;
      }
    }
    std::lock_guard lock(mutex);
    for (std::size_t d = 0; d < pairs.size(); ++d) {
      total[d].cross += part[d].cross;
      total[d].lead += part[d].lead;
    }
    SecureWipe(part.data(), part.size() * sizeof(LocalDot<K>));
  });
  return total;
}

// The same for every two of the columns. With t = x_i + x_{i+1} what crosses is <t, t'> less what the lead knows.
std::vector<LocalDot<Fp127>> GramLocally(ThreadPool& pool, const std::vector<ArithColumn<Fp127>>& columns) {
  constexpr std::size_t kBlockRows = 256;
  using K = Fp127;
  const std::size_t d = columns.size();
  const std::size_t products = d * (d + 1) / 2;
  std::vector<LocalDot<K>> total(products, LocalDot<K>{K::Zero(), K::Zero()});
  std::mutex mutex;
  pool.ParallelFor(columns[0].rows(), 32 * kBlockRows, [&](std::size_t begin, std::size_t end) {
    std::vector<LocalDot<K>> part(products, LocalDot<K>{K::Zero(), K::Zero()});
    Buffer<K> both = Buffer<K>::Raw(d * kBlockRows);
    for (std::size_t at = begin; at < end; at += kBlockRows) {
      const std::size_t n = std::min(kBlockRows, end - at);
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t r = 0; r < n; ++r)
          both[i * kBlockRows + r] = columns[i].own()[at + r] + columns[i].next()[at + r];
      }
      std::size_t p = 0;
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j <= i; ++j, ++p) {
          using Span = std::span<const K>;
          const K lead =
              VectorOps<K>::InnerProduct(Span(columns[i].next() + at, n), Span(columns[j].next() + at, n));
          part[p].lead += lead;
          part[p].cross += VectorOps<K>::InnerProduct(Span(both.data() + i * kBlockRows, n),
                                                      Span(both.data() + j * kBlockRows, n)) -
                           lead;
        }
      }
    }
    std::lock_guard lock(mutex);
    for (std::size_t p = 0; p < products; ++p) {
      total[p].cross += part[p].cross;
      total[p].lead += part[p].lead;
    }
    SecureWipe(part.data(), part.size() * sizeof(LocalDot<K>));
  });
  return total;
}

}  // namespace

template <typename K>
Task<ArithColumn<K>> Multiply(Ctx& ctx, ArithColumn<K> x, ArithColumn<K> y) {
  Session& session = ctx.session();
  const std::size_t n = x.rows();
  const StreamId op = ctx.NextOp("multiply", n);
  session.cost().multiplications += n;
  auto record = NewRecord<K>(x, y, ProductRecord<K>::Shape::kElementwise);
  record->second_target = Elements<K>(session.own(), Purpose::kMultiply, op, n);
  const Buffer<K>& rho_own = record->second_target;
  Buffer<K> rho_next = Elements<K>(session.next(), Purpose::kMultiply, op, n);
  auto result = std::make_shared<SharedElements<K>>(SharedElements<K>::Raw(n));
  for (std::size_t r = 0; r < n; ++r) {
    // z_i = x_i y_i + x_i y_{i+1} + x_{i+1} y_i + rho_i - rho_{i+1}
    result->own[r] =
        x.own()[r] * (y.own()[r] + y.next()[r]) + x.next()[r] * y.own()[r] + rho_own[r] - rho_next[r];
    record->lead_target[r] = -(x.next()[r] * y.next()[r]) - rho_next[r];
  }
  rho_next = Buffer<K>();
  if (n == 0) co_return ArithColumn<K>(result);
  Send<K>(session, Peer::kPrevious, result->own.data(), n);
  ProductRecord<K>* logged = session.product_logs().Append(std::move(record));
  ExpectElements<K>(session, Peer::kNext, n, std::make_shared<Bytes>(), [result, logged](std::size_t r, K z) {
    result->next[r] = z;
    logged->lead_target[r] += z;
  });
  co_await session.Round();
  co_return ArithColumn<K>(result);
}

template <typename K>
Task<ArithColumn<K>> Dot(Ctx& ctx, std::vector<DotOperands<K>> pairs) {
  Session& session = ctx.session();
  const std::size_t n = pairs.size();
  const StreamId op = ctx.NextOp("dot", n);
  for (const auto& pair : pairs) session.NoteOp(op.high, op.low, "dot-rows", pair.x.rows());
  session.cost().multiplications += n;
  const Buffer<K> rho_own = Elements<K>(session.own(), Purpose::kMultiply, op, n);
  const Buffer<K> rho_next = Elements<K>(session.next(), Purpose::kMultiply, op, n);
  auto result = std::make_shared<SharedElements<K>>(n);
  std::vector<ProductRecord<K>*> logged;
  std::vector<LocalDot<K>> sums = DotsLocally(session.pool(), pairs);
  for (std::size_t d = 0; d < n; ++d) {
    const LocalDot<K>& local = sums[d];
    result->own[d] = local.cross + rho_own[d] - rho_next[d];
    auto record = NewRecord<K>(pairs[d].x, pairs[d].y, ProductRecord<K>::Shape::kDot);
    record->lead_target[0] = -local.lead - rho_next[d];
    record->second_target[0] = rho_own[d];
    logged.push_back(session.product_logs().Append(std::move(record)));
  }
  SecureWipe(sums.data(), sums.size() * sizeof(LocalDot<K>));
  if (n == 0) co_return ArithColumn<K>(result);
  Send<K>(session, Peer::kPrevious, result->own.data(), n);
  ExpectElements<K>(session, Peer::kNext, n, std::make_shared<Bytes>(), [result, logged](std::size_t d, K z) {
    result->next[d] = z;
    logged[d]->lead_target[0] += z;
  });
  co_await session.Round();
  co_return ArithColumn<K>(result);
}

Task<ArithColumn<Fp127>> Gram(Ctx& ctx, std::vector<ArithColumn<Fp127>> columns) {
  using K = Fp127;
  Session& session = ctx.session();
  CHECK(!columns.empty());
  for (const auto& column : columns) CHECK(column.rows() == columns[0].rows());
  auto record = std::make_unique<GramRecord<K>>();
  for (const auto& column : columns) record->columns.push_back({column.store(), column.offset()});
  record->rows = columns[0].rows();
  const std::size_t n = record->relations();
  const StreamId op = ctx.NextOp("gram", columns.size());
  session.NoteOp(op.high, op.low, "gram-rows", record->rows);
  session.cost().multiplications += n;
  const Buffer<K> rho_next = Elements<K>(session.next(), Purpose::kMultiply, op, n);
  record->second_target = Elements<K>(session.own(), Purpose::kMultiply, op, n);
  record->lead_target = Buffer<K>::Raw(n);
  auto result = std::make_shared<SharedElements<K>>(n);
  std::vector<LocalDot<K>> sums = GramLocally(session.pool(), columns);
  for (std::size_t p = 0; p < n; ++p) {
    result->own[p] = sums[p].cross + record->second_target[p] - rho_next[p];
    record->lead_target[p] = -sums[p].lead - rho_next[p];
  }
  SecureWipe(sums.data(), sums.size() * sizeof(LocalDot<K>));
  Send<K>(session, Peer::kPrevious, result->own.data(), n);
  GramRecord<K>* logged = session.product_logs().Append(std::move(record));
  ExpectElements<K>(session, Peer::kNext, n, std::make_shared<Bytes>(), [result, logged](std::size_t p, K z) {
    result->next[p] = z;
    logged->lead_target[p] += z;
  });
  co_await session.Round();
  co_return ArithColumn<K>(result);
}

template <typename K>
Task<ArithColumn<K>> Combine(Ctx& ctx, std::vector<ArithColumn<K>> columns, ArithColumn<K> factors) {
  Session& session = ctx.session();
  CHECK(!columns.empty() && columns.size() == factors.rows());
  const std::size_t n = columns[0].rows();
  const StreamId op = ctx.NextOp("combine", n);
  session.NoteOp(op.high, op.low, "combine-columns", columns.size());
  session.cost().multiplications += n;
  auto record = std::make_unique<CombinedRecord<K>>();
  record->rows = n;
  record->factors = {factors.store(), factors.offset()};
  std::vector<const K*> own, next;
  // At their size from the beginning: a vector that grows frees shares that nobody wiped.
  std::vector<K> own_factors, next_factors, both_factors;
  for (auto* of : {&own_factors, &next_factors, &both_factors}) of->reserve(columns.size());
  for (std::size_t w = 0; w < columns.size(); ++w) {
    CHECK(columns[w].rows() == n);
    record->columns.push_back({columns[w].store(), columns[w].offset()});
    own.push_back(columns[w].own());
    next.push_back(columns[w].next());
    own_factors.push_back(factors.own()[w]);
    next_factors.push_back(factors.next()[w]);
    both_factors.push_back(factors.own()[w] + factors.next()[w]);
  }
  // z_i = sum_w x_i (f_i + f_{i+1}) + x_{i+1} f_i, + rho_i - rho_{i+1}; the lead knows sum_w x_{i+1} f_{i+1}.
  auto result = std::make_shared<SharedElements<K>>(SharedElements<K>::Raw(n));
  record->lead_target = Buffer<K>::Raw(n);
  VectorOps<K>::Combine(own, both_factors, result->own.span());
  VectorOps<K>::Combine(next, own_factors, result->next.span());
  VectorOps<K>::Combine(next, next_factors, record->lead_target.span());
  record->second_target = Elements<K>(session.own(), Purpose::kMultiply, op, n);
  const Buffer<K> rho_next = Elements<K>(session.next(), Purpose::kMultiply, op, n);
  for (std::size_t r = 0; r < n; ++r) {
    result->own[r] += result->next[r] + record->second_target[r] - rho_next[r];
    record->lead_target[r] = -record->lead_target[r] - rho_next[r];
  }
  for (auto* factors_of : {&own_factors, &next_factors, &both_factors})
    SecureWipe(factors_of->data(), factors_of->size() * sizeof(K));
  if (n == 0) co_return ArithColumn<K>(result);
  Send<K>(session, Peer::kPrevious, result->own.data(), n);
  CombinedRecord<K>* logged = session.product_logs().Append(std::move(record));
  ExpectElements<K>(session, Peer::kNext, n, std::make_shared<Bytes>(), [result, logged](std::size_t r, K z) {
    result->next[r] = z;
    logged->lead_target[r] += z;
  });
  co_await session.Round();
  co_return ArithColumn<K>(result);
}

template <typename K>
ArithColumn<K> RandomElements(Ctx& ctx, std::size_t rows) {
  Session& session = ctx.session();
  const StreamId op = ctx.NextOp("random", rows);
  auto out = std::make_shared<SharedElements<K>>(0);
  out->own = Elements<K>(session.own(), Purpose::kRandom, op, rows);
  out->next = Elements<K>(session.next(), Purpose::kRandom, op, rows);
  return ArithColumn<K>(std::move(out));
}

namespace {

// The product of two values u and v, u held by `prover` and the party before it, v by `prover` and the party after it.
// The prover sends m = u v - mask, mask = F(k_{prover+1}); so u v = m + mask, m in component `prover`, mask in
// component prover+1. `u`, `v` are this party's copies, empty where it does not hold them. Queues this party's part of
// the round and adds the product to `sum`.
void OneSidedProduct(Session& session, PartyIndex prover, StreamId op, std::size_t n, Buffer<Fp127> u,
                     Buffer<Fp127> v, std::shared_ptr<SharedElements<Fp127>> sum, Fp127 factor) {
  const PartyIndex self = session.self();
  auto record = std::make_unique<OneSidedRecord<Fp127>>();
  record->prover = prover.value();
  const StreamId stream{op.high, op.low};
  if (self == prover) {
    const Buffer<Fp127> mask = Elements<Fp127>(session.next(), Purpose::kMultiply, stream, n);
    Buffer<Fp127> message(n);
    for (std::size_t r = 0; r < n; ++r) {
      message[r] = u[r] * v[r] - mask[r];
      sum->own[r] += factor * message[r];
      sum->next[r] += factor * mask[r];
    }
    Send<Fp127>(session, Peer::kPrevious, message.data(), n);
    record->u = std::move(u);
    record->v = std::move(v);
    session.product_logs().Append(std::move(record), n);
  } else if (self == prover.Previous()) {
    record->u = std::move(u);
    record->target = Buffer<Fp127>(n);
    OneSidedRecord<Fp127>* logged = session.product_logs().Append(std::move(record), n);
    // u v = m + mask: the lead's part of the claim is m, the second's the mask.
    ExpectElements<Fp127>(session, Peer::kNext, n, std::make_shared<Bytes>(),
                          [sum, logged, factor](std::size_t r, Fp127 m) {
                            sum->next[r] += factor * m;
                            logged->target[r] = m;
                          });
  } else {
    Buffer<Fp127> mask = Elements<Fp127>(session.own(), Purpose::kMultiply, stream, n);
    for (std::size_t r = 0; r < n; ++r) sum->own[r] += factor * mask[r];
    record->v = std::move(v);
    record->target = std::move(mask);
    session.product_logs().Append(std::move(record), n);
  }
}

Buffer<Fp127> CopyOf(const Buffer<Fp127>& from) {
  Buffer<Fp127> copy(from.size());
  std::copy(from.span().begin(), from.span().end(), copy.data());
  return copy;
}

Buffer<Fp127> BitsAsElements(const std::uint64_t* words, std::size_t rows) {
  Buffer<Fp127> out(rows);
  for (std::size_t r = 0; r < rows; ++r) out[r] = Fp127::FromU64(words[r / 64] >> (r % 64) & 1);
  return out;
}

}  // namespace

Task<ArithColumn<Fp127>> BitToField(Ctx& ctx, BitPlane bits) {
  Session& session = ctx.session();
  const PartyIndex self = session.self();
  const std::size_t n = bits.rows();
  const StreamId first = ctx.NextOp("bit-to-field-1", n);
  const StreamId second = ctx.NextOp("bit-to-field-2a", n);
  const StreamId third = ctx.NextOp("bit-to-field-2b", n);
  session.cost().multiplications += 3 * n;
  const Fp127 one = Fp127::One();
  const Fp127 minus_two = -(one + one);
  const Buffer<Fp127> own = BitsAsElements(bits.own(), n);
  const Buffer<Fp127> next = BitsAsElements(bits.next(), n);

  // u = b_0 xor b_1 = b_0 + b_1 - 2 b_0 b_1. P_0 holds both; b_0 is P_2's too, b_1 is P_1's too.
  auto u = std::make_shared<SharedElements<Fp127>>(n);
  Buffer<Fp127> left, right;
  if (self.value() == 0) {
    left = CopyOf(own);
    right = CopyOf(next);
    for (std::size_t r = 0; r < n; ++r) {
      u->own[r] = own[r];
      u->next[r] = next[r];
    }
  } else if (self.value() == 1) {
    right = CopyOf(own);  // b_1
    for (std::size_t r = 0; r < n; ++r) u->own[r] = own[r];
  } else {
    left = CopyOf(next);  // b_0
    for (std::size_t r = 0; r < n; ++r) u->next[r] = next[r];
  }
  OneSidedProduct(session, PartyIndex(0), first, n, std::move(left), std::move(right), u, minus_two);
  co_await session.Round();

  // u now has components (u_0, u_1, 0): u_0 at P_0 and P_2, u_1 at P_0 and P_1. w = b_2 is held by P_1 and P_2.
  // b = u + w - 2 u_0 w - 2 u_1 w; u_1 w is P_1's product (u_1 with P_0, w with P_2), u_0 w is P_2's, whose neighbours
  // hold them the other way round: w with P_1 (the previous), u_0 with P_0 (the next).
  auto b = std::make_shared<SharedElements<Fp127>>(n);
  for (std::size_t r = 0; r < n; ++r) {
    b->own[r] = u->own[r];
    b->next[r] = u->next[r];
    if (self.value() == 1) b->next[r] = next[r];
    if (self.value() == 2) b->own[r] = own[r];
  }
  Buffer<Fp127> u1, w1, w0, u0;
  if (self.value() == 0) {
    u1 = CopyOf(u->next);
    u0 = CopyOf(u->own);
  } else if (self.value() == 1) {
    u1 = CopyOf(u->own);
    w1 = CopyOf(next);
    w0 = CopyOf(next);
  } else {
    w1 = CopyOf(own);
    w0 = CopyOf(own);
    u0 = CopyOf(u->next);
  }
  OneSidedProduct(session, PartyIndex(1), second, n, std::move(u1), std::move(w1), b, minus_two);
  OneSidedProduct(session, PartyIndex(2), third, n, std::move(w0), std::move(u0), b, minus_two);
  co_await session.Round();
  co_return ArithColumn<Fp127>(b);
}

template Task<ArithColumn<Fp127>> Multiply(Ctx&, ArithColumn<Fp127>, ArithColumn<Fp127>);
template Task<ArithColumn<Gf2_64>> Multiply(Ctx&, ArithColumn<Gf2_64>, ArithColumn<Gf2_64>);
template Task<ArithColumn<Fp127>> Dot(Ctx&, std::vector<DotOperands<Fp127>>);
template Task<ArithColumn<Gf2_64>> Dot(Ctx&, std::vector<DotOperands<Gf2_64>>);
template Task<ArithColumn<Fp127>> Combine(Ctx&, std::vector<ArithColumn<Fp127>>, ArithColumn<Fp127>);
template Task<ArithColumn<Gf2_64>> Combine(Ctx&, std::vector<ArithColumn<Gf2_64>>, ArithColumn<Gf2_64>);
template ArithColumn<Fp127> RandomElements(Ctx&, std::size_t);
template ArithColumn<Gf2_64> RandomElements(Ctx&, std::size_t);

}  // namespace mpcstats

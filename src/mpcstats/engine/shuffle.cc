#include "mpcstats/engine/shuffle.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

using Words = Buffer<std::uint64_t>;
using Permutation = Buffer<std::uint32_t>;

MutableByteSpan RawBytes(Words& words) {
  return {reinterpret_cast<std::uint8_t*>(words.data()), words.size() * sizeof(std::uint64_t)};
}

Words Random(const Prf& prf, Purpose purpose, StreamId op, std::size_t count) {
  Words words = Words::Raw(count);
  prf.Generate(purpose, op, RawBytes(words));
  return words;
}

// Fisher-Yates with draws that are exactly uniform: a 64-bit word is scaled by a 128-bit product and drawn again when
// it falls into the uneven rest (Lemire, ACM TOMACS 2019). The stream is long enough but with probability 2^-1000.
Permutation RandomPermutation(const Prf& prf, StreamId op, std::size_t n) {
  constexpr std::size_t kSpare = 64;
  const Words draws = Random(prf, Purpose::kPermutation, op, n + kSpare);
  Permutation permutation = Permutation::Raw(n);
  std::iota(permutation.data(), permutation.data() + n, 0u);
  std::size_t used = 0;
  for (std::size_t i = n; i > 1; --i) {
    unsigned __int128 product = 0;
    const std::uint64_t rest = (std::uint64_t{0} - i) % i;
    do {
      CHECK(used < draws.size());
      product = static_cast<unsigned __int128>(draws[used++]) * i;
    } while (static_cast<std::uint64_t>(product) < rest);
    std::swap(permutation[i - 1], permutation[static_cast<std::size_t>(product >> 64)]);
  }
  return permutation;
}

// Rows as one block, word after word: data words, then the tag.
class RowBlock {
 public:
  RowBlock(std::size_t rows, std::size_t words) : RowBlock(rows, words, Words::Raw(rows * words)) {}
  RowBlock(std::size_t rows, std::size_t words, Words data)
      : rows_(rows), words_(words), data_(std::move(data)) {}
  [[nodiscard]] Words& data() { return data_; }
  [[nodiscard]] const Words& data() const { return data_; }
  [[nodiscard]] std::uint64_t* word(std::size_t w) { return data_.data() + w * rows_; }
  [[nodiscard]] const std::uint64_t* word(std::size_t w) const { return data_.data() + w * rows_; }
  void Xor(const Words& mask) {
    for (std::size_t i = 0; i < data_.size(); ++i) data_[i] ^= mask[i];
  }
  void Xor(const RowBlock& other) { Xor(other.data_); }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t words() const { return words_; }

 private:
  std::size_t rows_;
  std::size_t words_;
  Words data_;
};

// pi(block + z), both from the same key.
RowBlock Step(const RowBlock& block, const Prf& key, StreamId op) {
  const Permutation permutation = RandomPermutation(key, op, block.rows());
  const Words mask = Random(key, Purpose::kShuffleMask, op, block.data().size());
  RowBlock out(block.rows(), block.words());
  for (std::size_t w = 0; w < block.words(); ++w) {
    const std::uint64_t* from = block.word(w);
    const std::uint64_t* masks = mask.data() + w * block.rows();
    std::uint64_t* to = out.word(w);
    for (std::size_t r = 0; r < block.rows(); ++r) to[r] = from[permutation[r]] ^ masks[permutation[r]];
  }
  return out;
}

// T(row) = sum_w kappa_w word_w + tag: linear, and zero on rows whose tag is right.
Bytes32 CheckHash(const Session& session, StreamId op, std::string_view label, const RowBlock& block,
                  std::size_t rows, const std::vector<Gf2_64>& keys) {
  Words check(rows);
  const std::size_t words = keys.size();
  std::copy_n(block.word(words), rows, check.data());
  Words product = Words::Raw(rows);
  for (std::size_t w = 0; w < words; ++w) {
    Kernels().multiply_scalar(block.word(w), keys[w].bits(), rows, product.data());
    for (std::size_t r = 0; r < rows; ++r) check[r] ^= product[r];
  }
  Sha256Stream hash("mpcstats/v1/shuffle");
  hash.Add(session.id()).AddU64(op.high).AddU64(op.low).AddString(label).Add(RawBytes(check));
  return hash.Finish();
}

// tag = sum_w kappa_w * word_w of every row, with the keys' sharing.
struct Tagged {
  ArithColumn<Gf2_64> keys;
  SharedRows rows;  // words, then the tag
};

Task<Tagged> AddTags(Ctx& ctx, SharedRows rows) {
  ArithColumn<Gf2_64> keys = RandomElements<Gf2_64>(ctx, rows.words.size());
  ArithColumn<Gf2_64> tag = co_await Combine<Gf2_64>(ctx, rows.words, keys);
  rows.words.push_back(std::move(tag));
  co_return Tagged(std::move(keys), std::move(rows));
}

RowBlock ComponentBlock(const SharedRows& rows, bool next) {
  RowBlock block(rows.rows(), rows.words.size());
  for (std::size_t w = 0; w < rows.words.size(); ++w) {
    const Gf2_64* from = next ? rows.words[w].next() : rows.words[w].own();
    for (std::size_t r = 0; r < rows.rows(); ++r) block.word(w)[r] = from[r].bits();
  }
  return block;
}

SharedRows FromBlocks(const RowBlock& own, const RowBlock& next, std::size_t rows, std::size_t words) {
  SharedRows out;
  for (std::size_t w = 0; w < words; ++w) {
    auto store = std::make_shared<SharedElements<Gf2_64>>(SharedElements<Gf2_64>::Raw(rows));
    for (std::size_t r = 0; r < rows; ++r) {
      store->own[r] = Gf2_64::FromU64(own.word(w)[r]);
      store->next[r] = Gf2_64::FromU64(next.word(w)[r]);
    }
    out.words.emplace_back(std::move(store));
  }
  return out;
}

Error WrongShuffle(const Session& session) {
  return Error(ErrorCode::kCheatingDetected,
               "rows were changed in a shuffle, found by party " + std::to_string(session.self().value()));
}

// A byte to both peers and a byte from each; anything but 1 ends the session.
Task<Done> ExchangeOnes(Ctx& ctx, bool send, std::array<bool, 2> expect) {
  Session& session = ctx.session();
  const std::uint8_t one = 1;
  std::array<std::uint8_t, 2> received = {1, 1};
  for (Peer peer : kPeers) {
    if (send) session.QueueSend(peer, {&one, 1});
    if (expect[Slot(peer)]) session.Expect(peer, {&received[Slot(peer)], 1});
  }
  co_await session.Round();
  if (received[0] != 1 || received[1] != 1) co_await session.Halt(WrongShuffle(session));
  co_return Done();
}

}  // namespace

Task<SharedRows> Shuffle(Ctx& ctx, SharedRows rows) {
  Session& session = ctx.session();
  const std::size_t n = rows.rows();
  const std::size_t data_words = rows.words.size();
  const unsigned self = session.self().value();
  CHECK(n < (std::size_t{1} << 32));
  const StreamId op = ctx.NextOp("shuffle", n);
  const StreamId fresh = ctx.NextOp("shuffle-components", data_words);
  Tagged tagged = co_await AddTags(ctx, std::move(rows));
  const std::size_t words = data_words + 1;
  const std::size_t total = n * words;

  // pi_j and z_j come from k_j; so do the new components A' (k_0) and B' (k_1). First and second intermediate rows that this
  // party can check, then its part of the component that it gets.
  RowBlock first(0, 0), second(0, 0), c(0, 0);
  if (self == 0) {
    // X1 = pi_1(A + B + z_1), X2 = pi_0(X1 + z_0)
    RowBlock sum = ComponentBlock(tagged.rows, false);
    sum.Xor(ComponentBlock(tagged.rows, true));
    first = Step(sum, session.next(), op);
    second = Step(first, session.own(), op);
    session.QueueSend(Peer::kNext, RawBytes(second.data()));
  } else if (self == 1) {
    // Y1 = pi_1(C + z_1); C is this party's next component
    first = Step(ComponentBlock(tagged.rows, true), session.own(), op);
    session.QueueSend(Peer::kNext, RawBytes(first.data()));
    first = RowBlock(0, 0);
    second = RowBlock(n, words);
    session.Expect(Peer::kPrevious, RawBytes(second.data()));  // X2
  } else {
    first = RowBlock(n, words);
    session.Expect(Peer::kPrevious, RawBytes(first.data()));  // Y1
  }
  tagged.rows = SharedRows();
  co_await session.Round();

  RowBlock received(self == 0 ? 0 : n, words);
  if (self == 1) {
    // X3 = pi_2(X2 + z_2), C1 = X3 + B'
    c = Step(second, session.next(), op);
    c.Xor(Random(session.own(), Purpose::kShuffleMask, fresh, total));
    session.QueueSend(Peer::kNext, RawBytes(c.data()));
    session.Expect(Peer::kNext, RawBytes(received.data()));
  } else if (self == 2) {
    // Y2 = pi_0(Y1 + z_0), Y3 = pi_2(Y2 + z_2), C2 = Y3 + A'
    second = Step(first, session.next(), op);
    c = Step(second, session.own(), op);
    c.Xor(Random(session.next(), Purpose::kShuffleMask, fresh, total));
    session.QueueSend(Peer::kPrevious, RawBytes(c.data()));
    session.Expect(Peer::kPrevious, RawBytes(received.data()));
  }
  co_await session.Round();
  if (self != 0) c.Xor(received);
  received = RowBlock(0, 0);

  // The keys are opened only after both others said that all rows arrived: whoever knew them before its last message
  // could change a row and mend the tag.
  const std::array<bool, 2> both = {true, true};
  co_await ExchangeOnes(ctx, true, both);
  const std::vector<Gf2_64> keys = co_await Open(ctx, tagged.keys, "shuffle tag keys");

  const auto hash = [&](std::string_view label, const RowBlock& block) {
    return CheckHash(session, op, label, block, n, keys);
  };
  Bytes32 from_next{}, from_previous_first{}, from_previous_final{};
  if (self == 0) {
    session.Expect(Peer::kPrevious, from_previous_first);
    session.Expect(Peer::kPrevious, from_previous_final);
    session.Expect(Peer::kNext, from_next);
  } else if (self == 1) {
    session.QueueSend(Peer::kPrevious, hash("final", c));
    session.Expect(Peer::kNext, from_next);
  } else {
    session.QueueSend(Peer::kNext, hash("first", first));
    session.QueueSend(Peer::kNext, hash("final", c));
    session.QueueSend(Peer::kPrevious, hash("second", second));
  }
  co_await session.Round();
  bool right = true;
  // New components: (A', B') at party 0, (B', C') at party 1, (C', A') at party 2.
  const auto renewed = [&](const Prf& key) {
    return RowBlock(n, words, Random(key, Purpose::kShuffleMask, fresh, total));
  };
  if (self == 0) {
    RowBlock sum = renewed(session.own());
    sum.Xor(renewed(session.next()));
    const Bytes32 final_hash = hash("final", sum);
    right = ct::Equal(hash("first", first), from_previous_first) &&
            ct::Equal(final_hash, from_previous_final) && ct::Equal(final_hash, from_next);
  } else if (self == 1) {
    right = ct::Equal(hash("second", second), from_next);
  }
  if (!right) co_await session.Halt(WrongShuffle(session));
  // Parties 0 and 1 have something to say; all wait for both.
  const bool speaks = self != 2;
  const std::array<bool, 2> listens = {self == 0 || self == 2, self == 1 || self == 2};
  co_await ExchangeOnes(ctx, speaks, listens);
  first = RowBlock(0, 0);
  second = RowBlock(0, 0);
  const RowBlock new_own = self == 2 ? std::move(c) : renewed(session.own());
  const RowBlock new_next = self == 1 ? std::move(c) : renewed(session.next());
  co_return FromBlocks(new_own, new_next, n, data_words);
}

}  // namespace mpcstats

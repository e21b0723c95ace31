#include "mpcstats/engine/boolean/scan.h"

#include <algorithm>
#include <bit>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/engine/boolean/rows.h"

namespace mpcstats {

namespace {

// The bits of even places of a word in its lower half.
std::uint64_t Gathered(std::uint64_t x) {
  x &= 0x5555555555555555u;
  x = (x | x >> 1) & 0x3333333333333333u;
  x = (x | x >> 2) & 0x0f0f0f0f0f0f0f0fu;
  x = (x | x >> 4) & 0x00ff00ff00ff00ffu;
  x = (x | x >> 8) & 0x0000ffff0000ffffu;
  return (x | x >> 16) & 0x00000000ffffffffu;
}

// The inverse: the lower half spread over the even places.
std::uint64_t Spread(std::uint64_t x) {
  x &= 0x00000000ffffffffu;
  x = (x | x << 16) & 0x0000ffff0000ffffu;
  x = (x | x << 8) & 0x00ff00ff00ff00ffu;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fu;
  x = (x | x << 2) & 0x3333333333333333u;
  return (x | x << 1) & 0x5555555555555555u;
}

std::uint64_t ReversedWord(std::uint64_t x) {
  x = (x >> 1 & 0x5555555555555555u) | (x & 0x5555555555555555u) << 1;
  x = (x >> 2 & 0x3333333333333333u) | (x & 0x3333333333333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0f0f0f0f0fu) | (x & 0x0f0f0f0f0f0f0f0fu) << 4;
  return __builtin_bswap64(x);
}

// Writes both components of a plane of `rows` rows by a function of the words of the same component of the inputs.
template <typename F>
BitPlane OnComponents(std::size_t rows, F&& fill) {
  PlaneWriter out(1, rows);
  fill(out.own(0), false);
  fill(out.next(0), true);
  BitPlanes planes = std::move(out).Take();
  return planes[0];
}

const std::uint64_t* Words(const BitPlane& plane, bool next) { return next ? plane.next() : plane.own(); }

BitPlane EveryOther(const BitPlane& plane, unsigned offset) {
  const std::size_t rows = (plane.rows() + 1 - offset) / 2;
  return OnComponents(rows, [&](std::uint64_t* to, bool next) {
    const std::uint64_t* from = Words(plane, next);
    for (std::size_t w = 0; w < WordsFor(rows); ++w) {
      const std::uint64_t low = Gathered(from[2 * w] >> offset);
      const std::uint64_t high = 2 * w + 1 < plane.words() ? Gathered(from[2 * w + 1] >> offset) : 0;
      to[w] = low | high << 32;
    }
  });
}

BitColumn EvenOf(const BitColumn& x) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(EvenRows(plane));
  return out;
}

BitColumn OddOf(const BitColumn& x) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(OddRows(plane));
  return out;
}

BitColumn ExtendedTo(const BitColumn& x, std::size_t rows) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(ExtendRows(plane, rows));
  return out;
}

BitColumn ReversedColumn(const BitColumn& x) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(Reversed(plane));
  return out;
}

// A one in row 0, whatever stood there. Local.
BitPlane FirstMarked(PartyIndex self, const BitPlane& plane) {
  const std::size_t rows = plane.rows();
  const BitPlane masked = OnComponents(rows, [&](std::uint64_t* to, bool next) {
    const std::uint64_t* from = Words(plane, next);
    for (std::size_t w = 0; w < WordsFor(rows); ++w) to[w] = w == 0 ? from[w] & ~std::uint64_t{1} : from[w];
  });
  std::vector<std::uint64_t> first(WordsFor(rows), 0);
  first[0] = 1;
  return XorPublic(self, masked, first);
}

struct Marked {
  BitPlane mark;
  BitColumn number;
};

// right.mark ? right : left
Task<Marked> Later(Ctx& ctx, Marked left, Marked right) {
  Ctx or_ctx = ctx.Fork();
  auto [mark, number] =
      co_await Par(Or(or_ctx, left.mark, right.mark), Mux(ctx, right.mark, right.number, left.number));
  co_return Marked(mark, number);
}

// Inclusive scan of Later. Pairs are joined, scanned, and every even row gets the pair before it.
Task<Marked> Scan(Ctx& ctx, Marked x) {
  const std::size_t rows = x.mark.rows();
  if (rows <= 1) co_return x;
  const std::size_t pairs = rows / 2;
  const Marked even(EvenRows(x.mark), EvenOf(x.number));
  const Marked odd(OddRows(x.mark), OddOf(x.number));
  const Marked first(even.mark.Slice(0, pairs), [&] {
    BitColumn out;
    for (const BitPlane& plane : even.number.planes) out.planes.push_back(plane.Slice(0, pairs));
    return out;
  }());
  Marked joined = co_await Later(ctx, first, odd);
  const Marked scanned = co_await Scan(ctx, std::move(joined));
  // The pair before even row 2s is scanned[s - 1]; for row 0 there is none.
  const auto before = [&](const BitPlane& plane) {
    return MovedDown(ExtendRows(plane, even.mark.rows() + 1)).Slice(0, even.mark.rows());
  };
  Marked left;
  left.mark = before(scanned.mark);
  for (const BitPlane& plane : scanned.number.planes) left.number.planes.push_back(before(plane));
  const Marked evens = co_await Later(ctx, std::move(left), even);
  Marked out;
  out.mark = Interleave(evens.mark, scanned.mark);
  for (unsigned b = 0; b < x.number.bits(); ++b) {
    out.number.planes.push_back(Interleave(evens.number.planes[b], scanned.number.planes[b]));
  }
  co_return out;
}

// A stretch of neighbouring rows: the lengths of its first, its last and its longest run, and whether it is one run.
struct Stretch {
  BitColumn first, last, longest, value;
  BitPlane single;
};

// max(x, y) with what belongs to it; x where they are equal.
struct Best {
  BitColumn length, value;
};
Task<Best> Longer(Ctx& ctx, Best x, Best y) {
  const unsigned bits = std::max(x.length.bits(), y.length.bits());
  const BitPlane y_longer =
      co_await LessThan(ctx, SelectPlanes(x.length, 0, bits), SelectPlanes(y.length, 0, bits));
  BitPlanes left = SelectPlanes(y.length, 0, bits).planes;
  BitPlanes right = SelectPlanes(x.length, 0, bits).planes;
  left.insert(left.end(), y.value.planes.begin(), y.value.planes.end());
  right.insert(right.end(), x.value.planes.begin(), x.value.planes.end());
  BitPlanes chosen = co_await Mux(ctx, y_longer, std::move(left), std::move(right));
  Best out;
  out.length.planes.assign(chosen.begin(), chosen.begin() + bits);
  out.value.planes.assign(chosen.begin() + bits, chosen.end());
  co_return out;
}

// Joins stretches of 2^level rows; `equal` says that the last row of `l` equals the first of `r`, whose value is `start`.
Task<Stretch> Join(Ctx& ctx, Stretch l, Stretch r, BitPlane equal, BitColumn start, unsigned level) {
  const unsigned bits = level + 2;  // of lengths up to 2^(level + 1)
  Ctx crossing_ctx = ctx.Fork();
  Ctx through_ctx = ctx.Fork();
  BitPlanes both(1, l.single);
  both.push_back(r.single);
  const auto [sum, through] =
      co_await Par(Add(crossing_ctx, l.last, r.first, bits), AndEach(through_ctx, std::move(both), equal));
  Ctx cross_ctx = ctx.Fork();
  Ctx first_ctx = ctx.Fork();
  Ctx last_ctx = ctx.Fork();
  Ctx single_ctx = ctx.Fork();
  const BitPlane through_left = through[0];
  const BitPlane through_right = through[1];
  const auto [cross, more_first, more_last, single] =
      co_await Par(ZeroUnless(cross_ctx, equal, sum), ZeroUnless(first_ctx, through_left, r.first),
                   ZeroUnless(last_ctx, through_right, l.last), And(single_ctx, through_left, r.single));
  Ctx add_first_ctx = ctx.Fork();
  Ctx add_last_ctx = ctx.Fork();
  Ctx left_ctx = ctx.Fork();
  const auto [first, last, left] =
      co_await Par(Add(add_first_ctx, l.first, more_first, bits), Add(add_last_ctx, r.last, more_last, bits),
                   Longer(left_ctx, Best(l.longest, l.value), Best(cross, start)));
  const Best best = co_await Longer(ctx, left, Best(r.longest, r.value));
  co_return Stretch(first, last, SelectPlanes(best.length, 0, bits), best.value, single);
}

}  // namespace

BitPlane EvenRows(const BitPlane& plane) { return EveryOther(plane, 0); }
BitPlane OddRows(const BitPlane& plane) { return EveryOther(plane, 1); }

BitPlane Interleave(const BitPlane& even, const BitPlane& odd) {
  CHECK(even.rows() == odd.rows() || even.rows() == odd.rows() + 1);
  const std::size_t rows = even.rows() + odd.rows();
  return OnComponents(rows, [&](std::uint64_t* to, bool next) {
    const std::uint64_t* e = Words(even, next);
    const std::uint64_t* o = odd.rows() == 0 ? nullptr : Words(odd, next);
    for (std::size_t w = 0; w < WordsFor(rows); ++w) {
      const unsigned half = w % 2 == 0 ? 0 : 32;
      const std::uint64_t odd_word = w / 2 < odd.words() ? o[w / 2] : 0;
      to[w] = Spread(e[w / 2] >> half) | Spread(odd_word >> half) << 1;
    }
  });
}

BitPlane Reversed(const BitPlane& plane) {
  const std::size_t rows = plane.rows();
  if (rows == 0) return plane;
  const unsigned shift = static_cast<unsigned>(64 * plane.words() - rows);
  return OnComponents(rows, [&](std::uint64_t* to, bool next) {
    const std::uint64_t* from = Words(plane, next);
    const std::size_t words = plane.words();
    for (std::size_t w = 0; w < words; ++w) {
      const std::uint64_t high = ReversedWord(from[words - 1 - w]);
      const std::uint64_t above = w + 1 < words ? ReversedWord(from[words - 2 - w]) : 0;
      to[w] = shift == 0 ? high : high >> shift | above << (64 - shift);
    }
  });
}

BitPlane MovedDown(const BitPlane& plane) {
  const std::size_t rows = plane.rows();
  return OnComponents(rows, [&](std::uint64_t* to, bool next) {
    const std::uint64_t* from = Words(plane, next);
    for (std::size_t w = 0; w < WordsFor(rows); ++w) to[w] = from[w] << 1 | (w == 0 ? 0 : from[w - 1] >> 63);
    if (rows != 0) to[WordsFor(rows) - 1] &= TailMask(rows);
  });
}

BitColumn RowNumbers(PartyIndex self, std::size_t rows, unsigned bits) {
  BitColumn out;
  for (unsigned b = 0; b < bits; ++b) {
    std::vector<std::uint64_t> words(WordsFor(rows));
    for (std::size_t r = 0; r < rows; ++r) words[r / 64] |= std::uint64_t{r >> b & 1} << (r % 64);
    out.planes.push_back(XorPublic(self, Zero(rows), words));
  }
  return out;
}

Task<BitPlane> RunStarts(Ctx& ctx, BitColumn sorted) {
  const PartyIndex self = ctx.session().self();
  const std::size_t rows = sorted.rows();
  BitPlanes differs;
  for (const BitPlane& plane : sorted.planes) differs.push_back(Xor(plane, MovedDown(plane)));
  const BitPlane any = co_await AnyOf(ctx, std::move(differs));
  if (rows == 0) co_return any;
  // Row 0 was compared with a zero; it starts a run whatever it is.
  co_return FirstMarked(self, any);
}

Task<BitColumn> LastMarked(Ctx& ctx, BitPlane marks) {
  const std::size_t rows = marks.rows();
  const unsigned bits = std::max(1u, static_cast<unsigned>(std::bit_width(rows == 0 ? 0 : rows - 1)));
  Marked all(std::move(marks), RowNumbers(ctx.session().self(), rows, bits));
  // The number of an unmarked row must not show through: the scan takes the left one only where the right is unmarked.
  BitPlanes numbers = co_await AndEach(ctx, std::move(all.number.planes), all.mark);
  all.number.planes = std::move(numbers);
  Marked scanned = co_await Scan(ctx, std::move(all));
  co_return scanned.number;
}

Task<BitColumn> LastMarkedValue(Ctx& ctx, BitPlane marks, BitColumn values) {
  CHECK(values.rows() == marks.rows());
  if (marks.rows() == 0) co_return values;
  // A row without a mark before it is left what stands in row 0: that row is taken as marked.
  const BitPlane all = FirstMarked(ctx.session().self(), marks);
  Marked scanned = co_await Scan(ctx, Marked(all, std::move(values)));
  co_return scanned.number;
}

Task<BitColumn> DoubleRanks(Ctx& ctx, BitPlane starts) {
  const PartyIndex self = ctx.session().self();
  const std::size_t rows = starts.rows();
  // A row ends a run where the next one starts; the last row always does. Counted from behind, ends are starts.
  BitPlane ends = Reversed(starts);
  ends = MovedDown(ends);
  if (rows != 0) {
    std::vector<std::uint64_t> first(WordsFor(rows), 0);
    first[0] = 1;
    ends = XorPublic(self, ends, first);
  }
  Ctx first_ctx = ctx.Fork();
  Ctx last_ctx = ctx.Fork();
  const auto [first, from_behind] = co_await Par(LastMarked(first_ctx, starts), LastMarked(last_ctx, ends));
  const unsigned bits = static_cast<unsigned>(std::bit_width(2 * rows));
  // (first + 1) + (n - 1 - behind + 1) = first - behind + n + 1
  const BitColumn back = ReversedColumn(from_behind);
  const BitColumn base = ConstantColumn(self, rows + 1, bits, rows);
  const BitColumn raised = co_await Add(ctx, first, base, bits + 1);
  const Difference rank = co_await Subtract(ctx, raised, back);
  co_return SelectPlanes(rank.value, 0, bits);
}

Task<BitColumn> ValueOfLongestRun(Ctx& ctx, BitColumn sorted) {
  const PartyIndex self = ctx.session().self();
  std::size_t rows = sorted.rows();
  CHECK(rows > 0);
  BitPlane starts = co_await RunStarts(ctx, sorted);
  BitPlane equal = Not(self, starts);
  const BitPlane one = Constant(self, true, rows);
  const BitColumn length(BitPlanes(1, one));
  Stretch all(length, length, length, sorted, one);
  BitColumn start = std::move(sorted);
  for (unsigned level = 0; rows > 1; ++level) {
    // An odd stretch at the end gets one of length zero beside it, which equals nothing.
    const std::size_t even = rows + rows % 2;
    const auto split = [&](const BitColumn& x, bool odd) {
      const BitColumn extended = ExtendedTo(x, even);
      return odd ? OddOf(extended) : EvenOf(extended);
    };
    const BitPlane single = ExtendRows(all.single, even);
    const BitPlane equals = ExtendRows(equal, even);
    Stretch left(split(all.first, false), split(all.last, false), split(all.longest, false),
                 split(all.value, false), EvenRows(single));
    Stretch right(split(all.first, true), split(all.last, true), split(all.longest, true),
                  split(all.value, true), OddRows(single));
    Stretch joined =
        co_await Join(ctx, std::move(left), std::move(right), OddRows(equals), split(start, true), level);
    all = std::move(joined);
    equal = EvenRows(equals);
    start = split(start, false);
    rows = even / 2;
  }
  co_return all.value;
}

}  // namespace mpcstats

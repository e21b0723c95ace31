#include "mpcstats/engine/sort.h"

#include <algorithm>
#include <bit>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/shuffle.h"

namespace mpcstats {

namespace {

struct Segment {
  std::size_t first;
  std::size_t rows;
  std::size_t pivots;  // the first rows of the segment
};

// Rows [first, first + count) are compared with the row `pivot`.
struct Run {
  std::size_t pivot;
  std::size_t first;
  std::size_t count;
};

// Row words in the present order, both components.
class OrderedRows {
 public:
  explicit OrderedRows(const SharedRows& rows) : rows_(rows.rows()), scratch_(rows.rows()) {
    for (const auto& word : rows.words) {
      Store store = Store::Raw(rows_);
      std::copy_n(word.own(), rows_, store.own.data());
      std::copy_n(word.next(), rows_, store.next.data());
      words_.push_back(std::move(store));
    }
  }

  // [row < pivot] for every run: left are the rows, right the pivots, `bits` planes each.
  void Gather(const std::vector<Run>& runs, unsigned bits, BitColumn* left, BitColumn* right) const {
    std::size_t total = 0;
    for (const Run& run : runs) total += run.count;
    SharedRows left_rows, right_rows;
    // The key stands in the first words; what travels with it is not compared.
    for (std::size_t w = 0; w < WordsFor(bits); ++w) {
      const Store& word = words_[w];
      auto l = std::make_shared<Store>(Store::Raw(total));
      auto r = std::make_shared<Store>(Store::Raw(total));
      std::size_t at = 0;
      for (const Run& run : runs) {
        std::copy_n(word.own.data() + run.first, run.count, l->own.data() + at);
        std::copy_n(word.next.data() + run.first, run.count, l->next.data() + at);
        std::fill_n(r->own.data() + at, run.count, word.own[run.pivot]);
        std::fill_n(r->next.data() + at, run.count, word.next[run.pivot]);
        at += run.count;
      }
      left_rows.words.emplace_back(std::move(l));
      right_rows.words.emplace_back(std::move(r));
    }
    *left = PlanesOfRows(left_rows, bits);
    *right = PlanesOfRows(right_rows, bits);
  }

  // Row first + r becomes what row order[r] was, for as many rows as `order` has.
  void Place(std::size_t first, std::span<const std::uint32_t> order) {
    for (Store& word : words_) {
      for (Buffer<Gf2_64>* component : {&word.own, &word.next}) {
        for (std::size_t r = 0; r < order.size(); ++r) scratch_[r] = (*component)[order[r]];
        std::copy_n(scratch_.data(), order.size(), component->data() + first);
      }
    }
  }

  [[nodiscard]] SharedRows Take() && {
    SharedRows out;
    for (Store& word : words_) out.words.emplace_back(std::make_shared<Store>(std::move(word)));
    return out;
  }

 private:
  using Store = SharedElements<Gf2_64>;
  std::size_t rows_;
  std::vector<Store> words_;
  Buffer<Gf2_64> scratch_;
};

// How many pivots each segment of a level gets: all rows but one (all pairs) when that is cheap for the whole level.
void ChoosePivots(std::vector<Segment>& segments, unsigned bits, const SortOptions& options) {
  std::size_t rows = 0;
  std::size_t all_pairs = 0;
  for (const Segment& s : segments) {
    rows += s.rows;
    all_pairs += s.rows * (s.rows - 1) / 2;
  }
  const bool finish = all_pairs <= 2 * options.level_gates / bits;
  const std::size_t pivots = std::clamp<std::size_t>(options.level_gates / (rows * bits), 1, 15);
  for (Segment& s : segments) s.pivots = finish ? s.rows - 1 : std::min(pivots, s.rows - 1);
}

bool Bit(const std::vector<std::uint64_t>& words, std::size_t i) {
  return (words[i / 64] >> (i % 64) & 1) != 0;
}

// Places the rows of one segment by the opened bits [row j < pivot i], appends what is left to sort.
void PlaceSegment(const Segment& s, const std::vector<std::uint64_t>& less, std::size_t& at,
                  OrderedRows& rows, std::vector<Segment>& rest) {
  // below[j] = pivots below row j. The order is total, so it is a pivot's rank, or a row's bucket.
  std::vector<std::uint32_t> below(s.rows, 0);
  for (std::size_t i = 0; i < s.pivots; ++i) {
    for (std::size_t j = i + 1; j < s.rows; ++j) {
      const bool row_is_less = Bit(less, at++);
      if (!row_is_less) ++below[j];
      if (row_is_less && j < s.pivots) ++below[i];
    }
  }
  // Bucket 0, pivot of rank 0, bucket 1, pivot of rank 1, ...: places 2c for rows, 2c+1 for pivots.
  std::vector<std::size_t> start(2 * s.pivots + 2, 0);
  const auto place = [&](std::size_t j) { return 2 * std::size_t{below[j]} + (j < s.pivots ? 1 : 0); };
  for (std::size_t j = 0; j < s.rows; ++j) ++start[place(j) + 1];
  for (std::size_t p = 1; p < start.size(); ++p) start[p] += start[p - 1];
  for (std::size_t bucket = 0; bucket <= s.pivots; ++bucket) {
    const std::size_t rows_here = start[2 * bucket + 1] - start[2 * bucket];
    if (rows_here > 1) rest.push_back({s.first + start[2 * bucket], rows_here, 0});
  }
  std::vector<std::uint32_t> order(s.rows);
  for (std::size_t j = 0; j < s.rows; ++j) order[start[place(j)]++] = static_cast<std::uint32_t>(s.first + j);
  rows.Place(s.first, order);
}

Task<std::vector<std::uint64_t>> OpenComparisons(Ctx& ctx, OrderedRows* rows, std::vector<Run> runs,
                                                 unsigned bits) {
  BitColumn left, right;
  rows->Gather(runs, bits, &left, &right);
  BitPlane less = co_await LessThan(ctx, std::move(left), std::move(right));
  BitPlanes outcome(1, std::move(less));
  PublicPlanes opened = co_await Open(ctx, std::move(outcome), "sort comparisons");
  co_return std::move(opened[0]);
}

// Quicksort inside each segment, all segments level by level.
Task<Done> SortSegments(Ctx& ctx, OrderedRows* rows, std::vector<Segment> segments, unsigned bits,
                        SortOptions options) {
  while (!segments.empty()) {
    ChoosePivots(segments, bits, options);
    std::vector<Run> runs;
    for (const Segment& s : segments) {
      for (std::size_t i = 0; i < s.pivots; ++i)
        runs.push_back({s.first + i, s.first + i + 1, s.rows - i - 1});
    }
    const std::vector<std::uint64_t> less = co_await OpenComparisons(ctx, rows, std::move(runs), bits);
    std::vector<Segment> rest;
    std::size_t at = 0;
    for (const Segment& s : segments) PlaceSegment(s, less, at, *rows, rest);
    segments = std::move(rest);
  }
  co_return Done();
}

// Rows [first, first + rows) lie between the sorted pivots pivot_first - 1 and pivot_end, exclusive.
struct Gap {
  std::size_t first;
  std::size_t rows;
  std::size_t pivot_first;
  std::size_t pivot_end;
};

// Splits the rows behind the first `pivots` rows, which are sorted, by binary search among them, and moves every pivot
// to its place. Returns the gaps between pivots that still have something to sort.
//
// Balanced pivots need n log2 n comparisons where random ones need 1.39 times as many.
Task<std::vector<Segment>> SplitBySample(Ctx& ctx, OrderedRows* rows, std::size_t n, std::size_t pivots,
                                         unsigned bits) {
  std::vector<Gap> gaps(1, Gap(pivots, n - pivots, 0, pivots));
  for (bool split = true; split;) {
    std::vector<Run> runs;
    for (const Gap& gap : gaps) {
      if (gap.pivot_first == gap.pivot_end || gap.rows == 0) continue;
      runs.push_back({(gap.pivot_first + gap.pivot_end) / 2, gap.first, gap.rows});
    }
    split = !runs.empty();
    if (!split) break;
    const std::vector<std::uint64_t> less = co_await OpenComparisons(ctx, rows, std::move(runs), bits);
    std::vector<Gap> next;
    std::size_t at = 0;
    for (const Gap& gap : gaps) {
      if (gap.pivot_first == gap.pivot_end || gap.rows == 0) {
        next.push_back(gap);
        continue;
      }
      const std::size_t middle = (gap.pivot_first + gap.pivot_end) / 2;
      std::vector<std::uint32_t> order, upper;
      for (std::size_t r = 0; r < gap.rows; ++r) {
        (Bit(less, at++) ? order : upper).push_back(static_cast<std::uint32_t>(gap.first + r));
      }
      const std::size_t lower_rows = order.size();
      order.insert(order.end(), upper.begin(), upper.end());
      rows->Place(gap.first, order);
      next.push_back({gap.first, lower_rows, gap.pivot_first, middle});
      next.push_back({gap.first + lower_rows, gap.rows - lower_rows, middle + 1, gap.pivot_end});
    }
    gaps = std::move(next);
  }
  // Gaps stand in order; an empty one may still hold several pivots. Every pivot goes behind the rows below it.
  std::vector<std::uint32_t> order;
  order.reserve(n);
  std::vector<Segment> rest;
  std::size_t pivot = 0;
  for (const Gap& gap : gaps) {
    while (pivot < gap.pivot_first) order.push_back(static_cast<std::uint32_t>(pivot++));
    if (gap.rows > 1) rest.push_back({order.size(), gap.rows, 0});
    for (std::size_t r = 0; r < gap.rows; ++r) order.push_back(static_cast<std::uint32_t>(gap.first + r));
  }
  while (pivot < pivots) order.push_back(static_cast<std::uint32_t>(pivot++));
  rows->Place(0, order);
  co_return rest;
}

// Sample for the split: none when several pivots a level are affordable anyway.
std::size_t SampleRows(std::size_t n, unsigned bits, const SortOptions& options) {
  if (n * bits < 8 * options.level_gates) return 0;
  return std::bit_floor(n / 128 + 2) - 1;
}

// Key, lowest planes first: index, value, not valid. `masked` is zero where not valid.
BitColumn MakeKey(PartyIndex self, BitPlanes masked, const BitPlane& valid, unsigned index_bits) {
  const std::size_t n = valid.rows();
  BitColumn key;
  for (unsigned b = 0; b < index_bits; ++b) {
    std::vector<std::uint64_t> words(WordsFor(n));
    for (std::size_t r = 0; r < n; ++r) words[r / 64] |= std::uint64_t{r >> b & 1} << (r % 64);
    key.planes.push_back(XorPublic(self, Zero(n), words));
  }
  for (BitPlane& plane : masked) key.planes.push_back(std::move(plane));
  key.planes.push_back(Not(self, valid));
  return key;
}

}  // namespace

Task<SortedTable> SortWith(Ctx& ctx, BitColumn values, BitPlane valid, BitColumn payload,
                           SortOptions options) {
  const std::size_t n = values.rows();
  const unsigned value_bits = values.bits();
  const unsigned payload_bits = payload.bits();
  CHECK(valid.rows() == n && value_bits <= 64 && n < (std::size_t{1} << 32));
  CHECK(payload_bits == 0 || payload.rows() == n);
  if (n == 0) co_return SortedTable(values, payload);
  const unsigned index_bits = static_cast<unsigned>(std::bit_width(n - 1));
  BitPlanes all = std::move(values.planes);
  all.insert(all.end(), payload.planes.begin(), payload.planes.end());
  payload.planes.clear();
  BitPlanes masked = co_await AndEach(ctx, std::move(all), valid);
  BitPlanes carried(masked.begin() + value_bits, masked.end());
  masked.resize(value_bits);
  BitColumn key = MakeKey(ctx.session().self(), std::move(masked), valid, index_bits);
  const unsigned bits = key.bits();
  for (BitPlane& plane : carried) key.planes.push_back(std::move(plane));
  SharedRows rows = RowsOf(key);
  key.planes.clear();
  SharedRows shuffled = co_await Shuffle(ctx, std::move(rows));
  OrderedRows ordered(shuffled);
  shuffled.words.clear();

  const std::size_t sample = SampleRows(n, bits, options);
  std::vector<Segment> segments;
  if (sample > 1) {
    std::vector<Segment> first(1, Segment(0, sample, 0));
    co_await SortSegments(ctx, &ordered, std::move(first), bits, options);
    std::vector<Segment> gaps = co_await SplitBySample(ctx, &ordered, n, sample, bits);
    segments = std::move(gaps);
  } else if (n > 1) {
    segments.push_back({0, n, 0});
  }
  co_await SortSegments(ctx, &ordered, std::move(segments), bits, options);
  const BitColumn sorted = PlanesOfRows(std::move(ordered).Take(), bits + payload_bits);
  co_return SortedTable(SelectPlanes(sorted, index_bits, value_bits),
                        SelectPlanes(sorted, bits, payload_bits));
}

Task<BitColumn> Sort(Ctx& ctx, BitColumn values, BitPlane valid, SortOptions options) {
  SortedTable sorted = co_await SortWith(ctx, std::move(values), std::move(valid), BitColumn(), options);
  co_return sorted.values;
}

}  // namespace mpcstats

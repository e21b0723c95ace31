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
  [[nodiscard]] std::size_t comparisons() const { return pivots * rows - pivots * (pivots + 1) / 2; }
};

// Row words in the present order, both components.
class OrderedRows {
 public:
  explicit OrderedRows(const SharedRows& rows) : rows_(rows.rows()) {
    for (const auto& word : rows.words) {
      Store store(rows_);
      std::copy_n(word.own(), rows_, store.own.data());
      std::copy_n(word.next(), rows_, store.next.data());
      words_.push_back(std::move(store));
    }
  }

  // For every pivot i and later row j of every segment: left = row j, right = row i.
  void Gather(const std::vector<Segment>& segments, std::size_t comparisons, SharedRows* left, SharedRows* right) const {
    for (const Store& word : words_) {
      auto l = std::make_shared<Store>(comparisons);
      auto r = std::make_shared<Store>(comparisons);
      std::size_t at = 0;
      for (const Segment& s : segments) {
        for (std::size_t i = 0; i < s.pivots; ++i) {
          const std::size_t pivot = s.first + i;
          const std::size_t count = s.rows - i - 1;
          std::copy_n(word.own.data() + pivot + 1, count, l->own.data() + at);
          std::copy_n(word.next.data() + pivot + 1, count, l->next.data() + at);
          std::fill_n(r->own.data() + at, count, word.own[pivot]);
          std::fill_n(r->next.data() + at, count, word.next[pivot]);
          at += count;
        }
      }
      left->words.emplace_back(std::move(l));
      right->words.emplace_back(std::move(r));
    }
  }

  // Row r of the new order is row order[r] of the present one.
  void Reorder(const std::vector<std::uint32_t>& order) {
    for (Store& word : words_) {
      Store moved(rows_);
      for (std::size_t r = 0; r < rows_; ++r) {
        moved.own[r] = word.own[order[r]];
        moved.next[r] = word.next[order[r]];
      }
      word = std::move(moved);
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
};

// How many pivots each segment of a level gets: all rows but one (all pairs) when that is cheap for the whole level.
void ChoosePivots(std::vector<Segment>& segments, unsigned bits, const SortOptions& options) {
  std::size_t rows = 0;
  std::size_t all_pairs = 0;
  for (const Segment& s : segments) {
    rows += s.rows;
    all_pairs += s.rows * (s.rows - 1) / 2;
  }
  const bool finish = all_pairs * bits <= 2 * options.level_gates;
  const std::size_t pivots = std::clamp<std::size_t>(options.level_gates / (rows * bits), 1, 15);
  for (Segment& s : segments) s.pivots = finish ? s.rows - 1 : std::min(pivots, s.rows - 1);
}

bool Bit(const std::vector<std::uint64_t>& words, std::size_t i) { return (words[i / 64] >> (i % 64) & 1) != 0; }

// Places the rows of one segment by the opened bits [row j < pivot i], appends what is left to sort.
void PlaceSegment(const Segment& s, const std::vector<std::uint64_t>& less, std::size_t& at,
                  std::vector<std::uint32_t>& order, std::vector<Segment>& rest) {
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
    const std::size_t rows = start[2 * bucket + 1] - start[2 * bucket];
    if (rows > 1) rest.push_back({s.first + start[2 * bucket], rows, 0});
  }
  for (std::size_t j = 0; j < s.rows; ++j) {
    order[s.first + start[place(j)]++] = static_cast<std::uint32_t>(s.first + j);
  }
}

}  // namespace

Task<BitColumn> Sort(Ctx& ctx, BitColumn values, BitPlane valid, SortOptions options) {
  Session& session = ctx.session();
  const PartyIndex self = session.self();
  const std::size_t n = values.rows();
  const unsigned value_bits = values.bits();
  CHECK(valid.rows() == n && value_bits <= 64 && n < (std::size_t{1} << 32));
  if (n == 0) co_return values;

  // Key, lowest planes first: index, value (zeroed if invalid), not valid.
  const unsigned index_bits = static_cast<unsigned>(std::bit_width(n - 1));
  BitColumn key;
  for (unsigned b = 0; b < index_bits; ++b) {
    std::vector<std::uint64_t> words(WordsFor(n));
    for (std::size_t r = 0; r < n; ++r) words[r / 64] |= std::uint64_t{r >> b & 1} << (r % 64);
    key.planes.push_back(XorPublic(self, Zero(n), words));
  }
  BitPlanes masked = co_await AndEach(ctx, std::move(values.planes), valid);
  for (BitPlane& plane : masked) key.planes.push_back(std::move(plane));
  key.planes.push_back(Not(self, valid));
  const unsigned bits = key.bits();

  SharedRows rows = RowsOf(key);
  key.planes.clear();
  rows = SharedRows(std::move(rows));
  const SharedRows shuffled = co_await Shuffle(ctx, std::move(rows));
  OrderedRows ordered(shuffled);
  std::vector<Segment> segments;
  if (n > 1) segments.push_back({0, n, 0});
  while (!segments.empty()) {
    ChoosePivots(segments, bits, options);
    std::size_t comparisons = 0;
    for (const Segment& s : segments) comparisons += s.comparisons();
    SharedRows left_rows, right_rows;
    ordered.Gather(segments, comparisons, &left_rows, &right_rows);
    BitColumn left = PlanesOfRows(left_rows, bits);
    BitColumn right = PlanesOfRows(right_rows, bits);
    left_rows.words.clear();
    right_rows.words.clear();
    BitPlane less = co_await LessThan(ctx, std::move(left), std::move(right));
    BitPlanes outcome(1, std::move(less));
    const PublicPlanes opened = co_await Open(ctx, std::move(outcome), "sort comparisons");

    std::vector<std::uint32_t> order(n);
    for (std::size_t r = 0; r < n; ++r) order[r] = static_cast<std::uint32_t>(r);
    std::vector<Segment> rest;
    std::size_t at = 0;
    for (const Segment& s : segments) PlaceSegment(s, opened[0], at, order, rest);
    ordered.Reorder(order);
    segments = std::move(rest);
  }
  const BitColumn sorted = PlanesOfRows(std::move(ordered).Take(), bits);
  co_return SelectPlanes(sorted, index_bits, value_bits);
}

}  // namespace mpcstats

#include "mpcstats/engine/boolean/compress.h"

#include <algorithm>
#include <array>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/carry.h"

namespace mpcstats {

namespace {

// At the highest weight only the parity counts.
void JoinHighest(WeightedPlanes& summands) {
  if (summands.empty() || summands.back().size() < 2) return;
  BitPlane parity = summands.back()[0];
  for (std::size_t i = 1; i < summands.back().size(); ++i) parity = Xor(parity, summands.back()[i]);
  summands.back().assign(1, parity);
}

// Which planes of each weight a round takes together: `triples[w]` times three, then `pairs[w]` times two.
struct Grouping {
  std::vector<std::size_t> triples, pairs;
  explicit Grouping(std::size_t weights) : triples(weights, 0), pairs(weights, 0) {}
};

Grouping AllTriples(const WeightedPlanes& summands) {
  Grouping grouping(summands.size());
  for (std::size_t w = 0; w + 1 < summands.size(); ++w) grouping.triples[w] = summands[w].size() / 3;
  return grouping;
}

// Just as many as bring every weight down to the next of Dadda's heights, carries from below included.
Grouping DownToNextHeight(const WeightedPlanes& summands) {
  std::size_t fullest = 0;
  for (std::size_t w = 0; w + 1 < summands.size(); ++w) fullest = std::max(fullest, summands[w].size());
  std::size_t height = 2;
  while (height * 3 / 2 < fullest) height = height * 3 / 2;

  Grouping grouping(summands.size());
  std::size_t carries = 0;
  for (std::size_t w = 0; w + 1 < summands.size(); ++w) {
    const std::size_t planes = summands[w].size() + carries;
    const std::size_t excess = planes > height ? planes - height : 0;
    grouping.triples[w] = excess / 2;
    grouping.pairs[w] = excess % 2;
    carries = grouping.triples[w] + grouping.pairs[w];
    CHECK(3 * grouping.triples[w] + 2 * grouping.pairs[w] <= summands[w].size());
  }
  return grouping;
}

// One to three planes, each to be added to the others.
using Summed = std::array<const BitPlane*, 3>;

// Their sums. Few rows stand in one store, as a plane of its own costs more than its bits; longer ones in one each, which is
// given back as soon as it is not needed.
BitPlanes SumsOf(const std::vector<Summed>& all, std::size_t rows) {
  constexpr std::size_t kFewRows = 1024;
  BitPlanes sums;
  if (rows > kFewRows) {
    for (const auto& [x, y, z] : all)
      sums.push_back(z != nullptr ? Xor(*x, *y, *z) : y != nullptr ? Xor(*x, *y) : *x);
    return sums;
  }
  PlaneWriter writer(all.size(), rows);
  const std::size_t words = WordsFor(rows);
  for (std::size_t p = 0; p < all.size(); ++p) {
    std::fill_n(writer.own(p), words, 0);
    std::fill_n(writer.next(p), words, 0);
    for (const BitPlane* plane : all[p]) {
      if (plane == nullptr) break;
      for (std::size_t w = 0; w < words; ++w) {
        writer.own(p)[w] ^= plane->own()[w];
        writer.next(p)[w] ^= plane->next()[w];
      }
    }
  }
  return std::move(writer).Take();
}

Task<WeightedPlanes> Compress(Ctx& ctx, WeightedPlanes summands, Grouping grouping) {
  std::vector<Summed> left, right;
  std::size_t rows = 0;
  for (std::size_t w = 0; w < summands.size(); ++w) {
    const BitPlane* plane = summands[w].data();
    if (!summands[w].empty()) rows = plane->rows();
    for (std::size_t t = 0; t < grouping.triples[w]; ++t, plane += 3) {
      left.push_back({plane, plane + 1, nullptr});
      right.push_back({plane, plane + 2, nullptr});
    }
    for (std::size_t t = 0; t < grouping.pairs[w]; ++t, plane += 2) {
      left.push_back({plane, nullptr, nullptr});
      right.push_back({plane + 1, nullptr, nullptr});
    }
  }
  BitPlanes left_planes = SumsOf(left, rows);
  BitPlanes right_planes = SumsOf(right, rows);
  const BitPlanes products = co_await And(ctx, std::move(left_planes), std::move(right_planes));

  // For each group its sum, then its carry: a ^ (a ^ b) & (a ^ c), or a & b.
  std::vector<Summed> results;
  std::size_t product = 0;
  for (std::size_t w = 0; w < summands.size(); ++w) {
    const BitPlane* plane = summands[w].data();
    for (std::size_t t = 0; t < grouping.triples[w]; ++t, plane += 3) {
      results.push_back({plane, plane + 1, plane + 2});
      results.push_back({plane, &products[product++], nullptr});
    }
    for (std::size_t t = 0; t < grouping.pairs[w]; ++t, plane += 2) {
      results.push_back({plane, plane + 1, nullptr});
      results.push_back({&products[product++], nullptr, nullptr});
    }
  }
  const BitPlanes planes = SumsOf(results, rows);
  WeightedPlanes out(summands.size());
  std::size_t result = 0;
  for (std::size_t w = 0; w < summands.size(); ++w) {
    for (std::size_t t = 0; t < grouping.triples[w] + grouping.pairs[w]; ++t) {
      out[w].push_back(planes[result++]);
      out[w + 1].push_back(planes[result++]);
    }
    const std::size_t taken = 3 * grouping.triples[w] + 2 * grouping.pairs[w];
    out[w].insert(out[w].end(), summands[w].begin() + static_cast<std::ptrdiff_t>(taken), summands[w].end());
  }
  JoinHighest(out);
  co_return out;
}

}  // namespace

bool NeedsCompression(const WeightedPlanes& summands) {
  for (std::size_t w = 0; w + 1 < summands.size(); ++w) {
    if (summands[w].size() >= 3) return true;
  }
  return false;
}

Task<WeightedPlanes> CompressOnce(Ctx& ctx, WeightedPlanes summands) {
  JoinHighest(summands);
  if (!NeedsCompression(summands)) co_return summands;
  Grouping grouping = AllTriples(summands);
  WeightedPlanes fewer = co_await Compress(ctx, std::move(summands), std::move(grouping));
  co_return fewer;
}

Task<BitColumn> SumWeighted(Ctx& ctx, WeightedPlanes summands, std::size_t rows, std::optional<Depth> depth) {
  CHECK(!summands.empty());
  for (const BitPlanes& planes : summands) {
    for (const BitPlane& plane : planes) CHECK(plane.rows() == rows);
  }
  const unsigned bits = static_cast<unsigned>(summands.size());
  const Depth chosen = depth.value_or(ChooseDepth(rows, bits));
  JoinHighest(summands);
  while (NeedsCompression(summands)) {
    Grouping grouping = chosen == Depth::kLog ? DownToNextHeight(summands) : AllTriples(summands);
    WeightedPlanes fewer = co_await Compress(ctx, std::move(summands), std::move(grouping));
    summands = std::move(fewer);
  }
  std::vector<CarryDigit> digits;
  for (const BitPlanes& planes : summands) {
    if (planes.empty()) digits.push_back(DigitOf(Zero(rows)));
    if (planes.size() == 1) digits.push_back(DigitOf(planes[0]));
    if (planes.size() == 2) digits.push_back(DigitOf(planes[0], planes[1]));
  }
  BitColumn sum = co_await SumDigits(ctx, std::move(digits), std::nullopt, bits, chosen);
  co_return sum;
}

}  // namespace mpcstats

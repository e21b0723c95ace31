#include "mpcstats/engine/boolean/compress.h"

#include <algorithm>

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

Task<WeightedPlanes> Compress(Ctx& ctx, WeightedPlanes summands, Grouping grouping) {
  BitPlanes left, right;
  for (std::size_t w = 0; w < summands.size(); ++w) {
    const BitPlanes& planes = summands[w];
    std::size_t i = 0;
    for (std::size_t t = 0; t < grouping.triples[w]; ++t, i += 3) {
      left.push_back(Xor(planes[i], planes[i + 1]));
      right.push_back(Xor(planes[i], planes[i + 2]));
    }
    for (std::size_t t = 0; t < grouping.pairs[w]; ++t, i += 2) {
      left.push_back(planes[i]);
      right.push_back(planes[i + 1]);
    }
  }
  BitPlanes products = co_await And(ctx, std::move(left), std::move(right));

  WeightedPlanes out(summands.size());
  std::size_t product = 0;
  for (std::size_t w = 0; w < summands.size(); ++w) {
    const BitPlanes& planes = summands[w];
    std::size_t i = 0;
    for (std::size_t t = 0; t < grouping.triples[w]; ++t, i += 3) {
      out[w].push_back(Xor(planes[i], planes[i + 1], planes[i + 2]));
      // carry = a ^ (a ^ b) & (a ^ c)
      out[w + 1].push_back(Xor(planes[i], products[product++]));
    }
    for (std::size_t t = 0; t < grouping.pairs[w]; ++t, i += 2) {
      out[w].push_back(Xor(planes[i], planes[i + 1]));
      out[w + 1].push_back(products[product++]);
    }
    out[w].insert(out[w].end(), planes.begin() + static_cast<std::ptrdiff_t>(i), planes.end());
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

#include "mpcstats/engine/boolean/lookup.h"

#include <algorithm>
#include <bit>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/shift.h"

namespace mpcstats {

namespace {

// Number `numbers[p]` in the rows where plane p is one, of planes that exclude each other.
BitColumn Linear(const BitPlanes& planes, std::span<const std::uint64_t> numbers, unsigned bits) {
  const std::size_t rows = planes[0].rows();
  PlaneWriter out(bits, rows);
  std::vector<const std::uint64_t*> from(planes.size());
  std::vector<std::uint64_t> sums(bits);
  for (const bool next : {false, true}) {
    for (std::size_t p = 0; p < planes.size(); ++p) from[p] = next ? planes[p].next() : planes[p].own();
    for (std::size_t w = 0; w < WordsFor(rows); ++w) {
      std::fill(sums.begin(), sums.end(), 0);
      for (std::size_t p = 0; p < planes.size(); ++p) {
        const std::uint64_t word = from[p][w];
        // The numbers are public: which sums a plane goes to is no secret.
        for (std::uint64_t left = numbers[p]; left != 0; left &= left - 1) {
          sums[static_cast<unsigned>(std::countr_zero(left))] ^= word;
        }
      }
      for (unsigned b = 0; b < bits; ++b) (next ? out.next(b) : out.own(b))[w] = sums[b];
    }
  }
  return BitColumn(std::move(out).Take());
}

BitPlane SumOf(const BitPlanes& planes, std::size_t first, std::size_t count, std::size_t step) {
  BitPlane sum = planes[first];
  for (std::size_t i = 1; i < count; ++i) sum = Xor(sum, planes[first + i * step]);
  return sum;
}

}  // namespace

Task<BitPlanes> OneHot(Ctx& ctx, BitColumn index) {
  const unsigned k = index.bits();
  CHECK(k >= 1 && k <= 12);
  if (k == 1) {
    BitPlanes both(1, Not(ctx.session().self(), index.planes[0]));
    both.push_back(index.planes[0]);
    co_return both;
  }
  const unsigned low_bits = k / 2;
  Ctx low_ctx = ctx.Fork();
  Ctx high_ctx = ctx.Fork();
  const auto [low, high] = co_await Par(OneHot(low_ctx, SelectPlanes(index, 0, low_bits)),
                                        OneHot(high_ctx, SelectPlanes(index, low_bits, k - low_bits)));
  // Plane (h, l) is high[h] & low[l]. The last of each row and column of this table is what is missing to its margin.
  BitPlanes left, right;
  for (std::size_t h = 0; h + 1 < high.size(); ++h) {
    for (std::size_t l = 0; l + 1 < low.size(); ++l) {
      left.push_back(high[h]);
      right.push_back(low[l]);
    }
  }
  const BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
  BitPlanes out;
  const std::size_t inner = low.size() - 1;
  for (std::size_t h = 0; h + 1 < high.size(); ++h) {
    for (std::size_t l = 0; l < inner; ++l) out.push_back(products[h * inner + l]);
    out.push_back(Xor(high[h], SumOf(products, h * inner, inner, 1)));
  }
  for (std::size_t l = 0; l < low.size(); ++l) {
    out.push_back(Xor(low[l], SumOf(out, l, high.size() - 1, low.size())));
  }
  co_return out;
}

BitColumn Lookup(const BitPlanes& one_hot, std::span<const std::uint64_t> table, unsigned bits) {
  CHECK(!one_hot.empty() && one_hot.size() == table.size() && bits <= 64);
  return Linear(one_hot, table, bits);
}

Task<Scientific> ToScientific(Ctx& ctx, BitColumn x, unsigned digits) {
  const unsigned k = x.bits();
  const BitColumn leading = co_await OneHotLeading(ctx, x);
  const unsigned bits = std::max(1u, static_cast<unsigned>(std::bit_width(k - 1)));
  std::vector<std::uint64_t> exponents, places, ones(k, 1);
  for (unsigned i = 0; i < k; ++i) {
    exponents.push_back(i);
    places.push_back(k - 1 - i);
  }
  Scientific out;
  out.exponent = Linear(leading.planes, exponents, bits);
  out.places = Linear(leading.planes, places, bits);
  out.nonzero = Linear(leading.planes, ones, 1).planes[0];
  const BitColumn shifted = co_await BarrelShiftLeft(ctx, std::move(x), out.places, k);
  // The planes below the top one, the highest last; zeros below where there are fewer.
  for (unsigned d = 0; d < digits; ++d) {
    const unsigned below_top = digits - d;
    out.fraction.planes.push_back(below_top < k ? shifted.planes[k - 1 - below_top] : Zero(shifted.rows()));
  }
  co_return out;
}

}  // namespace mpcstats

#include "mpcstats/engine/boolean/shift.h"

#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"

namespace mpcstats {

namespace {

// Sklansky's prefix tree, counted from the top plane down.
Task<BitPlanes> LogPrefixOr(Ctx& ctx, BitPlanes planes) {
  std::reverse(planes.begin(), planes.end());
  for (std::size_t step = 1; step < planes.size(); step *= 2) {
    BitPlanes above, here;
    for (std::size_t i = step; i < planes.size(); ++i) {
      if ((i & step) == 0) continue;
      above.push_back(planes[i / step * step - 1]);
      here.push_back(planes[i]);
    }
    BitPlanes joined = co_await Or(ctx, std::move(above), std::move(here));
    std::size_t next = 0;
    for (std::size_t i = step; i < planes.size(); ++i) {
      if ((i & step) != 0) planes[i] = joined[next++];
    }
  }
  std::reverse(planes.begin(), planes.end());
  co_return planes;
}

// bit ? x * 2^places : x, modulo 2^width; the result has only as many planes as can be other than zero.
Task<BitPlanes> ShiftStep(Ctx& ctx, BitPlanes x, BitPlane bit, std::size_t places, std::size_t width) {
  const BitPlane stays = Not(ctx.session().self(), bit);
  const std::size_t reach = places >= width ? x.size() : std::min(width, x.size() + places);
  BitPlanes left, right;
  for (std::size_t i = 0; i < reach; ++i) {
    const bool has_own = i < x.size(), has_shifted = i >= places;
    if (!has_own && !has_shifted) continue;
    left.push_back(!has_shifted ? x[i] : has_own ? Xor(x[i], x[i - places]) : x[i - places]);
    right.push_back(has_shifted ? bit : stays);
  }
  BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
  BitPlanes out;
  std::size_t product = 0;
  for (std::size_t i = 0; i < reach; ++i) {
    const bool has_own = i < x.size(), has_shifted = i >= places;
    if (!has_own && !has_shifted) {
      out.push_back(Zero(bit.rows()));
      continue;
    }
    out.push_back(has_own && has_shifted ? Xor(x[i], products[product]) : products[product]);
    ++product;
  }
  co_return out;
}

void CheckAmount(const BitColumn& x, const BitColumn& amount) {
  CHECK(x.bits() > 0 && amount.bits() > 0 && x.rows() == amount.rows());
}

// 2^power, but never more than `limit`.
std::size_t Places(unsigned power, std::size_t limit) {
  return power >= 32 ? limit : std::min(limit, std::size_t{1} << power);
}

}  // namespace

Task<BitColumn> PrefixOr(Ctx& ctx, BitColumn x, std::optional<Depth> depth) {
  BitColumn out;
  if (depth.value_or(ChooseDepth(x.rows(), x.bits())) == Depth::kLog) {
    BitPlanes planes = co_await LogPrefixOr(ctx, std::move(x.planes));
    out.planes = std::move(planes);
    co_return out;
  }
  for (std::size_t i = x.planes.size(); i-- > 1;) {
    BitPlane below = co_await Or(ctx, x.planes.at(i), x.planes.at(i - 1));
    x.planes[i - 1] = std::move(below);
  }
  co_return x;
}

Task<BitColumn> OneHotLeading(Ctx& ctx, BitColumn x, std::optional<Depth> depth) {
  BitColumn prefix = co_await PrefixOr(ctx, std::move(x), depth);
  BitColumn leading;
  for (std::size_t i = 0; i < prefix.planes.size(); ++i) {
    const bool top = i + 1 == prefix.planes.size();
    leading.planes.push_back(top ? prefix.planes[i] : Xor(prefix.planes[i], prefix.planes[i + 1]));
  }
  co_return leading;
}

Task<BitColumn> BarrelShiftLeft(Ctx& ctx, BitColumn x, BitColumn amount, unsigned out_bits) {
  CheckAmount(x, amount);
  const std::size_t rows = x.rows();
  BitPlanes planes = std::move(x.planes);
  if (planes.size() > out_bits) planes.resize(out_bits);
  for (unsigned s = 0; s < amount.bits(); ++s) {
    BitPlanes shifted =
        co_await ShiftStep(ctx, std::move(planes), amount.planes.at(s), Places(s, out_bits), out_bits);
    planes = std::move(shifted);
  }
  planes.resize(out_bits, Zero(rows));
  BitColumn out;
  out.planes = std::move(planes);
  co_return out;
}

Task<BitColumn> BarrelShiftRight(Ctx& ctx, BitColumn x, BitColumn amount) {
  CheckAmount(x, amount);
  BitPlanes planes = std::move(x.planes);
  const std::size_t width = planes.size();
  std::reverse(planes.begin(), planes.end());
  for (unsigned s = 0; s < amount.bits(); ++s) {
    BitPlanes shifted =
        co_await ShiftStep(ctx, std::move(planes), amount.planes.at(s), Places(s, width), width);
    planes = std::move(shifted);
  }
  std::reverse(planes.begin(), planes.end());
  BitColumn out;
  out.planes = std::move(planes);
  co_return out;
}

}  // namespace mpcstats

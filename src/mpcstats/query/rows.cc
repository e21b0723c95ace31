#include "mpcstats/query/rows.h"

#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/carry.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/scalar.h"

namespace mpcstats {

namespace {

// Rows of a secret product at once: k1 k2 partial products of so many rows are in memory.
constexpr std::size_t kProductRows = std::size_t{1} << 16;

bool BitOf(__int128 value, unsigned bit) { return (value >> std::min(bit, 127u) & 1) != 0; }

BitPlane WithFlip(PartyIndex self, bool flip, const BitPlane& plane) {
  return flip ? Not(self, plane) : plane;
}

}  // namespace

BitColumn QueryRows::Extended(const BitColumn& number, const Value& value, unsigned width) const {
  BitColumn out = SelectPlanes(number, 0, std::min<std::size_t>(width, number.bits()));
  const BitPlane top = value.low < 0 ? number.planes.back() : Zero(rows_);
  while (out.bits() < width) out.planes.push_back(top);
  return out;
}

Task<BitColumn> QueryRows::Number(Ctx& ctx, const Value& value) const {
  switch (value.kind) {
    case ValueKind::kColumn: {
      // units + 2^m with the top bit flipped is units in two's complement.
      BitColumn number = columns_[value.column].encoded;
      if (infos_[value.column].type.is_signed) number.planes.back() = Not(self_, number.planes.back());
      co_return number;
    }
    case ValueKind::kConstant: {
      const unsigned width = WidthOf(value.low, value.high);
      BitColumn number;
      for (unsigned b = 0; b < width; ++b)
        number.planes.push_back(Constant(self_, BitOf(value.low, b), rows_));
      co_return number;
    }
    case ValueKind::kMultiply: {
      BitColumn product = co_await Product(ctx, value);
      co_return product;
    }
    case ValueKind::kTimes: {
      BitColumn product = co_await TimesConstant(ctx, value);
      co_return product;
    }
    default: break;
  }
  BitColumn sum = co_await OfTwo(ctx, value);
  co_return sum;
}

Task<BitColumn> QueryRows::OfTwo(Ctx& ctx, const Value& value) const {
  const unsigned width = WidthOf(value.low, value.high);
  const Value& left = value.children[0];
  const Value& right = value.children[1];
  if (value.kind == ValueKind::kAdd && right.kind == ValueKind::kConstant) {
    BitColumn number = co_await Number(ctx, left);
    const BitColumn wide = Extended(number, left, width);
    std::vector<CarryDigit> digits;
    for (unsigned b = 0; b < width; ++b) {
      digits.push_back(BitOf(right.low, b) ? DigitPlusOne(self_, wide.planes[b]) : DigitOf(wide.planes[b]));
    }
    BitColumn sum =
        co_await SumDigits(ctx, std::move(digits), std::nullopt, width, ChooseDepth(rows_, width));
    co_return sum;
  }
  Ctx left_ctx = ctx.Fork();
  Ctx right_ctx = ctx.Fork();
  auto [a, b] = co_await Par(Number(left_ctx, left), Number(right_ctx, right));
  BitColumn x = Extended(a, left, width);
  BitColumn y = Extended(b, right, width);
  if (value.kind == ValueKind::kAdd) {
    BitColumn sum = co_await Add(ctx, std::move(x), std::move(y), width);
    co_return sum;
  }
  Difference difference = co_await Subtract(ctx, std::move(x), std::move(y));
  co_return std::move(difference.value);
}

Task<BitColumn> QueryRows::TimesConstant(Ctx& ctx, const Value& value) const {
  const unsigned width = WidthOf(value.low, value.high);
  const Value& factor_of = value.children[0];
  BitColumn number = co_await Number(ctx, factor_of);
  const BitColumn wide = Extended(number, factor_of, width);
  const unsigned __int128 magnitude =
      static_cast<unsigned __int128>(value.factor < 0 ? -value.factor : value.factor);
  std::vector<BitColumn> shifted;
  for (unsigned shift = 0; shift < width; ++shift) {
    if ((magnitude >> shift & 1) == 0) continue;
    BitColumn one;
    one.planes.assign(shift, Zero(rows_));
    one.planes.insert(one.planes.end(), wide.planes.begin(), wide.planes.end() - shift);
    shifted.push_back(std::move(one));
  }
  BitColumn sum = shifted[0];
  if (shifted.size() > 1) {
    BitColumn total = co_await AddMany(ctx, std::move(shifted), width);
    sum = std::move(total);
  }
  if (value.factor > 0) co_return sum;
  BitColumn zero = ConstantColumn(self_, 0, width, rows_);
  Difference negative = co_await Subtract(ctx, std::move(zero), std::move(sum));
  co_return std::move(negative.value);
}

// With X = x + A and Y = y + B unsigned (A and B powers of two, or zero): x y = X Y - B X - A Y + A B.
Task<BitColumn> QueryRows::Product(Ctx& ctx, const Value& value) const {
  const unsigned width = WidthOf(value.low, value.high);
  BitColumn unsigned_factor[2];
  std::optional<unsigned> shift[2];
  for (unsigned side = 0; side < 2; ++side) {
    const Value& factor = value.children[side];
    BitColumn number = co_await Number(ctx, factor);
    if (factor.low < 0) {
      shift[side] = number.bits() - 1;
      number.planes.back() = Not(self_, number.planes.back());
    }
    unsigned_factor[side] = std::move(number);
  }
  std::vector<BitPlanes> pieces(unsigned_factor[0].bits() + unsigned_factor[1].bits());
  for (std::size_t first = 0; first < rows_; first += kProductRows) {
    const std::size_t count = std::min(kProductRows, rows_ - first);
    BitColumn x;
    BitColumn y;
    for (const BitPlane& plane : unsigned_factor[0].planes) x.planes.push_back(plane.Slice(first, count));
    for (const BitPlane& plane : unsigned_factor[1].planes) y.planes.push_back(plane.Slice(first, count));
    BitColumn product = co_await Multiply(ctx, std::move(x), std::move(y));
    for (std::size_t p = 0; p < pieces.size(); ++p) pieces[p].push_back(product.planes[p]);
  }
  BitColumn whole;
  for (const BitPlanes& piece : pieces) whole.planes.push_back(rows_ == 0 ? Zero(0) : Concatenate(piece));
  BitColumn total = SelectPlanes(whole, 0, width);
  const auto moved = [&](unsigned side, unsigned by) {
    BitColumn out;
    out.planes.assign(by, Zero(rows_));
    out.planes.insert(out.planes.end(), unsigned_factor[side].planes.begin(),
                      unsigned_factor[side].planes.end());
    return SelectPlanes(out, 0, width);
  };
  for (unsigned side = 0; side < 2; ++side) {
    if (!shift[side]) continue;
    BitColumn other = moved(1 - side, *shift[side]);
    Difference rest = co_await Subtract(ctx, total, std::move(other));
    total = std::move(rest.value);
  }
  if (!shift[0] || !shift[1] || *shift[0] + *shift[1] >= width) co_return total;
  BitColumn last =
      ConstantColumn(self_, static_cast<unsigned __int128>(1) << (*shift[0] + *shift[1]), width, rows_);
  BitColumn sum = co_await Add(ctx, std::move(total), std::move(last), width);
  co_return sum;
}

Task<BitColumn> QueryRows::Encoded(Ctx& ctx, const Value& value, ColumnType type) const {
  BitColumn number = co_await Number(ctx, value);
  BitColumn encoded = Extended(number, value, type.bits);
  if (type.is_signed) encoded.planes.back() = Not(self_, encoded.planes.back());
  co_return encoded;
}

Task<BitPlane> QueryRows::Below(Ctx& ctx, const Value& value, __int128 threshold) const {
  BitColumn number = co_await Number(ctx, value);
  BitPlane below = co_await NumberBelow(ctx, std::move(number), value, threshold);
  co_return below;
}

Task<BitPlane> QueryRows::NumberBelow(Ctx& ctx, BitColumn number, const Value& value,
                                      __int128 threshold) const {
  if (value.low >= 0) {
    BitPlane below =
        co_await LessThanPublic(ctx, std::move(number), static_cast<unsigned __int128>(threshold));
    co_return below;
  }
  if (threshold == 0) co_return number.planes.back();
  const unsigned sign = number.bits() - 1;
  number.planes.back() = Not(self_, number.planes.back());
  const __int128 moved = threshold + (static_cast<__int128>(1) << sign);
  BitPlane below = co_await LessThanPublic(ctx, std::move(number), static_cast<unsigned __int128>(moved));
  co_return below;
}

Task<BitPlane> QueryRows::Among(Ctx& ctx, const Condition& condition) const {
  const Value& value = condition.value;
  BitColumn number = co_await Number(ctx, value);
  const unsigned width = number.bits();
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < condition.among.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tests;
  for (std::size_t i = 0; i < condition.among.size(); ++i) {
    const unsigned __int128 mask = (static_cast<unsigned __int128>(1) << width) - 1;
    tests.push_back(
        EqualPublic(contexts[i], number, static_cast<unsigned __int128>(condition.among[i]) & mask));
  }
  BitPlanes hits = co_await Par(std::move(tests));
  // At most one of them holds.
  BitPlane any = hits[0];
  for (std::size_t i = 1; i < hits.size(); ++i) any = Xor(any, hits[i]);
  co_return any;
}

Task<BitPlane> QueryRows::Present(Ctx& ctx, std::vector<std::size_t> columns) const {
  BitPlanes planes;
  for (const std::size_t c : columns) {
    if (infos_[c].may_be_missing) planes.push_back(columns_[c].valid);
  }
  if (planes.empty()) co_return Everywhere();
  BitPlane all = co_await AllOf(ctx, std::move(planes));
  co_return all;
}

bool QueryRows::MayBeMissing(const Value& value) const {
  return std::ranges::any_of(ColumnsIn(value), [&](std::size_t c) { return infos_[c].may_be_missing; });
}

Task<BitPlane> QueryRows::PresentFor(Ctx& ctx, const Value& value) const {
  BitPlane present = co_await Present(ctx, ColumnsIn(value));
  co_return present;
}

Task<BitPlane> QueryRows::Where(Ctx& ctx, const Condition& condition) const {
  switch (condition.kind) {
    case ConditionKind::kAlways: co_return Everywhere();
    case ConditionKind::kNever: co_return Zero(rows_);
    case ConditionKind::kBelow: {
      BitPlane below = co_await Below(ctx, condition.value, condition.threshold);
      co_return WithFlip(self_, condition.negated, below);
    }
    case ConditionKind::kAmong: {
      BitPlane among = co_await Among(ctx, condition);
      co_return WithFlip(self_, condition.negated, among);
    }
    case ConditionKind::kPresent: {
      BitPlane present = co_await Present(ctx, condition.columns);
      co_return present;
    }
    case ConditionKind::kMissing: {
      BitPlane present = co_await Present(ctx, condition.columns);
      co_return Not(self_, present);
    }
    default: break;
  }
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < condition.children.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> parts;
  for (std::size_t i = 0; i < condition.children.size(); ++i) {
    parts.push_back(Where(contexts[i], condition.children[i]));
  }
  BitPlanes planes = co_await Par(std::move(parts));
  if (condition.kind == ConditionKind::kAll) {
    BitPlane all = co_await AllOf(ctx, std::move(planes));
    co_return all;
  }
  BitPlane any = co_await AnyOf(ctx, std::move(planes));
  co_return any;
}

}  // namespace mpcstats

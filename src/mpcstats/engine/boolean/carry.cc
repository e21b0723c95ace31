#include "mpcstats/engine/boolean/carry.h"

#include <algorithm>

#include "mpcstats/engine/and.h"

namespace mpcstats {

using Kind = CarryDigit::Kind;

CarryDigit DigitOf(const BitPlane& a) {
  return {.kind = Kind::kNever, .propagate = a, .operand = BitPlane()};
}

CarryDigit DigitOf(const BitPlane& a, const BitPlane& b) {
  return {.kind = Kind::kBoth, .propagate = Xor(a, b), .operand = a};
}

CarryDigit DigitPlusOne(PartyIndex self, const BitPlane& a) {
  return {.kind = Kind::kUnless, .propagate = Not(self, a), .operand = BitPlane()};
}

namespace {

Task<std::optional<BitPlane>> NextCarry(Ctx& ctx, CarryDigit digit, std::optional<BitPlane> carry) {
  const PartyIndex self = ctx.session().self();
  const BitPlane& p = digit.propagate;
  if (digit.kind == Kind::kNever) {
    if (!carry) co_return std::nullopt;
    BitPlane passed = co_await And(ctx, p, *carry);
    co_return passed;
  }
  if (digit.kind == Kind::kUnless) {
    if (!carry) co_return Not(self, p);
    BitPlane no_carry = co_await And(ctx, p, Not(self, *carry));
    co_return Not(self, no_carry);
  }
  if (!carry) {
    BitPlane both = co_await And(ctx, digit.operand, Xor(p, digit.operand));
    co_return both;
  }
  // p ? c : a = a ^ p & (a ^ c)
  BitPlane change = co_await And(ctx, p, Xor(digit.operand, *carry));
  co_return Xor(digit.operand, change);
}

Task<BitPlanes> RippleCarries(Ctx& ctx, std::vector<CarryDigit> digits, std::optional<BitPlane> carry_in) {
  BitPlanes carries;
  std::optional<BitPlane> carry = carry_in;
  for (const CarryDigit& digit : digits) {
    std::optional<BitPlane> next = co_await NextCarry(ctx, digit, carry);
    carry = std::move(next);
    carries.push_back(carry ? *carry : Zero(digit.propagate.rows()));
  }
  co_return carries;
}

// Neighbouring digits taken together: the carry out is generate ^ propagate & (carry in). What is generated
// is known from `propagate` unless kind is kBoth. A span that starts at the bottom has no carry in, and no
// `propagate`.
struct Span {
  Kind kind = Kind::kNever;
  BitPlane propagate;
  BitPlane generate;
};

// Joins pairs of spans, all in one And.
class Joins {
 public:
  explicit Joins(PartyIndex self) : self_(self) {}

  void Queue(const Span& high, const Span& low, bool at_bottom, Span* out) {
    Join join = {.high = high, .low = low, .at_bottom = at_bottom, .out = out, .propagate = 0, .generate = 0};
    if (!at_bottom) join.propagate = Queue(high.propagate, low.propagate);
    if (low.kind == Kind::kBoth) join.generate = Queue(high.propagate, low.generate);
    joins_.push_back(std::move(join));
  }
  [[nodiscard]] const BitPlanes& left() const { return left_; }
  [[nodiscard]] const BitPlanes& right() const { return right_; }

  void Finish(const BitPlanes& products) {
    for (const Join& join : joins_) {
      Span joined;
      if (!join.at_bottom) joined.propagate = products[join.propagate];
      joined.kind = join.low.kind == join.high.kind ? join.high.kind : Kind::kBoth;
      if (joined.kind == Kind::kBoth) joined.generate = Generate(join, products);
      *join.out = std::move(joined);
    }
  }

 private:
  struct Join {
    Span high, low;
    bool at_bottom;
    Span* out;
    std::size_t propagate, generate;  // places in the batch
  };

  std::size_t Queue(const BitPlane& x, const BitPlane& y) {
    left_.push_back(x);
    right_.push_back(y);
    return left_.size() - 1;
  }

  [[nodiscard]] BitPlane Generate(const Join& join, const BitPlanes& products) const {
    const Span& high = join.high;
    // g = g_high ^ p_high & g_low
    BitPlane passed;
    if (join.low.kind == Kind::kBoth) passed = products[join.generate];
    // g_low = ~p_low: p_high & g_low = p_high ^ p_high & p_low
    if (join.low.kind == Kind::kUnless) passed = Xor(high.propagate, products[join.propagate]);
    const bool passes = join.low.kind != Kind::kNever;
    if (high.kind == Kind::kNever) return passed;
    const BitPlane own = high.kind == Kind::kBoth ? high.generate : Not(self_, high.propagate);
    return passes ? Xor(own, passed) : own;
  }

  PartyIndex self_;
  BitPlanes left_, right_;
  std::vector<Join> joins_;
};

// One span for each digit. The first stands at the bottom: what it generates is explicit.
Task<std::vector<Span>> SpansOf(Ctx& ctx, std::vector<CarryDigit> digits) {
  BitPlanes left, right;
  for (const CarryDigit& digit : digits) {
    if (digit.kind != Kind::kBoth) continue;
    left.push_back(digit.operand);
    right.push_back(Xor(digit.operand, digit.propagate));
  }
  BitPlanes products;
  if (!left.empty()) {
    BitPlanes both = co_await And(ctx, std::move(left), std::move(right));
    products = std::move(both);
  }
  std::vector<Span> spans;
  std::size_t product = 0;
  for (const CarryDigit& digit : digits) {
    spans.push_back({.kind = digit.kind, .propagate = digit.propagate, .generate = BitPlane()});
    if (digit.kind == Kind::kBoth) spans.back().generate = products[product++];
  }
  if (!spans.empty() && spans[0].kind == Kind::kUnless) {
    spans[0].kind = Kind::kBoth;
    spans[0].generate = Not(ctx.session().self(), spans[0].propagate);
  }
  co_return spans;
}

std::size_t DigitsThatNeverCarry(const std::vector<CarryDigit>& digits) {
  std::size_t count = 0;
  while (count < digits.size() && digits[count].kind == Kind::kNever) ++count;
  return count;
}

Task<BitPlanes> PrefixCarries(Ctx& ctx, std::vector<CarryDigit> digits, std::optional<BitPlane> carry_in) {
  const std::size_t rows = digits[0].propagate.rows();
  const std::size_t silent = carry_in ? 0 : DigitsThatNeverCarry(digits);
  BitPlanes carries(silent, Zero(rows));
  digits.erase(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(silent));
  std::vector<Span> spans = co_await SpansOf(ctx, std::move(digits));
  if (carry_in) {
    spans.insert(spans.begin(), {.kind = Kind::kBoth, .propagate = BitPlane(), .generate = *carry_in});
  }
  for (std::size_t step = 1; step < spans.size(); step *= 2) {
    Joins joins(ctx.session().self());
    for (std::size_t i = step; i < spans.size(); ++i) {
      if ((i & step) == 0) continue;
      const std::size_t low = i / step * step - 1;
      joins.Queue(spans[i], spans[low], i < 2 * step, &spans[i]);
    }
    BitPlanes products = co_await And(ctx, joins.left(), joins.right());
    joins.Finish(products);
  }
  for (std::size_t i = carry_in ? 1 : 0; i < spans.size(); ++i) carries.push_back(spans[i].generate);
  co_return carries;
}

Task<BitPlane> TreeCarry(Ctx& ctx, std::vector<CarryDigit> digits) {
  digits.erase(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(DigitsThatNeverCarry(digits)));
  std::vector<Span> spans = co_await SpansOf(ctx, std::move(digits));
  while (spans.size() > 1) {
    Joins joins(ctx.session().self());
    std::vector<Span> joined((spans.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < spans.size(); i += 2)
      joins.Queue(spans[i + 1], spans[i], i == 0, &joined[i / 2]);
    if (spans.size() % 2 != 0) joined.back() = spans.back();
    BitPlanes products = co_await And(ctx, joins.left(), joins.right());
    joins.Finish(products);
    spans = std::move(joined);
  }
  co_return spans[0].generate;
}

void CheckRows(const std::vector<CarryDigit>& digits, const std::optional<BitPlane>& carry_in) {
  CHECK(!digits.empty());
  for (const CarryDigit& digit : digits) CHECK(digit.propagate.rows() == digits[0].propagate.rows());
  CHECK(!carry_in || carry_in->rows() == digits[0].propagate.rows());
}

}  // namespace

Task<BitPlanes> AllCarries(Ctx& ctx, std::vector<CarryDigit> digits, std::optional<BitPlane> carry_in,
                           Depth depth) {
  if (digits.empty()) co_return BitPlanes();
  CheckRows(digits, carry_in);
  if (depth == Depth::kRipple) {
    BitPlanes carries = co_await RippleCarries(ctx, std::move(digits), std::move(carry_in));
    co_return carries;
  }
  BitPlanes carries = co_await PrefixCarries(ctx, std::move(digits), std::move(carry_in));
  co_return carries;
}

Task<BitPlane> LastCarry(Ctx& ctx, std::vector<CarryDigit> digits, Depth depth) {
  CheckRows(digits, std::nullopt);
  if (DigitsThatNeverCarry(digits) == digits.size()) co_return Zero(digits[0].propagate.rows());
  if (depth == Depth::kRipple) {
    BitPlanes carries = co_await RippleCarries(ctx, std::move(digits), std::nullopt);
    co_return carries.back();
  }
  BitPlane carry = co_await TreeCarry(ctx, std::move(digits));
  co_return carry;
}

Task<BitColumn> SumDigits(Ctx& ctx, std::vector<CarryDigit> digits, std::optional<BitPlane> carry_in,
                          unsigned out_bits, Depth depth) {
  CheckRows(digits, carry_in);
  const std::size_t rows = digits[0].propagate.rows();
  BitColumn sum;
  if (out_bits == 0) co_return sum;
  const std::size_t carrying = std::min<std::size_t>(digits.size(), out_bits - 1);
  std::vector<CarryDigit> low(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(carrying));
  BitPlanes carries = co_await AllCarries(ctx, std::move(low), carry_in, depth);
  if (carry_in) carries.insert(carries.begin(), *carry_in);
  const std::size_t first = carry_in ? 0 : 1;  // the position of carries[0]
  for (std::size_t i = 0; i < out_bits; ++i) {
    const bool has_carry = i >= first && i - first < carries.size();
    const bool has_digit = i < digits.size();
    if (has_carry && has_digit) {
      sum.planes.push_back(Xor(digits[i].propagate, carries[i - first]));
    } else if (has_carry || has_digit) {
      sum.planes.push_back(has_digit ? digits[i].propagate : carries[i - first]);
    } else {
      sum.planes.push_back(Zero(rows));
    }
  }
  co_return sum;
}

}  // namespace mpcstats

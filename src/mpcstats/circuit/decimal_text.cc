#include "mpcstats/circuit/decimal_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/byte_set.h"
#include "mpcstats/circuit/compare.h"
#include "mpcstats/circuit/text.h"

namespace mpcstats {
namespace {

constexpr unsigned kMostDigits = 18;

constexpr std::array<std::uint64_t, kMostDigits + 1> kPowersOfTen = [] {
  std::array<std::uint64_t, kMostDigits + 1> powers = {1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

std::size_t BitsOf(std::size_t digits) {
  return static_cast<std::size_t>(std::bit_width(kPowersOfTen[digits] - 1));
}

struct SignedPower {
  unsigned shift;
  bool minus;
};

// The non-adjacent form: the fewest signed powers of two with this sum.
std::vector<SignedPower> SignedPowers(std::uint64_t value) {
  std::vector<SignedPower> terms;
  for (unsigned shift = 0; value != 0; ++shift, value >>= 1) {
    if ((value & 1) == 0) continue;
    const bool minus = (value & 3) == 3;
    terms.push_back({shift, minus});
    value += minus ? 1 : 0;
  }
  return terms;
}

// How many low digits to split off so that the multiplications are cheapest, by number of digits.
std::array<std::size_t, kMostDigits + 1> BestSplits() {
  std::array<std::size_t, kMostDigits + 1> split = {};
  std::array<std::size_t, kMostDigits + 1> cost = {};
  for (std::size_t n = 2; n <= kMostDigits; ++n) {
    cost[n] = ~std::size_t{0};
    for (std::size_t low = 1; low < n; ++low) {
      const std::size_t here =
          cost[low] + cost[n - low] + SignedPowers(kPowersOfTen[low]).size() * BitsOf(n - low);
      if (here < cost[n]) {
        cost[n] = here;
        split[n] = low;
      }
    }
  }
  return split;
}

// high * 10^digits + low, a number below 2^width.
Wires Join(CircuitBuilder& builder, WireSpan high, WireSpan low, std::size_t digits, std::size_t width) {
  std::vector<Wires> terms = {Wires(low.begin(), low.end())};
  std::uint64_t ones = 0;
  for (const SignedPower& term : SignedPowers(kPowersOfTen[digits])) {
    Wires shifted(term.shift);
    shifted.insert(shifted.end(), high.begin(), high.end());
    shifted.resize(width);
    // -x = ~x + 1 mod 2^width
    if (term.minus) shifted = CircuitBuilder::Not(shifted), ++ones;
    terms.push_back(std::move(shifted));
  }
  terms[0].resize(width);
  terms.push_back(CircuitBuilder::Constant(ones, width));
  return AddMany(builder, terms);
}

// Bytes of the window, with zeros behind it.
class Window {
 public:
  explicit Window(WireSpan bytes) : bytes_(bytes) {}
  [[nodiscard]] Wires Byte(std::size_t i) const {
    if (8 * (i + 1) > bytes_.size()) return Wires(8);
    const WireSpan byte = bytes_.subspan(8 * i, 8);
    return {byte.begin(), byte.end()};
  }

 private:
  WireSpan bytes_;
};

Wire IsByte(CircuitBuilder& builder, WireSpan byte, char c) {
  return Equal(builder, byte, CircuitBuilder::Constant(static_cast<std::uint8_t>(c), 8));
}

// Wire i says that i bytes stand before the point, or before the end of a text without one.
struct IntegerPart {
  Wires ends;
  Wires has_point;  // wire i: byte i is the point that ends it
};

IntegerPart FindPoint(CircuitBuilder& builder, const Window& window, WireSpan ends, WireSpan inside,
                      std::size_t most, bool may_have_point, Wires& faults) {
  IntegerPart part{Wires(most + 1), Wires(most + 1)};
  Wire open = CircuitBuilder::Constant(true);
  for (std::size_t i = 1; i <= most; ++i) {
    if (may_have_point && i < inside.size()) {
      part.has_point[i] = builder.And(builder.And(open, inside[i]), IsByte(builder, window.Byte(i), '.'));
    }
    const Wire end = i < ends.size() ? builder.And(open, ends[i]) : Wire();
    part.ends[i] = builder.Xor(part.has_point[i], end);
    open = builder.Xor(open, part.ends[i]);
  }
  faults.push_back(open);
  return part;
}

// Four wires a digit and one that says whether there is a byte of the text.
constexpr std::size_t kCell = 5;

// Moves the cells by `amount` to the right; zeros come in from the left.
Wires MoveRight(CircuitBuilder& builder, Wires cells, WireSpan amount) {
  for (std::size_t level = amount.size(); level-- > 0;) {
    const std::size_t step = kCell << level;
    Wires next(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Wire moved = i >= step ? cells[i - step] : Wire();
      next[i] = builder.Xor(cells[i], builder.And(amount[level], builder.Xor(cells[i], moved)));
    }
    cells = std::move(next);
  }
  return cells;
}

Wires CellDigit(const Wires& cells, std::size_t i) {
  const auto first = cells.begin() + static_cast<std::ptrdiff_t>(kCell * i);
  return {first, first + 4};
}

struct Sign {
  Wire negative;
  unsigned most = 0;  // bytes before the point, sign included
};

void CheckLeadingZero(CircuitBuilder& builder, const Wires& cells, const IntegerPart& part, const Sign& sign,
                      Wires& faults) {
  const auto zero_leads = [&](std::size_t at) {
    // The digit is 0 and is not the only one.
    const Wire zero = CircuitBuilder::Not(AnyOf(builder, CellDigit(cells, at)));
    return builder.And(zero, CircuitBuilder::Not(part.ends[at + 1]));
  };
  if (part.ends.size() > 2) {
    faults.push_back(builder.And(CircuitBuilder::Not(sign.negative), zero_leads(0)));
    if (!sign.negative.is_constant() && part.ends.size() > 3) {
      faults.push_back(builder.And(sign.negative, zero_leads(1)));
    }
  }
}

}  // namespace

Wires DigitsToBinary(CircuitBuilder& builder, std::span<const Wires> digits) {
  CHECK(!digits.empty() && digits.size() <= kMostDigits);
  if (digits.size() == 1) return digits[0];
  static const auto kSplits = BestSplits();
  const std::size_t low = kSplits[digits.size()];
  const Wires high_value = DigitsToBinary(builder, digits.first(digits.size() - low));
  const Wires low_value = DigitsToBinary(builder, digits.last(low));
  return Join(builder, high_value, low_value, low, BitsOf(digits.size()));
}

DecimalWires DecimalOf(CircuitBuilder& builder, WireSpan window_bytes, WireSpan ends,
                       const DecimalShape& shape, Wires& faults) {
  CHECK(shape.integer_digits >= 1 && shape.min_fraction <= shape.max_fraction &&
        shape.max_fraction <= shape.scale && shape.integer_digits + shape.scale <= kMostDigits);
  CHECK(!ends.empty() && window_bytes.size() >= 8 * (ends.size() - 1));
  const Window window(window_bytes);
  const Wires inside = InsideOf(builder, ends);
  Sign sign{Wire(), shape.integer_digits + (shape.negative ? 1u : 0u)};
  if (shape.negative) sign.negative = IsByte(builder, window.Byte(0), '-');
  const IntegerPart part =
      FindPoint(builder, window, ends, inside, sign.most, shape.max_fraction > 0, faults);
  if (shape.negative) {
    faults.push_back(builder.And(sign.negative, part.ends[1]));
    faults.push_back(builder.And(CircuitBuilder::Not(sign.negative), part.ends[sign.most]));
  }

  // Every byte of the text is a digit, the point, or the sign in front.
  static const ByteSet kDigits = BytesFromTo('0', '9');
  Wires cells;
  for (std::size_t i = 0; i <= sign.most + 1 + shape.max_fraction; ++i) {
    const Wires byte = window.Byte(i);
    Wire known = ByteIn(builder, byte, kDigits);
    if (i < part.has_point.size()) known = builder.Xor(known, part.has_point[i]);
    if (i == 0) known = builder.Xor(known, sign.negative);
    const Wire here = i < inside.size() ? inside[i] : Wire();
    faults.push_back(builder.And(here, CircuitBuilder::Not(known)));
    for (std::size_t k = 0; k < 4; ++k) {
      cells.push_back(i == 0 ? builder.And(byte[k], CircuitBuilder::Not(sign.negative)) : byte[k]);
    }
    cells.push_back(here);
  }
  // Bytes that the shape has no place for.
  for (std::size_t i = sign.most + 2 + shape.max_fraction; i < inside.size(); ++i)
    faults.push_back(inside[i]);
  if (!shape.leading_zeros) CheckLeadingZero(builder, cells, part, sign, faults);

  // The point moves to cell `most`.
  Wires amount(std::bit_width(sign.most - 1));
  for (std::size_t i = 1; i <= sign.most; ++i) {
    for (std::size_t k = 0; k < amount.size(); ++k) {
      if (((sign.most - i) >> k & 1) != 0) amount[k] = builder.Xor(amount[k], part.ends[i]);
    }
  }
  cells = MoveRight(builder, std::move(cells), amount);
  const auto present = [&](std::size_t i) { return cells[kCell * i + 4]; };
  std::vector<Wires> digits;
  for (std::size_t i = shape.negative ? 1 : 0; i < sign.most; ++i) digits.push_back(CellDigit(cells, i));
  const std::size_t first = sign.most + 1;
  for (std::size_t i = 0; i < shape.max_fraction; ++i) {
    Wires digit = CellDigit(cells, first + i);
    if (i >= shape.min_fraction) {
      for (Wire& wire : digit) wire = builder.And(wire, present(first + i));
    }
    digits.push_back(std::move(digit));
  }
  digits.resize(shape.integer_digits + shape.scale, Wires(4));
  if (shape.max_fraction > 0) {
    // A point has a digit behind it, and no more than the shape allows.
    faults.push_back(builder.And(present(sign.most), CircuitBuilder::Not(present(first))));
    if (shape.min_fraction > 0)
      faults.push_back(CircuitBuilder::Not(present(first + shape.min_fraction - 1)));
    faults.push_back(present(first + shape.max_fraction));
  }
  return {DigitsToBinary(builder, digits), sign.negative};
}

void CheckRange(CircuitBuilder& builder, WireSpan bits, std::uint64_t low, std::uint64_t high,
                Wires& faults) {
  CHECK(bits.size() <= 64 && low <= high);
  const std::uint64_t most = bits.size() == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits.size()) - 1;
  if (low > 0) {
    faults.push_back(low > most ? CircuitBuilder::Constant(true)
                                : LessThan(builder, bits, CircuitBuilder::Constant(low, bits.size())));
  }
  if (high < most) {
    faults.push_back(LessThan(builder, CircuitBuilder::Constant(high, bits.size()), bits));
  }
}

}  // namespace mpcstats

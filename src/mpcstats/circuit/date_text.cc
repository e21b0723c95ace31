#include "mpcstats/circuit/date_text.h"

#include <array>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/compare.h"
#include "mpcstats/circuit/decimal_text.h"
#include "mpcstats/circuit/text.h"

namespace mpcstats {
namespace {

constexpr std::int64_t kDaysTo1970 = 25567;  // from 1900-01-01

Wires Widened(WireSpan bits, std::size_t width) {
  Wires wide(bits.begin(), bits.end());
  wide.resize(width);
  return wide;
}

Wires ShiftedLeft(WireSpan bits, std::size_t by, std::size_t width) {
  Wires shifted(by);
  shifted.insert(shifted.end(), bits.begin(), bits.end());
  shifted.resize(width);
  return shifted;
}

// The digit's four bits; faults when the byte is none. Cost: 2 AND.
Wires DigitAt(CircuitBuilder& builder, WireSpan text, std::size_t at, Wires& faults) {
  const WireSpan byte = text.subspan(8 * at, 8);
  CheckEqual(builder, byte.last(4), CircuitBuilder::Constant(3, 4), faults);
  faults.push_back(builder.And(byte[3], builder.Or(byte[2], byte[1])));
  return {byte.begin(), byte.begin() + 4};
}

// Two digits as a number of seven bits.
Wires PairAt(CircuitBuilder& builder, WireSpan text, std::size_t at, Wires& faults) {
  const Wires tens = DigitAt(builder, text, at, faults);
  const Wires units = DigitAt(builder, text, at + 1, faults);
  const std::array<Wires, 3> terms = {ShiftedLeft(tens, 3, 7), ShiftedLeft(tens, 1, 7), Widened(units, 7)};
  return AddMany(builder, terms);
}

void CheckByte(CircuitBuilder& builder, WireSpan text, std::size_t at, char c, Wires& faults) {
  CheckEqual(builder, text.subspan(8 * at, 8), CircuitBuilder::Constant(static_cast<std::uint8_t>(c), 8),
             faults);
}

// Functions of four wires as sums of their sixteen products, which are made once: 11 AND for any number of functions.
class Table {
 public:
  Table(CircuitBuilder& builder, WireSpan index) : builder_(builder), products_(16) {
    products_[0] = CircuitBuilder::Constant(true);
    for (std::size_t s = 1; s < 16; ++s) {
      const std::size_t low = s & (~s + 1);
      products_[s] = builder.And(products_[s ^ low], index[static_cast<std::size_t>(__builtin_ctzll(low))]);
    }
  }
  // Bit i of `truth` is the value at index i.
  Wire Look(std::uint16_t truth) {
    Wire sum;
    for (std::size_t s = 0; s < 16; ++s) {
      // The coefficient of a product is the parity of the values at its subsets (Moebius).
      unsigned parity = 0;
      for (std::size_t t = 0; t < 16; ++t) parity ^= (t & ~s) == 0 ? (truth >> t & 1u) : 0u;
      if (parity != 0) sum = builder_.Xor(sum, products_[s]);
    }
    return sum;
  }
  Wires Look(const std::array<unsigned, 16>& values, std::size_t width) {
    Wires out;
    for (std::size_t k = 0; k < width; ++k) {
      unsigned truth = 0;
      for (std::size_t i = 0; i < 16; ++i) truth |= (values[i] >> k & 1u) << i;
      out.push_back(Look(static_cast<std::uint16_t>(truth)));
    }
    return out;
  }

 private:
  CircuitBuilder& builder_;
  Wires products_;
};

constexpr std::array<unsigned, 16> kDaysBefore = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
constexpr std::array<unsigned, 16> kDaysOf = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

// Years since 1900, eight bits; faults outside 1901 to 2099.
Wires YearOf(CircuitBuilder& builder, WireSpan text, Wires& faults) {
  const Wires millennium = DigitAt(builder, text, 0, faults);
  const Wires century = DigitAt(builder, text, 1, faults);
  const Wires pair = PairAt(builder, text, 2, faults);
  // 19 or 20: the first digit is 1 + z, the second 9 or 0 as z is 0 or 1.
  const Wire in_2000s = millennium[1];
  const Wire in_1900s = CircuitBuilder::Not(in_2000s);
  const Wire none = CircuitBuilder::Constant(false);
  CheckEqual(builder, millennium, Wires{in_1900s, in_2000s, none, none}, faults);
  CheckEqual(builder, century, Wires{in_1900s, none, none, in_1900s}, faults);
  const Wires hundred = {none, none, in_2000s, none, none, in_2000s, in_2000s, none};
  const Wires year = Add(builder, Widened(pair, 8), hundred);
  faults.push_back(CircuitBuilder::Not(AnyOf(builder, year)));
  return year;
}

Wires DayNumber(CircuitBuilder& builder, const Wires& year, const Wires& month, const Wires& day,
                Wires& faults) {
  Table by_month(builder, month);
  faults.push_back(by_month.Look(0xe001));  // months 0, 13, 14, 15
  const Wire leap = CircuitBuilder::Not(builder.Or(year[0], year[1]));
  const Wire is_february = by_month.Look(0x0004);
  const Wire leap_february = builder.And(leap, is_february);
  Wires last = by_month.Look(kDaysOf, 5);
  last[0] = builder.Xor(last[0], leap_february);  // 28 becomes 29
  faults.push_back(CircuitBuilder::Not(AnyOf(builder, day)));
  faults.push_back(LessThan(builder, Widened(last, day.size()), day));

  // days = 365 y + floor(y / 4) - [leap year before March] + days before the month + day - 1 - (1970-01-01)
  // Here y counts from 1900, which is no leap year, so floor(y / 4) counts the leap days up to year y itself.
  const Wires five = AddMany(builder, std::array<Wires, 2>{Widened(year, 11), ShiftedLeft(year, 2, 11)});
  const Wire before_march = builder.And(leap, by_month.Look(0x0006));
  // Subtracting a wire b takes an operand of all wires b; adding 1 - b and a constant less takes one wire.
  std::vector<Wires> terms = {Widened(five, kDateBits),
                              ShiftedLeft(five, 3, kDateBits),
                              ShiftedLeft(five, 6, kDateBits),
                              Widened(WireSpan(year).subspan(2), kDateBits),
                              Widened(day, kDateBits),
                              Widened(by_month.Look(kDaysBefore, 9), kDateBits),
                              Wires{CircuitBuilder::Not(before_march)}};
  terms.back().resize(kDateBits);
  terms.push_back(CircuitBuilder::Constant(static_cast<std::uint64_t>(-2 - kDaysTo1970), kDateBits));
  return AddMany(builder, terms);
}

// Two digits that make a month in binary: faults elsewhere only where the month table has none.
Wires MonthOf(CircuitBuilder& builder, WireSpan text, Wires& faults) {
  const Wires tens = DigitAt(builder, text, 5, faults);
  const Wires units = DigitAt(builder, text, 6, faults);
  CheckEqual(builder, WireSpan(tens).subspan(1), CircuitBuilder::Constant(0, 3), faults);
  // 10 + u with u up to 5; a larger u is a fault, for 10 + 6 has no four bits.
  const std::array<Wires, 2> terms = {
      units, Wires{CircuitBuilder::Constant(false), tens[0], CircuitBuilder::Constant(false), tens[0]}};
  faults.push_back(builder.And(tens[0], builder.Or(units[3], builder.And(units[2], units[1]))));
  return AddMany(builder, terms);
}

}  // namespace

Wires DateOf(CircuitBuilder& builder, WireSpan text, Wires& faults) {
  CHECK(text.size() == 80);
  CheckByte(builder, text, 4, '-', faults);
  CheckByte(builder, text, 7, '-', faults);
  const Wires year = YearOf(builder, text, faults);
  const Wires month = MonthOf(builder, text, faults);
  const Wires day = PairAt(builder, text, 8, faults);
  return DayNumber(builder, year, month, day, faults);
}

Wires TimestampOf(CircuitBuilder& builder, WireSpan text, Wires& faults) {
  CHECK(text.size() == 128);
  const Wires days = DateOf(builder, text.first(80), faults);
  CheckByte(builder, text, 10, 'T', faults);
  CheckByte(builder, text, 13, ':', faults);
  const Wires hour = PairAt(builder, text, 11, faults);
  const Wires minute = PairAt(builder, text, 14, faults);
  CheckRange(builder, hour, 0, 23, faults);
  CheckRange(builder, minute, 0, 59, faults);
  // 1440 days = 45 * 32 of them; 60 hours = (64 - 4) of them.
  Wires wide(days);
  wide.resize(kTimestampBits, days.back());
  const auto scaled = [&](WireSpan bits, std::size_t shift) {
    Wires out(shift);
    out.insert(out.end(), bits.begin(), bits.end());
    out.resize(kTimestampBits, bits.back());
    return out;
  };
  const Wires nine = AddMany(builder, std::array<Wires, 2>{wide, scaled(days, 3)});
  std::vector<Wires> terms = {scaled(WireSpan(nine).first(21), 5), scaled(WireSpan(nine).first(21), 7)};
  terms.push_back(ShiftedLeft(hour, 6, kTimestampBits));
  terms.push_back(CircuitBuilder::Not(ShiftedLeft(hour, 2, kTimestampBits)));
  terms.push_back(CircuitBuilder::Constant(1, kTimestampBits));
  terms.push_back(Widened(minute, kTimestampBits));
  return AddMany(builder, terms);
}

}  // namespace mpcstats

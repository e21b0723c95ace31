#include "mpcstats/engine/boolean/fixed.h"

#include <algorithm>
#include <array>
#include <bit>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/lookup.h"
#include "mpcstats/engine/boolean/mux.h"

namespace mpcstats {

namespace {

constexpr std::size_t kWords = kFixedBits / 64;
using Digits = std::array<std::uint64_t, kWords>;

// Every slot of both components of a share through a linear function.
template <typename F>
BitPlane MapSlots(const BitPlane& x, F&& function) {
  PlaneWriter writer(1, x.rows());
  for (const bool next : {false, true}) {
    const std::uint64_t* in = next ? x.next() : x.own();
    std::uint64_t* out = next ? writer.next(0) : writer.own(0);
    for (std::size_t at = 0; at < x.words(); at += kWords) {
      Digits slot;
      std::copy_n(in + at, kWords, slot.begin());
      const Digits mapped = function(slot);
      std::copy(mapped.begin(), mapped.end(), out + at);
    }
  }
  return std::move(writer).Take()[0];
}

bool DigitAt(const Digits& slot, unsigned digit) { return (slot[digit / 64] >> (digit % 64) & 1) != 0; }

Digits Filled(bool bit) {
  Digits slot;
  slot.fill(std::uint64_t{0} - static_cast<std::uint64_t>(bit));
  return slot;
}

// Digits move up by `places`, and `fill` comes in at the end that is left.
Digits SlotUp(const Digits& slot, unsigned places) {
  Digits out = {};
  const unsigned words = places / 64;
  const unsigned bits = places % 64;
  for (unsigned w = words; w < kWords; ++w) {
    out[w] = slot[w - words] << bits;
    if (bits != 0 && w > words) out[w] |= slot[w - words - 1] >> (64 - bits);
  }
  return out;
}

Digits SlotDown(const Digits& slot, unsigned places, bool fill) {
  const Digits filled = Filled(fill);
  Digits out = filled;
  const unsigned words = places / 64;
  const unsigned bits = places % 64;
  const auto word = [&](std::size_t w) { return w < kWords ? slot[w] : filled[0]; };
  for (unsigned w = 0; w < kWords; ++w) {
    out[w] = word(w + words) >> bits;
    if (bits != 0) out[w] |= word(w + words + 1) << (64 - bits);
  }
  return out;
}

BitPlane Up(const BitPlane& x, unsigned places) {
  return MapSlots(x, [places](const Digits& slot) { return SlotUp(slot, places); });
}

// x * 2^(digit - 150), rounded down.
BitPlane Scaled(const BitPlane& x, unsigned digit) {
  if (digit == kFixedFraction) return x;
  if (digit > kFixedFraction) return Up(x, digit - kFixedFraction);
  // The sign is moved as a share like any other digit.
  return MapSlots(x, [digit](const Digits& slot) {
    return SlotDown(slot, kFixedFraction - digit, DigitAt(slot, kFixedBits - 1));
  });
}

// One digit of each number in all rows of its slot.
BitPlane Spread(const BitPlane& x, unsigned digit) {
  return MapSlots(x, [digit](const Digits& slot) { return Filled(DigitAt(slot, digit)); });
}

// The sum of the digits that a public mask selects, in all rows of the slot.
BitPlane SpreadParity(const BitPlane& x, const Digits& mask) {
  return MapSlots(x, [&mask](const Digits& slot) {
    std::uint64_t parity = 0;
    for (std::size_t w = 0; w < kWords; ++w) parity ^= slot[w] & mask[w];
    return Filled(std::popcount(parity) % 2 != 0);
  });
}

// One plane in each slot: the lowest digit alone.
BitPlane LowestOnly(const BitPlane& x) {
  return MapSlots(x, [](const Digits& slot) { return Digits{slot[0] & 1, 0, 0}; });
}

// a + b + c = (a ^ b ^ c) + 2 (a ^ (a ^ b) & (a ^ c)), three planes into two, until two are left.
Task<BitPlanes> SaveCarries(Ctx& ctx, BitPlanes summands) {
  while (summands.size() > 2) {
    BitPlanes left, right, rest;
    const std::size_t triples = summands.size() / 3;
    for (std::size_t t = 0; t < triples; ++t) {
      left.push_back(Xor(summands[3 * t], summands[3 * t + 1]));
      right.push_back(Xor(summands[3 * t], summands[3 * t + 2]));
    }
    const BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
    for (std::size_t t = 0; t < triples; ++t) {
      const BitPlane& first = summands[3 * t];
      rest.push_back(Xor(first, summands[3 * t + 1], summands[3 * t + 2]));
      rest.push_back(Up(Xor(first, products[t]), 1));
    }
    rest.insert(rest.end(), summands.begin() + static_cast<std::ptrdiff_t>(3 * triples), summands.end());
    summands = std::move(rest);
  }
  co_return summands;
}

// The sum of two planes of digits: the prefix tree of Kogge and Stone, whose steps are moves of whole planes.
Task<BitPlane> AddDigits(Ctx& ctx, BitPlane a, BitPlane b) {
  const BitPlane half = Xor(a, b);
  BitPlane generate = co_await And(ctx, std::move(a), std::move(b));
  BitPlane propagate = half;
  for (unsigned step = 1; step < kFixedBits; step *= 2) {
    BitPlanes left(1, propagate);
    BitPlanes right(1, Up(generate, step));
    if (2 * step < kFixedBits) {
      left.push_back(propagate);
      right.push_back(Up(propagate, step));
    }
    const BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
    // What a digit generates and what it passes on exclude each other.
    generate = Xor(generate, products[0]);
    if (products.size() > 1) propagate = products[1];
  }
  co_return Xor(half, Up(generate, 1));
}

}  // namespace

FixedNumbers FixedOf(const BitColumn& x, unsigned fraction) {
  CHECK(x.bits() > 0 && x.bits() <= fraction + kFixedBits - kFixedFraction);
  const std::size_t rows = x.rows();
  PlaneWriter writer(1, rows * kFixedBits);
  for (const bool next : {false, true}) {
    std::uint64_t* out = next ? writer.next(0) : writer.own(0);
    std::fill_n(out, rows * kWords, 0);
    for (unsigned digit = 0; digit < kFixedBits; ++digit) {
      if (digit + fraction < kFixedFraction) continue;
      const unsigned plane = std::min(digit + fraction - kFixedFraction, x.bits() - 1);
      const std::uint64_t* in = next ? x.planes[plane].next() : x.planes[plane].own();
      for (std::size_t row = 0; row < rows; ++row) {
        out[row * kWords + digit / 64] |= (in[row / 64] >> (row % 64) & 1) << (digit % 64);
      }
    }
  }
  return FixedNumbers(std::move(writer).Take()[0]);
}

FixedNumbers FixedIntegers(PartyIndex self, const std::vector<int>& values) {
  std::vector<std::uint64_t> words;
  for (const int value : values) {
    const auto magnitude = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    const Digits low = {magnitude, 0, 0};
    Digits slot = SlotUp(low, kFixedFraction);
    words.insert(words.end(), slot.begin(), slot.end());
  }
  return FixedNumbers(XorPublic(self, Zero(values.size() * kFixedBits), words));
}

BitColumn DigitsOf(const FixedNumbers& x, unsigned first, unsigned count) {
  CHECK(first + count <= kFixedBits);
  PlaneWriter writer(count, x.size());
  for (const bool next : {false, true}) {
    const std::uint64_t* in = next ? x.digits.next() : x.digits.own();
    for (unsigned p = 0; p < count; ++p) {
      std::uint64_t* out = next ? writer.next(p) : writer.own(p);
      std::fill_n(out, WordsFor(x.size()), 0);
      const unsigned digit = first + p;
      for (std::size_t i = 0; i < x.size(); ++i) {
        out[i / 64] |= (in[i * kWords + digit / 64] >> (digit % 64) & 1) << (i % 64);
      }
    }
  }
  return BitColumn(std::move(writer).Take());
}

FixedNumbers PickNumbers(const FixedNumbers& x, const std::vector<std::size_t>& which) {
  PlaneWriter writer(1, which.size() * kFixedBits);
  for (const bool next : {false, true}) {
    const std::uint64_t* in = next ? x.digits.next() : x.digits.own();
    std::uint64_t* out = next ? writer.next(0) : writer.own(0);
    for (const std::size_t i : which) {
      CHECK(i < x.size());
      out = std::copy_n(in + i * kWords, kWords, out);
    }
  }
  return FixedNumbers(std::move(writer).Take()[0]);
}

FixedNumbers JoinNumbers(const std::vector<FixedNumbers>& parts) {
  BitPlanes planes;
  for (const FixedNumbers& part : parts) planes.push_back(part.digits);
  return FixedNumbers(Concatenate(planes));
}

FixedNumbers Complement(PartyIndex self, const FixedNumbers& x) { return FixedNumbers(Not(self, x.digits)); }

BitPlane DigitsBeyond(const FixedNumbers& x, unsigned first) {
  return MapSlots(x.digits, [first](const Digits& slot) {
    const std::uint64_t sign = Filled(DigitAt(slot, kFixedBits - 1))[0];
    Digits out = {};
    for (unsigned digit = first; digit < kFixedBits; ++digit) {
      out[digit / 64] |= ((slot[digit / 64] ^ sign) >> (digit % 64) & 1) << (digit % 64);
    }
    return out;
  });
}

Task<FixedNumbers> AddProducts(Ctx& ctx, FixedNumbers start, std::vector<FixedProduct> products) {
  const PartyIndex self = ctx.session().self();
  BitPlanes left, right, carries;
  for (const FixedProduct& product : products) {
    CHECK(product.x.size() == start.size() && product.y.size() == start.size());
    CHECK(product.first <= product.sign && product.sign < kFixedBits);
    const BitPlane& x = product.x.digits;
    for (unsigned digit = product.first; digit < product.sign; ++digit) {
      left.push_back(Spread(x, digit));
      right.push_back(Scaled(product.y.digits, digit));
    }
    // The sign's digit counts negative, and -y = ~y + 1.
    left.push_back(Spread(x, product.sign));
    right.push_back(Not(self, Scaled(product.y.digits, product.sign)));
    carries.push_back(LowestOnly(left.back()));
  }
  BitPlanes summands = co_await And(ctx, std::move(left), std::move(right));
  summands.insert(summands.end(), carries.begin(), carries.end());
  summands.push_back(start.digits);
  const BitPlanes two = co_await SaveCarries(ctx, std::move(summands));
  BitPlane sum = co_await AddDigits(ctx, two.front(), two.back());
  co_return FixedNumbers(std::move(sum));
}

Task<FixedNumbers> SubtractProducts(Ctx& ctx, FixedNumbers start, std::vector<FixedProduct> products) {
  const PartyIndex self = ctx.session().self();
  // a - p = ~(~a + p)
  const FixedNumbers turned = Complement(self, start);
  const FixedNumbers sum = co_await AddProducts(ctx, turned, std::move(products));
  co_return Complement(self, sum);
}

namespace {

constexpr unsigned kTop = kFixedFraction - 1;  // the digit of one half
constexpr unsigned kPlaceBits = 6;
constexpr unsigned kTableDigits = 9;
constexpr unsigned kSeedFraction = 12;

// x 2^places with its leading one at the digit of one half, and the bits of `places`, each in all rows of its slot.
struct LiftedNumbers {
  FixedNumbers value;
  BitPlanes places;
};

Task<LiftedNumbers> Lift(Ctx& ctx, FixedNumbers x) {
  // The leading one is among 2^kPlaceBits digits: a digit looks as far up.
  BitPlane filled = x.digits;
  for (unsigned step = 1; step < 1u << kPlaceBits; step *= 2) {
    BitPlane lower = MapSlots(filled, [step](const Digits& slot) { return SlotDown(slot, step, false); });
    BitPlane joined = co_await Or(ctx, filled, std::move(lower));
    filled = joined;
  }
  const BitPlane leading =
      Xor(filled, MapSlots(filled, [](const Digits& slot) { return SlotDown(slot, 1, false); }));
  LiftedNumbers out{.value = x, .places = {}};
  for (unsigned b = 0; b < kPlaceBits; ++b) {
    Digits mask = {};
    for (unsigned places = 0; places < 1u << kPlaceBits; ++places) {
      const unsigned digit = kTop - places;
      if ((places >> b & 1) != 0) mask[digit / 64] |= std::uint64_t{1} << (digit % 64);
    }
    const BitPlane bit = SpreadParity(leading, mask);
    out.places.push_back(bit);
    BitPlane moved = co_await Mux(ctx, bit, Up(out.value.digits, 1u << b), out.value.digits);
    out.value = FixedNumbers(std::move(moved));
  }
  co_return out;
}

// 1 / m to nine digits, for m in [1/2, 1), by the digits behind its leading one.
Task<FixedNumbers> Seed(Ctx& ctx, FixedNumbers m) {
  constexpr double kEntries = 1u << kTableDigits;
  std::vector<std::uint64_t> table;
  for (unsigned i = 0; i < 1u << kTableDigits; ++i) {
    // m lies between (512 + i) / 1024 and (512 + i + 1) / 1024.
    const double middle = (kEntries + i + 0.5) / (2 * kEntries);
    table.push_back(static_cast<std::uint64_t>((1u << kSeedFraction) / middle + 0.5));
  }
  const BitPlanes one_hot = co_await OneHot(ctx, DigitsOf(m, kTop - kTableDigits, kTableDigits));
  BitColumn seed = Lookup(one_hot, table, kSeedFraction + 2);
  seed.planes.push_back(Zero(m.size()));
  co_return FixedOf(seed, kSeedFraction);
}

// x 2^places.
Task<FixedNumbers> LiftBy(Ctx& ctx, FixedNumbers x, BitPlanes places) {
  for (unsigned b = 0; b < kPlaceBits; ++b) {
    const BitPlane& bit = places[b];
    BitPlane moved = co_await Mux(ctx, bit, Up(x.digits, 1u << b), x.digits);
    x = FixedNumbers(std::move(moved));
  }
  co_return x;
}

}  // namespace

Task<FixedNumbers> Reciprocal(Ctx& ctx, FixedNumbers x) {
  const PartyIndex self = ctx.session().self();
  const LiftedNumbers m = co_await Lift(ctx, x);
  const std::size_t n = x.size();
  const FixedNumbers zero(Zero(n * kFixedBits));
  const FixedNumbers seed = co_await Seed(ctx, m.value);
  const FixedProduct first{
      .x = seed, .y = m.value, .first = kFixedFraction - kSeedFraction, .sign = kFixedFraction + 2};
  std::vector<FixedProduct> start(1, first);
  Ctx above_ctx = ctx.Fork();
  Ctx below_ctx = ctx.Fork();
  auto [above, below] =
      co_await Par(LiftBy(above_ctx, seed, m.places), AddProducts(below_ctx, zero, std::move(start)));
  // above / below = 2^places / m = 1 / x throughout, and above >= 1 - 2^-9, so that what is cut off is as small beside it as
  // if it were lifted last. below = 1 - e becomes (1 - e)(1 + e) = 1 - e^2. At first |e| < 2^-9.8: the middle of a table's interval
  // is within 2^-10 of m, relatively, and the entry within 2^-13 of what it should be. So e - 2^-150 = ~below, of whose digits the
  // sign's are left out: |e| < 2^-9, 2^-19, 2^-38, 2^-76, with room for what is cut off.
  constexpr std::array<unsigned, 4> kErrorPlaces = {9, 19, 38, 76};
  std::vector<std::size_t> twice;
  for (std::size_t i = 0; i < 2 * n; ++i) twice.push_back(i % n);
  std::vector<std::size_t> rows_above, rows_below;
  for (std::size_t i = 0; i < n; ++i) {
    rows_above.push_back(i);
    rows_below.push_back(n + i);
  }
  for (unsigned step = 0; step < kErrorPlaces.size(); ++step) {
    const bool last = step + 1 == kErrorPlaces.size();
    const FixedNumbers error = Complement(self, below);
    const FixedNumbers old = last ? above : JoinNumbers({above, below});
    std::vector<FixedProduct> products(1, FixedProduct{.x = last ? error : PickNumbers(error, twice),
                                                       .y = old,
                                                       .sign = kFixedFraction - kErrorPlaces[step]});
    const FixedNumbers both = co_await AddProducts(ctx, old, std::move(products));
    above = PickNumbers(both, rows_above);
    if (!last) below = PickNumbers(both, rows_below);
  }
  co_return above;
}

}  // namespace mpcstats

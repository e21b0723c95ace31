#include "mpcstats/stats/opening.h"

#include <algorithm>
#include <cmath>

#include "mpcstats/engine/open.h"

namespace mpcstats {

Task<std::vector<unsigned __int128>> OpenNumbers(Ctx& ctx, std::vector<BitPlanes> numbers,
                                                 std::string_view label) {
  BitPlanes all;
  for (const BitPlanes& number : numbers) {
    CHECK(number.size() <= 128);
    all.insert(all.end(), number.begin(), number.end());
  }
  BitPlanes packed(1, GatherScalars(all));
  const PublicPlanes opened = co_await Open(ctx, std::move(packed), label);
  std::vector<unsigned __int128> values;
  std::size_t at = 0;
  for (const BitPlanes& number : numbers) {
    unsigned __int128 value = 0;
    for (std::size_t b = 0; b < number.size(); ++b, ++at) {
      value |= static_cast<unsigned __int128>(opened[0][at / 64] >> (at % 64) & 1) << b;
    }
    values.push_back(value);
  }
  co_return values;
}

Task<std::vector<Rational>> OpenSigned(Ctx& ctx, std::vector<BitColumn> numbers, std::string_view label) {
  BitPlanes packed;
  for (const BitColumn& number : numbers) packed.push_back(GatherScalars(number.planes));
  const PublicPlanes opened = co_await Open(ctx, std::move(packed), label);
  std::vector<Rational> values;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const unsigned bits = numbers[i].bits();
    Rational value = Rational::FromLimbs(false, opened[i]);
    if ((opened[i][(bits - 1) / 64] >> ((bits - 1) % 64) & 1) != 0) {
      Rational modulus(1);
      for (unsigned b = 0; b < bits; ++b) modulus = modulus + modulus;
      value = value - modulus;
    }
    values.push_back(value);
  }
  co_return values;
}

Figure FixedFigure(const Rational& units) {
  const int places = -static_cast<int>(kFractionBits);
  return {{}, std::ldexp(units.ToDouble(), places), std::ldexp(0.5, places), {}};
}

Figure FloatFigure(OpenedFloat opened, int power_of_ten) {
  // One rounding of the factor and one of the product, far below the bound.
  const double factor = Rational::PowerOfTen(power_of_ten).ToDouble();
  return {{}, opened.value * factor, opened.error_bound * factor * (1 + 0x1p-26), {}};
}

Figure SignedRoot(const Rational& square, int sign) {
  const double root = square.SqrtToDouble();
  return {{}, sign < 0 ? -root : root, 0, {}};
}

Figure Nearest(const Rational& value) { return {{}, value.ToDouble(), 0, {}}; }

BitColumn Trimmed(const BitColumn& x, unsigned bits) { return SelectPlanes(x, 0, std::min(bits, x.bits())); }

}  // namespace mpcstats

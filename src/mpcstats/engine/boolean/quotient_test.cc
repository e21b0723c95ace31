#include "mpcstats/engine/boolean/quotient.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

constexpr unsigned kDigits = 12;

struct FloatRun {
  std::vector<unsigned __int128> bits;  // of FloatPlanes, each row
  BinaryFloat shape;
};

// Every row on its own, with the sign of `negative`.
FloatRun Divide(const Input& x, const Input& y, bool negative) {
  FloatRun out;
  const OperatorRun run = RunOperator({x, y}, [&](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BinaryFloat quotient = co_await DivideToFloat(ctx, in.at(0), in.at(1), kDigits);
    out.shape = quotient;
    const BitPlane sign = Constant(ctx.session().self(), negative, in.at(0).rows());
    BitPlanes planes = co_await FloatPlanes(ctx, std::move(quotient), sign);
    co_return planes;
  });
  for (const Number& value : run.Read(x.values.size())) {
    out.bits.push_back(static_cast<unsigned __int128>(value));
  }
  return out;
}

double Ratio(const Number& x, const Number& y) {
  // Exact enough: 400 binary digits of the quotient.
  return std::ldexp(static_cast<double>(Number((x << 400) / y)), -400);
}

TEST(DivideToFloat, IsWithinHalfAUnitOfTheLastDigit) {
  for (const auto& [a, b] :
       std::vector<std::pair<unsigned, unsigned>>{{1, 1}, {4, 4}, {30, 9}, {9, 30}, {126, 100}, {3, 250}}) {
    SeededRng rng(a * 1000 + b);
    const Input x = RandomInput(40, a, rng);
    Input y = RandomInput(40, b, rng);
    for (Number& value : y.values) value = value == 0 ? 1 : value;
    const FloatRun run = Divide(x, y, a % 2 == 0);
    for (std::size_t i = 0; i < 40; ++i) {
      const OpenedFloat got = ReadFloat(run.bits[i], run.shape);
      const double want = (a % 2 == 0 ? -1 : 1) * Ratio(x.values[i], y.values[i]);
      EXPECT_LE(std::abs(got.value - want), got.error_bound * (1 + 1e-12))
          << x.values[i] << " / " << y.values[i];
      EXPECT_LE(got.error_bound, std::abs(want) * std::ldexp(1, -static_cast<int>(kDigits)) * 1.001);
      if (x.values[i] == 0) EXPECT_EQ(run.bits[i], 0u) << "a zero says nothing of the denominator";
    }
  }
}

// What is opened must not tell 3/2 from 6/4 or 9/6, whose leading digits lie in different places.
TEST(DivideToFloat, GivesTheSameBitsForTheSameQuotient) {
  SeededRng rng(7);
  const Input x = RandomInput(30, 20, rng);
  Input y = RandomInput(30, 20, rng);
  for (Number& value : y.values) value = value == 0 ? 1 : value;
  const auto times = [](const Input& input, unsigned factor) {
    Input scaled{.values = {}, .bits = 40};
    for (const Number& value : input.values) scaled.values.push_back(value * factor);
    return scaled;
  };
  const FloatRun once = Divide(times(x, 1), times(y, 1), false);
  for (const unsigned factor : {2u, 3u, 5u, 1023u, 65537u}) {
    const FloatRun scaled = Divide(times(x, factor), times(y, factor), false);
    for (std::size_t i = 0; i < 30; ++i) EXPECT_TRUE(scaled.bits[i] == once.bits[i]) << factor;
  }
}

TEST(DivideToFloat, IsExactWhereTheDigitsSuffice) {
  const Input x{.values = {6, 7, 1, 4095, 0}, .bits = 12};
  const Input y{.values = {2, 4, 1024, 1, 9}, .bits = 12};
  const FloatRun run = Divide(x, y, false);
  const double want[] = {3, 1.75, 1.0 / 1024, 4095, 0};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(ReadFloat(run.bits[i], run.shape).value, want[i]);
}

TEST(MaskFloat, LeavesNothingOfAQuotientByZero) {
  const Input x{.values = {6, 7}, .bits = 12};
  const Input y{.values = {0, 7}, .bits = 12};
  const OperatorRun run = RunOperator({x, y}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BinaryFloat quotient = co_await DivideToFloat(ctx, in.at(0), in.at(1), kDigits);
    const std::vector<std::uint64_t> second(1, 2);
    const BitPlane keep = XorPublic(ctx.session().self(), Zero(2), second);
    const BinaryFloat kept = co_await MaskFloat(ctx, std::move(quotient), keep);
    const BitPlane sign = Constant(ctx.session().self(), true, 2);
    BitPlanes planes = co_await FloatPlanes(ctx, kept, sign);
    co_return planes;
  });
  const Numbers got = run.Read(2);
  EXPECT_EQ(got[0], 0) << "not even a sign";
  EXPECT_NE(got[1], 0);
}

TEST(RoundOff, RoundsAHalfUp) {
  const Input x{.values = {0, 1, 2, 3, 4, 5, 6, 7, 15}, .bits = 4};
  const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn rounded = co_await RoundOff(ctx, in.at(0), 2);
    co_return rounded.planes;
  });
  const int want[] = {0, 0, 1, 1, 1, 1, 2, 2, 4};
  const Numbers got = run.Read(9);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(got[i], want[i]) << i;
}

TEST(DivideToFixed, HasWholePlacesInFront) {
  const Input x{.values = {7, 100, 3, 0}, .bits = 7};
  const Input y{.values = {2, 7, 3, 5}, .bits = 4};
  const OperatorRun run = RunOperator({x, y}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn quotient = co_await DivideToFixed(ctx, in.at(0), in.at(1), 4, 6);
    co_return quotient.planes;
  });
  const Numbers got = run.Read(4);
  EXPECT_EQ(run.planes.size(), 10u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(got[i], Number(x.values[i] << 6) / y.values[i]);
}

OperatorRun RootOf(const Input& n, const Input& d, unsigned fraction_bits) {
  return RunOperator({n, d}, [&](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn root = co_await RootOfFraction(ctx, in.at(0), in.at(1), fraction_bits);
    co_return root.planes;
  });
}

TEST(RootOfFraction, IsTheFloorOfTheExactRoot) {
  for (const auto& [bits, fraction_bits] :
       std::vector<std::pair<unsigned, unsigned>>{{1, 3}, {3, 0}, {8, 1}, {30, 21}, {130, 21}, {250, 22}}) {
    SeededRng rng(bits * 100 + fraction_bits);
    Input n = RandomInput(40, bits, rng);
    Input d = RandomInput(40, bits, rng);
    for (std::size_t i = 0; i < 40; ++i) {
      if (d.values[i] == 0) d.values[i] = 1;
      if (n.values[i] > d.values[i]) std::swap(n.values[i], d.values[i]);
    }
    n.values[0] = d.values[0];  // a root of one
    n.values[1] = 0;
    const OperatorRun run = RootOf(n, d, fraction_bits);
    ASSERT_EQ(run.planes.size(), fraction_bits + 1);
    const Numbers got = run.Read(40);
    for (std::size_t i = 0; i < 40; ++i) {
      // floor(sqrt(floor(q))) = floor(sqrt(q))
      const Number square = (n.values[i] << (2 * fraction_bits)) / d.values[i];
      EXPECT_EQ(got[i], boost::multiprecision::sqrt(square)) << n.values[i] << " / " << d.values[i];
    }
  }
}

// What is opened must not tell 1/2 from 2/4.
TEST(RootOfFraction, GivesTheSameBitsForTheSameQuotientWhateverItsTerms) {
  SeededRng rng(11);
  Input d = RandomInput(20, 16, rng);
  Input n{.values = {}, .bits = 16};
  for (Number& value : d.values) {
    if (value == 0) value = 1;
    n.values.push_back(value / 3);
  }
  const auto times = [](const Input& input, unsigned factor) {
    Input scaled{.values = {}, .bits = 34};
    for (const Number& value : input.values) scaled.values.push_back(value * factor);
    return scaled;
  };
  const Numbers once = RootOf(times(n, 1), times(d, 1), 15).Read(20);
  for (const unsigned factor : {2u, 3u, 1023u, 65537u})
    EXPECT_EQ(RootOf(times(n, factor), times(d, factor), 15).Read(20), once);
}

TEST(RootOfFraction, EndsOnADenominatorOfZeroToo) {
  const Input n{.values = {0, 7}, .bits = 4};
  const Input d{.values = {0, 7}, .bits = 4};
  const OperatorRun run = RootOf(n, d, 4);
  EXPECT_EQ(run.Read(2)[1], 16);
}

TEST(RootOfFraction, TakesHalfTheRoundsOfADivisionAndARoot) {
  SeededRng rng(3);
  const Input d = RandomInput(1, 200, rng);
  const OperatorRun run = RootOf(d, d, 21);
  const OperatorRun two = RunOperator({d, d}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn quotient = co_await DivideToFixed(ctx, in.at(0), in.at(1), 1, 42);
    BitColumn root = co_await SquareRoot(ctx, std::move(quotient));
    co_return root.planes;
  });
  EXPECT_EQ(run.Read(1), two.Read(1));
  EXPECT_LT(2 * run.rounds, two.rounds + 2);
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/engine/boolean/quotient.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace mpcstats

#include "mpcstats/engine/boolean/fixed.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

const Number kModulus = Number(1) << kFixedBits;
const Number kOne = Number(1) << kFixedFraction;

// Two's complement there and back.
Number Wrapped(const Number& x) { return x < 0 ? Number(x + kModulus) : x; }
Number Signed(const Number& x) { return x >= kModulus / 2 ? Number(x - kModulus) : x; }

Number RandomSigned(unsigned bits, Rng& rng) {
  const Number magnitude = RandomNumber(bits, rng);
  return rng.Word() % 2 == 0 ? magnitude : Number(-magnitude);
}

Input InputOf(const Numbers& values) {
  Input input{.values = {}, .bits = kFixedBits};
  for (const Number& value : values) input.values.push_back(Wrapped(value));
  return input;
}

Numbers OutputOf(const OperatorRun& run, std::size_t rows) {
  Numbers out;
  for (const Number& value : run.Read(rows)) out.push_back(Signed(value));
  return out;
}

using FixedOperator = std::function<Task<FixedNumbers>(Ctx&, std::vector<FixedNumbers>)>;

OperatorRun RunFixed(const std::vector<Numbers>& inputs, const FixedOperator& operation) {
  std::vector<Input> columns;
  for (const Numbers& input : inputs) columns.push_back(InputOf(input));
  return RunOperator(columns, [&](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    std::vector<FixedNumbers> numbers;
    for (const BitColumn& column : in) numbers.push_back(FixedOf(column, kFixedFraction));
    const FixedNumbers out = co_await operation(ctx, std::move(numbers));
    co_return DigitsOf(out, 0, kFixedBits).planes;
  });
}

// floor(x y / 2^150)
Number Product(const Number& x, const Number& y) {
  const Number product = x * y;
  Number floor = product / kOne;
  if (floor * kOne > product) floor -= 1;
  return floor;
}

Task<FixedNumbers> TwoProducts(Ctx& ctx, std::vector<FixedNumbers> in, bool subtract) {
  std::vector<FixedProduct> products;
  products.emplace_back(in[1], in[2]);
  products.emplace_back(in[2], in[3]);
  const FixedNumbers& start = in[0];
  if (subtract) {
    FixedNumbers difference = co_await SubtractProducts(ctx, start, std::move(products));
    co_return difference;
  }
  FixedNumbers sum = co_await AddProducts(ctx, start, std::move(products));
  co_return sum;
}

TEST(Fixed, SumsOfProductsAreWithinTheirUnits) {
  SeededRng rng(3);
  std::vector<Numbers> in(4);
  for (std::size_t i = 0; i < 40; ++i) {
    // Up to 2^20 each, so that the products stay below 2^41.
    for (Numbers& numbers : in) numbers.push_back(RandomSigned(150 + static_cast<unsigned>(i % 20), rng));
  }
  for (const bool subtract : {false, true}) {
    const OperatorRun run = RunFixed(in, [subtract](Ctx& ctx, std::vector<FixedNumbers> numbers) {
      return TwoProducts(ctx, std::move(numbers), subtract);
    });
    const Numbers got = OutputOf(run, in[0].size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const Number sum = Product(in[1][i], in[2][i]) + Product(in[2][i], in[3][i]);
      const Number error = subtract ? Number(in[0][i] - sum - got[i]) : Number(in[0][i] + sum - got[i]);
      EXPECT_LE(abs(error), 2 * kFixedBits) << i;
    }
  }
}

TEST(Fixed, AProductWithZeroIsZero) {
  const Numbers zero(3, 0);
  const Numbers other = {-kOne, kOne * 12345, -1};
  for (const bool zero_first : {false, true}) {
    const OperatorRun run =
        RunFixed({zero, zero_first ? zero : other, zero_first ? other : zero, zero},
                 [](Ctx& ctx, auto numbers) { return TwoProducts(ctx, std::move(numbers), false); });
    EXPECT_EQ(OutputOf(run, 3), zero);
  }
}

TEST(Fixed, AProductOfANarrowNumberTakesFewerGatesAndIsTheSame) {
  SeededRng rng(5);
  Numbers narrow, wide;
  for (std::size_t i = 0; i < 9; ++i) {
    narrow.push_back(RandomSigned(30, rng) << 120);
    wide.push_back(RandomSigned(185, rng));
  }
  const auto multiply = [](unsigned first, unsigned sign) -> FixedOperator {
    return [=](Ctx& ctx, std::vector<FixedNumbers> in) -> Task<FixedNumbers> {
      std::vector<FixedProduct> products(1,
                                         FixedProduct{.x = in[0], .y = in[1], .first = first, .sign = sign});
      const FixedNumbers none = FixedIntegers(ctx.session().self(), std::vector<int>(in[0].size(), 0));
      FixedNumbers product = co_await AddProducts(ctx, none, std::move(products));
      co_return product;
    };
  };
  const OperatorRun less = RunFixed({narrow, wide}, multiply(120, 150));
  const OperatorRun more = RunFixed({narrow, wide}, multiply(0, kFixedBits - 1));
  EXPECT_LT(less.and_gates, more.and_gates / 3);
  const Numbers got = OutputOf(less, 9);
  const Numbers same = OutputOf(more, 9);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_LE(abs(Number(got[i] - Product(narrow[i], wide[i]))), 32);
    EXPECT_LE(abs(Number(same[i] - Product(narrow[i], wide[i]))), kFixedBits);
  }
}

TEST(Fixed, ReciprocalsHaveARelativeErrorBelow138Digits) {
  SeededRng rng(7);
  Numbers x = {kOne / 2, kOne - 1, kOne / 2 + 1, kOne / 3, kOne >> 40, (kOne >> 39) - 1, kOne / 2 - 1};
  for (unsigned i = 0; i < 40; ++i) x.push_back((RandomNumber(149 - i, rng) | (Number(1) << (149 - i))));
  const OperatorRun run =
      RunFixed({x}, [](Ctx& ctx, std::vector<FixedNumbers> in) { return Reciprocal(ctx, in[0]); });
  const Numbers got = OutputOf(run, x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Number error = abs(Number(got[i] * x[i] - kOne * kOne));
    EXPECT_LT(error << 138, kOne * kOne) << i;
  }
  EXPECT_LE(run.rounds, 117u);
}

// What has no reciprocal must not stop a run: somebody else finds out.
TEST(Fixed, TheReciprocalOfZeroOrOfANegativeNumberIsSomeNumber) {
  const Numbers x = {0, -kOne, 1, -1, kOne << 40};
  const OperatorRun run =
      RunFixed({x}, [](Ctx& ctx, std::vector<FixedNumbers> in) { return Reciprocal(ctx, in[0]); });
  EXPECT_EQ(run.planes.size(), kFixedBits);
}

TEST(Fixed, DigitsBeyondALimitAreThoseThatDifferFromTheSign) {
  const Numbers x = {
      0, -1, (Number(1) << 50) - 1, Number(1) << 50, -(Number(1) << 50), -(Number(1) << 50) - 1};
  const OperatorRun run = RunFixed({x}, [](Ctx&, std::vector<FixedNumbers> in) -> Task<FixedNumbers> {
    co_return FixedNumbers(DigitsBeyond(in[0], 50));
  });
  const Numbers got = OutputOf(run, x.size());
  const std::vector<bool> beyond = {false, false, false, true, false, true};
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(got[i] != 0, beyond[i]) << i;
}

TEST(Fixed, ColumnsOfOtherFractionsAreCutOffBelowAUnit) {
  const Numbers x = {5, -5, 0, -1};
  for (const unsigned fraction : {0u, 1u, 149u, 151u, 170u}) {
    Input input{.values = {}, .bits = 8};
    for (const Number& value : x) input.values.push_back(value < 0 ? Number(value + 256) : value);
    const OperatorRun run = RunOperator({input}, [=](Ctx&, std::vector<BitColumn> in) -> Task<BitPlanes> {
      co_return DigitsOf(FixedOf(in.at(0), fraction), 0, kFixedBits).planes;
    });
    const Numbers got = OutputOf(run, x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Number scaled = x[i] << kFixedFraction;
      Number want = scaled / (Number(1) << fraction);
      if ((want << fraction) > scaled) want -= 1;
      EXPECT_EQ(got[i], want) << fraction << " " << i;
    }
  }
}

TEST(Fixed, RefusesAColumnWithTooManyDigitsBeforeThePoint) {
  BitColumn wide;
  wide.planes.assign(43, Zero(1));
  EXPECT_DEATH((void)FixedOf(wide, 0), "kFixedFraction");
}

}  // namespace
}  // namespace mpcstats

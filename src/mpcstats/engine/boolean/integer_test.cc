#include "mpcstats/engine/boolean/integer.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

/// Two's complement of `bits` bits read as a signed number.
Number Signed(const Number& value, std::size_t bits) {
  return bit_test(value, static_cast<unsigned>(bits - 1)) ? Number(value - (Number(1) << bits)) : value;
}

using Binary = Task<BitColumn> (*)(Ctx&, BitColumn, BitColumn);

Numbers RunBinary(Binary operation, const Input& x, const Input& y) {
  const OperatorRun run = RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn result = co_await operation(ctx, in.at(0), in.at(1));
    co_return result.planes;
  });
  Numbers out;
  for (const Number& value : run.Read(x.values.size())) out.push_back(Signed(value, run.planes.size()));
  return out;
}

struct Case {
  Binary operation;
  Number (*plain)(const Number&, const Number&);
};

TEST(Integer, AddsSubtractsAndMultipliesSignedNumbersOfAnyWidth) {
  SeededRng rng(1);
  const std::vector<Case> cases = {
      {&AddSigned, [](const Number& x, const Number& y) { return Number(x + y); }},
      {&SubtractSigned, [](const Number& x, const Number& y) { return Number(x - y); }},
      {&MultiplySigned, [](const Number& x, const Number& y) { return Number(x * y); }},
  };
  for (const auto& [a, b] :
       std::vector<std::pair<unsigned, unsigned>>{{1, 1}, {1, 7}, {2, 2}, {8, 3}, {64, 64}, {126, 65}}) {
    Input x = RandomInput(9, a, rng), y = RandomInput(9, b, rng);
    // The least number of both widths, whose magnitude is one bit longer than that of all others.
    x.values[0] = Number(1) << (a - 1);
    y.values[0] = Number(1) << (b - 1);
    for (std::size_t c = 0; c < cases.size(); ++c) {
      const Numbers got = RunBinary(cases[c].operation, x, y);
      for (std::size_t i = 0; i < 9; ++i) {
        ASSERT_EQ(got[i], cases[c].plain(Signed(x.values[i], a), Signed(y.values[i], b)))
            << "operation " << c << " of " << a << " and " << b << " bits, row " << i;
      }
    }
  }
}

TEST(Integer, SplitsANumberIntoMagnitudeAndSignAndBack) {
  SeededRng rng(2);
  for (const unsigned bits : {1u, 2u, 17u, 127u}) {
    Input x = RandomInput(9, bits, rng);
    x.values[0] = Number(1) << (bits - 1);
    const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      const Magnitude magnitude = co_await AbsoluteValue(ctx, in.at(0));
      BitColumn back = co_await WithSign(ctx, magnitude.value, magnitude.negative);
      BitPlanes out = magnitude.value.planes;
      out.insert(out.end(), back.planes.begin(), back.planes.end());
      co_return out;
    });
    const Numbers magnitudes = run.Read(0, bits, 9);
    const Numbers back = run.Read(bits, bits + 1, 9);
    for (std::size_t i = 0; i < 9; ++i) {
      const Number value = Signed(x.values[i], bits);
      EXPECT_EQ(magnitudes[i], abs(value)) << bits;
      EXPECT_EQ(Signed(back[i], bits + 1), value) << bits;
    }
  }
}

TEST(Integer, MultipliesByAPublicFactor) {
  SeededRng rng(3);
  for (const std::uint64_t factor : {0u, 1u, 3u, 1000u}) {
    const Input x = RandomInput(9, 20, rng);
    const OperatorRun run = RunOperator({x}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitColumn product = co_await MultiplySignedPublic(ctx, in.at(0), factor);
      co_return product.planes;
    });
    const Numbers got = run.Read(9);
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_EQ(Signed(got[i], run.planes.size()), Signed(x.values[i], 20) * factor);
    }
  }
}

TEST(Integer, ReadsFieldElementsOfBothSigns) {
  const __int128 top = (static_cast<__int128>(1) << 125) - 1;
  const std::vector<__int128> values = {0, 1, -1, top, -top, 12345, -12345};
  std::vector<Fp127> elements;
  for (const __int128 value : values) elements.push_back(Fp127::FromSigned(value));
  SeededRng rng(4);
  const auto shares = ShareElements(elements, rng);
  PublicPlanes opened;
  const SimulationResult result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    ArithColumn<Fp127> mine = shares.at(self);
    BitColumn bits = co_await FieldToSigned(ctx, std::move(mine));
    PublicPlanes planes = co_await Open(ctx, std::move(bits.planes), "out");
    if (self == 0) opened = std::move(planes);
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(opened.size(), kSignedFieldBits);
  for (std::size_t i = 0; i < values.size(); ++i) {
    __int128 value = 0;
    for (unsigned b = 0; b < kSignedFieldBits; ++b) {
      const __int128 place = static_cast<__int128>(1) << b;
      if ((opened[b][0] >> i & 1) != 0) value += b + 1 == kSignedFieldBits ? -place : place;
    }
    EXPECT_TRUE(value == values[i]) << i;
  }
}

}  // namespace
}  // namespace mpcstats

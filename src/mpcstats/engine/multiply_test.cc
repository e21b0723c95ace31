#include "mpcstats/engine/multiply.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

std::vector<Fp127> RandomValues(std::size_t rows, Rng& rng) {
  std::vector<Fp127> values(rows);
  for (auto& value : values) {
    std::uint8_t bytes[Fp127::kUniformBytes];
    rng.Fill(bytes);
    value = Fp127::FromUniform(bytes);
  }
  return values;
}

TEST(Multiply, MatchesPlainProductsForEverySize) {
  for (const std::size_t rows : {0u, 1u, 2u, 63u, 64u, 65u, 1000u}) {
    SeededRng rng(rows + 1);
    const auto x = RandomValues(rows, rng);
    const auto y = RandomValues(rows, rng);
    std::vector<Fp127> want(rows);
    for (std::size_t i = 0; i < rows; ++i) want[i] = x[i] * y[i];
    const auto shares_x = ShareElements(x, rng);
    const auto shares_y = ShareElements(y, rng);
    std::array<std::vector<Fp127>, 3> got;
    const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const unsigned i = ctx.session().self().value();
      ArithColumn<Fp127> mine = shares_x[i];
      ArithColumn<Fp127> other = shares_y[i];
      ArithColumn<Fp127> z = co_await Multiply<Fp127>(ctx, mine, other);
      got[i] = std::vector<Fp127>();
      std::vector<Fp127> opened = co_await Open(ctx, z, "z");
      got[i] = opened;
      co_return Done();
    });
    ASSERT_TRUE(result.ok()) << result.error[0]->message();
    for (const auto& values : got) EXPECT_EQ(values, want);
    EXPECT_EQ(result.cost[1].multiplications, rows);
  }
}

TEST(Dot, SendsOneElementWhateverTheRows) {
  std::array<std::uint64_t, 2> bytes{};
  std::size_t run = 0;
  for (const std::size_t rows : {100u, 20000u}) {
    SeededRng rng(rows);
    const auto x = RandomValues(rows, rng);
    Fp127 want = Fp127::Zero();
    for (const auto& value : x) want += value * value;
    const auto shares = ShareElements(x, rng);
    std::array<std::vector<Fp127>, 3> got;
    std::array<std::uint64_t, 3> sent{};
    const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const unsigned i = ctx.session().self().value();
      std::vector<DotOperands<Fp127>> pairs(1, DotOperands<Fp127>(shares[i], shares[i]));
      ArithColumn<Fp127> z = co_await Dot<Fp127>(ctx, std::move(pairs));
      sent[i] = ctx.session().cost().bytes_sent;
      std::vector<Fp127> opened = co_await Open(ctx, z, "z");
      got[i] = opened;
      co_return Done();
    });
    ASSERT_TRUE(result.ok()) << result.error[0]->message();
    for (const auto& values : got) EXPECT_EQ(values, std::vector<Fp127>{want});
    bytes[run++] = sent[0];
  }
  EXPECT_EQ(bytes[0], bytes[1]);
}

TEST(Gram, GivesAllProductsOfTheColumnsInOneElementEach) {
  for (const std::size_t columns : {1u, 2u, 5u}) {
    for (const std::size_t rows : {1u, 300u, 10000u}) {
      SeededRng rng(100 * columns + rows);
      std::vector<std::vector<Fp127>> values;
      std::vector<std::array<ArithColumn<Fp127>, 3>> shares;
      for (std::size_t c = 0; c < columns; ++c) {
        values.push_back(RandomValues(rows, rng));
        shares.push_back(ShareElements(values.back(), rng));
      }
      std::vector<Fp127> want;
      for (std::size_t i = 0; i < columns; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          want.push_back(Fp127::Zero());
          for (std::size_t r = 0; r < rows; ++r) want.back() += values[i][r] * values[j][r];
        }
      }
      std::array<std::vector<Fp127>, 3> got;
      std::array<Cost, 3> cost;
      const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        std::vector<ArithColumn<Fp127>> mine;
        for (const auto& column : shares) mine.push_back(column[i]);
        ArithColumn<Fp127> z = co_await Gram(ctx, std::move(mine));
        cost[i] = ctx.session().cost();
        std::vector<Fp127> opened = co_await Open(ctx, z, "z");
        got[i] = opened;
        co_return Done();
      });
      ASSERT_TRUE(result.ok()) << result.error[0]->message();
      for (const auto& opened : got) EXPECT_EQ(opened, want);
      EXPECT_EQ(cost[1].rounds, 1u);
      EXPECT_EQ(cost[1].multiplications, want.size());
      EXPECT_EQ(cost[1].bytes_sent, 36 + 16 * want.size());
    }
  }
}

TEST(Gram, TakesAColumnThatStandsTwiceForTwo) {
  SeededRng rng(12);
  const auto x = RandomValues(40, rng);
  Fp127 want = Fp127::Zero();
  for (const auto& value : x) want += value * value;
  const auto shares = ShareElements(x, rng);
  std::array<std::vector<Fp127>, 3> got;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    std::vector<ArithColumn<Fp127>> columns(2, shares[i]);
    ArithColumn<Fp127> z = co_await Gram(ctx, std::move(columns));
    std::vector<Fp127> opened = co_await Open(ctx, z, "z");
    got[i] = opened;
    co_return Done();
  });
  ASSERT_TRUE(result.ok()) << result.error[0]->message();
  for (const auto& values : got) EXPECT_EQ(values, std::vector<Fp127>(3, want));
}

TEST(Combine, IsTheSumOfColumnsTimesFactorsInOneElementARow) {
  for (const std::size_t rows : {0u, 1u, 63u, 64u, 300u}) {
    for (const std::size_t columns : {1u, 3u}) {
      SeededRng rng(10 * rows + columns);
      std::vector<std::array<ArithColumn<Fp127>, 3>> shares;
      const auto factors = RandomValues(columns, rng);
      std::vector<Fp127> want(rows);
      for (std::size_t w = 0; w < columns; ++w) {
        const auto values = RandomValues(rows, rng);
        for (std::size_t r = 0; r < rows; ++r) want[r] += values[r] * factors[w];
        shares.push_back(ShareElements(values, rng));
      }
      const auto shares_factors = ShareElements(factors, rng);
      std::array<std::vector<Fp127>, 3> got;
      std::array<Cost, 3> cost;
      const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        std::vector<ArithColumn<Fp127>> mine;
        for (const auto& column : shares) mine.push_back(column[i]);
        const ArithColumn<Fp127> my_factors = shares_factors[i];
        ArithColumn<Fp127> z = co_await Combine<Fp127>(ctx, std::move(mine), my_factors);
        cost[i] = ctx.session().cost();
        std::vector<Fp127> opened = co_await Open(ctx, z, "z");
        got[i] = opened;
        co_return Done();
      });
      ASSERT_TRUE(result.ok()) << result.error[0]->message();
      for (const auto& values : got) EXPECT_EQ(values, want);
      EXPECT_EQ(cost[1].rounds, rows == 0 ? 0 : 1);
      EXPECT_EQ(cost[1].multiplications, rows);
      if (rows > 0) EXPECT_EQ(cost[1].bytes_sent, 36 + 16 * rows);
    }
  }
}

TEST(BitToField, GivesZeroAndOneForEveryShareCombination) {
  const std::size_t rows = 200;
  SeededRng rng(5);
  std::vector<std::uint64_t> bits(rows);
  for (auto& bit : bits) bit = rng.Word() & 1;
  const auto shares = ShareBits(bits, 1, rng);
  std::array<std::vector<Fp127>, 3> got;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    BitPlane plane = shares[i].planes[0];
    ArithColumn<Fp127> z = co_await BitToField(ctx, plane);
    std::vector<Fp127> opened = co_await Open(ctx, z, "z");
    got[i] = opened;
    co_return Done();
  });
  ASSERT_TRUE(result.ok()) << result.error[0]->message();
  for (const auto& values : got) {
    for (std::size_t r = 0; r < rows; ++r) EXPECT_EQ(values[r], Fp127::FromU64(bits[r])) << r;
  }
}

// One altered message from `from` in `round`; nobody may go on to the end.
template <typename Body>
void ExpectCaught(Body body, std::uint32_t round, unsigned from, std::size_t byte, ErrorCode code) {
  std::array<bool, 3> finished{};
  bool met = false;
  const auto result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        co_await body(ctx);
        finished[ctx.session().self().value()] = true;
        co_return Done();
      },
      {.seed = 3,
       .hook =
           [&](const FrameInFlight& flight) {
             if (flight.round != round || flight.from.value() != from || flight.frame->size() < 32 + 16)
               return;
             if (code == ErrorCode::kProtocolViolation) {
               std::fill(flight.frame->begin() + 32, flight.frame->end(), 0xff);
             } else {
               (*flight.frame)[32 + byte] ^= 1;
             }
             met = true;
           },
       .pools = {}});
  ASSERT_TRUE(met);
  EXPECT_TRUE(result.error[(from + 2) % 3]) << round << " " << from;
  EXPECT_EQ(result.error[(from + 2) % 3]->code(), code);
  for (unsigned i = 0; i < 3; ++i) {
    if (i != from) EXPECT_TRUE(result.error[i]) << "party " << i;
  }
}

TEST(Multiply, EndsWhenAMessageIsChangedOrIsNoElement) {
  SeededRng rng(8);
  const auto shares = ShareElements(RandomValues(3, rng), rng);
  const auto product = [&](Ctx& ctx) -> Task<Done> {
    const auto& x = shares[ctx.session().self().value()];
    co_await Multiply<Fp127>(ctx, x, x);
    co_return Done();
  };
  const auto dot = [&](Ctx& ctx) -> Task<Done> {
    const auto& x = shares[ctx.session().self().value()];
    std::vector<DotOperands<Fp127>> pairs(2, DotOperands<Fp127>(x, x));
    co_await Dot<Fp127>(ctx, std::move(pairs));
    co_return Done();
  };
  const auto gram = [&](Ctx& ctx) -> Task<Done> {
    const auto& x = shares[ctx.session().self().value()];
    std::vector<ArithColumn<Fp127>> columns(2, x);
    co_await Gram(ctx, std::move(columns));
    co_return Done();
  };
  const auto combine = [&](Ctx& ctx) -> Task<Done> {
    const auto& x = shares[ctx.session().self().value()];
    std::vector<ArithColumn<Fp127>> columns(3, x);
    co_await Combine<Fp127>(ctx, std::move(columns), x);
    co_return Done();
  };
  const auto combine_words = [](Ctx& ctx) -> Task<Done> {
    std::vector<ArithColumn<Gf2_64>> columns;
    for (unsigned w = 0; w < 3; ++w) columns.push_back(RandomElements<Gf2_64>(ctx, 70));
    const ArithColumn<Gf2_64> factors = RandomElements<Gf2_64>(ctx, 3);
    co_await Combine<Gf2_64>(ctx, std::move(columns), factors);
    co_return Done();
  };
  for (unsigned from = 0; from < 3; ++from) {
    ExpectCaught(combine, 0, from, 33, ErrorCode::kCheatingDetected);
    ExpectCaught(combine, 0, from, 0, ErrorCode::kProtocolViolation);
    for (const std::size_t byte : {1u, 8u * 30u, 8u * 69u}) {
      ExpectCaught(combine_words, 0, from, byte, ErrorCode::kCheatingDetected);
    }
    ExpectCaught(product, 0, from, 17, ErrorCode::kCheatingDetected);
    ExpectCaught(dot, 0, from, 3, ErrorCode::kCheatingDetected);
    for (const std::size_t byte : {0u, 17u, 40u}) {
      ExpectCaught(gram, 0, from, byte, ErrorCode::kCheatingDetected);
    }
    ExpectCaught(gram, 0, from, 0, ErrorCode::kProtocolViolation);
    ExpectCaught(product, 0, from, 0, ErrorCode::kProtocolViolation);
    ExpectCaught(dot, 0, from, 0, ErrorCode::kProtocolViolation);
  }
}

TEST(BitToField, EndsWhenAMessageIsChangedOrIsNoElement) {
  SeededRng rng(9);
  const auto shares = ShareBits(std::vector<std::uint64_t>(4, 1), 1, rng);
  const auto convert = [&](Ctx& ctx) -> Task<Done> {
    const auto& bits = shares[ctx.session().self().value()].planes[0];
    co_await BitToField(ctx, bits);
    co_return Done();
  };
  // Party 0 speaks in the first round, the others in the second.
  for (unsigned from = 0; from < 3; ++from) {
    const std::uint32_t round = from == 0 ? 0 : 1;
    for (const std::size_t byte : {0u, 15u, 16u, 63u}) {
      if (byte % 16 == 15) continue;
      ExpectCaught(convert, round, from, byte, ErrorCode::kCheatingDetected);
    }
    ExpectCaught(convert, round, from, 0, ErrorCode::kProtocolViolation);
  }
}

TEST(RandomElements, AreSharedAlikeAndNeverTheSameTwice) {
  std::array<std::vector<Fp127>, 3> first, second;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    const ArithColumn<Fp127> a = RandomElements<Fp127>(ctx, 20);
    const ArithColumn<Fp127> b = RandomElements<Fp127>(ctx, 20);
    EXPECT_EQ(ctx.session().cost().rounds, 0u);
    std::vector<Fp127> opened_a = co_await Open(ctx, a, "a");
    std::vector<Fp127> opened_b = co_await Open(ctx, b, "b");
    first[i] = std::move(opened_a);
    second[i] = std::move(opened_b);
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(first[0], first[1]);
  EXPECT_EQ(first[0], first[2]);
  EXPECT_EQ(second[0], second[2]);
  EXPECT_NE(first[0], second[0]);
}

TEST(MultiplyDeathTest, RefusesOperandsOfOtherLengths) {
  const auto run = [] {
    return SimulateThree([](Ctx& ctx) -> Task<Done> {
      const ArithColumn<Fp127> x = RandomElements<Fp127>(ctx, 3);
      const ArithColumn<Fp127> y = RandomElements<Fp127>(ctx, 4);
      co_await Multiply<Fp127>(ctx, x, y);
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(), "rows");
}

TEST(MultiplyDeathTest, RefusesFactorsThatAreNotOneAColumn) {
  const auto run = [] {
    return SimulateThree([](Ctx& ctx) -> Task<Done> {
      const ArithColumn<Fp127> x = RandomElements<Fp127>(ctx, 3);
      std::vector<ArithColumn<Fp127>> columns(2, x);
      co_await Combine<Fp127>(ctx, std::move(columns), x);
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(), "factors");
}

TEST(MultiplyDeathTest, RefusesAGramOfColumnsOfOtherLengths) {
  const auto run = [] {
    return SimulateThree([](Ctx& ctx) -> Task<Done> {
      std::vector<ArithColumn<Fp127>> columns;
      for (const std::size_t rows : {3u, 4u}) columns.push_back(RandomElements<Fp127>(ctx, rows));
      co_await Gram(ctx, std::move(columns));
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(), "rows");
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/engine/multiply.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/shuffle.h"
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

TEST(Shuffle, KeepsTheRowsInAnotherOrder) {
  for (const std::size_t rows : {1u, 2u, 100u, 1000u}) {
    SeededRng rng(rows);
    std::vector<std::uint64_t> values(rows);
    for (std::size_t i = 0; i < rows; ++i) values[i] = i * 3 + 7;
    const auto shares = ShareBits(values, 40, rng);
    std::array<std::vector<std::uint64_t>, 3> got;
    const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const unsigned i = ctx.session().self().value();
      SharedRows input = RowsOf(shares[i]);
      const SharedRows shuffled = co_await Shuffle(ctx, std::move(input));
      BitColumn column = PlanesOfRows(shuffled, 40);
      const PublicPlanes opened = co_await Open(ctx, std::move(column.planes), "rows");
      got[i] = ValuesOf(opened, rows);
      co_return Done();
    });
    ASSERT_TRUE(result.ok()) << result.error[0]->message();
    EXPECT_EQ(got[0], got[1]);
    EXPECT_EQ(got[0], got[2]);
    if (rows >= 100) { EXPECT_NE(got[0], values); }
    std::sort(got[0].begin(), got[0].end());
    EXPECT_EQ(got[0], values);
  }
}

}  // namespace
}  // namespace mpcstats

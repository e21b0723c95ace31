#include "mpcstats/engine/and.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

TEST(And, MatchesPlainAndForEverySize) {
  for (const std::size_t rows : {0u, 1u, 2u, 63u, 64u, 65u, 127u, 1000u, 4096u, 10000u}) {
    SeededRng rng(rows + 1);
    std::vector<std::uint64_t> x(rows), y(rows), want(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      x[i] = rng.Word() & 0x1f;
      y[i] = rng.Word() & 0x1f;
      want[i] = x[i] & y[i];
    }
    const auto shares_x = ShareBits(x, 5, rng);
    const auto shares_y = ShareBits(y, 5, rng);
    std::array<std::vector<std::uint64_t>, 3> got;
    const SimulationResult result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const unsigned i = ctx.session().self().value();
      BitPlanes z = co_await And(ctx, shares_x[i].planes, shares_y[i].planes);
      const PublicPlanes opened = co_await Open(ctx, std::move(z), "z");
      got[i] = ValuesOf(opened, rows);
      co_return Done();
    });
    ASSERT_TRUE(result.ok()) << result.error[0]->message();
    for (const auto& values : got) EXPECT_EQ(values, want) << rows;
    EXPECT_EQ(result.cost[0].and_gates, 5 * rows);
  }
}

}  // namespace
}  // namespace mpcstats

// Shows what the fence is for: in a build whose Open does not wait for the verification, a cheater reads a secret that
// the opened value should not depend on. src/mpcstats/engine/attack_test.cc runs the same attack against the real build.
#include <gtest/gtest.h>

#include "mpcstats/engine/attack.h"

namespace mpcstats {
namespace {

TEST(WithoutTheFence, OneWrongBitOpensASecret) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const bool secret : {false, true}) {
      const AttackRun run = RunSelectiveFailure(secret, seed);
      // The opened value is 0 in every honest run; the cheater gets the secret instead.
      EXPECT_EQ(run.outputs[SelectiveFailure::kCheater], Outputs{{secret ? 1u : 0u}});
      EXPECT_NE(run.outputs[SelectiveFailure::kCheater] == SelectiveFailure(secret).Expected(), secret);
    }
  }
}

TEST(WithoutTheFence, TheLieIsFoundButTooLate) {
  const AttackRun run = RunSelectiveFailure(true, 1);
  ASSERT_TRUE(run.result.error[0].has_value());
  EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kCheatingDetected);
  EXPECT_FALSE(run.outputs[0].empty());
}

}  // namespace
}  // namespace mpcstats

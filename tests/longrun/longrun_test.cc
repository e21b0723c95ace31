// The message harness for hours: MPCSTATS_LONG_RUN=1000000 longrun_test makes that many trials.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "mpcstats/engine/attack.h"

namespace mpcstats {
namespace {

TEST(LongRun, NoChangedMessageBendsAnOutput) {
  const char* wanted_text = std::getenv("MPCSTATS_LONG_RUN");
  if (wanted_text == nullptr) GTEST_SKIP() << "set MPCSTATS_LONG_RUN to the number of trials";
  const std::size_t wanted = std::strtoull(wanted_text, nullptr, 10);
  const auto start = std::chrono::steady_clock::now();
  std::mt19937_64 random(2026);
  std::size_t trials = 0;
  for (std::uint64_t seed = 1000; trials < wanted; ++seed) {
    std::unique_ptr<AttackedProgram> program = std::make_unique<BitProgram>(seed);
    if (seed % 4 == 1) program = std::make_unique<FieldProgram>(seed);
    if (seed % 4 == 3) program = std::make_unique<FormProgram>(seed);
    const MessageAttacker attacker(std::move(program), seed);
    for (int pass = 0; pass < 4; ++pass) {
      for (const auto& [place, frame] : attacker.messages()) {
        for (unsigned change = 0; change < static_cast<unsigned>(Change::kCount); ++change) {
          if (pass > 0 && static_cast<Change>(change) >= Change::kDrop) continue;
          const std::string fault = attacker.Try(place, static_cast<Change>(change), random, &trials);
          ASSERT_EQ(fault, "") << "seed " << seed << " trial " << trials;
        }
      }
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("  %zu trials, %.3f ms a session\n", trials,
              1e3 * seconds.count() / static_cast<double>(trials));
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/service/attempt.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

constexpr AttemptPhase kPhases[] = {AttemptPhase::kAgreeing, AttemptPhase::kMasked, AttemptPhase::kOnTrial,
                                    AttemptPhase::kVerified};

TEST(CountsAsTrial, CheatingAlwaysDoes) {
  for (const AttemptPhase phase : kPhases) EXPECT_TRUE(CountsAsTrial(phase, ErrorCode::kCheatingDetected));
}

TEST(CountsAsTrial, APeerThatIsAwayDoesOnlyWhileItMayKnowAChallenge) {
  for (const ErrorCode away : {ErrorCode::kUnavailable, ErrorCode::kDeadlineExceeded}) {
    EXPECT_FALSE(CountsAsTrial(AttemptPhase::kAgreeing, away));
    EXPECT_FALSE(CountsAsTrial(AttemptPhase::kMasked, away));
    EXPECT_TRUE(CountsAsTrial(AttemptPhase::kOnTrial, away));
    EXPECT_FALSE(CountsAsTrial(AttemptPhase::kVerified, away));
  }
}

TEST(CountsAsTrial, AnyOtherFailureOfASessionDoes) {
  for (const ErrorCode code :
       {ErrorCode::kProtocolViolation, ErrorCode::kInternal, ErrorCode::kResourceExhausted}) {
    EXPECT_FALSE(CountsAsTrial(AttemptPhase::kAgreeing, code));
    EXPECT_TRUE(CountsAsTrial(AttemptPhase::kMasked, code));
    EXPECT_TRUE(CountsAsTrial(AttemptPhase::kOnTrial, code));
    EXPECT_TRUE(CountsAsTrial(AttemptPhase::kVerified, code));
  }
}

}  // namespace
}  // namespace mpcstats

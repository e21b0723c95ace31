#include "mpcstats/service/attempt.h"

namespace mpcstats {

bool CountsAsTrial(AttemptPhase phase, ErrorCode code) {
  if (code == ErrorCode::kCheatingDetected) return true;
  const bool away = code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded;
  switch (phase) {
    case AttemptPhase::kAgreeing: return false;
    case AttemptPhase::kMasked:
    case AttemptPhase::kVerified: return !away;
    case AttemptPhase::kOnTrial: return true;
  }
  return true;
}

}  // namespace mpcstats

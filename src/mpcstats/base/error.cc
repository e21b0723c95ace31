#include "mpcstats/base/error.h"

namespace mpcstats {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kDeadlineExceeded: return "deadline_exceeded";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kProtocolViolation: return "protocol_violation";
    case ErrorCode::kCheatingDetected: return "cheating_detected";
    case ErrorCode::kResourceExhausted: return "resource_exhausted";
    case ErrorCode::kUnimplemented: return "unimplemented";
    case ErrorCode::kInternal: return "internal";
  }
  return "unknown";
}

int ExitCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kUnimplemented: return 2;
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted: return 75;
    case ErrorCode::kProtocolViolation:
    case ErrorCode::kCheatingDetected: return 76;
    case ErrorCode::kInternal: return 70;
  }
  return 70;
}

}  // namespace mpcstats

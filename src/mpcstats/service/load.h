// Load: measures the services of a survey on this machine, and only there.
//
//   ASSIGN_OR_RETURN(const AnswersLoad load, RunAnswersLoad(survey, {.answers = 20'000, .connections = 16}));
//   load.accepted / load.accepted_seconds;   // answers with a ticket, a second
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {

inline constexpr std::size_t kMostLoadAnswers = 200'000;
inline constexpr unsigned kMostLoadConnections = 256;
inline constexpr std::chrono::seconds kMostLoadTime{600};

/// Fresh answers alone, or with one in a hundred malformed and one in a hundred posted twice.
enum class LoadMix : std::uint8_t { kFresh, kWithBad };

struct LoadOptions {
  std::size_t answers = 1000;  ///< 1 to kMostLoadAnswers; repetitions or unused in the other runs
  unsigned connections = 8;    ///< kept alive, one thread each
  std::chrono::seconds limit{60};
  LoadMix mix = LoadMix::kFresh;
  /// A file of WriteSealedAnswers, sent in place of random answers: such as answers with proofs.
  std::string sealed = {};
};

/// Milliseconds.
struct LoadLatency {
  double p50 = 0;
  double p99 = 0;
};
/// The values of rank ceil(0.5 n) and ceil(0.99 n); zeros for none.
[[nodiscard]] LoadLatency LatencyOf(std::vector<double> milliseconds);

struct AnswersLoad {
  std::size_t accepted = 0;    ///< fresh answers with a ticket that verifies
  std::size_t malformed = 0;   ///< refused as they must be
  std::size_t duplicates = 0;  ///< got the ticket of the first one
  std::size_t limited = 0;     ///< posts the coordinator put off (429 or 503) and that were sent again
  double seal_seconds = 0;
  double accepted_seconds = 0;  ///< first post to last ticket
  double verdict_seconds = 0;   ///< first post to the last answer that all three parties found well-formed
  double verdicts_at = 0;       ///< Unix time of the latter
  LoadLatency post;
  std::string
      first_column_sum;  ///< of the accepted answers, exact; empty when the first column is no number, or unknown
};

struct OneLoad {
  std::size_t repetitions = 0;
  LoadLatency ticket;  ///< POST to ticket
  LoadLatency
      verdicts;  ///< POST to three verdicts, as seen by asking the coordinator over the same connection
};

struct PagesLoad {
  std::size_t views = 0;
  double seconds = 0;
  std::size_t page_bytes = 0;
  LoadLatency get;
};

/// Whether a run may go to that service: its host is spelled 127.x.x.x or ::1.
/// Errors:   kInvalidArgument, one sentence.
[[nodiscard]] Status CheckLoadTarget(const std::string& url);
/// Errors:   kInvalidArgument that names the number and its range.
[[nodiscard]] Status CheckLoadOptions(const LoadOptions& options);

/// Seals or reads everything, posts it over `connections` connections, waits for the verdicts of all three parties.
///
/// Errors:   kInvalidArgument as of the two checks and SealRandomAnswers; kDeadlineExceeded when `limit` (of posting and
///           verdicts, without sealing) passes; kProtocolViolation when a ticket does not verify or a malformed answer
///           is taken; kUnavailable with the server's sentence when an answer is refused.
[[nodiscard]] Result<AnswersLoad> RunAnswersLoad(const SignedSurvey& survey, const LoadOptions& options);

/// `answers` times, one at a time on an idle system.
/// Errors:   as RunAnswersLoad.
[[nodiscard]] Result<OneLoad> RunOneLoad(const SignedSurvey& survey, const LoadOptions& options);

/// GETs of a public page over plain connections for `limit`.
/// Errors:   kInvalidArgument; kUnavailable for any status but 200.
[[nodiscard]] Result<PagesLoad> RunPagesLoad(const std::string& url, const LoadOptions& options);

}  // namespace mpcstats

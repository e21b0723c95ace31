// PartyJobs: the jobs of a party, one after the other on a thread of their own, over fresh links to the peers.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "mpcstats/net/tls_links.h"
#include "mpcstats/service/attempt.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/service/job_order.h"
#include "mpcstats/service/party_context.h"
#include "mpcstats/service/survey_book.h"

namespace mpcstats {

struct JobStatus {
  enum class State { kQueued, kRunning, kDone, kFailed, kStopped };
  State state = State::kQueued;
  std::string outcome;  ///< "closed", "too-few", "caught-up", "released", "held"
  std::string error;
  ErrorCode code = ErrorCode::kInternal;
  std::uint32_t failures = 0;  ///< trials of the job so far (attempt.h)
};

/// How the jobs reach the peers. Called on the jobs' thread.
using LinkMaker = std::function<Result<std::unique_ptr<PeerLinks>>(const SignedSurvey& survey)>;

class PartyJobs {
 public:
  /// Failed trials of a job (attempt.h); then an operator.
  static constexpr std::uint32_t kMaxFailures = 3;
  static constexpr std::size_t kMaxQueued = 64;

  PartyJobs(const PartyContext& party, const Clock& clock, const SurveyBook& book, LinkMaker links);
  ~PartyJobs();

  /// Queues the job; one that is queued or running already stays as it is.
  /// Errors: kResourceExhausted when the queue is full.
  [[nodiscard]] Status Submit(const Bytes32& survey_hash, JobOrder order);
  [[nodiscard]] std::optional<JobStatus> Find(const Bytes32& survey_hash, const std::string& name) const;
  /// Called after each job, on the jobs' thread.
  void SetObserver(
      std::function<void(const SignedSurvey&, const std::string& name, const JobStatus&)> observer) {
    observer_ = std::move(observer);
  }
  void Stop();

 private:
  struct Queued {
    Bytes32 survey_hash{};
    JobOrder order;
  };
  void Run();
  JobStatus RunOne(const SignedSurvey& survey, const JobOrder& order);
  Result<std::string> Work(const SignedSurvey& survey, const JobOrder& order, AttemptPhase* phase);

  const PartyContext& party_;
  const Clock& clock_;
  const SurveyBook& book_;
  LinkMaker links_;
  std::function<void(const SignedSurvey&, const std::string&, const JobStatus&)> observer_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Queued> queue_;
  std::map<std::pair<Bytes32, std::string>, JobStatus> status_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mpcstats

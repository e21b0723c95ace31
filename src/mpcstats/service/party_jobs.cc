#include "mpcstats/service/party_jobs.h"

#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>

#include "mpcstats/base/block_pool.h"
#include "mpcstats/base/log.h"
#include "mpcstats/service/close_job.h"
#include "mpcstats/service/release_job.h"

namespace mpcstats {
namespace {

std::string_view OutcomeOf(CloseResult::Kind kind) {
  switch (kind) {
    case CloseResult::Kind::kClosed: return "closed";
    case CloseResult::Kind::kCaughtUp: return "caught-up";
    case CloseResult::Kind::kTooFew: return "too-few";
  }
  return "";
}

std::string_view OutcomeOf(ReleaseResult::Kind kind) {
  switch (kind) {
    case ReleaseResult::Kind::kReleased: return "released";
    case ReleaseResult::Kind::kHeld: return "held";
    case ReleaseResult::Kind::kCaughtUp: return "caught-up";
  }
  return "";
}

}  // namespace

PartyJobs::PartyJobs(const PartyContext& party, const Clock& clock, const SurveyBook& book, LinkMaker links)
    : party_(party), clock_(clock), book_(book), links_(std::move(links)) {
  thread_ = std::thread([this] { Run(); });
}

PartyJobs::~PartyJobs() { Stop(); }

void PartyJobs::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status PartyJobs::Submit(const Bytes32& survey_hash, JobOrder order) {
  const std::lock_guard lock(mutex_);
  JobStatus& status = status_[{survey_hash, JobName(order)}];
  const bool known = std::ranges::any_of(queue_, [&](const Queued& queued) {
    return queued.survey_hash == survey_hash && JobName(queued.order) == JobName(order);
  });
  if (known || status.state == JobStatus::State::kRunning) return {};
  if (queue_.size() >= kMaxQueued) {
    return Fail(ErrorCode::kResourceExhausted,
                "too many jobs are waiting at this party; ask again in a minute");
  }
  status = JobStatus();
  queue_.push_back({survey_hash, std::move(order)});
  wake_.notify_one();
  return {};
}

std::optional<JobStatus> PartyJobs::Find(const Bytes32& survey_hash, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = status_.find({survey_hash, name});
  if (found == status_.end()) return std::nullopt;
  return found->second;
}

void PartyJobs::Run() {
  for (;;) {
    Queued job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      status_[{job.survey_hash, JobName(job.order)}].state = JobStatus::State::kRunning;
    }
    const std::optional<SignedSurvey> survey = book_.Find(job.survey_hash);
    if (!survey) continue;
    const JobStatus status = [&] {
      const KeepBlocks keep;  // a job takes buffers of the same sizes in every round
      return RunOne(*survey, job.order);
    }();
    {
      const std::lock_guard lock(mutex_);
      status_[{job.survey_hash, JobName(job.order)}] = status;
    }
    if (observer_) observer_(*survey, JobName(job.order), status);
    malloc_trim(0);  // an idle party should not hold on to the memory of its largest job
  }
}

JobStatus PartyJobs::RunOne(const SignedSurvey& survey, const JobOrder& order) {
  const std::string name = JobName(order);
  JobStatus status;
  const auto failures = party_.store->Failures(survey.hash(), name);
  if (failures && *failures >= kMaxFailures) {
    status.state = JobStatus::State::kStopped;
    status.failures = *failures;
    status.code = ErrorCode::kCheatingDetected;
    status.error = fmt::format(
        "{} attempts at this job failed in a way that may be cheating; find out why, then run mpcstats party "
        "--clear-failures",
        *failures);
    return status;
  }
  AttemptPhase phase = AttemptPhase::kAgreeing;
  Result<std::string> outcome = Work(survey, order, &phase);
  if (outcome) {
    status.state = JobStatus::State::kDone;
    status.outcome = *outcome;
    if (outcome.value() != "too-few") {
      (void)party_.store->Audit(
          clock_.Now(), name,
          fmt::format(R"({{"survey":"{}","outcome":"{}"}})", ToHex(survey.hash()), *outcome));
    }
    return status;
  }
  status.state = JobStatus::State::kFailed;
  status.code = outcome.error().code();
  status.error = outcome.error().message();
  status.failures = failures.value_or(0);
  if (CountsAsTrial(phase, status.code)) {
    if (const auto count = party_.store->CountFailure(survey.hash(), name); count) status.failures = *count;
  }
  Log(LogLevel::kWarning, "job-failed",
      {{"survey", ToHex(survey.hash())},
       {"job", name},
       {"code", ErrorCodeName(status.code)},
       {"error", status.error}});
  (void)party_.store->Audit(
      clock_.Now(), name,
      fmt::format(R"({{"survey":"{}","failed":"{}"}})", ToHex(survey.hash()), ErrorCodeName(status.code)));
  return status;
}

Result<std::string> PartyJobs::Work(const SignedSurvey& survey, const JobOrder& order, AttemptPhase* phase) {
  ASSIGN_OR_RETURN(const std::unique_ptr<PeerLinks> links, links_(survey));
  if (order.kind == JobKind::kBatch) {
    const CloseRequest request{.survey = survey,
                               .batch = order.number,
                               .proposal = order.list,
                               .closed_at = order.at,
                               .now = clock_.Now()};
    ASSIGN_OR_RETURN(const CloseResult result, RunCloseJob(party_, *links, request, phase));
    Log(LogLevel::kInfo, "batch",
        {{"survey", ToHex(survey.hash())},
         {"batch", order.number},
         {"outcome", OutcomeOf(result.kind)},
         {"counted", result.counted},
         {"refused", result.refused},
         {"deferred", result.deferred}});
    return std::string(OutcomeOf(result.kind));
  }
  const ReleaseRequest request{.survey = survey, .as_of = order.at, .now = clock_.Now()};
  ASSIGN_OR_RETURN(const ReleaseResult result, RunReleaseJob(party_, *links, request, phase));
  Log(LogLevel::kInfo, "release",
      {{"survey", ToHex(survey.hash())}, {"sequence", result.sequence}, {"outcome", OutcomeOf(result.kind)}});
  return std::string(OutcomeOf(result.kind));
}

}  // namespace mpcstats

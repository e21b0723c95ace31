#include "mpcstats/service/coordinator_schedule.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "mpcstats/base/log.h"
#include "mpcstats/survey/receipt.h"

namespace mpcstats {
namespace {

// A batch that cannot close for want of answers is tried again this often once a promise comes due.
constexpr UnixSeconds kPromiseMargin = 600;

}  // namespace

CoordinatorSchedule::CoordinatorSchedule(CoordinatorStore& store, const SurveyBook& book,
                                         const Identity& identity, const Clock& clock, Options options)
    : store_(store), book_(book), identity_(identity), clock_(clock), options_(std::move(options)) {
  thread_ = std::thread([this] { Run(); });
}

CoordinatorSchedule::~CoordinatorSchedule() { Stop(); }

void CoordinatorSchedule::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CoordinatorSchedule::Wake() {
  {
    const std::lock_guard lock(mutex_);
    pending_ = true;
  }
  wake_.notify_all();
}

std::optional<LatestRelease> CoordinatorSchedule::Latest(const Bytes32& survey_hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(survey_hash);
  return found == states_.end() ? std::nullopt : found->second.latest;
}

bool CoordinatorSchedule::ReleasePending(const Bytes32& survey_hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(survey_hash);
  if (found == states_.end()) return false;
  const SurveyState& state = found->second;
  return state.batches > std::max(state.held_at, state.latest ? state.latest->batches : 0);
}

std::string CoordinatorSchedule::Trouble(const Bytes32& survey_hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(survey_hash);
  return found == states_.end() ? std::string() : found->second.trouble;
}

void CoordinatorSchedule::Save(const Bytes32& survey_hash, const SurveyState& state) {
  const std::lock_guard lock(mutex_);
  states_[survey_hash] = state;
}

bool CoordinatorSchedule::Pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void CoordinatorSchedule::Run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_ || pending_; });
      if (stopping_) return;
      pending_ = false;
    }
    for (const SignedSurvey& survey : book_.All()) Visit(survey);
    // Many small deliveries are one reason to look, not many.
    if (!Pause(std::chrono::milliseconds(50))) return;
  }
}

void CoordinatorSchedule::Visit(const SignedSurvey& survey) {
  SurveyState state;
  {
    const std::lock_guard lock(mutex_);
    state = states_[survey.hash()];
  }
  if (clock_.Now() < state.not_before) return;
  const auto work = [&]() -> Status {
    if (!state.fetched) {
      RETURN_IF_ERROR(FetchBatches(survey, state));
      RETURN_IF_ERROR(FetchRelease(survey, state));
      Save(survey.hash(), state);
      ASSIGN_OR_RETURN(const bool changed, BringUpToDate(survey));
      if (changed) {
        RETURN_IF_ERROR(FetchBatches(survey, state));
        RETURN_IF_ERROR(FetchRelease(survey, state));
      }
      state.fetched = true;
      Save(survey.hash(), state);
    }
    RETURN_IF_ERROR(CloseWhenDue(survey, state));
    return ReleaseWhenDue(survey, state);
  };
  if (const Status done = work(); done) {
    if (!state.trouble.empty()) Log(LogLevel::kInfo, "trouble-over", {{"survey", ToHex(survey.hash())}});
    state.troubles = 0;
    state.trouble.clear();
  } else {
    clients_.erase(survey.hash());
    state.troubles = std::min(state.troubles + 1, 7u);
    state.not_before = clock_.Now() + (UnixSeconds{1} << (state.troubles - 1));
    if (state.trouble != done.error().message()) {
      state.trouble = done.error().message();
      Log(LogLevel::kWarning, "trouble", {{"survey", ToHex(survey.hash())}, {"error", state.trouble}});
    }
    state.fetched = false;
  }
  Save(survey.hash(), state);
}

Status CoordinatorSchedule::CloseWhenDue(const SignedSurvey& survey, SurveyState& state) {
  const Survey& rules = survey.survey();
  const UnixSeconds now = clock_.Now();
  ASSIGN_OR_RETURN(const CandidateCount counts, store_.Candidates(survey.hash()));
  const auto candidates = static_cast<std::size_t>(counts.candidates);
  const bool enough = candidates >= rules.batch_min;
  const bool promised = counts.next_propose_by && *counts.next_propose_by < now + kPromiseMargin &&
                        now >= state.last_batch_try + kPromiseMargin;
  if (!enough) state.enough_since.reset();
  if (candidates == 0 || (!enough && !promised)) return {};
  if (enough) {
    // Answers that are on their way now are worth a moment: what misses the batch may wait long for the next one.
    const auto time = std::chrono::steady_clock::now();
    if (!state.enough_since) state.enough_since = time;
    Save(survey.hash(), state);
    const bool full = candidates >= rules.batch_max;
    if (!full && time < *state.enough_since + std::chrono::seconds(options_.batch_interval_seconds))
      return {};
    state.enough_since.reset();
  }
  state.last_batch_try = now;
  Save(survey.hash(), state);
  JobOrder order{.kind = JobKind::kBatch,
                 .number = static_cast<std::uint32_t>(state.batches + 1),
                 .at = now,
                 .list = {},
                 .signature = {}};
  ASSIGN_OR_RETURN(order.list, store_.ProposalCandidates(survey.hash(), rules.batch_max));
  ASSIGN_OR_RETURN(const std::string outcome, RunJob(survey, std::move(order)));
  if (outcome == "too-few") return {};
  return FetchBatches(survey, state);
}

Status CoordinatorSchedule::ReleaseWhenDue(const SignedSurvey& survey, SurveyState& state) {
  const UnixSeconds now = clock_.Now();
  const std::size_t covered = state.latest ? state.latest->batches : 0;
  if (state.batches <= std::max(covered, state.held_at)) return {};
  if (state.latest && now < state.latest->as_of + survey.survey().release_every_seconds) return {};
  const JobOrder order{.kind = JobKind::kRelease,
                       .number = (state.latest ? state.latest->sequence : 0) + 1,
                       .at = now,
                       .list = {},
                       .signature = {}};
  ASSIGN_OR_RETURN(const std::string outcome, RunJob(survey, order));
  if (outcome == "held") {
    state.held_at = state.batches;
    Log(LogLevel::kInfo, "release-held", {{"survey", ToHex(survey.hash())}, {"batches", state.batches}});
    return {};
  }
  return FetchRelease(survey, state);
}

Result<std::array<PartyClient, 3>*> CoordinatorSchedule::Clients(const SignedSurvey& survey) {
  auto found = clients_.find(survey.hash());
  if (found == clients_.end()) {
    ASSIGN_OR_RETURN(PartyClient first, PartyClient::Create(survey, 0));
    ASSIGN_OR_RETURN(PartyClient second, PartyClient::Create(survey, 1));
    ASSIGN_OR_RETURN(PartyClient third, PartyClient::Create(survey, 2));
    found = clients_
                .emplace(survey.hash(),
                         std::array<PartyClient, 3>{std::move(first), std::move(second), std::move(third)})
                .first;
  }
  return &found->second;
}

Result<std::string> CoordinatorSchedule::RunJob(const SignedSurvey& survey, JobOrder order) {
  ASSIGN_OR_RETURN(auto* const clients, Clients(survey));
  order.signature = identity_.Sign(JobOrderInput(order, survey.hash()));
  for (PartyClient& client : *clients) {
    RETURN_IF_ERROR(client.OrderJob(order));
    Reached(options_.at_point, "coordinator.ordered");
  }
  Log(LogLevel::kInfo, "job-ordered", {{"survey", ToHex(survey.hash())}, {"job", JobName(order)}});
  const auto deadline = std::chrono::steady_clock::now() + options_.job_deadline;
  std::array<JobReport, 3> reports;
  for (;;) {
    bool over = true;
    for (std::size_t i = 0; i < 3; ++i) {
      if (reports[i].over()) continue;
      ASSIGN_OR_RETURN(reports[i], (*clients)[i].Job(JobName(order)));
      over = over && reports[i].over();
    }
    if (over) break;
    if (std::chrono::steady_clock::now() > deadline) {
      return Fail(ErrorCode::kDeadlineExceeded, JobName(order) + " is not done at all parties");
    }
    if (!Pause(options_.poll)) return Fail(ErrorCode::kUnavailable, "the coordinator stops");
  }
  std::string trouble;
  for (unsigned i = 0; i < 3; ++i) {
    if (reports[i].state != "done") trouble += fmt::format(" party {}: {}.", i, reports[i].error);
  }
  if (!trouble.empty()) return Fail(ErrorCode::kUnavailable, JobName(order) + ":" + trouble);
  if (reports[0].outcome != reports[1].outcome || reports[0].outcome != reports[2].outcome) {
    return Fail(ErrorCode::kUnavailable, JobName(order) + ": the parties report different outcomes");
  }
  Log(LogLevel::kInfo, "job-done",
      {{"survey", ToHex(survey.hash())}, {"job", JobName(order)}, {"outcome", reports[0].outcome}});
  return reports[0].outcome;
}

Status CoordinatorSchedule::FetchBatches(const SignedSurvey& survey, SurveyState& state) {
  ASSIGN_OR_RETURN(auto* const clients, Clients(survey));
  ASSIGN_OR_RETURN(const std::vector<SignedBatch> known, store_.ClosedBatches(survey.hash()));
  ASSIGN_OR_RETURN(const std::vector<SignedBatch> closed, (*clients)[0].Batches());
  state.batches = std::max(closed.size(), known.size());
  Save(survey.hash(), state);  // who asks meanwhile learns that a release is pending
  for (std::size_t i = known.size(); i < closed.size(); ++i) {
    ASSIGN_OR_RETURN(const BatchAnswers answers, (*clients)[0].Answers(closed[i]));
    Reached(options_.at_point, "coordinator.fetched");
    RETURN_IF_ERROR(store_.CloseBatch(closed[i], answers.accepted, answers.refused));
  }
  return {};
}

Result<bool> CoordinatorSchedule::BringUpToDate(const SignedSurvey& survey) {
  ASSIGN_OR_RETURN(auto* const clients, Clients(survey));
  std::array<std::size_t, 3> batches{};
  std::array<std::size_t, 3> releases{};
  for (unsigned i = 0; i < 3; ++i) {
    ASSIGN_OR_RETURN(const std::vector<SignedBatch> closed, (*clients)[i].Batches());
    batches[i] = closed.size();
    const auto text = (*clients)[i].Release("latest");
    if (!text && text.error().code() != ErrorCode::kNotFound) return std::unexpected(text.error());
    if (!text) continue;
    ASSIGN_OR_RETURN(const ParsedResult parsed, ParseResult(*text));
    const VerifyReport report = VerifyResult(parsed, {.survey_hash = survey.hash()});
    if (report.ok) releases[i] = parsed.receipt.body.sequence;
  }
  bool changed = false;
  for (const auto& [kind, counts] :
       {std::pair(JobKind::kBatch, batches), std::pair(JobKind::kRelease, releases)}) {
    const auto [fewest, most] = std::ranges::minmax(counts);
    if (fewest == most) continue;
    const JobOrder order{.kind = kind,
                         .number = static_cast<std::uint32_t>(most),
                         .at = clock_.Now(),
                         .list = {},
                         .signature = {}};
    ASSIGN_OR_RETURN(const std::string outcome, RunJob(survey, order));
    Log(LogLevel::kInfo, "caught-up",
        {{"survey", ToHex(survey.hash())}, {"job", JobName(order)}, {"outcome", outcome}});
    changed = true;
  }
  return changed;
}

Status CoordinatorSchedule::FetchRelease(const SignedSurvey& survey, SurveyState& state) {
  ASSIGN_OR_RETURN(auto* const clients, Clients(survey));
  const auto text = (*clients)[0].Release("latest");
  if (!text)
    return text.error().code() == ErrorCode::kNotFound ? Status() : Status(std::unexpected(text.error()));
  ASSIGN_OR_RETURN(const ParsedResult parsed, ParseResult(*text));
  const VerifyReport report = VerifyResult(parsed, {.survey_hash = survey.hash()});
  if (!report.ok) {
    return Fail(ErrorCode::kProtocolViolation, "party 0 shows a result that does not verify: " +
                                                   (report.faults.empty() ? "" : report.faults.front()));
  }
  const ReceiptBody& body = parsed.receipt.body;
  if (state.latest && body.sequence < state.latest->sequence) return {};
  state.latest = LatestRelease{.sequence = body.sequence,
                               .result_json = *text,
                               .as_of = body.as_of,
                               .next_due = body.next_due,
                               .batches = body.batches.size()};
  Save(survey.hash(), state);
  return {};
}

}  // namespace mpcstats

#include "mpcstats/service/party_service.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "mpcstats/base/log.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/notary_lists.h"
#include "mpcstats/service/party_impl.h"

namespace mpcstats {

using Json = nlohmann::json;

PartyService::Impl::Impl(PartyServiceOptions given)
    : options(std::move(given)),
      answers_accepted(
          metrics.AddCounter("mpcstats_answers", "Verdicts on answers.", {{"outcome", "well_formed"}})),
      answers_refused(
          metrics.AddCounter("mpcstats_answers", "Verdicts on answers.", {{"outcome", "refused"}})),
      jobs_done(metrics.AddCounter("mpcstats_jobs", "Jobs by outcome.", {{"outcome", "done"}})),
      jobs_failed(metrics.AddCounter("mpcstats_jobs", "Jobs by outcome.", {{"outcome", "failed"}})),
      limiter(options.rate) {
  AddProcessMetrics(metrics);
  pool = std::make_unique<ThreadPool>(options.threads);
  party = {.self = options.self,
           .identity = options.identity.get(),
           .store = options.store.get(),
           .rng = &rng,
           .pool = pool.get(),
           .at_point = options.at_point};
}

Result<std::unique_ptr<PartyService>> PartyService::Create(PartyServiceOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Load());
  impl->AddRoutes();
  impl->ingest = std::make_unique<PartyIngest>(impl->party, *impl->options.clock);
  impl->jobs =
      std::make_unique<PartyJobs>(impl->party, *impl->options.clock, impl->book, impl->options.links);
  impl->jobs->SetObserver(
      [raw = impl.get()](const SignedSurvey&, const std::string&, const JobStatus& status) {
        (status.state == JobStatus::State::kDone ? raw->jobs_done : raw->jobs_failed).Add();
      });
  return std::unique_ptr<PartyService>(new PartyService(std::move(impl)));
}

PartyService::PartyService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartyService::~PartyService() { Stop(); }

void PartyService::Handle(HttpRequest request, HttpReply reply) {
  impl_->router.Handle(std::move(request), std::move(reply));
}

std::size_t PartyService::BodyLimit(std::string_view method, std::string_view target) const {
  if (method != "POST") return 0;
  constexpr std::size_t kMegabyte = std::size_t{1} << 20;
  if (target == "/v1/surveys") return kMaxSurveyBytes;
  if (target.ends_with("/submissions")) return 4 * kMegabyte;
  if (target.ends_with("/jobs")) return 8 * kMegabyte;
  return 4096;
}

MetricsRegistry& PartyService::metrics() { return impl_->metrics; }

void PartyService::Stop() {
  if (impl_->ingest) impl_->ingest->Stop();
  if (impl_->jobs) impl_->jobs->Stop();
}

void PartyService::Housekeeping() {
  const UnixSeconds now = impl_->options.clock->Now();
  impl_->TakeNotaryLists();
  constexpr UnixSeconds kHour = 3600;
  constexpr UnixSeconds kDay = 24 * kHour;
  for (const SignedSurvey& survey : impl_->book.All()) {
    // The key that opens boxes has nothing left to open an hour after the last answer may come.
    if (now >= survey.closes_at() + kHour) {
      if (const Status done = impl_->options.store->DestroyBoxKey(survey); !done) {
        Log(LogLevel::kError, "box-key-not-destroyed",
            {{"survey", ToHex(survey.hash())}, {"error", done.error().message()}});
      }
    }
    if (now >= survey.closes_at() + survey.survey().retention_days * kDay + kHour) {
      if (const Status done = impl_->options.store->DestroyShares(survey); !done) {
        Log(LogLevel::kError, "shares-not-destroyed",
            {{"survey", ToHex(survey.hash())}, {"error", done.error().message()}});
      }
    }
  }
}

Status PartyService::Impl::Load() {
  ASSIGN_OR_RETURN(const std::vector<SignedSurvey> surveys, options.store->Surveys());
  for (const SignedSurvey& survey : surveys) book.Put(survey);
  TakeNotaryLists();
  return {};
}

void PartyService::Impl::TakeNotaryLists() {
  if (options.notary_lists.empty()) return;
  for (const auto& [path, list] : ReadNotaryLists(options.notary_lists)) {
    if (!list) {
      Log(LogLevel::kError, "notary-list-not-read", {{"file", path}, {"error", list.error().message()}});
      continue;
    }
    const auto newer = options.store->AddNotaryList(*list);
    if (!newer) {
      Log(LogLevel::kError, "notary-list-not-stored", {{"file", path}, {"error", newer.error().message()}});
    } else if (*newer) {
      Audit("notary-list",
            Json{{"identity", ToHex(list->identity)}, {"number", list->sequence}, {"keys", list->keys.size()}}
                .dump());
    }
  }
}

void PartyService::Impl::Audit(const std::string& event, const std::string& detail) {
  if (const Status written = options.store->Audit(options.clock->Now(), event, detail); !written) {
    Log(LogLevel::kError, "audit-not-written", {{"error", written.error().message()}});
  }
}

std::optional<HttpResponse> PartyService::Impl::Limited(const HttpRequest& request) {
  const std::lock_guard lock(limiter_mutex);
  const auto wait = limiter.Allow(RateLimitKey(request.remote_address), std::chrono::steady_clock::now());
  if (!wait) return std::nullopt;
  return Problem(429, "rate-limit", "Too many requests",
                 fmt::format("This address may send more in {} s.", wait->count()), *wait);
}

void PartyService::Impl::PostSurvey(const HttpRequest& request, const HttpReply& reply) {
  const std::string text(request.body.begin(), request.body.end());
  const Result<SignedSurvey> survey = SignedSurvey::FromJson(text);
  if (!survey) return reply(ProblemOf(survey.error(), "invalid-survey"));
  const Survey& content = survey->survey();
  // A party takes part in what it signed itself, and in nothing else.
  if (content.parties[options.self.value()].identity_key != options.identity->PublicKey()) {
    return reply(Problem(403, "not-ours", "The survey names another party here",
                         fmt::format("Party {} of the survey has another identity key than this server.",
                                     options.self.value())));
  }
  const auto key = options.store->BoxKeyFor(Sha256(AsBytes(survey->draft().text)));
  if (!key) return reply(ProblemOf(key.error(), "invalid-survey"));
  if (key->PublicKey() != survey->box_keys()[options.self.value()]) {
    return reply(
        Problem(403, "not-ours", "The survey has another box key for this party",
                "This server did not make the key that the survey names for it; sign the survey again."));
  }
  if (const Status fits = CheckCatalogue(content); !fits)
    return reply(ProblemOf(fits.error(), "invalid-survey"));
  const bool known = book.Find(survey->hash()).has_value();
  const Status stored = known ? options.store->ReplaceSurvey(*survey) : options.store->AddSurvey(*survey);
  if (!stored) return reply(ProblemOf(stored.error(), "invalid-survey"));
  if (!known || survey->draft().close) book.Put(*survey);
  if (!known) Audit("survey-opened", Json{{"survey", ToHex(survey->hash())}, {"id", content.id}}.dump());
  if (known && survey->draft().close) {
    Audit("survey-closes",
          Json{{"survey", ToHex(survey->hash())}, {"at", FormatTime(survey->closes_at())}}.dump());
  }
  reply(JsonResponse(known ? 200 : 201, {{"hash", ToHex(survey->hash())}}));
}

void PartyService::Impl::PostUpload(HttpRequest request, const SignedSurvey& survey, HttpReply reply) {
  if (auto not_open = NotOpen(survey, options.clock->Now(), kLateDelivery))
    return reply(std::move(*not_open));
  auto items = DecodeUpload(survey.survey(), request.body);
  if (!items) return reply(ProblemOf(items.error(), "malformed"));
  const Bytes32 hash = survey.hash();
  ingest->Submit(
      survey, std::move(*items), [this, hash, reply = std::move(reply)](const Result<UploadAnswer>& answer) {
        if (!answer) return reply(ProblemOf(answer.error(), "not-stored"));
        Json verdicts = Json::array();
        for (const UploadVerdict& verdict : answer->verdicts) {
          std::string word(RefusalWord(verdict.refusal));
          if (verdict.outcome == UploadOutcome::kNotDelivered) word = "not-delivered";
          if (verdict.outcome == UploadOutcome::kUndecodable) word = RefusalWord(Refusal::kMalformed);
          const bool has_id = verdict.outcome != UploadOutcome::kUndecodable;
          verdicts.push_back({{"submission", has_id ? ToHex(verdict.submission) : ""}, {"refusal", word}});
          const bool fine = verdict.outcome == UploadOutcome::kVerdict && verdict.refusal == Refusal::kNone;
          (fine ? answers_accepted : answers_refused).Add();
        }
        reply(JsonResponse(200, {{"survey", ToHex(hash)},
                                 {"count", answer->count},
                                 {"root", ToHex(answer->root)},
                                 {"signature", ToHex(answer->signature)},
                                 {"verdicts", verdicts}}));
      });
}

void PartyService::Impl::PostWithdrawal(const HttpRequest& request, const SignedSurvey& survey,
                                        const HttpReply& reply) {
  const auto withdrawal = DecodeWithdrawal(request.body);
  if (!withdrawal) {
    return reply(Problem(400, "malformed", "The withdrawal cannot be used",
                         "It is not an id of 32 bytes and a signature of 64."));
  }
  const auto found = options.store->FindSubmission(survey.hash(), withdrawal->submission);
  if (!found) return reply(ProblemOf(found.error(), "not-stored"));
  if (!*found) return reply(UnknownSubmission());
  const auto checked = CheckEnvelope(survey, (*found)->envelope);
  if (!checked ||
      !VerifySignature(checked->header.control_key, WithdrawalInput(withdrawal->submission, survey.hash()),
                       withdrawal->signature)) {
    return reply(Problem(403, "bad-signature", "The withdrawal is not signed by the answer's key",
                         "Only the control key in the ticket file of the answer can withdraw it."));
  }
  if ((*found)->batch != 0) {
    return reply(Problem(409, "already-counted", "The batch of the answer is closed",
                         "Closed batches never change; the answer can no longer be withdrawn."));
  }
  const Status stored = options.store->AddWithdrawal(survey.hash(), *withdrawal);
  if (!stored) return reply(ProblemOf(stored.error(), "not-stored"));
  reply(JsonResponse(
      202, {{"submission", ToHex(withdrawal->submission)}, {"state", "withdrawn at the next close"}}));
}

void PartyService::Impl::PostJob(const HttpRequest& request, const SignedSurvey& survey,
                                 const HttpReply& reply) {
  const std::string text(request.body.begin(), request.body.end());
  auto order = JobOrderFromJson(text, survey.survey().batch_max);
  if (!order) return reply(ProblemOf(order.error(), "malformed"));
  if (!VerifySignature(survey.survey().coordinator.identity_key, JobOrderInput(*order, survey.hash()),
                       order->signature)) {
    Audit("refused-job",
          Json{{"survey", ToHex(survey.hash())}, {"job", JobName(*order)}, {"reason", "signature"}}.dump());
    return reply(Problem(403, "bad-signature", "The job is not signed by the survey's coordinator",
                         "Only the coordinator that the survey names can ask for jobs."));
  }
  const auto closed = options.store->ClosedBatches(survey.hash());
  const auto releases = options.store->Releases(survey.hash());
  if (!closed) return reply(ProblemOf(closed.error(), "not-stored"));
  if (!releases) return reply(ProblemOf(releases.error(), "not-stored"));
  // One ahead is where a peer may be whose last answer did not reach us.
  const std::size_t most = (order->kind == JobKind::kBatch ? closed->size() : releases->size()) + 2;
  if (order->number > most) {
    return reply(Problem(409, "out-of-order", "The job is not the next one",
                         fmt::format("{} cannot come now.", JobName(*order))));
  }
  const std::string name = JobName(*order);
  if (const Status queued = jobs->Submit(survey.hash(), std::move(*order)); !queued) {
    return reply(ProblemOf(queued.error(), "queue-full"));
  }
  reply(JsonResponse(202, {{"job", name}}));
}

}  // namespace mpcstats

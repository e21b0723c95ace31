#include "mpcstats/service/coordinator_service.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/coordinator_impl.h"

namespace mpcstats {

using Json = nlohmann::json;

CoordinatorService::Impl::Impl(CoordinatorServiceOptions given)
    : options(std::move(given)),
      received(metrics.AddCounter("mpcstats_answers", "Uploads by outcome.", {{"outcome", "stored"}})),
      malformed(metrics.AddCounter("mpcstats_answers", "Uploads by outcome.", {{"outcome", "malformed"}})),
      limited(metrics.AddCounter("mpcstats_answers", "Uploads by outcome.", {{"outcome", "limited"}})),
      limiter(options.rate) {
  AddProcessMetrics(metrics);
}

Result<std::unique_ptr<CoordinatorService>> CoordinatorService::Create(CoordinatorServiceOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Load());
  impl->AddRoutes();
  Impl* raw = impl.get();
  CoordinatorStore& store = *impl->options.store;
  impl->options.schedule.at_point = impl->options.at_point;
  impl->schedule = std::make_unique<CoordinatorSchedule>(store, impl->book, *impl->options.identity,
                                                         *impl->options.clock, impl->options.schedule);
  for (unsigned party = 0; party < 3; ++party) {
    impl->delivery[party] = std::make_unique<CoordinatorDelivery>(
        store, impl->book, party, [raw] { raw->schedule->Wake(); }, impl->options.at_point);
  }
  impl->ingest = std::make_unique<CoordinatorIngest>(
      store, *impl->options.identity, *impl->options.clock,
      [raw] {
        for (const auto& delivery : raw->delivery) delivery->Wake();
      },
      impl->options.at_point);
  return std::unique_ptr<CoordinatorService>(new CoordinatorService(std::move(impl)));
}

CoordinatorService::CoordinatorService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CoordinatorService::~CoordinatorService() { Stop(); }

void CoordinatorService::Stop() {
  // In the order in which one wakes the next.
  if (impl_->ingest) impl_->ingest->Stop();
  for (const auto& delivery : impl_->delivery) {
    if (delivery) delivery->Stop();
  }
  if (impl_->schedule) impl_->schedule->Stop();
}

void CoordinatorService::Handle(HttpRequest request, HttpReply reply) {
  impl_->router.Handle(std::move(request), std::move(reply));
}

std::size_t CoordinatorService::BodyLimit(std::string_view method, std::string_view target) const {
  if (method != "POST") return 0;
  if (target == "/v1/surveys") return kMaxSurveyBytes;
  if (target.ends_with("/submissions")) return std::size_t{64} << 10;
  return 4096;
}

MetricsRegistry& CoordinatorService::metrics() { return impl_->metrics; }

Status CoordinatorService::Impl::Load() {
  ASSIGN_OR_RETURN(const std::vector<SignedSurvey> surveys, options.store->Surveys());
  for (const SignedSurvey& survey : surveys) book.Put(survey);
  return {};
}

std::optional<HttpResponse> CoordinatorService::Impl::Limited(const HttpRequest& request) {
  const std::lock_guard lock(limiter_mutex);
  const auto wait = limiter.Allow(RateLimitKey(request.remote_address), std::chrono::steady_clock::now());
  if (!wait) return std::nullopt;
  return Problem(429, "rate-limit", "Too many requests",
                 fmt::format("This address may send more in {} s.", wait->count()), *wait);
}

std::optional<HttpResponse> CoordinatorService::Impl::UploadLimited(const HttpRequest& request,
                                                                    const SignedSurvey& survey) {
  const std::lock_guard lock(limiter_mutex);
  auto found = upload_limiters.find(survey.hash());
  if (found == upload_limiters.end()) {
    const double per_minute = survey.survey().posts_per_minute;
    found = upload_limiters
                .emplace(survey.hash(),
                         RateLimiter({.per_second = per_minute / 60, .burst = std::max(per_minute, 1.0)}))
                .first;
  }
  const auto wait =
      found->second.Allow(RateLimitKey(request.remote_address), std::chrono::steady_clock::now());
  if (!wait) return std::nullopt;
  limited.Add();
  return Problem(429, "rate-limit", "Too many answers from this address",
                 fmt::format("The survey takes {} answers a minute from one address; the next one in {} s.",
                             survey.survey().posts_per_minute, wait->count()),
                 *wait);
}

void CoordinatorService::Impl::AddSurveyRoute(std::string method, const std::string& rest,
                                              SurveyHandler handler) {
  router.Add(
      std::move(method), "/v1/surveys/{survey}" + rest,
      [this, handler = std::move(handler)](HttpRequest request, const HttpParams& params, HttpReply reply) {
        const auto hash = ParseId(params.Get("survey"));
        const auto survey = hash ? book.Find(*hash) : std::nullopt;
        if (!survey) return reply(UnknownSurvey());
        const bool upload = request.method == "POST" && request.target.ends_with("/submissions");
        if (auto refused = upload ? UploadLimited(request, *survey) : Limited(request)) {
          return reply(std::move(*refused));
        }
        handler(std::move(request), *survey, params, std::move(reply));
      });
}

void CoordinatorService::Impl::AddRoutes() {
  router.Add("POST", "/v1/surveys",
             [this](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               if (auto refused = Limited(request)) return reply(std::move(*refused));
               PostSurvey(request, reply);
             });
  AddSurveyRoute("POST", "/submissions",
                 [this](HttpRequest request, const SignedSurvey& survey, const HttpParams&, HttpReply reply) {
                   PostSubmission(std::move(request), survey, std::move(reply));
                 });
  AddSurveyRoute("POST", "/withdrawals",
                 [this](const HttpRequest& request, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { PostWithdrawal(request, survey, reply); });
  AddSurveyRoute("POST", "/releases",
                 [this](const HttpRequest& request, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { PostRelease(request, survey, reply); });
  AddReadRoutes();
}

void CoordinatorService::Impl::PostSurvey(const HttpRequest& request, const HttpReply& reply) {
  const std::string text(request.body.begin(), request.body.end());
  const Result<SignedSurvey> survey = SignedSurvey::FromJson(text);
  if (!survey) return reply(ProblemOf(survey.error(), "invalid-survey"));
  if (survey->survey().coordinator.identity_key != options.identity->PublicKey()) {
    return reply(Problem(403, "not-ours", "The survey names another coordinator",
                         "Its coordinator has another identity key than this server."));
  }
  if (const Status fits = CheckCatalogue(survey->survey()); !fits)
    return reply(ProblemOf(fits.error(), "invalid-survey"));
  const bool known = book.Find(survey->hash()).has_value();
  const Status stored = known ? options.store->ReplaceSurvey(*survey) : options.store->AddSurvey(*survey);
  if (!stored) return reply(ProblemOf(stored.error(), "invalid-survey"));
  if (!known || survey->draft().close) book.Put(*survey);
  reply(JsonResponse(known ? 200 : 201, {{"hash", ToHex(survey->hash())}}));
}

void CoordinatorService::Impl::PostSubmission(HttpRequest request, const SignedSurvey& survey,
                                              HttpReply reply) {
  if (auto not_open = NotOpen(survey, options.clock->Now(), 0)) return reply(std::move(*not_open));
  const auto refuse = [&](Refusal refusal) {
    malformed.Add();
    reply(Problem(400, std::string(RefusalWord(refusal)), "The answer cannot be used",
                  std::string(RefusalSentence(refusal))));
  };
  const auto submission = DecodeSubmission(request.body);
  if (!submission) return refuse(Refusal::kMalformed);
  const auto checked = CheckEnvelope(survey, EncodeEnvelope(submission->envelope));
  if (!checked) return refuse(checked.error());
  // What the person sealed is what the parties must get: a box that is not named in the envelope would never be delivered.
  for (unsigned i = 0; i < 3; ++i) {
    const bool fits = submission->boxes[i].size() == BoxBytes(survey.survey()) &&
                      Sha256(submission->boxes[i]) == submission->envelope.box_hashes[i];
    if (!fits) return refuse(Refusal::kMalformed);
  }
  ingest->Submit(survey, checked->id, std::move(request.body),
                 [this, reply = std::move(reply)](const Result<Ticket>& ticket) {
                   if (!ticket) return reply(ProblemOf(ticket.error(), "not-stored"));
                   received.Add();
                   reply(HttpText(200, "application/json", TicketToJson(*ticket)));
                 });
}

void CoordinatorService::Impl::PostWithdrawal(const HttpRequest& request, const SignedSurvey& survey,
                                              const HttpReply& reply) {
  const auto withdrawal = DecodeWithdrawal(request.body);
  if (!withdrawal) {
    return reply(Problem(400, "malformed", "The withdrawal cannot be used",
                         "It is not an id of 32 bytes and a signature of 64."));
  }
  const auto status = options.store->FindSubmission(survey.hash(), withdrawal->submission);
  if (!status) return reply(ProblemOf(status.error(), "store"));
  if (!*status) return reply(UnknownSubmission());
  if ((*status)->batch != 0) {
    return reply(Problem(409, "already-counted", "The batch of the answer is closed",
                         "Closed batches never change; the answer can no longer be withdrawn."));
  }
  const auto bytes = options.store->SubmissionBytes(survey.hash(), withdrawal->submission);
  if (!bytes) return reply(ProblemOf(bytes.error(), "store"));
  const auto submission = DecodeSubmission(*bytes);
  const auto header = submission
                          ? DecodeHeader(submission->envelope.header)
                          : Result<Header>(Fail(ErrorCode::kInternal, "a stored answer does not decode"));
  if (!header) return reply(ProblemOf(header.error(), "store"));
  if (!VerifySignature(header->control_key, WithdrawalInput(withdrawal->submission, survey.hash()),
                       withdrawal->signature)) {
    return reply(Problem(403, "bad-signature", "The withdrawal is not signed by the answer's key",
                         "Only the control key in the ticket file of the answer can withdraw it."));
  }
  if (const Status stored = options.store->AddWithdrawal(survey.hash(), *withdrawal); !stored) {
    return reply(ProblemOf(stored.error(), "not-stored"));
  }
  for (const auto& party : delivery) party->Wake();
  reply(JsonResponse(
      202, {{"submission", ToHex(withdrawal->submission)}, {"state", "withdrawn at the next close"}}));
}

void CoordinatorService::Impl::PostRelease(const HttpRequest& request, const SignedSurvey& survey,
                                           const HttpReply& reply) {
  const UnixSeconds now = options.clock->Now();
  const auto latest = schedule->Latest(survey.hash());
  if (schedule->ReleasePending(survey.hash())) {
    const UnixSeconds due = latest ? latest->as_of + survey.survey().release_every_seconds : 0;
    if (now < due && latest) return reply(LatestView(request, survey, "latest"));
    schedule->Wake();
    HttpResponse response = JsonResponse(202, {{"state", "queued"}});
    response.headers.emplace_back("Retry-After", "1");
    return reply(std::move(response));
  }
  if (latest) return reply(LatestView(request, survey, "latest"));
  const auto counts = options.store->Counts(survey.hash());
  if (!counts) return reply(ProblemOf(counts.error(), "store"));
  // Enough answers are here for a first batch: it is about to close.
  if (counts->submissions - counts->counted - counts->refused >= survey.survey().batch_min) {
    schedule->Wake();
    HttpResponse response = JsonResponse(202, {{"state", "queued"}});
    response.headers.emplace_back("Retry-After", "1");
    return reply(std::move(response));
  }
  reply(Problem(409, "too-few-answers", "There is nothing to release yet",
                fmt::format("A first release needs a closed batch, and a batch closes at {} or more answers.",
                            survey.survey().batch_min),
                std::chrono::seconds(10)));
}

}  // namespace mpcstats

#include <fmt/core.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "mpcstats/crypto/merkle.h"
#include "mpcstats/service/openapi.h"
#include "mpcstats/service/party_impl.h"
#include "mpcstats/service/release_job.h"
#include "mpcstats/service/statistics_list.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

std::string_view StateWord(SubmissionState state) {
  switch (state) {
    case SubmissionState::kPending: return "pending";
    case SubmissionState::kComplained: return "complained";
    case SubmissionState::kCounted: return "counted";
    case SubmissionState::kRefused: return "refused";
  }
  return "unknown";
}

std::string_view StateWord(JobStatus::State state) {
  switch (state) {
    case JobStatus::State::kQueued: return "queued";
    case JobStatus::State::kRunning: return "running";
    case JobStatus::State::kDone: return "done";
    case JobStatus::State::kFailed: return "failed";
    case JobStatus::State::kStopped: return "stopped";
  }
  return "unknown";
}

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

bool IsComplete(const ReleaseRecord& record) {
  return record.signatures[0] && record.signatures[1] && record.signatures[2];
}

}  // namespace

void PartyService::Impl::AddSurveyRoute(std::string method, const std::string& rest, SurveyHandler handler) {
  router.Add(
      std::move(method), "/v1/surveys/{survey}" + rest,
      [this, handler = std::move(handler)](HttpRequest request, const HttpParams& params, HttpReply reply) {
        if (auto limited = Limited(request)) return reply(std::move(*limited));
        const auto hash = ParseId(params.Get("survey"));
        const auto survey = hash ? book.Find(*hash) : std::nullopt;
        if (!survey) return reply(UnknownSurvey());
        handler(std::move(request), *survey, params, std::move(reply));
      });
}

void PartyService::Impl::AddRoutes() {
  router.Add("POST", "/v1/surveys",
             [this](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               if (auto limited = Limited(request)) return reply(std::move(*limited));
               PostSurvey(request, reply);
             });
  AddSurveyRoute("POST", "/submissions",
                 [this](HttpRequest request, const SignedSurvey& survey, const HttpParams&, HttpReply reply) {
                   PostUpload(std::move(request), survey, std::move(reply));
                 });
  AddSurveyRoute("POST", "/withdrawals",
                 [this](const HttpRequest& request, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { PostWithdrawal(request, survey, reply); });
  AddSurveyRoute("POST", "/jobs",
                 [this](const HttpRequest& request, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { PostJob(request, survey, reply); });
  AddReadRoutes();
}

void PartyService::Impl::AddReadRoutes() {
  router.Add("GET", "/healthz", [](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(JsonResponse(200, {{"status", "ok"}}));
  });
  router.Add("GET", "/v1/openapi.json",
             [](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               reply(OpenApiResponse(request));
             });
  router.Add("GET", "/v1/statistics",
             [](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               reply(StatisticsResponse(request));
             });
  router.Add("GET", "/v1/info", [this](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    Json info = InfoDocument("party", options.identity->PublicKey(), options.clock->Now());
    info["index"] = options.self.value();
    reply(JsonResponse(200, info));
  });
  router.Add("GET", "/v1/surveys", [this](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(JsonResponse(200, SurveyList(book)));
  });
  router.Add("GET", "/v1/audit",
             [this](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               reply(AuditView(request));
             });
  AddSurveyRoute("GET", "",
                 [](const HttpRequest& request, const SignedSurvey& survey, const HttpParams&,
                    const HttpReply& reply) { reply(SurveyDocument(request, survey)); });
  AddSurveyRoute("GET", "/batches",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { reply(BatchesView(survey)); });
  AddSurveyRoute("GET", "/batches/{batch}/answers",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams& params,
                        const HttpReply& reply) {
                   const auto batch = ParseNumber(params.Get("batch"));
                   reply(batch ? AnswersView(survey, *batch)
                               : ProblemOf(Error(ErrorCode::kNotFound, "no such batch"), "no-batch"));
                 });
  AddSurveyRoute("GET", "/releases",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { reply(ReleasesView(survey)); });
  AddSurveyRoute(
      "GET", "/releases/{release}",
      [this](const HttpRequest& request, const SignedSurvey& survey, const HttpParams& params,
             const HttpReply& reply) { reply(ReleaseView(request, survey, params.Get("release"))); });
  AddSurveyRoute("GET", "/submissions/{id}",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams& params,
                        const HttpReply& reply) {
                   const auto id = ParseId(params.Get("id"));
                   reply(id ? SubmissionView(survey, *id) : UnknownSubmission());
                 });
  AddSurveyRoute("GET", "/submissions/{id}/inclusion",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams& params,
                        const HttpReply& reply) {
                   const auto id = ParseId(params.Get("id"));
                   reply(id ? InclusionView(survey, *id) : UnknownSubmission());
                 });
  AddSurveyRoute("GET", "/jobs/{job}",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams& params,
                        const HttpReply& reply) { reply(JobView(survey, params.Get("job"))); });
}

HttpResponse PartyService::Impl::SubmissionView(const SignedSurvey& survey, const Bytes32& id) {
  const auto found = options.store->FindSubmission(survey.hash(), id);
  if (!found) return ProblemOf(found.error(), "store");
  if (!*found) return UnknownSubmission();
  const StoredSubmission& submission = **found;
  Json json = {{"submission", ToHex(id)},
               {"state", StateWord(submission.state)},
               {"refusal", nullptr},
               {"sentence", nullptr},
               {"batch", submission.batch == 0 ? Json(nullptr) : Json(submission.batch)}};
  if (submission.refusal != Refusal::kNone) {
    json["refusal"] = RefusalWord(submission.refusal);
    json["sentence"] = RefusalSentence(submission.refusal);
  }
  return JsonResponse(200, json);
}

HttpResponse PartyService::Impl::InclusionView(const SignedSurvey& survey, const Bytes32& id) {
  const auto found = options.store->FindSubmission(survey.hash(), id);
  if (!found) return ProblemOf(found.error(), "store");
  if (!*found) return UnknownSubmission();
  if ((*found)->state != SubmissionState::kCounted) {
    return Problem(404, "not-counted", "The answer is in no closed batch",
                   "A path exists once the batch of the answer is closed and the answer was not refused.");
  }
  const std::uint32_t batch = (*found)->batch;
  const auto ids = options.store->AcceptedIds(survey.hash(), batch);
  const auto closed = options.store->ClosedBatches(survey.hash());
  if (!ids || !closed || closed->size() < batch) return ProblemOf(Error(ErrorCode::kInternal, ""), "store");
  const MerkleTree tree("mpcstats/v1/answer", *ids);
  const Inclusion inclusion{.batch = batch,
                            .index = (*found)->index,
                            .count = static_cast<std::uint32_t>(ids->size()),
                            .path = tree.Path((*found)->index)};
  Json json = Json::parse(InclusionToJson(inclusion));
  json["certificate"] = Json::parse(BatchToJson((*closed)[batch - 1]));
  return JsonResponse(200, json);
}

HttpResponse PartyService::Impl::BatchesView(const SignedSurvey& survey) {
  const auto closed = options.store->ClosedBatches(survey.hash());
  if (!closed) return ProblemOf(closed.error(), "store");
  Json list = Json::array();
  for (const SignedBatch& batch : *closed) list.push_back(Json::parse(BatchToJson(batch)));
  return JsonResponse(200, {{"batches", list}});
}

HttpResponse PartyService::Impl::AnswersView(const SignedSurvey& survey, std::uint32_t batch) {
  const auto ids = options.store->AcceptedIds(survey.hash(), batch);
  if (!ids) return ProblemOf(ids.error(), "no-batch");
  const auto refused = options.store->RefusedIds(survey.hash(), batch);
  if (!refused) return ProblemOf(refused.error(), "no-batch");
  Json accepted_json = Json::array();
  for (const Bytes32& id : *ids) accepted_json.push_back(ToHex(id));
  Json refused_json = Json::array();
  for (const auto& [id, refusal] : *refused) {
    refused_json.push_back({{"submission", ToHex(id)}, {"refusal", RefusalWord(refusal)}});
  }
  return JsonResponse(200, {{"accepted", accepted_json}, {"refused", refused_json}});
}

HttpResponse PartyService::Impl::ReleasesView(const SignedSurvey& survey) {
  const auto records = options.store->Releases(survey.hash());
  if (!records) return ProblemOf(records.error(), "store");
  Json list = Json::array();
  Json next_due = nullptr;
  for (const ReleaseRecord& record : *records) {
    if (!IsComplete(record)) continue;
    const auto receipt = ReceiptOf(record);
    if (!receipt) return ProblemOf(receipt.error(), "store");
    list.push_back({{"sequence", record.sequence}, {"as_of", FormatTime(receipt->body.as_of)}});
    next_due = receipt->body.next_due == 0 ? Json(nullptr) : Json(FormatTime(receipt->body.next_due));
  }
  return JsonResponse(200, {{"releases", list}, {"next_due", next_due}});
}

HttpResponse PartyService::Impl::ReleaseView(const HttpRequest& request, const SignedSurvey& survey,
                                             const std::string& which) {
  const auto records = options.store->Releases(survey.hash());
  if (!records) return ProblemOf(records.error(), "store");
  const bool latest = which == "latest";
  const auto number = ParseNumber(which);
  const ReleaseRecord* found = nullptr;
  for (const ReleaseRecord& record : *records) {
    if (IsComplete(record) && (latest || record.sequence == number)) found = &record;
  }
  if (found == nullptr) {
    return Problem(404, "no-release", "There is no such release yet",
                   "A release is made when a batch of answers has closed and its time has come.",
                   std::chrono::seconds(10));
  }
  const auto receipt = ReceiptOf(*found);
  if (!receipt) return ProblemOf(receipt.error(), "store");
  return ResultResponse(request, survey, ResultJson(*receipt, survey), found->sequence, receipt->body.as_of,
                        latest);
}

HttpResponse PartyService::Impl::JobView(const SignedSurvey& survey, const std::string& name) {
  const auto status = jobs->Find(survey.hash(), name);
  if (!status)
    return ProblemOf(Error(ErrorCode::kNotFound, "there is no job of that name since this server started"),
                     "no-job");
  return JsonResponse(
      200, {{"job", name},
            {"state", StateWord(status->state)},
            {"outcome", OrNull(status->outcome)},
            {"error", OrNull(status->error)},
            {"error_code", status->error.empty() ? Json(nullptr) : Json(ErrorCodeName(status->code))},
            {"failures", status->failures}});
}

HttpResponse PartyService::Impl::AuditView(const HttpRequest& request) {
  constexpr std::int64_t kPage = 500;
  std::int64_t from = 1;
  if (request.query.starts_with("from=")) {
    const auto number = ParseNumber(std::string_view(request.query).substr(5));
    if (!number)
      return Problem(400, "malformed", "The query cannot be used",
                     "Write ?from=N with the number of an entry.");
    from = *number;
  }
  const auto entries = options.store->AuditLog(from, kPage);
  if (!entries) return ProblemOf(entries.error(), "store");
  Json list = Json::array();
  for (const AuditEntry& entry : *entries) {
    list.push_back({{"number", entry.number},
                    {"time", FormatTime(entry.time)},
                    {"event", entry.event},
                    {"detail", entry.detail},
                    {"hash", ToHex(entry.hash)}});
  }
  return JsonResponse(200, {{"entries", list}});
}

}  // namespace mpcstats

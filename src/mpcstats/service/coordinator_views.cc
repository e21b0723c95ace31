#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "mpcstats/crypto/merkle.h"
#include "mpcstats/service/coordinator_impl.h"
#include "mpcstats/service/openapi.h"
#include "mpcstats/service/statistics_list.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

Json TimeOrNull(UnixSeconds time) { return time == 0 ? Json(nullptr) : Json(FormatTime(time)); }

// "stored" until a party has it, "pending" when all three found it well-formed.
std::string_view StateWord(const SubmissionStatus& status) {
  if (status.batch != 0) return status.final == Refusal::kNone ? "counted" : "refused";
  unsigned fine = 0;
  for (const auto& verdict : status.verdicts) {
    if (verdict && verdict->refusal == Refusal::kNone) ++fine;
    if (verdict && verdict->refusal == Refusal::kBoxDoesNotOpen) return "complained";
    if (verdict && verdict->refusal != Refusal::kNone) return "refused";
  }
  return fine == 3 ? "pending" : "stored";
}

}  // namespace

void CoordinatorService::Impl::AddReadRoutes() {
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
    reply(
        JsonResponse(200, InfoDocument("coordinator", options.identity->PublicKey(), options.clock->Now())));
  });
  router.Add("GET", "/v1/surveys", [this](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(JsonResponse(200, SurveyList(book)));
  });
  AddSurveyRoute("GET", "",
                 [](const HttpRequest& request, const SignedSurvey& survey, const HttpParams&,
                    const HttpReply& reply) { reply(SurveyDocument(request, survey)); });
  AddSurveyRoute("GET", "/status",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { reply(StatusView(survey)); });
  AddSurveyRoute("GET", "/batches",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { reply(BatchesView(survey)); });
  AddSurveyRoute("GET", "/releases",
                 [this](const HttpRequest&, const SignedSurvey& survey, const HttpParams&,
                        const HttpReply& reply) { reply(ReleasesView(survey)); });
  AddSurveyRoute(
      "GET", "/releases/{release}",
      [this](const HttpRequest& request, const SignedSurvey& survey, const HttpParams& params,
             const HttpReply& reply) { reply(LatestView(request, survey, params.Get("release"))); });
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
}

HttpResponse CoordinatorService::Impl::SubmissionView(const SignedSurvey& survey, const Bytes32& id) {
  const auto found = options.store->FindSubmission(survey.hash(), id);
  if (!found) return ProblemOf(found.error(), "store");
  if (!*found) return UnknownSubmission();
  const SubmissionStatus& status = **found;
  Json verdicts = Json::array();
  Refusal refusal = status.final;
  for (const auto& verdict : status.verdicts) {
    verdicts.push_back(verdict ? Json(RefusalWord(verdict->refusal)) : Json(nullptr));
    if (status.batch == 0 && verdict && verdict->refusal != Refusal::kNone) refusal = verdict->refusal;
  }
  return JsonResponse(
      200, {{"submission", ToHex(id)},
            {"state", StateWord(status)},
            {"refusal", refusal == Refusal::kNone ? Json(nullptr) : Json(RefusalWord(refusal))},
            {"sentence", refusal == Refusal::kNone ? Json(nullptr) : Json(RefusalSentence(refusal))},
            {"batch", status.batch == 0 ? Json(nullptr) : Json(status.batch)},
            {"withdrawal", status.withdrawal_known},
            {"verdicts", verdicts}});
}

HttpResponse CoordinatorService::Impl::InclusionView(const SignedSurvey& survey, const Bytes32& id) {
  const auto found = options.store->FindSubmission(survey.hash(), id);
  if (!found) return ProblemOf(found.error(), "store");
  if (!*found) return UnknownSubmission();
  const SubmissionStatus& status = **found;
  if (status.batch == 0 || status.final != Refusal::kNone) {
    return Problem(404, "not-counted", "The answer is in no closed batch",
                   "A path exists once the batch of the answer is closed and the answer was not refused.");
  }
  const auto ids = options.store->AcceptedIds(survey.hash(), status.batch);
  const auto closed = options.store->ClosedBatches(survey.hash());
  if (!ids || !closed || closed->size() < status.batch)
    return ProblemOf(Error(ErrorCode::kInternal, ""), "store");
  const MerkleTree tree("mpcstats/v1/answer", *ids);
  const Inclusion inclusion{.batch = status.batch,
                            .index = status.index,
                            .count = static_cast<std::uint32_t>(ids->size()),
                            .path = tree.Path(status.index)};
  Json json = Json::parse(InclusionToJson(inclusion));
  json["certificate"] = Json::parse(BatchToJson((*closed)[status.batch - 1]));
  return JsonResponse(200, json);
}

HttpResponse CoordinatorService::Impl::BatchesView(const SignedSurvey& survey) {
  const auto closed = options.store->ClosedBatches(survey.hash());
  if (!closed) return ProblemOf(closed.error(), "store");
  Json list = Json::array();
  for (const SignedBatch& batch : *closed) list.push_back(Json::parse(BatchToJson(batch)));
  return JsonResponse(200, {{"batches", list}});
}

HttpResponse CoordinatorService::Impl::StatusView(const SignedSurvey& survey) {
  const auto counts = options.store->Counts(survey.hash());
  if (!counts) return ProblemOf(counts.error(), "store");
  const auto closed = options.store->ClosedBatches(survey.hash());
  if (!closed) return ProblemOf(closed.error(), "store");
  const auto latest = schedule->Latest(survey.hash());
  const std::string trouble = schedule->Trouble(survey.hash());
  Json reachable = Json::array();
  for (const auto& party : delivery) reachable.push_back(party->reachable());
  return JsonResponse(200, {{"received", counts->submissions},
                            {"well_formed", counts->waiting.candidates},
                            {"counted", counts->counted},
                            {"refused", counts->refused},
                            {"batches", closed->size()},
                            {"releases", latest ? latest->sequence : 0},
                            {"as_of", latest ? TimeOrNull(latest->as_of) : Json(nullptr)},
                            {"next_due", latest ? TimeOrNull(latest->next_due) : Json(nullptr)},
                            {"parties_reachable", reachable},
                            {"trouble", trouble.empty() ? Json(nullptr) : Json(trouble)}});
}

HttpResponse CoordinatorService::Impl::ReleasesView(const SignedSurvey& survey) {
  const auto latest = schedule->Latest(survey.hash());
  Json list = Json::array();
  if (latest) list.push_back({{"sequence", latest->sequence}, {"as_of", FormatTime(latest->as_of)}});
  return JsonResponse(
      200, {{"releases", list}, {"next_due", latest ? TimeOrNull(latest->next_due) : Json(nullptr)}});
}

HttpResponse CoordinatorService::Impl::LatestView(const HttpRequest& request, const SignedSurvey& survey,
                                                  const std::string& which) {
  const auto latest = schedule->Latest(survey.hash());
  if (!latest || (which != "latest" && which != std::to_string(latest->sequence))) {
    return Problem(404, "no-release", "There is no such release here",
                   "The coordinator has the latest release; the parties and the publisher have all of them.",
                   std::chrono::seconds(10));
  }
  return ResultResponse(request, survey, latest->result_json, latest->sequence, latest->as_of,
                        which == "latest");
}

}  // namespace mpcstats

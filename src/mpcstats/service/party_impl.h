// The inside of PartyService, for its two source files: what it holds, and its handlers.
#pragma once

#include <mutex>

#include "mpcstats/service/http_api.h"
#include "mpcstats/service/party_service.h"

namespace mpcstats {

struct PartyService::Impl {
  explicit Impl(PartyServiceOptions given);

  // party_service.cc: what changes something
  void PostSurvey(const HttpRequest& request, const HttpReply& reply);
  void PostUpload(HttpRequest request, const SignedSurvey& survey, HttpReply reply);
  void PostWithdrawal(const HttpRequest& request, const SignedSurvey& survey, const HttpReply& reply);
  void PostJob(const HttpRequest& request, const SignedSurvey& survey, const HttpReply& reply);
  Status Load();
  void TakeNotaryLists();
  void Audit(const std::string& event, const std::string& detail);
  /// The request's client may go on, or the 429 it gets.
  [[nodiscard]] std::optional<HttpResponse> Limited(const HttpRequest& request);

  // party_views.cc: what only tells
  void AddRoutes();
  void AddReadRoutes();
  [[nodiscard]] HttpResponse SubmissionView(const SignedSurvey& survey, const Bytes32& id);
  [[nodiscard]] HttpResponse InclusionView(const SignedSurvey& survey, const Bytes32& id);
  [[nodiscard]] HttpResponse BatchesView(const SignedSurvey& survey);
  [[nodiscard]] HttpResponse AnswersView(const SignedSurvey& survey, std::uint32_t batch);
  [[nodiscard]] HttpResponse ReleasesView(const SignedSurvey& survey);
  [[nodiscard]] HttpResponse ReleaseView(const HttpRequest& request, const SignedSurvey& survey,
                                         const std::string& which);
  [[nodiscard]] HttpResponse JobView(const SignedSurvey& survey, const std::string& name);
  [[nodiscard]] HttpResponse AuditView(const HttpRequest& request);

  /// Adds a route below /v1/surveys/{survey} whose handler gets the survey.
  using SurveyHandler = std::function<void(HttpRequest, const SignedSurvey&, const HttpParams&, HttpReply)>;
  void AddSurveyRoute(std::string method, const std::string& rest, SurveyHandler handler);

  PartyServiceOptions options;
  SystemRng rng;
  std::unique_ptr<ThreadPool> pool;
  PartyContext party;
  SurveyBook book;
  HttpRouter router;
  MetricsRegistry metrics;
  Counter& answers_accepted;
  Counter& answers_refused;
  Counter& jobs_done;
  Counter& jobs_failed;
  std::mutex limiter_mutex;
  RateLimiter limiter;
  std::unique_ptr<PartyIngest> ingest;
  std::unique_ptr<PartyJobs> jobs;
};

}  // namespace mpcstats

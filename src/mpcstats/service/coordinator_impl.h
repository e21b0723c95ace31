// The inside of CoordinatorService, for its two source files.
#pragma once

#include <array>
#include <map>
#include <mutex>

#include "mpcstats/service/coordinator_service.h"
#include "mpcstats/service/http_api.h"

namespace mpcstats {

struct CoordinatorService::Impl {
  explicit Impl(CoordinatorServiceOptions given);

  // coordinator_service.cc: what changes something
  Status Load();
  void AddRoutes();
  void PostSurvey(const HttpRequest& request, const HttpReply& reply);
  void PostSubmission(HttpRequest request, const SignedSurvey& survey, HttpReply reply);
  void PostWithdrawal(const HttpRequest& request, const SignedSurvey& survey, const HttpReply& reply);
  void PostRelease(const HttpRequest& request, const SignedSurvey& survey, const HttpReply& reply);
  [[nodiscard]] std::optional<HttpResponse> Limited(const HttpRequest& request);
  /// The survey's own limit on uploads from one address.
  [[nodiscard]] std::optional<HttpResponse> UploadLimited(const HttpRequest& request,
                                                          const SignedSurvey& survey);

  // coordinator_views.cc: what only tells
  void AddReadRoutes();
  [[nodiscard]] HttpResponse SubmissionView(const SignedSurvey& survey, const Bytes32& id);
  [[nodiscard]] HttpResponse InclusionView(const SignedSurvey& survey, const Bytes32& id);
  [[nodiscard]] HttpResponse BatchesView(const SignedSurvey& survey);
  [[nodiscard]] HttpResponse StatusView(const SignedSurvey& survey);
  [[nodiscard]] HttpResponse ReleasesView(const SignedSurvey& survey);
  [[nodiscard]] HttpResponse LatestView(const HttpRequest& request, const SignedSurvey& survey,
                                        const std::string& which);

  using SurveyHandler = std::function<void(HttpRequest, const SignedSurvey&, const HttpParams&, HttpReply)>;
  void AddSurveyRoute(std::string method, const std::string& rest, SurveyHandler handler);

  CoordinatorServiceOptions options;
  SurveyBook book;
  HttpRouter router;
  MetricsRegistry metrics;
  Counter& received;
  Counter& malformed;
  Counter& limited;
  std::mutex limiter_mutex;
  RateLimiter limiter;
  std::map<Bytes32, RateLimiter> upload_limiters;
  std::unique_ptr<CoordinatorSchedule> schedule;
  std::array<std::unique_ptr<CoordinatorDelivery>, 3> delivery;
  std::unique_ptr<CoordinatorIngest> ingest;
};

}  // namespace mpcstats

#include "mpcstats/service/publish_service.h"

#include <fmt/core.h>

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "mpcstats/base/log.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/net/http_client.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/openapi.h"
#include "mpcstats/service/page.h"
#include "mpcstats/service/statistics_list.h"
#include "mpcstats/service/survey_book.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kHtml = "text/html; charset=utf-8";

Result<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, "the survey file " + path + " cannot be read");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.size() > kMaxSurveyBytes)
    return Fail(ErrorCode::kInvalidArgument, path + " is too large for a signed survey");
  return text;
}

// Whom to ask, in this order.
std::vector<Operator> SourcesOf(const Survey& survey, const std::vector<std::string>& wanted) {
  std::vector<Operator> all = {survey.coordinator};
  for (const PartyOperator& party : survey.parties) all.push_back(party);
  if (wanted.empty()) return all;
  std::vector<Operator> chosen;
  for (const std::string& url : wanted) {
    for (const Operator& one : all) {
      if (one.url == url) chosen.push_back(one);
    }
  }
  return chosen;
}

}  // namespace

struct PublishService::Impl {
  explicit Impl(PublishServiceOptions given) : options(std::move(given)), limiter(options.rate) {
    AddProcessMetrics(metrics);
  }

  Status Load();
  void AddRoutes();
  void AddSurveyRoutes();
  void Poll();
  void Fetch(const SignedSurvey& survey);
  Status FetchFrom(const SignedSurvey& survey, const Operator& source);
  void Render(const SignedSurvey& survey);
  void PostSurvey(const HttpRequest& request, const HttpReply& reply);
  HttpResponse PageResponse(const HttpRequest& request, const std::string& key);
  HttpResponse ReleaseResponse(const HttpRequest& request, const SignedSurvey& survey,
                               const std::string& which);
  HttpResponse ReleaseList(const SignedSurvey& survey);
  std::optional<SignedSurvey> BySlug(const std::string& slug) const;
  std::optional<SignedSurvey> ByHash(const std::string& hex) const;

  // Connections stay open between polls, and what is known already is not sent again.
  struct Source {
    std::unique_ptr<HttpClient> client;
    std::map<Bytes32, std::string> tags;  ///< of the newest result by survey
  };
  struct Page {
    std::shared_ptr<const Bytes> html;
    std::string tag;
  };

  PublishServiceOptions options;
  SurveyBook book;
  HttpRouter router;
  MetricsRegistry metrics;
  RateLimiter limiter;
  std::mutex mutex;
  std::map<std::string, Page> pages;  ///< by survey id; "" is the index
  std::condition_variable wake;
  bool stopping = false;
  std::map<std::string, Source> sources;  ///< by URL and key; the poller's alone
  std::thread poller;
};

Result<std::unique_ptr<PublishService>> PublishService::Create(PublishServiceOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Load());
  impl->AddRoutes();
  impl->AddSurveyRoutes();
  impl->poller = std::thread([raw = impl.get()] { raw->Poll(); });
  return std::unique_ptr<PublishService>(new PublishService(std::move(impl)));
}

PublishService::PublishService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublishService::~PublishService() { Stop(); }

void PublishService::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->poller.joinable()) impl_->poller.join();
}

MetricsRegistry& PublishService::metrics() { return impl_->metrics; }

void PublishService::Handle(HttpRequest request, HttpReply reply) {
  impl_->router.Handle(std::move(request), std::move(reply));
}

std::size_t PublishService::BodyLimit(std::string_view method, std::string_view target) const {
  return method == "POST" && target == "/v1/surveys" ? kMaxSurveyBytes : 0;
}

Status PublishService::Impl::Load() {
  for (const std::string& path : options.surveys) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    auto survey = SignedSurvey::FromJson(text);
    if (!survey) return std::unexpected(survey.error().At(path));
    RETURN_IF_ERROR(options.store->AddSurvey(*survey));
  }
  ASSIGN_OR_RETURN(const std::vector<SignedSurvey> surveys, options.store->Surveys());
  for (const SignedSurvey& survey : surveys) {
    book.Put(survey);
    Render(survey);
  }
  return {};
}

void PublishService::Impl::Poll() {
  for (;;) {
    for (const SignedSurvey& survey : book.All()) Fetch(survey);
    std::unique_lock lock(mutex);
    if (wake.wait_for(lock, options.poll, [this] { return stopping; })) return;
  }
}

void PublishService::Impl::Fetch(const SignedSurvey& survey) {
  for (const Operator& source : SourcesOf(survey.survey(), options.sources)) {
    const Status fetched = FetchFrom(survey, source);
    if (fetched) return;
    if (fetched.error().code() == ErrorCode::kProtocolViolation) {
      Log(LogLevel::kWarning, "source-refused", {{"url", source.url}, {"error", fetched.error().message()}});
    }
  }
}

Status PublishService::Impl::FetchFrom(const SignedSurvey& survey, const Operator& source) {
  Source& kept = sources[source.url + " " + ToHex(source.identity_key)];
  if (!kept.client) {
    HttpClientOptions http;
    ASSIGN_OR_RETURN(http.base, Url::Parse(source.url));
    if (http.base.tls) http.pins = {FingerprintOfKey(source.identity_key)};
    http.request_timeout = std::chrono::seconds(10);
    ASSIGN_OR_RETURN(kept.client, HttpClient::Create(std::move(http)));
  }
  HttpHeaders headers;
  if (const auto tag = kept.tags.find(survey.hash()); tag != kept.tags.end())
    headers.emplace_back("If-None-Match", tag->second);
  ASSIGN_OR_RETURN(
      const HttpResponse response,
      kept.client->Request("GET", "/v1/surveys/" + ToHex(survey.hash()) + "/releases/latest", headers));
  if (response.status == 304 && !headers.empty()) return {};
  if (response.status != 200) return Fail(ErrorCode::kNotFound, "no release there yet");
  const ByteSpan content = response.Content();
  const std::string text(content.begin(), content.end());
  ASSIGN_OR_RETURN(const ParsedResult parsed, ParseResult(text));
  // Nothing is shown that this service did not verify itself.
  const VerifyReport report = VerifyResult(parsed, {.survey_hash = survey.hash()});
  if (!report.ok) {
    return Fail(
        ErrorCode::kProtocolViolation,
        "a result that does not verify: " + (report.faults.empty() ? std::string() : report.faults.front()));
  }
  // The points are those of a result's first coming: one asked for again after a start is known, and changes nothing.
  const auto known = options.store->Find(survey.hash(), parsed.receipt.body.sequence);
  if (known && !*known) Reached(options.at_point, "publisher.verified");
  ASSIGN_OR_RETURN(const Adoption adoption,
                   options.store->AdoptOnce(survey.hash(), {.sequence = parsed.receipt.body.sequence,
                                                            .receipt_hash = ReceiptHash(parsed.receipt.body),
                                                            .json = text,
                                                            .adopted_at = options.clock->Now()}));
  if (adoption == Adoption::kNew) Reached(options.at_point, "publisher.adopted");
  // An ETag that no header can carry back is none.
  const std::string_view tag = response.Header("etag");
  if (!tag.empty() && tag.size() <= 128) kept.tags[survey.hash()] = std::string(tag);
  if (adoption == Adoption::kConflict) {
    Log(LogLevel::kError, "two-results-of-one-number",
        {{"survey", ToHex(survey.hash())}, {"sequence", parsed.receipt.body.sequence}, {"url", source.url}});
  }
  if (adoption == Adoption::kNew) {
    Log(LogLevel::kInfo, "published",
        {{"survey", ToHex(survey.hash())}, {"sequence", parsed.receipt.body.sequence}});
    Render(survey);
  }
  return {};
}

void PublishService::Impl::Render(const SignedSurvey& survey) {
  PageInput input{.survey = survey, .latest = std::nullopt, .earlier = {}, .base_url = options.base_url};
  if (const auto latest = options.store->Latest(survey.hash()); latest && *latest) {
    if (auto parsed = ParseResult((*latest)->json); parsed) input.latest = std::move(parsed->receipt);
  }
  if (const auto sequences = options.store->Sequences(survey.hash()); sequences) {
    for (const std::uint32_t sequence : *sequences) {
      const auto found = options.store->Find(survey.hash(), sequence);
      const auto parsed = found && *found ? ParseResult((*found)->json) : Fail(ErrorCode::kNotFound, "");
      if (parsed) input.earlier.push_back({.sequence = sequence, .as_of = parsed->receipt.body.as_of});
    }
  }
  const auto keep = [&](const std::string& key, const std::string& html) {
    const ByteSpan bytes = AsBytes(html);
    Page page{.html = std::make_shared<const Bytes>(bytes.begin(), bytes.end()),
              .tag = "\"" + ToHex(ByteSpan(Sha256(bytes)).first(12)) + "\""};
    const std::lock_guard lock(mutex);
    pages[key] = std::move(page);
  };
  keep(survey.survey().id, RenderPage(input));
  const std::vector<SignedSurvey> all = book.All();
  keep("", all.size() == 1 ? RenderPage(input) : RenderIndex(all));
}

HttpResponse PublishService::Impl::PageResponse(const HttpRequest& request, const std::string& key) {
  HttpResponse response;
  {
    const std::lock_guard lock(mutex);
    const auto found = pages.find(key);
    if (found == pages.end()) {
      response = HttpText(404, kHtml, RenderNotFound());
    } else if (request.Header("if-none-match") == found->second.tag) {
      response.status = 304;
      response.headers.emplace_back("ETag", found->second.tag);
    } else {
      response.headers.emplace_back("Content-Type", std::string(kHtml));
      response.headers.emplace_back("ETag", found->second.tag);
      response.shared_body = found->second.html;
    }
  }
  response.headers.emplace_back("Cache-Control", "public, max-age=5");
  response.headers.emplace_back("Content-Security-Policy", PageSecurityPolicy());
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

std::optional<SignedSurvey> PublishService::Impl::BySlug(const std::string& slug) const {
  std::optional<SignedSurvey> found;
  for (const SignedSurvey& survey : book.All()) {
    if (survey.survey().id == slug) found = survey;
  }
  return found;
}

std::optional<SignedSurvey> PublishService::Impl::ByHash(const std::string& hex) const {
  const auto hash = ParseId(hex);
  return hash ? book.Find(*hash) : std::nullopt;
}

HttpResponse PublishService::Impl::ReleaseResponse(const HttpRequest& request, const SignedSurvey& survey,
                                                   const std::string& which) {
  const bool latest = which == "latest";
  std::uint32_t number = 0;
  if (!latest) number = static_cast<std::uint32_t>(std::strtoul(which.c_str(), nullptr, 10));
  const auto found =
      latest ? options.store->Latest(survey.hash()) : options.store->Find(survey.hash(), number);
  if (!found) return ProblemOf(found.error(), "store");
  if (!*found) {
    return Problem(404, "no-release", "There is no such release yet",
                   "A release is made when a batch of answers has closed and its time has come.",
                   std::chrono::seconds(10));
  }
  const auto parsed = ParseResult((*found)->json);
  if (!parsed) return ProblemOf(parsed.error(), "store");
  return ResultResponse(request, survey, (*found)->json, (*found)->sequence, parsed->receipt.body.as_of,
                        latest);
}

HttpResponse PublishService::Impl::ReleaseList(const SignedSurvey& survey) {
  const auto sequences = options.store->Sequences(survey.hash());
  if (!sequences) return ProblemOf(sequences.error(), "store");
  Json list = Json::array();
  Json next_due = nullptr;
  for (const std::uint32_t sequence : *sequences) {
    const auto found = options.store->Find(survey.hash(), sequence);
    const auto parsed = found && *found ? ParseResult((*found)->json) : Fail(ErrorCode::kInternal, "");
    if (!parsed) return ProblemOf(parsed.error(), "store");
    list.push_back({{"sequence", sequence}, {"as_of", FormatTime(parsed->receipt.body.as_of)}});
    const UnixSeconds due = parsed->receipt.body.next_due;
    next_due = due == 0 ? Json(nullptr) : Json(FormatTime(due));
  }
  return JsonResponse(200, {{"releases", list}, {"next_due", next_due}});
}

void PublishService::Impl::PostSurvey(const HttpRequest& request, const HttpReply& reply) {
  const std::string text(request.body.begin(), request.body.end());
  const Result<SignedSurvey> survey = SignedSurvey::FromJson(text);
  if (!survey) return reply(ProblemOf(survey.error(), "invalid-survey"));
  const auto& publisher = survey->survey().publisher;
  if (!publisher || publisher->identity_key != options.identity->PublicKey()) {
    return reply(Problem(403, "not-ours", "The survey names another publisher",
                         "Its publisher has another identity key than this server."));
  }
  const bool known = book.Find(survey->hash()).has_value();
  const Status stored = known ? options.store->ReplaceSurvey(*survey) : options.store->AddSurvey(*survey);
  if (!stored) return reply(ProblemOf(stored.error(), "invalid-survey"));
  book.Put(*survey);
  Render(*survey);
  reply(JsonResponse(known ? 200 : 201, {{"hash", ToHex(survey->hash())}}));
}

void PublishService::Impl::AddRoutes() {
  router.Add("GET", "/", [this](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
    reply(PageResponse(request, ""));
  });
  router.Add("GET", "/surveys/{id}",
             [this](const HttpRequest& request, const HttpParams& params, const HttpReply& reply) {
               reply(PageResponse(request, params.Get("id")));
             });
  router.Add("GET", "/surveys/{id}/result.json",
             [this](const HttpRequest& request, const HttpParams& params, const HttpReply& reply) {
               const auto survey = BySlug(params.Get("id"));
               reply(survey ? ReleaseResponse(request, *survey, "latest") : UnknownSurvey());
             });
  router.Add("GET", "/surveys/{id}/survey.json",
             [this](const HttpRequest& request, const HttpParams& params, const HttpReply& reply) {
               const auto survey = BySlug(params.Get("id"));
               reply(survey ? SurveyDocument(request, *survey) : UnknownSurvey());
             });
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
    reply(JsonResponse(200, InfoDocument("publisher", options.identity->PublicKey(), options.clock->Now())));
  });
}

void PublishService::Impl::AddSurveyRoutes() {
  router.Add(
      "POST", "/v1/surveys", [this](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
        {
          const std::lock_guard lock(mutex);
          if (const auto wait =
                  limiter.Allow(RateLimitKey(request.remote_address), std::chrono::steady_clock::now())) {
            return reply(Problem(429, "rate-limit", "Too many requests", "Come back later.", *wait));
          }
        }
        PostSurvey(request, reply);
      });
  router.Add("GET", "/v1/surveys", [this](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(JsonResponse(200, SurveyList(book)));
  });
  router.Add("GET", "/v1/surveys/{survey}",
             [this](const HttpRequest& request, const HttpParams& params, const HttpReply& reply) {
               const auto survey = ByHash(params.Get("survey"));
               reply(survey ? SurveyDocument(request, *survey) : UnknownSurvey());
             });
  router.Add("GET", "/v1/surveys/{survey}/releases",
             [this](const HttpRequest&, const HttpParams& params, const HttpReply& reply) {
               const auto survey = ByHash(params.Get("survey"));
               reply(survey ? ReleaseList(*survey) : UnknownSurvey());
             });
  router.Add("GET", "/v1/surveys/{survey}/releases/{release}",
             [this](const HttpRequest& request, const HttpParams& params, const HttpReply& reply) {
               const auto survey = ByHash(params.Get("survey"));
               reply(survey ? ReleaseResponse(request, *survey, params.Get("release")) : UnknownSurvey());
             });
}

}  // namespace mpcstats

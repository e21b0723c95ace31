#include "mpcstats/service/notary_service.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>

#include "mpcstats/base/log.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/notary_sessions.h"
#include "mpcstats/service/openapi.h"
#include "mpcstats/zktls/session/notary_session.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLogPage = 1000;

std::uint64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
}

Json EntryJson(const NotaryLogEntry& entry) {
  return {{"number", entry.number},
          {"time", FormatTime(entry.time)},
          {"attestation_hash", ToHex(entry.attestation_hash)},
          {"head", ToHex(entry.head)}};
}

Json KeysJson(const NotaryKeyList& list) {
  Json keys = Json::array();
  for (const NotaryKey& key : list.keys) {
    keys.push_back({{"id", ToHex(NotaryKeyId(key.public_key))},
                    {"public_key", "ed25519:" + ToHex(key.public_key)},
                    {"from", FormatTime(key.from)},
                    {"to", FormatTime(key.to)},
                    {"revoked_at", key.revoked_at == 0 ? Json(nullptr) : Json(FormatTime(key.revoked_at))}});
  }
  return {{"identity", "ed25519:" + ToHex(list.identity)},
          {"sequence", list.sequence},
          {"issued_at", FormatTime(list.issued_at)},
          {"keys", keys},
          {"signed", ToHex(EncodeNotaryKeys(list))}};
}

}  // namespace

struct NotaryService::Impl {
  explicit Impl(NotaryServiceOptions given) : options(std::move(given)), limiter(options.rate) {
    AddProcessMetrics(metrics);
  }

  void AddRoutes();
  void Run(UniqueFd prover);
  Status RunSession(UniqueFd prover, NotarySessionReport* report);
  Status Allow(const std::string& host, std::uint16_t port) const;
  HttpResponse LogResponse(const HttpRequest& request);
  HttpResponse EntryResponse(const std::string& hex);

  NotaryServiceOptions options;
  HttpRouter router;
  MetricsRegistry metrics;
  RateLimiter limiter;
  std::mutex mutex;
  SystemRng rng;
  std::unique_ptr<NotarySessions> sessions;
  Counter& attested =
      metrics.AddCounter("mpcstats_notary_sessions", "Sessions by outcome.", {{"outcome", "attested"}});
  Counter& refused =
      metrics.AddCounter("mpcstats_notary_sessions", "Sessions by outcome.", {{"outcome", "refused"}});
  Counter& broken =
      metrics.AddCounter("mpcstats_notary_sessions", "Sessions by outcome.", {{"outcome", "broken"}});
  Counter& turned_away =
      metrics.AddCounter("mpcstats_notary_sessions", "Sessions by outcome.", {{"outcome", "turned-away"}});
  Histogram& seconds = metrics.AddHistogram("mpcstats_notary_session_seconds",
                                            "From connection to attestation.", SecondsBounds());
};

Result<std::unique_ptr<NotaryService>> NotaryService::Create(NotaryServiceOptions options) {
  ASSIGN_OR_RETURN(BoundSocket listener, ListenTcp(options.session_listen.host, options.session_listen.port));
  auto impl = std::make_unique<Impl>(std::move(options));
  impl->AddRoutes();
  Impl* const raw = impl.get();
  NotarySessions::Options sessions{.listener = std::move(listener),
                                   .at_once = raw->options.limits.sessions,
                                   .rate = raw->options.rate,
                                   .run = [raw](UniqueFd prover) { raw->Run(std::move(prover)); },
                                   .turned_away = [raw] { raw->turned_away.Add(); }};
  ASSIGN_OR_RETURN(impl->sessions, NotarySessions::Start(std::move(sessions)));
  impl->metrics.AddGauge("mpcstats_notary_sessions_running", "Sessions at this moment.",
                         [raw] { return static_cast<double>(raw->sessions->running()); });
  return std::unique_ptr<NotaryService>(new NotaryService(std::move(impl)));
}

NotaryService::NotaryService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NotaryService::~NotaryService() { Stop(); }

std::uint16_t NotaryService::session_port() const { return impl_->sessions->port(); }
MetricsRegistry& NotaryService::metrics() { return impl_->metrics; }
std::size_t NotaryService::BodyLimit(std::string_view, std::string_view) const { return 0; }
void NotaryService::Stop() { impl_->sessions->Stop(); }

void NotaryService::Handle(HttpRequest request, HttpReply reply) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (const auto wait =
            impl_->limiter.Allow(RateLimitKey(request.remote_address), std::chrono::steady_clock::now())) {
      return reply(Problem(429, "rate-limit", "Too many requests", "Come back later.", *wait));
    }
  }
  impl_->router.Handle(std::move(request), std::move(reply));
}

void NotaryService::Housekeeping() {
  if (const Status rotated = impl_->options.keys->Rotate(impl_->options.clock->Now()); !rotated) {
    Log(LogLevel::kError, "keys-not-rotated", {{"error", rotated.error().message()}});
  }
  if (impl_->sessions->running() == 0) ReturnSessionMemory();
}

// The prover names a template, and the template a host: this is where a notary says which hosts it speaks to.
Status NotaryService::Impl::Allow(const std::string& host, std::uint16_t port) const {
  const auto& allowed = options.allowed_hosts;
  if (allowed.empty() && port == 443) return {};
  const std::string with_port = HostPort{host, port}.ToString();
  const bool named = std::ranges::any_of(
      allowed, [&](const std::string& one) { return one == with_port || (one == host && port == 443); });
  if (named) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "this notary does not speak to " + with_port + "; its operator decides that (allowed_hosts)");
}

Status NotaryService::Impl::RunSession(UniqueFd prover, NotarySessionReport* report) {
  const auto end = FrameStream::Clock::now() + std::chrono::seconds(options.limits.session_seconds);
  ASSIGN_OR_RETURN(const HttpServerTls::Ptr tls, options.tls());
  ASSIGN_OR_RETURN(
      const std::unique_ptr<FrameStream> stream,
      FrameStream::Accept(std::move(prover), *tls,
                          {.peer_name = "the prover", .wait = std::chrono::seconds(30), .end = end}));
  NotarySessionServices services;
  services.limits = {.sent_bytes = options.limits.sent_bytes,
                     .received_bytes = options.limits.received_bytes,
                     .seconds = options.limits.session_seconds};
  services.largest_bucket = options.limits.mpc_request_bytes;
  services.roots = options.roots.get();
  services.address_rule = options.allow_private_addresses ? AddressRule::kAny : AddressRule::kPublic;
  services.now_ms = NowMs;
  services.signing_key = [this] { return options.keys->Current(options.clock->Now()); };
  services.allow = [this](const std::string& host, std::uint16_t port) { return Allow(host, port); };
  services.record = [this](const Bytes32& hash) -> Status {
    ASSIGN_OR_RETURN(const NotaryLogEntry entry, options.store->Append(hash, options.clock->Now()));
    Log(LogLevel::kInfo, "attested", {{"number", entry.number}, {"attestation", ToHex(hash)}});
    return {};
  };
  services.rng = &rng;
  return RunNotarySession(*stream, services, report);
}

void NotaryService::Impl::Run(UniqueFd prover) {
  const auto began = std::chrono::steady_clock::now();
  NotarySessionReport report;
  const Status done = RunSession(std::move(prover), &report);
  if (done) {
    attested.Add();
    seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    return;
  }
  const bool lost =
      done.error().code() == ErrorCode::kUnavailable || done.error().code() == ErrorCode::kDeadlineExceeded;
  (lost ? broken : refused).Add();
  Log(lost ? LogLevel::kInfo : LogLevel::kWarning, "session-ended",
      {{"host", report.host}, {"error", done.error().message()}});
}

HttpResponse NotaryService::Impl::LogResponse(const HttpRequest& request) {
  std::uint64_t from = 1;
  if (!request.query.empty()) {
    const bool digits = request.query.starts_with("from=") && request.query.size() > 5 &&
                        request.query.size() < 25 &&
                        request.query.find_first_not_of("0123456789", 5) == std::string::npos;
    if (!digits) {
      return Problem(400, "malformed", "The query cannot be used",
                     "Write ?from= and the number of an entry.");
    }
    from = std::strtoull(request.query.c_str() + 5, nullptr, 10);
  }
  const auto entries = options.store->Entries(from, kLogPage);
  const auto head = options.store->Head();
  if (!entries || !head) return ProblemOf((entries ? head.error() : entries.error()), "store");
  Json list = Json::array();
  for (const NotaryLogEntry& entry : *entries) list.push_back(EntryJson(entry));
  return JsonResponse(200, {{"head", *head ? EntryJson(**head) : Json(nullptr)}, {"entries", list}});
}

HttpResponse NotaryService::Impl::EntryResponse(const std::string& hex) {
  const auto hash = ParseId(hex);
  const auto entry =
      hash ? options.store->FindEntry(*hash) : Result<std::optional<NotaryLogEntry>>(std::nullopt);
  if (!entry) return ProblemOf(entry.error(), "store");
  if (!*entry) {
    return Problem(404, "unknown-attestation", "There is no such attestation in the log",
                   "This notary never signed an attestation of that hash.");
  }
  return JsonResponse(200, EntryJson(**entry));
}

void NotaryService::Impl::AddRoutes() {
  router.Add("GET", "/healthz", [](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(JsonResponse(200, {{"status", "ok"}}));
  });
  router.Add("GET", "/v1/openapi.json",
             [](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               reply(OpenApiResponse(request));
             });
  router.Add("GET", "/v1/info", [this](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    Json info = InfoDocument("notary", options.identity->PublicKey(), options.clock->Now());
    info["session_port"] = sessions->port();
    info["root_store"] = ToHex(options.roots->id());
    info["modes"] =
        options.limits.mpc_request_bytes == 0 ? Json::array({"proxy"}) : Json::array({"mpc", "proxy"});
    reply(JsonResponse(200, info));
  });
  router.Add("GET", "/v1/notary/keys", [this](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(JsonResponse(200, KeysJson(options.keys->List())));
  });
  router.Add("GET", "/v1/notary/log",
             [this](const HttpRequest& request, const HttpParams&, const HttpReply& reply) {
               reply(LogResponse(request));
             });
  router.Add("GET", "/v1/notary/log/{hash}",
             [this](const HttpRequest&, const HttpParams& params, const HttpReply& reply) {
               reply(EntryResponse(params.Get("hash")));
             });
}

}  // namespace mpcstats

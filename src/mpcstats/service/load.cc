#include "mpcstats/service/load.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "mpcstats/base/decimal.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/net/http_client.h"
#include "mpcstats/service/host_port.h"
#include "mpcstats/service/load_answers.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/survey/promises.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;
using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

constexpr std::size_t kBadEvery = 100;
constexpr auto kPutOff = std::chrono::milliseconds(5);
constexpr auto kStatusEvery = std::chrono::milliseconds(20);
constexpr auto kVerdictEvery = std::chrono::microseconds(500);

double SecondsSince(TimePoint start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

std::unexpected<Error> TooLate() {
  return Fail(ErrorCode::kDeadlineExceeded, "the time is over before the load is done; give more --seconds");
}

Result<std::unique_ptr<HttpClient>> CoordinatorClient(const SignedSurvey& survey) {
  const Operator& coordinator = survey.survey().coordinator;
  HttpClientOptions options;
  ASSIGN_OR_RETURN(options.base, Url::Parse(coordinator.url));
  if (options.base.tls) options.pins = {FingerprintOfKey(coordinator.identity_key)};
  return HttpClient::Create(std::move(options));
}

std::string PathOf(const SignedSurvey& survey, std::string_view rest) {
  return fmt::format("/v1/surveys/{}{}", ToHex(survey.hash()), rest);
}

std::string TextOf(const HttpResponse& response) {
  const ByteSpan content = response.Content();
  return {content.begin(), content.end()};
}

bool PutOff(const HttpResponse& response) { return response.status == 429 || response.status == 503; }

Result<Json> GetJson(HttpClient& client, const std::string& path) {
  ASSIGN_OR_RETURN(const HttpResponse response, client.Request("GET", path));
  if (response.status != 200) return std::unexpected(ProblemError(response, "the coordinator"));
  Json json = Json::parse(TextOf(response), nullptr, false);
  if (!json.is_object())
    return Fail(ErrorCode::kProtocolViolation, "the coordinator gave a status that is no JSON");
  return json;
}

Result<std::size_t> WellFormed(HttpClient& client, const SignedSurvey& survey) {
  ASSIGN_OR_RETURN(const Json status, GetJson(client, PathOf(survey, "/status")));
  std::size_t sum = 0;
  for (const char* name : {"well_formed", "counted"}) {
    const auto found = status.find(name);
    if (found == status.end() || !found->is_number_unsigned()) {
      return Fail(ErrorCode::kProtocolViolation,
                  fmt::format("the coordinator's status has no number \"{}\"", name));
    }
    sum += found->get<std::size_t>();
  }
  return sum;
}

Status CheckTicket(const std::string& text, const Bytes32& id, const SignedSurvey& survey) {
  ASSIGN_OR_RETURN(const Ticket ticket, TicketFromJson(text));
  if (ticket.submission == id && VerifyTicket(ticket, survey)) return {};
  return Fail(ErrorCode::kProtocolViolation,
              "the coordinator gave a ticket that it did not sign for the answer");
}

// What one connection saw. Tickets are verified after the clock stopped: the machine is the servers' until then.
struct Lane {
  std::vector<double> milliseconds;
  std::vector<std::pair<std::size_t, std::string>> tickets;
  std::size_t malformed = 0;
  std::size_t duplicates = 0;
  std::size_t limited = 0;
  Status status;
};

class Poster {
 public:
  Poster(const SignedSurvey& survey, const std::vector<SealedAnswer>& answers, LoadMix mix,
         TimePoint deadline)
      : survey_(survey),
        answers_(answers),
        mix_(mix),
        deadline_(deadline),
        path_(PathOf(survey, "/submissions")) {}

  // One thread's part: takes the next answer until none is left or another lane failed.
  void Work(Lane& lane) {
    lane.status = Run(lane);
    if (!lane.status) stop_ = true;
  }

 private:
  Status Run(Lane& lane) {
    ASSIGN_OR_RETURN(const auto client, CoordinatorClient(survey_));
    for (std::size_t i = next_++; i < answers_.size() && !stop_; i = next_++) {
      const bool bad = mix_ == LoadMix::kWithBad && i % kBadEvery == 0;
      if (bad) {
        ASSIGN_OR_RETURN(const HttpResponse response, Post(*client, lane, MalformedCopy(answers_[i].bytes)));
        if (response.status != 400) {
          return Fail(ErrorCode::kProtocolViolation, "the coordinator took a malformed answer");
        }
        ++lane.malformed;
      }
      const TimePoint start = SteadyClock::now();
      ASSIGN_OR_RETURN(const HttpResponse response, Post(*client, lane, answers_[i].bytes));
      if (response.status != 200) return std::unexpected(ProblemError(response, "the coordinator"));
      lane.milliseconds.push_back(SecondsSince(start) * 1e3);
      lane.tickets.emplace_back(i, TextOf(response));
      if (bad) {
        ASSIGN_OR_RETURN(const HttpResponse again, Post(*client, lane, answers_[i].bytes));
        if (TextOf(again) != lane.tickets.back().second) {
          return Fail(ErrorCode::kProtocolViolation,
                      "the coordinator gave an answer that it has another ticket");
        }
        ++lane.duplicates;
      }
    }
    return {};
  }

  Result<HttpResponse> Post(HttpClient& client, Lane& lane, ByteSpan body) {
    static const HttpHeaders kHeaders = {{"Content-Type", "application/octet-stream"}};
    for (;;) {
      if (SteadyClock::now() > deadline_) return TooLate();
      auto response = client.Request("POST", path_, kHeaders, body);
      if (!response || !PutOff(*response)) return response;
      ++lane.limited;
      std::this_thread::sleep_for(kPutOff);
    }
  }

  const SignedSurvey& survey_;
  const std::vector<SealedAnswer>& answers_;
  const LoadMix mix_;
  const TimePoint deadline_;
  const std::string path_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
};

template <typename Work>
void OnThreads(std::vector<Lane>& lanes, Work work) {
  std::vector<std::thread> threads;
  for (Lane& lane : lanes) threads.emplace_back([&] { work(lane); });
  for (std::thread& thread : threads) thread.join();
}

// Asks until `client`'s coordinator knows three verdicts of the answer.
Status AwaitVerdicts(HttpClient& client, const std::string& path, TimePoint deadline) {
  while (SteadyClock::now() < deadline) {
    ASSIGN_OR_RETURN(const Json status, GetJson(client, path));
    const std::string state =
        status.value("state", Json()).is_string() ? status["state"].get<std::string>() : "";
    if (state == "pending" || state == "counted") return {};
    if (state != "stored") return Fail(ErrorCode::kUnavailable, "a party refused a good answer: " + state);
    std::this_thread::sleep_for(kVerdictEvery);
  }
  return TooLate();
}

std::vector<double> Collect(const std::vector<Lane>& lanes) {
  std::vector<double> all;
  for (const Lane& lane : lanes) all.insert(all.end(), lane.milliseconds.begin(), lane.milliseconds.end());
  return all;
}

}  // namespace

LoadLatency LatencyOf(std::vector<double> milliseconds) {
  if (milliseconds.empty()) return {};
  std::ranges::sort(milliseconds);
  const auto at = [&](double fraction) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(milliseconds.size())));
    return milliseconds[std::max<std::size_t>(rank, 1) - 1];
  };
  return {.p50 = at(0.5), .p99 = at(0.99)};
}

Status CheckLoadTarget(const std::string& url) {
  ASSIGN_OR_RETURN(const Url parsed, Url::Parse(url));
  if (HostPort{.host = parsed.host, .port = parsed.port}.IsLoopback()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is not on this machine; a load runs only against 127.0.0.1 or [::1]", url));
}

Status CheckLoadOptions(const LoadOptions& options) {
  if (options.answers < 1 || options.answers > kMostLoadAnswers) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("--answers takes 1 to {}", kMostLoadAnswers));
  }
  if (options.connections < 1 || options.connections > kMostLoadConnections) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--connections takes 1 to {}", kMostLoadConnections));
  }
  if (options.limit.count() < 1 || options.limit > kMostLoadTime) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("--seconds takes 1 to {}", kMostLoadTime.count()));
  }
  return {};
}

Result<AnswersLoad> RunAnswersLoad(const SignedSurvey& survey, const LoadOptions& options) {
  RETURN_IF_ERROR(CheckLoadOptions(options));
  RETURN_IF_ERROR(CheckLoadTarget(survey.survey().coordinator.url));
  AnswersLoad out;
  TimePoint start = SteadyClock::now();
  ASSIGN_OR_RETURN(const std::vector<SealedAnswer> answers,
                   options.sealed.empty()
                       ? SealRandomAnswers(survey, options.answers, std::thread::hardware_concurrency())
                       : ReadSealedAnswers(options.sealed));
  out.seal_seconds = SecondsSince(start);
  ASSIGN_OR_RETURN(const auto watcher, CoordinatorClient(survey));
  ASSIGN_OR_RETURN(const std::size_t before, WellFormed(*watcher, survey));

  start = SteadyClock::now();
  const TimePoint deadline = start + options.limit;
  Poster poster(survey, answers, options.mix, deadline);
  std::vector<Lane> lanes(options.connections);
  OnThreads(lanes, [&](Lane& lane) { poster.Work(lane); });
  out.accepted_seconds = SecondsSince(start);
  for (const Lane& lane : lanes) RETURN_IF_ERROR(lane.status);
  for (;;) {
    ASSIGN_OR_RETURN(const std::size_t now, WellFormed(*watcher, survey));
    if (now >= before + answers.size()) break;
    if (SteadyClock::now() > deadline) return TooLate();
    std::this_thread::sleep_for(kStatusEvery);
  }
  out.verdict_seconds = SecondsSince(start);
  out.verdicts_at =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

  std::int64_t sum = 0;
  for (const Lane& lane : lanes) {
    for (const auto& [index, text] : lane.tickets) {
      RETURN_IF_ERROR(CheckTicket(text, answers[index].id, survey));
      sum += answers[index].first_units;
    }
    out.accepted += lane.tickets.size();
    out.malformed += lane.malformed;
    out.duplicates += lane.duplicates;
    out.limited += lane.limited;
  }
  const SurveyColumn& first = survey.survey().columns.front();
  if (first.kind == ColumnKind::kNumber && options.sealed.empty())
    out.first_column_sum = FormatDecimal({.units = sum, .scale = first.scale});
  out.post = LatencyOf(Collect(lanes));
  return out;
}

Result<OneLoad> RunOneLoad(const SignedSurvey& survey, const LoadOptions& options) {
  RETURN_IF_ERROR(CheckLoadOptions(options));
  RETURN_IF_ERROR(CheckLoadTarget(survey.survey().coordinator.url));
  ASSIGN_OR_RETURN(const std::vector<SealedAnswer> answers, SealRandomAnswers(survey, options.answers, 1));
  ASSIGN_OR_RETURN(const auto client, CoordinatorClient(survey));
  // The handshake is not the answer's.
  ASSIGN_OR_RETURN([[maybe_unused]] const std::size_t before, WellFormed(*client, survey));
  const TimePoint deadline = SteadyClock::now() + options.limit;
  std::vector<double> tickets;
  std::vector<double> verdicts;
  for (const SealedAnswer& answer : answers) {
    const TimePoint start = SteadyClock::now();
    ASSIGN_OR_RETURN(const HttpResponse response,
                     client->Request("POST", PathOf(survey, "/submissions"),
                                     {{"Content-Type", "application/octet-stream"}}, answer.bytes));
    tickets.push_back(SecondsSince(start) * 1e3);
    if (response.status != 200) return std::unexpected(ProblemError(response, "the coordinator"));
    RETURN_IF_ERROR(AwaitVerdicts(*client, PathOf(survey, "/submissions/" + ToHex(answer.id)), deadline));
    verdicts.push_back(SecondsSince(start) * 1e3);
    RETURN_IF_ERROR(CheckTicket(TextOf(response), answer.id, survey));
  }
  return OneLoad{.repetitions = answers.size(),
                 .ticket = LatencyOf(std::move(tickets)),
                 .verdicts = LatencyOf(std::move(verdicts))};
}

Result<PagesLoad> RunPagesLoad(const std::string& url, const LoadOptions& options) {
  RETURN_IF_ERROR(CheckLoadOptions(options));
  RETURN_IF_ERROR(CheckLoadTarget(url));
  ASSIGN_OR_RETURN(Url base, Url::Parse(url));
  if (base.tls) return Fail(ErrorCode::kInvalidArgument, "--pages takes an address that starts with http://");
  const std::string target = base.path.empty() ? "/" : base.path;
  base.path.clear();
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> page_bytes = 0;
  const TimePoint start = SteadyClock::now();
  const TimePoint deadline = start + options.limit;
  const auto work = [&]() -> Result<std::vector<double>> {
    ASSIGN_OR_RETURN(const auto client, HttpClient::Create({.base = base}));
    std::vector<double> milliseconds;
    while (!stop && SteadyClock::now() < deadline) {
      const TimePoint sent = SteadyClock::now();
      ASSIGN_OR_RETURN(const HttpResponse response, client->Request("GET", target));
      if (response.status != 200) return std::unexpected(ProblemError(response, "the page"));
      milliseconds.push_back(SecondsSince(sent) * 1e3);
      page_bytes = response.Content().size();
    }
    return milliseconds;
  };
  std::vector<Lane> lanes(options.connections);
  OnThreads(lanes, [&](Lane& lane) {
    auto done = work();
    if (done) {
      lane.milliseconds = std::move(*done);
    } else {
      lane.status = std::unexpected(done.error());
      stop = true;
    }
  });
  PagesLoad out;
  out.seconds = SecondsSince(start);
  out.page_bytes = page_bytes;
  for (const Lane& lane : lanes) RETURN_IF_ERROR(lane.status);
  std::vector<double> all = Collect(lanes);
  out.views = all.size();
  out.get = LatencyOf(std::move(all));
  return out;
}

}  // namespace mpcstats

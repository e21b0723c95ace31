// Five services, every operation of docs/openapi.json with answers good and bad; each exchange as a line of JSON for check.mjs.
//
//   recorder FILE
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "mpcstats/crypto/identity.h"
#include "mpcstats/net/http_client.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/job_order.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/service/party_ingest.h"
#include "mpcstats/store/notary_store.h"
#include "mpcstats/survey/promises.h"
#include "survey_system.h"

namespace mpcstats::api {
namespace {

using e2e::RunProgram;
using e2e::SurveySystem;
using Json = nlohmann::json;

std::string recording;  // NOLINT: the file that main was told

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The text with another value of a key.
std::string WithLine(std::string text, const std::string& key, const std::string& value) {
  const std::size_t at = text.find(key + " = ");
  EXPECT_NE(at, std::string::npos) << key;
  return text.replace(at, text.find('\n', at) - at, key + " = " + value);
}

Bytes BytesOf(const std::string& text) { return {text.begin(), text.end()}; }

struct Ask {
  std::string role;  ///< party, coordinator or publisher
  std::string method;
  std::string pattern;  ///< as the document writes it
  std::map<std::string, std::string> names = {};
  HttpHeaders headers = {};
  Bytes body = {};
  std::string query = "";
};

class Api : public testing::Test {
 protected:
  Api() : file_(recording) {}

  /// One exchange, written down. The response, so that the test can go on from it.
  HttpResponse Exchange(const Ask& ask, int expected) {
    const auto response = Send(ask);
    EXPECT_TRUE(response) << ask.method << " " << Target(ask) << ": " << response.error().message();
    if (!response) return {};
    WriteDown(ask, *response);
    EXPECT_EQ(response->status, expected) << ask.role << ": " << ask.method << " " << Target(ask) << "\n"
                                          << BodyOf(*response);
    return *response;
  }

  static std::string Target(const Ask& ask) {
    std::string target = ask.pattern;
    for (const auto& [name, value] : ask.names) target = Replaced(target, "{" + name + "}", value);
    return target + ask.query;
  }
  Result<HttpResponse> Send(const Ask& ask) {
    return ClientFor(ask.role).Request(ask.method, Target(ask), ask.headers, ask.body);
  }
  static std::string BodyOf(const HttpResponse& response) {
    const ByteSpan content = response.Content();
    return {content.begin(), content.end()};
  }
  void WriteDown(const Ask& ask, const HttpResponse& response) {
    Json headers = Json::object();
    for (const auto& [name, value] : response.headers) headers[name] = value;
    file_ << Json{{"role", ask.role},          {"method", ask.method}, {"path", ask.pattern},
                  {"status", response.status}, {"headers", headers},   {"body", BodyOf(response)}}
                 .dump(-1, ' ', false, Json::error_handler_t::replace)
          << "\n";
  }

  HttpClient& ClientFor(const std::string& role) {
    auto& client = clients_[role];
    if (!client) {
      const Survey& survey = survey_->survey();
      const Operator& one = role == "notary"        ? notary_
                            : role == "party"       ? static_cast<const Operator&>(survey.parties[0])
                            : role == "coordinator" ? survey.coordinator
                                                    : *survey.publisher;
      HttpClientOptions options;
      options.base = *Url::Parse(one.url);
      if (options.base.tls) options.pins = {FingerprintOfKey(one.identity_key)};
      client = std::move(*HttpClient::Create(std::move(options)));
    }
    return *client;
  }

  /// The same questions in another survey; signed by the three parties.
  SignedSurvey AnotherSurvey(const SurveySystem& system, const std::string& id,
                             const std::function<std::string(std::string)>& change) {
    const std::string toml = system.path(id + ".toml");
    std::ofstream(toml) << change(
        Replaced(ReadFile(system.path("survey.toml")), "id = \"amounts\"", "id = \"" + id + "\""));
    for (const unsigned i : {0, 1, 2, 0, 1}) {
      const e2e::Outcome sign = RunProgram(
          {"survey", "sign", toml, "--config", system.path("party" + std::to_string(i) + "/config.toml")});
      EXPECT_EQ(sign.code, 0) << sign.err;
    }
    return *SignedSurvey::FromJson(ReadFile(system.path(id + ".survey.json")));
  }

  Submission Sealed(const SignedSurvey& survey, const SigningKey& control) {
    const auto row = EncodeRow(survey.survey(), {{"amount", "12.34"}});
    return std::move(*SealSubmission(survey, *row, control, {}, rng_));
  }
  static Bytes UploadOf(const Submission& submission, unsigned party) {
    const UploadedBox item{.envelope = EncodeEnvelope(submission.envelope), .box = submission.boxes[party]};
    return EncodeUpload(std::span(&item, 1));
  }
  static Bytes WithdrawalOf(const SignedSurvey& survey, const Bytes32& id, const SigningKey& control) {
    return EncodeWithdrawal(
        {.submission = id, .signature = control.Sign(WithdrawalInput(id, survey.hash()))});
  }

  /// Asks until it is too much, and writes that answer down: a slow machine's next question may be in time again.
  /// The service's limit is for an address, whatever is asked.
  void UntilLimited(const Ask& ask) {
    for (int i = 0; i < 5000; ++i) {
      const auto response = Send(ask);
      ASSERT_TRUE(response) << response.error().message();
      if (response->status != 429) continue;
      WriteDown(ask, *response);
      return;
    }
    ADD_FAILURE() << ask.role << ": " << ask.method << " " << Target(ask) << " was never too much";
  }

  /// A notary of its own, with one attestation in its log.
  void AskTheNotary() {
    const std::filesystem::path folder = std::filesystem::path(recording).parent_path() / "notary";
    std::filesystem::remove_all(folder);
    const e2e::Outcome made = RunProgram({"init", "notary", folder.string(), "--url", "https://127.0.0.1:1",
                                          "--listen", "127.0.0.1:0", "--sessions", "127.0.0.1:0"});
    ASSERT_EQ(made.code, 0) << made.err;
    const Bytes32 attestation{7};
    ASSERT_TRUE(NotaryStore::Open(folder.string()).value()->Append(attestation, 1'795'000'000));
    const e2e::Program notary({"notary", "--config", (folder / "config.toml").string()});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!std::filesystem::exists(folder / "port")) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::string port = ReadFile((folder / "port").string());
    port.erase(port.find_last_not_of('\n') + 1);
    notary_.url = "https://127.0.0.1:" + port;
    notary_.identity_key = Identity::Load((folder / "identity.pem").string())->PublicKey();
    for (const char* path :
         {"/healthz", "/v1/openapi.json", "/v1/info", "/v1/notary/keys", "/v1/notary/log"}) {
      (void)Exchange({"notary", "GET", path}, 200);
    }
    const std::map<std::string, std::string> known = {{"hash", ToHex(attestation)}};
    (void)Exchange({"notary", "GET", "/v1/notary/log/{hash}", known}, 200);
    (void)Exchange({"notary", "GET", "/v1/notary/log/{hash}", {{"hash", ToHex(Bytes32{})}}}, 404);
    (void)Exchange({.role = "notary", .method = "GET", .pattern = "/v1/notary/log", .query = "?from=first"},
                   400);
    UntilLimited({"notary", "GET", "/v1/notary/keys"});
    UntilLimited({"notary", "GET", "/v1/notary/log"});
    UntilLimited({"notary", "GET", "/v1/notary/log/{hash}", known});
  }

  void AwaitPublished(const std::string& hash) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      const auto shown = ClientFor("publisher").Request("GET", "/v1/surveys/" + hash + "/releases/latest");
      if (shown && shown->status == 200) return;
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing is published";
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  Operator notary_;
  std::ofstream file_;
  SystemRng rng_;
  std::optional<SignedSurvey> survey_;
  std::map<std::string, std::unique_ptr<HttpClient>> clients_;
};

constexpr const char* kSurvey = "/v1/surveys/{survey}";
constexpr const char* kSubmissions = "/v1/surveys/{survey}/submissions";
constexpr const char* kOne = "/v1/surveys/{survey}/submissions/{id}";
constexpr const char* kInclusion = "/v1/surveys/{survey}/submissions/{id}/inclusion";
constexpr const char* kWithdrawals = "/v1/surveys/{survey}/withdrawals";
constexpr const char* kReleases = "/v1/surveys/{survey}/releases";
constexpr const char* kRelease = "/v1/surveys/{survey}/releases/{release}";
constexpr const char* kBatches = "/v1/surveys/{survey}/batches";
constexpr const char* kAnswers = "/v1/surveys/{survey}/batches/{batch}/answers";
constexpr const char* kJobs = "/v1/surveys/{survey}/jobs";
constexpr const char* kJob = "/v1/surveys/{survey}/jobs/{job}";
constexpr const char* kStatus = "/v1/surveys/{survey}/status";

TEST_F(Api, EveryOperationAnswersAsTheDocumentSays) {
  const SurveySystem stranger({.start = false});
  SurveySystem system({.extra_columns = "[page]\ncors = [\"https://reader.example\"]\n"});
  survey_ = *SignedSurvey::FromJson(ReadFile(system.survey()));
  const std::string hash = ToHex(survey_->hash());
  const std::string nobody(64, 'a');
  const std::map<std::string, std::string> here = {{"survey", hash}};
  const std::map<std::string, std::string> nowhere = {{"survey", nobody}};
  const auto with = [&](const std::string& name, const std::string& value) {
    return std::map<std::string, std::string>{{"survey", hash}, {name, value}};
  };
  // A page that the survey allows to use the servers.
  const HttpHeaders reader = {{"Origin", "https://reader.example"}};
  const auto tagged = [](const HttpResponse& response) {
    return HttpHeaders{{"If-None-Match", std::string(response.Header("etag"))}};
  };
  const std::vector<std::string> all = {"party", "coordinator", "publisher"};
  const std::vector<std::string> takers = {"party", "coordinator"};

  // What every service says of itself.
  for (const std::string& role : all) {
    (void)Exchange({role, "GET", "/healthz"}, 200);
    (void)Exchange({role, "GET", "/v1/info"}, 200);
    const HttpResponse document = Exchange({role, "GET", "/v1/openapi.json"}, 200);
    (void)Exchange({role, "GET", "/v1/openapi.json", {}, tagged(document)}, 304);
    const HttpResponse statistics = Exchange({role, "GET", "/v1/statistics"}, 200);
    (void)Exchange({role, "GET", "/v1/statistics", {}, tagged(statistics)}, 304);
    (void)Exchange({role, "GET", "/v1/surveys"}, 200);
    (void)Exchange({role, "DELETE", "/v1/surveys"}, 405);
    (void)Exchange({role, "GET", "/v1/nothing"}, 404);
  }

  // Surveys of another time, and one with another limit.
  const SignedSurvey later = AnotherSurvey(system, "later", [](const std::string& text) {
    return WithLine(WithLine(text, "opens", "2090-01-01T00:00:00Z"), "closes", "2090-02-01T00:00:00Z");
  });
  const SignedSurvey over = AnotherSurvey(system, "over", [](const std::string& text) {
    return WithLine(WithLine(text, "opens", "2025-01-01T00:00:00Z"), "closes", "2025-02-01T00:00:00Z");
  });
  const SignedSurvey slow = AnotherSurvey(system, "slow", [](const std::string& text) {
    return Replaced(text, "posts_per_minute = 6000", "posts_per_minute = 1");
  });
  const std::string foreign = ReadFile(stranger.survey());
  for (const std::string& role : all) {
    for (const SignedSurvey* survey : {&later, &over, &slow}) {
      (void)Exchange({role, "POST", "/v1/surveys", {}, {}, BytesOf(survey->ToJson())}, 201);
      (void)Exchange({role, "POST", "/v1/surveys", {}, {}, BytesOf(survey->ToJson())}, 200);
    }
    (void)Exchange({role, "POST", "/v1/surveys", {}, {}, BytesOf("{}")}, 400);
    (void)Exchange({role, "POST", "/v1/surveys", {}, {}, BytesOf(foreign)}, 403);
    const HttpResponse found = Exchange({role, "GET", kSurvey, here}, 200);
    (void)Exchange({role, "GET", kSurvey, here, tagged(found)}, 304);
    (void)Exchange({role, "GET", kSurvey, nowhere}, 404);
    const HttpResponse allowed = Exchange({role, "GET", kSurvey, here, reader}, 200);
    EXPECT_EQ(allowed.Header("access-control-allow-origin"), "https://reader.example");
  }

  // Nothing is counted and nothing released yet.
  for (const std::string& role : all) {
    (void)Exchange({role, "GET", kReleases, here}, 200);
    (void)Exchange({role, "GET", kReleases, nowhere}, 404);
    (void)Exchange({role, "GET", kRelease, with("release", "latest")}, 404);
  }
  (void)Exchange({"publisher", "GET", "/surveys/{id}/result.json", {{"id", "amounts"}}}, 404);
  (void)Exchange({"coordinator", "POST", kReleases, here}, 409);
  (void)Exchange({"coordinator", "POST", kReleases, nowhere}, 404);

  // Answers: a regretted one, and enough for a batch but one.
  const SigningKey regretted = SigningKey::Generate(rng_);
  const Submission regret = Sealed(*survey_, regretted);
  const Bytes32 regret_id = SubmissionId(regret.envelope.header);
  (void)Exchange({"coordinator", "POST", kSubmissions, here, {}, EncodeSubmission(regret)}, 200);
  const Submission direct = Sealed(*survey_, SigningKey::Generate(rng_));
  (void)Exchange({"party", "POST", kSubmissions, here, {}, UploadOf(direct, 0)}, 200);
  for (const std::string& role : takers) {
    const Bytes large(std::size_t{5} << 20);
    (void)Exchange({role, "POST", kSubmissions, here, {}, BytesOf("no answer")}, 400);
    (void)Exchange({role, "POST", kSubmissions, nowhere, {}, BytesOf("x")}, 404);
    (void)Exchange({role, "POST", kSubmissions, here, {}, large}, 413);
    (void)Exchange({role, "POST", kSubmissions, {{"survey", ToHex(later.hash())}}, {}, BytesOf("x")}, 425);
    (void)Exchange({role, "POST", kSubmissions, {{"survey", ToHex(over.hash())}}, {}, BytesOf("x")}, 409);
  }
  const Ask limited = {"coordinator", "POST", kSubmissions, {{"survey", ToHex(slow.hash())}}, {},
                       BytesOf("x")};
  (void)Exchange(limited, 400);
  (void)Exchange(limited, 429);
  for (const std::string& role : takers) {
    const Ask status = {
        role, "GET", kOne,
        with("id", ToHex(role == "party" ? SubmissionId(direct.envelope.header) : regret_id))};
    (void)Exchange(status, 200);
    (void)Exchange({role, "GET", kOne, with("id", nobody)}, 404);
    (void)Exchange({role, "GET", kInclusion, with("id", status.names.at("id"))}, 404);
    (void)Exchange({role, "GET", kInclusion, with("id", nobody)}, 404);
    (void)Exchange({role, "POST", kWithdrawals, here, {}, BytesOf("short")}, 400);
    (void)Exchange({role,
                    "POST",
                    kWithdrawals,
                    here,
                    {},
                    WithdrawalOf(*survey_, *ParseId(status.names.at("id")), SigningKey::Generate(rng_))},
                   403);
    (void)Exchange({role, "POST", kWithdrawals, here, {}, WithdrawalOf(*survey_, Bytes32{}, regretted)}, 404);
    (void)Exchange({role, "POST", kWithdrawals, nowhere, {}, BytesOf("short")}, 404);
  }
  (void)Exchange(
      {"coordinator", "POST", kWithdrawals, here, {}, WithdrawalOf(*survey_, regret_id, regretted)}, 202);

  // A batch and its release.
  const SigningKey counted_key = SigningKey::Generate(rng_);
  const Submission counted = Sealed(*survey_, counted_key);
  const Bytes32 counted_id = SubmissionId(counted.envelope.header);
  (void)Exchange({"coordinator", "POST", kSubmissions, here, {}, EncodeSubmission(counted)}, 200);
  for (unsigned i = 0; i < 9; ++i) {
    (void)Exchange({"coordinator",
                    "POST",
                    kSubmissions,
                    here,
                    {},
                    EncodeSubmission(Sealed(*survey_, SigningKey::Generate(rng_)))},
                   200);
  }
  (void)Exchange({"coordinator", "POST", kReleases, here}, 202);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  AwaitPublished(hash);
  const HttpResponse asked = Exchange({"coordinator", "POST", kReleases, here, reader}, 200);
  (void)Exchange({"coordinator", "POST", kReleases, here, tagged(asked)}, 304);
  for (const std::string& role : all) {
    (void)Exchange({role, "GET", kReleases, here}, 200);
    const HttpResponse latest = Exchange({role, "GET", kRelease, with("release", "latest"), reader}, 200);
    (void)Exchange({role, "GET", kRelease, with("release", "latest"), tagged(latest)}, 304);
    (void)Exchange({role, "GET", kRelease, with("release", "1")}, 200);
    (void)Exchange({role, "GET", kRelease, with("release", "999")}, 404);
  }
  for (const std::string& role : takers) {
    (void)Exchange({role, "GET", kBatches, here}, 200);
    (void)Exchange({role, "GET", kBatches, nowhere}, 404);
    (void)Exchange({role, "GET", kOne, with("id", ToHex(counted_id))}, 200);
    (void)Exchange({role, "GET", kOne, with("id", ToHex(regret_id))}, 200);
    (void)Exchange({role, "GET", kInclusion, with("id", ToHex(counted_id))}, 200);
    (void)Exchange({role, "POST", kWithdrawals, here, {}, WithdrawalOf(*survey_, counted_id, counted_key)},
                   409);
  }
  (void)Exchange({"coordinator", "GET", kStatus, here}, 200);
  (void)Exchange({"coordinator", "GET", kStatus, nowhere}, 404);
  (void)Exchange({"party", "GET", kAnswers, with("batch", "1")}, 200);
  (void)Exchange({"party", "GET", kAnswers, with("batch", "999")}, 404);
  (void)Exchange({"party", "GET", "/v1/audit"}, 200);
  Ask audit = {"party", "GET", "/v1/audit"};
  audit.query = "?from=x";
  (void)Exchange(audit, 400);

  // Jobs.
  const auto identity = Identity::Load(system.path("coordinator/identity.pem"));
  const auto job = [&](std::uint32_t number, const Identity* signer) {
    JobOrder order{
        .kind = JobKind::kRelease, .number = number, .at = std::time(nullptr), .list = {}, .signature = {}};
    if (signer != nullptr) order.signature = signer->Sign(JobOrderInput(order, survey_->hash()));
    return order;
  };
  const auto body = [&](std::uint32_t number, const Identity* signer) {
    return BytesOf(JobOrderToJson(job(number, signer)));
  };
  // To all three, or the one would wait for the others. None is due.
  const JobOrder order = job(2, &*identity);
  (void)Exchange({"party", "POST", kJobs, here, {}, BytesOf(JobOrderToJson(order))}, 202);
  for (const unsigned other : {1, 2}) EXPECT_TRUE(PartyClient::Create(*survey_, other)->OrderJob(order));
  (void)Exchange({"party", "POST", kJobs, here, {}, BytesOf("{}")}, 400);
  (void)Exchange({"party", "POST", kJobs, here, {}, body(1, nullptr)}, 403);
  (void)Exchange({"party", "POST", kJobs, nowhere, {}, body(1, &*identity)}, 404);
  (void)Exchange({"party", "POST", kJobs, here, {}, body(1000, &*identity)}, 409);
  (void)Exchange({"party", "POST", kJobs, here, {}, Bytes((std::size_t{8} << 20) + 1)}, 413);
  (void)Exchange({"party", "GET", kJob, with("job", "batch-1")}, 200);
  (void)Exchange({"party", "GET", kJob, with("job", "batch-999")}, 404);

  // A withdrawal straight to a party, of an answer that no batch has.
  const SigningKey again = SigningKey::Generate(rng_);
  const Submission second = Sealed(*survey_, again);
  (void)Exchange({"party", "POST", kSubmissions, here, {}, UploadOf(second, 0)}, 200);
  (void)Exchange({"party",
                  "POST",
                  kWithdrawals,
                  here,
                  {},
                  WithdrawalOf(*survey_, SubmissionId(second.envelope.header), again)},
                 202);

  // Pages.
  const auto page = [&](const std::string& pattern, const std::map<std::string, std::string>& names) {
    const HttpResponse found = Exchange({"publisher", "GET", pattern, names, reader}, 200);
    (void)Exchange({"publisher", "GET", pattern, names, tagged(found)}, 304);
  };
  page("/", {});
  for (const char* rest : {"", "/result.json", "/survey.json"}) {
    page("/surveys/{id}" + std::string(rest), {{"id", "amounts"}});
    (void)Exchange({"publisher", "GET", "/surveys/{id}" + std::string(rest), {{"id", "no-such-survey"}}},
                   404);
  }

  AskTheNotary();

  // The limits of one address, last: they are the same for all that is asked of a service.
  UntilLimited({"publisher", "POST", "/v1/surveys", {}, {}, BytesOf("{}")});
  UntilLimited({"party", "POST", kSubmissions, here, {}, BytesOf("x")});
  for (const std::string& role : takers) {
    UntilLimited({role, "POST", "/v1/surveys", {}, {}, BytesOf("{}")});
    UntilLimited({role, "GET", kOne, with("id", nobody)});
    UntilLimited({role, "GET", kInclusion, with("id", nobody)});
    UntilLimited({role, "POST", kWithdrawals, here, {}, BytesOf("x")});
    UntilLimited({role, "GET", kBatches, here});
    UntilLimited({role, "GET", kReleases, here});
    UntilLimited({role, "GET", kRelease, with("release", "999")});
  }
  UntilLimited({"coordinator", "POST", kReleases, here});
  UntilLimited({"coordinator", "GET", kStatus, here});
  UntilLimited({"party", "GET", kAnswers, with("batch", "999")});
  UntilLimited({"party", "POST", kJobs, here, {}, BytesOf("{}")});
  UntilLimited({"party", "GET", kJob, with("job", "none")});
}

}  // namespace
}  // namespace mpcstats::api

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    fmt::print(stderr, "usage: recorder FILE\n");
    return 2;
  }
  mpcstats::api::recording = argv[1];
  return RUN_ALL_TESTS();
}

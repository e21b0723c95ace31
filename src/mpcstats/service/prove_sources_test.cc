// Proving the columns of an answer: which notary's session is used, the one that was made while the person read or another, and what is
// not asked when there is none.
#include "mpcstats/service/prove_sources.h"

#include <gmock/gmock.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "mpcstats/net/http_server.h"
#include "mpcstats/service/notary_service.h"
#include "mpcstats/survey/submission_testing.h"
#include "mpcstats/survey/survey_testing.h"
#include "mpcstats/zktls/session/session_testing.h"

namespace mpcstats {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::TestSurvey;

constexpr UnixSeconds kNow = 1'795'352'700;

std::string KeyText(const Bytes32& key) { return "ed25519:" + ToHex(key); }

/// A notary: what it says of itself over HTTPS, and a process for its sessions, which may be replaced while somebody reads.
class TestNotary {
 public:
  explicit TestNotary(std::uint16_t website_port, NotaryLimits limits = {})
      : website_port_(website_port), limits_(limits) {
    limits_.session_seconds = 600;  // a slow machine is no part of these tests
    Restart();
    auto tls = HttpServerTls::FromIdentity(*identity_).value();
    http_ = HttpServer::Start({.tls = std::move(tls)}, [this](HttpRequest request, const HttpReply& reply) {
              ++asked;
              const nlohmann::json info = {{"session_port", port_.load()}};
              reply(HttpText(request.target == "/v1/info" ? 200 : 404, "application/json", info.dump()));
            }).value();
  }

  /// The sessions that run are lost; others are taken, with the same keys.
  void Restart() {
    Stop();
    NotaryServiceOptions options;
    options.identity = identity_;
    options.store = store_;
    options.clock = clock_;
    options.keys = keys_;
    options.roots = std::shared_ptr<const RootStore>(&TestRoots(), [](const RootStore*) {});
    options.tls = [this] { return HttpServerTls::FromIdentity(*identity_); };
    options.session_listen = {"127.0.0.1", 0};
    options.allowed_hosts = {"localhost:" + std::to_string(website_port_)};
    options.allow_private_addresses = true;
    options.limits = limits_;
    options.rate = {.per_second = 1e6, .burst = 1e6};
    service_ = NotaryService::Create(std::move(options)).value();
    port_ = service_->session_port();
  }
  /// The sessions that run are lost, and no other is taken.
  void Stop() { service_.reset(); }
  /// Until a session runs.
  void WaitForASession() const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (service_->metrics().Text().find("mpcstats_notary_sessions_running 1") == std::string::npos &&
           std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
  }

  /// [[notaries]], under this name and signing key.
  [[nodiscard]] std::string Toml(const std::string& name, const Bytes32& key) const {
    return fmt::format(
        "[[notaries]]\nname = \"{}\"\nurl = \"https://127.0.0.1:{}\"\nidentity = \"{}\"\n"
        "keys = [{{key = \"{}\", from = 2020-01-01T00:00:00Z, to = 2036-12-31T00:00:00Z}}]\n",
        name, http_->port(), KeyText(identity_->PublicKey()), KeyText(key));
  }
  [[nodiscard]] std::string Toml() const { return Toml("Notary", key()); }
  [[nodiscard]] Bytes32 key() const { return keys_->Current(kNow)->second.public_key; }

  std::atomic<int> asked = 0;  ///< over HTTPS: once before each session

 private:
  std::uint16_t website_port_;
  NotaryLimits limits_;
  std::shared_ptr<const Identity> identity_ =
      std::make_shared<const Identity>(std::move(*Identity::Create()));
  std::shared_ptr<NotaryStore> store_ = NotaryStore::Open(":memory:").value();
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(kNow);
  std::shared_ptr<NotaryKeyring> keys_ = NotaryKeyring::Create(store_, identity_, 90, kNow).value();
  std::unique_ptr<NotaryService> service_;
  std::atomic<std::uint16_t> port_ = 0;
  std::unique_ptr<HttpServer> http_;
};

/// A person who does something while she reads, and writes down what she is told.
class Person final : public ProveWatcher {
 public:
  explicit Person(std::function<Status()> reads = {}) : reads_(std::move(reads)) {}
  Status BeforeRequest(const SurveySource&, const Template&, ByteSpan) override {
    return reads_ ? reads_() : Status();
  }
  Status BeforeProof(const SurveySource&, const Template&, ByteSpan, const ResponseMatch&) override {
    return before_proof;
  }
  void Progress(const SurveySource&, std::string_view phase, double) override { phases.emplace_back(phase); }

  Status before_proof;
  std::vector<std::string> phases;

 private:
  std::function<Status()> reads_;
};

class ProveSourcesTest : public ::testing::Test {
 protected:
  /// A survey whose balance and account the website proves, before these notaries.
  [[nodiscard]] SignedSurvey SurveyOf(const std::string& notaries, const std::string& more = "") const {
    std::string text = Replaced(TestSurvey::Text(Eligibility::kProven, "A test"),
                                "scale = 2\nmin = \"-1000000\"", "scale = 8\nmin = \"0\"");
    text += notaries;
    text += fmt::format(
        "[[sources]]\nid = \"exchange\"\nhost = \"localhost\"\ntemplate = \"sha256:{}\"\nmax_age = \"1h\"\n"
        "columns = [\"account\", \"balance\"]\n{}",
        ToHex(TemplateHash(MustParse(template_))), more);
    const TestSurvey keys;
    SurveyDraft draft;
    draft.text = std::move(text);
    for (unsigned i = 0; i < 3; ++i) draft.box_keys[i] = keys.box_keys[i].PublicKey();
    for (unsigned i = 0; i < 3; ++i) {
      draft.signatures[i] = keys.identities[i].Sign(SurveySignatureInput(draft.Hash(), i));
    }
    auto made = SignedSurvey::FromDraft(std::move(draft));
    EXPECT_TRUE(made.has_value()) << made.error().message();
    return *std::move(made);
  }
  Result<ProvenAnswer> Prove(const SignedSurvey& survey, Person& person) {
    const std::vector<SourceInput> inputs = {{.template_text = template_, .secrets = ExchangeSecrets()}};
    return ProveSources(survey, inputs, TestRoots(), testing::TestKey('a', 1), {}, person, rng_);
  }

  TestWebsite website_{WithHead(ExchangeBody({.balance = "12.34000000"}))};
  std::string template_ = ExchangeAt(website_.port());
  SystemRng rng_;
};

AttestationMode ModeOf(const ProvenAnswer& answer) {
  return DecodePresentation(answer.groups.at(0).attestation)->facts.session.mode;
}

TEST_F(ProveSourcesTest, UsesTheSessionThatWasPreparedWhileThePersonRead) {
  TestNotary notary(website_.port());
  Person person;
  const auto answer = Prove(SurveyOf(notary.Toml()), person);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(ModeOf(*answer), AttestationMode::kMpc);
  EXPECT_THAT(answer->groups, SizeIs(1));
  EXPECT_THAT(person.phases, Contains(HasSubstr("done while you read")));
  EXPECT_EQ(notary.asked, 1);
}

TEST_F(ProveSourcesTest, OpensAnotherSessionInTheSameModeWhenThePreparedOneIsLost) {
  TestNotary notary(website_.port());
  Person person([&]() -> Status {
    notary.WaitForASession();
    notary.Restart();
    return {};
  });
  const auto answer = Prove(SurveyOf(notary.Toml()), person);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(ModeOf(*answer), AttestationMode::kMpc);
  EXPECT_THAT(person.phases, Contains(AllOf(HasSubstr("offline"), Not(HasSubstr("done while you read")))));
  // What the answer names is the session that proved it.
  const Presentation shown = DecodePresentation(answer->groups.at(0).attestation).value();
  const std::size_t group = answer->draft.groups.size() - 1;
  EXPECT_EQ(answer->draft.groups[group].notary_session_id, shown.facts.session.session_id);
  EXPECT_EQ(ContextOf(answer->draft, group), shown.facts.session.context);
}

TEST_F(ProveSourcesTest, AsksTheWebsiteNothingWhenThePreparedSessionIsLostAndNoOtherCanBeOpened) {
  TestNotary notary(website_.port());
  Person person([&]() -> Status {
    notary.WaitForASession();
    notary.Stop();
    return {};
  });
  const auto answer = Prove(SurveyOf(notary.Toml()), person);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable) << answer.error().message();
  EXPECT_EQ(website_.asked(), "");
}

TEST_F(ProveSourcesTest, DoesNotFallBackToModeProxyWhereANotaryOffersNoOther) {
  TestNotary notary(website_.port(), {.mpc_request_bytes = 0});
  Person person;
  const auto answer = Prove(SurveyOf(notary.Toml()), person);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnimplemented) << answer.error().message();
  EXPECT_EQ(website_.asked(), "");
}

TEST_F(ProveSourcesTest, OpensNothingAheadInModeProxy) {
  TestNotary notary(website_.port());
  int asked_while_reading = -1;
  Person person([&]() -> Status {
    asked_while_reading = notary.asked;
    return {};
  });
  const auto answer = Prove(SurveyOf(notary.Toml(), "mode = \"proxy\"\n"), person);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(asked_while_reading, 0);
  EXPECT_EQ(ModeOf(*answer), AttestationMode::kProxy);
  EXPECT_THAT(person.phases, Contains("preparing"));
}

TEST_F(ProveSourcesTest, AsksNothingWhenThePersonSaysNo) {
  TestNotary notary(website_.port());
  Person person([] { return Status(Fail(ErrorCode::kInvalidArgument, "no")); });
  const auto answer = Prove(SurveyOf(notary.Toml()), person);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message(), "no");
  EXPECT_THAT(person.phases, IsEmpty());
  EXPECT_EQ(website_.asked(), "");
}

TEST_F(ProveSourcesTest, ProvesNothingWhenThePersonDoesNotLikeTheAnswer) {
  TestNotary notary(website_.port());
  Person person;
  person.before_proof = Fail(ErrorCode::kInvalidArgument, "not this");
  const auto answer = Prove(SurveyOf(notary.Toml(), "mode = \"proxy\"\n"), person);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message(), "not this");
  EXPECT_NE(website_.asked(), "");
  EXPECT_THAT(person.phases, Not(Contains("proving")));
}

TEST_F(ProveSourcesTest, TakesTheNextNotaryWhenOneDoesNotAnswerOrSignsWithAKeyThatTheSurveyDoesNotName) {
  TestNotary other(website_.port());
  TestNotary gone(website_.port());
  gone.Stop();
  TestNotary notary(website_.port());
  const Bytes32 unknown = testing::TestKey('n', 1).PublicKey();
  Person person;
  const auto answer = Prove(
      SurveyOf(other.Toml("Other key", unknown) + gone.Toml("Gone", gone.key()) + notary.Toml()), person);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(answer->draft.groups.back().notary_key_id, NotaryKeyId(notary.key()));
  EXPECT_GE(other.asked, 1);
  EXPECT_GE(gone.asked, 1);
}

TEST_F(ProveSourcesTest, SaysThatTheOnlyNotarysKeyIsNotTheSurveys) {
  TestNotary notary(website_.port());
  Person person;
  const auto answer = Prove(SurveyOf(notary.Toml("Notary", testing::TestKey('n', 1).PublicKey())), person);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(answer.error().message(), HasSubstr("a key that the survey does not name"));
  EXPECT_EQ(website_.asked(), "");
}

TEST_F(ProveSourcesTest, RefusesAnotherTemplateAndMissingOnesBeforeANotaryIsAsked) {
  TestNotary notary(website_.port());
  const SignedSurvey survey = SurveyOf(notary.Toml());
  Person person;
  EXPECT_EQ(ProveSources(survey, {}, TestRoots(), testing::TestKey('a', 1), {}, person, rng_).error().code(),
            ErrorCode::kInvalidArgument);
  template_ = ExchangeAt(static_cast<std::uint16_t>(website_.port() - 1));
  const auto answer = Prove(survey, person);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().message(), HasSubstr("is another than the survey's for exchange"));
  EXPECT_EQ(notary.asked, 0);
}

}  // namespace
}  // namespace mpcstats

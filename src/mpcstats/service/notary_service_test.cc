// The notary as provers and parties meet it: whole sessions at its port, and its keys and log over HTTP.
#include "mpcstats/service/notary_service.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "mpcstats/zktls/session/session_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr UnixSeconds kNow = 1'795'352'700;

Bytes32 HashOf(std::uint8_t number) { return Bytes32{number, 0x5a}; }

struct Answer {
  int status = 0;
  Json body;
};

class NotaryServiceTest : public ::testing::Test {
 protected:
  void Start(std::uint16_t website_port = 1, NotaryLimits limits = {}) {
    NotaryServiceOptions options;
    options.identity = identity_;
    options.store = store_;
    options.clock = clock_;
    options.keys = NotaryKeyring::Create(store_, identity_, 90, clock_->Now()).value();
    options.roots = std::shared_ptr<const RootStore>(&TestRoots(), [](const RootStore*) {});
    options.tls = [this] { return HttpServerTls::FromIdentity(*identity_); };
    options.session_listen = {"127.0.0.1", 0};
    options.allowed_hosts = {"localhost:" + std::to_string(website_port)};
    options.allow_private_addresses = true;
    options.limits = limits;
    options.rate = rate_;
    service_ = NotaryService::Create(std::move(options)).value();
  }

  Answer Get(const std::string& target, const std::string& query = {}) {
    Answer answer;
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    request.query = query;
    request.remote_address = "192.0.2.1";
    service_->Handle(std::move(request), [&](const HttpResponse& response) {
      answer.status = response.status;
      const ByteSpan content = response.Content();
      answer.body = Json::parse(content.begin(), content.end());
    });
    return answer;
  }

  Result<std::unique_ptr<FrameStream>> Connect() {
    return FrameStream::Connect("127.0.0.1", service_->session_port(), {identity_->Fingerprint()},
                                {.peer_name = "the notary"});
  }

  Result<ProvenStatement> Prove(std::uint16_t website_port, AttestationMode mode = AttestationMode::kProxy) {
    ASSIGN_OR_RETURN(const auto stream, Connect());
    ASSIGN_OR_RETURN(Buffer<std::uint8_t> request,
                     FillRequest(MustParse(ExchangeAt(website_port)), ExchangeSecrets()));
    ASSIGN_OR_RETURN(OpenedSession opened, OpenedSession::Open(*stream, mode, rng_, request.size()));
    SessionBind bind{.context = HashOf(1),
                     .header_group = 1,
                     .template_text = ExchangeAt(website_port),
                     .columns = ExchangeColumns()};
    ASSIGN_OR_RETURN(BoundSession bound, std::move(opened).Bind(std::move(bind)));
    ASSIGN_OR_RETURN(ExchangedSession exchanged,
                     std::move(bound).Exchange(std::move(request), TestPolicy("localhost")));
    return std::move(exchanged).Prove();
  }

  // Outcomes are counted when a session's thread is done, which is after its prover has heard the end.
  void ExpectOutcome(const std::string& outcome) {
    const std::string line = "mpcstats_notary_sessions_total{outcome=\"" + outcome + "\"} 1";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (service_->metrics().Text().find(line) == std::string::npos &&
           std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    EXPECT_THAT(service_->metrics().Text(), HasSubstr(line));
  }

  std::shared_ptr<const Identity> identity_ =
      std::make_shared<const Identity>(std::move(*Identity::Create()));
  std::shared_ptr<NotaryStore> store_ = NotaryStore::Open(":memory:").value();
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(kNow);
  RateLimiter::Options rate_{.per_second = 1e6, .burst = 1e6};
  SystemRng rng_;
  std::unique_ptr<NotaryService> service_;
};

TEST_F(NotaryServiceTest, AttestsAndWritesItDown) {
  TestWebsite website(WithHead(ExchangeBody()));
  Start(website.port());
  const auto proven = Prove(website.port());
  ASSERT_TRUE(proven.has_value()) << proven.error().message();
  ExpectOutcome("attested");
  const std::string hash = ToHex(AttestationHash(proven->shown));
  EXPECT_EQ(Get("/v1/notary/log").body["entries"][0]["attestation_hash"], hash);
  EXPECT_EQ(Get("/v1/notary/log/" + hash).body["number"], 1);
  // Signed by a key of the list.
  const std::optional<Bytes> list = FromHex(Get("/v1/notary/keys").body["signed"].get<std::string>());
  const auto keys = DecodeNotaryKeys(*list);
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(keys->identity, identity_->PublicKey());
  EXPECT_TRUE(VerifyPresentation(*DecodePresentation(proven->shown), keys->keys[0].public_key));
}

TEST_F(NotaryServiceTest, AttestsInModeMpc) {
  TestWebsite website(WithHead(ExchangeBody()));
  Start(website.port());
  const auto proven = Prove(website.port(), AttestationMode::kMpc);
  ASSERT_TRUE(proven.has_value()) << proven.error().message();
  ExpectOutcome("attested");
  EXPECT_EQ(DecodePresentation(proven->shown)->facts.session.mode, AttestationMode::kMpc);
}

TEST_F(NotaryServiceTest, RefusesARequestBeyondItsConfigurationInModeMpc) {
  Start(1, {.mpc_request_bytes = 256});
  const auto stream = Connect();
  ASSERT_TRUE(stream.has_value());
  const auto opened = OpenedSession::Open(**stream, AttestationMode::kMpc, rng_, 257);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kUnimplemented);
  EXPECT_THAT(opened.error().message(), HasSubstr("at most 256 bytes"));
  EXPECT_THAT(opened.error().message(), HasSubstr("mpc_request_bytes"));
  ExpectOutcome("refused");
}

TEST_F(NotaryServiceTest, OffersNoModeMpcWhenItsOperatorTookItOut) {
  Start(1, {.mpc_request_bytes = 0});
  EXPECT_EQ(Get("/v1/info").body["modes"], Json::array({"proxy"}));
  const auto stream = Connect();
  ASSERT_TRUE(stream.has_value());
  const auto opened = OpenedSession::Open(**stream, AttestationMode::kMpc, rng_, 10);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kUnimplemented);
  EXPECT_THAT(opened.error().message(), HasSubstr("mpc_request_bytes"));
  ExpectOutcome("refused");
}

TEST_F(NotaryServiceTest, DoesNotSpeakToWebsitesThatItsOperatorDidNotName) {
  Start(1);
  const auto proven = Prove(2);
  ASSERT_FALSE(proven.has_value());
  EXPECT_THAT(proven.error().message(), HasSubstr("does not speak to localhost:2"));
  ExpectOutcome("refused");
  EXPECT_EQ(Get("/v1/notary/log").body["entries"], Json::array());
}

TEST_F(NotaryServiceTest, ASessionOverItsBytesFromTheWebsiteEnds) {
  TestWebsite website(WithHead(ExchangeBody()));
  Start(website.port(), {.received_bytes = 900});
  const auto proven = Prove(website.port());
  ASSERT_FALSE(proven.has_value());
  ExpectOutcome("refused");
  EXPECT_EQ(Get("/v1/notary/log").body["entries"], Json::array());
}

TEST_F(NotaryServiceTest, ASessionOverItsBytesTowardsTheWebsiteEnds) {
  TestWebsite website(WithHead(ExchangeBody()));
  Start(website.port(), {.sent_bytes = 300});
  EXPECT_FALSE(Prove(website.port()).has_value());
  ExpectOutcome("refused");
}

TEST_F(NotaryServiceTest, AProverWhoSaysNothingIsLeftWhenHerTimeIsUp) {
  Start(1, {.session_seconds = 1});
  const auto stream = Connect();
  ASSERT_TRUE(stream.has_value());
  EXPECT_FALSE((*stream)->Receive(1000).has_value());
  ExpectOutcome("broken");
}

TEST_F(NotaryServiceTest, TurnsAwayWhoComesWhenAllPlacesAreTaken) {
  Start(1, {.sessions = 1});
  const auto first = Connect();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(Connect().has_value());
  ExpectOutcome("turned-away");
}

TEST_F(NotaryServiceTest, StopEndsASessionThatRuns) {
  Start();
  const auto stream = Connect();
  ASSERT_TRUE(stream.has_value());
  ASSERT_TRUE(OpenedSession::Open(**stream, AttestationMode::kProxy, rng_).has_value());
  service_->Stop();
  EXPECT_FALSE((*stream)->Receive(1000).has_value());
  ExpectOutcome("broken");
}

TEST_F(NotaryServiceTest, SaysWhereItsSessionsAreAndWhomItTrusts) {
  Start();
  EXPECT_EQ(Get("/healthz").status, 200);
  const Answer info = Get("/v1/info");
  EXPECT_EQ(info.status, 200);
  EXPECT_EQ(info.body["session_port"], service_->session_port());
  EXPECT_EQ(info.body["root_store"], ToHex(TestRoots().id()));
  EXPECT_EQ(info.body["modes"], Json::array({"mpc", "proxy"}));
}

TEST_F(NotaryServiceTest, ListsItsKeysAndThoseThatItRevoked) {
  Start();
  const Answer answer = Get("/v1/notary/keys");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["identity"], "ed25519:" + ToHex(identity_->PublicKey()));
  ASSERT_EQ(answer.body["keys"].size(), 1u);
  EXPECT_EQ(answer.body["keys"][0]["revoked_at"], nullptr);
  // Time passes, and the successor is listed.
  clock_->Advance(61 * UnixSeconds{86'400});
  service_->Housekeeping();
  EXPECT_EQ(Get("/v1/notary/keys").body["keys"].size(), 2u);
}

TEST_F(NotaryServiceTest, ShowsItsLogFromANumberOn) {
  Start();
  EXPECT_EQ(Get("/v1/notary/log").body["head"], nullptr);
  for (std::uint8_t i = 1; i <= 3; ++i) ASSERT_TRUE(store_->Append(HashOf(i), kNow + i).has_value());
  EXPECT_EQ(Get("/v1/notary/log").body["entries"].size(), 3u);
  const Answer later = Get("/v1/notary/log", "from=3");
  ASSERT_EQ(later.body["entries"].size(), 1u);
  EXPECT_EQ(later.body["entries"][0]["attestation_hash"], ToHex(HashOf(3)));
  EXPECT_EQ(later.body["head"], later.body["entries"][0]);
  EXPECT_EQ(Get("/v1/notary/log", "from=4").body["entries"], Json::array());
}

TEST_F(NotaryServiceTest, RefusesAQueryThatIsNoNumber) {
  Start();
  for (const char* query : {"from=", "from=x", "from=-1", "from=1&to=2", "to=1", "from=1e3", "from=%31",
                            "from=00000000000000000000000000001", "from=18446744073709551615"}) {
    EXPECT_EQ(Get("/v1/notary/log", query).status, 400) << query;
  }
}

TEST_F(NotaryServiceTest, ANumberLargerThanAnyIsBehindTheEnd) {
  Start();
  ASSERT_TRUE(store_->Append(HashOf(1), kNow).has_value());
  for (const char* query :
       {"from=9223372036854775807", "from=9223372036854775808", "from=9999999999999999999"}) {
    const Answer answer = Get("/v1/notary/log", query);
    EXPECT_EQ(answer.status, 200) << query;
    EXPECT_EQ(answer.body["entries"], Json::array()) << query;
  }
}

TEST_F(NotaryServiceTest, KnowsNoAttestationThatItDidNotSign) {
  Start();
  ASSERT_TRUE(store_->Append(HashOf(1), kNow).has_value());
  EXPECT_EQ(Get("/v1/notary/log/" + ToHex(HashOf(1))).status, 200);
  EXPECT_EQ(Get("/v1/notary/log/" + ToHex(HashOf(2))).status, 404);
  EXPECT_EQ(Get("/v1/notary/log/nothing").status, 404);
  EXPECT_EQ(Get("/v1/notary/log/" + ToHex(HashOf(1)) + "00").status, 404);
}

TEST_F(NotaryServiceTest, AsksWhoAsksTooOftenToWait) {
  rate_ = {.per_second = 1e-6, .burst = 2};
  Start();
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/healthz").status, 429);
}

}  // namespace
}  // namespace mpcstats

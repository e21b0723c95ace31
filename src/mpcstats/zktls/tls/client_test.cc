#include "mpcstats/zktls/tls/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

std::string MessageOf(const Status& status) { return status ? "no error" : status.error().message(); }

TestSessionOptions WithKey(TestKey key, TlsSignature scheme) {
  TestSessionOptions options;
  options.certificate.key = key;
  options.hooks.scheme = scheme;
  return options;
}

TEST(TlsClient, ConversesWithEachKindOfKeyAndSignature) {
  const std::pair<TestKey, TlsSignature> kinds[] = {
      {TestKey::kP256, TlsSignature::kEcdsaP256Sha256},
      {TestKey::kP384, TlsSignature::kEcdsaP384Sha384},
      {TestKey::kP256, TlsSignature::kEcdsaP384Sha384},
      {TestKey::kRsa2048, TlsSignature::kRsaPkcs1Sha256},
      {TestKey::kRsa2048, TlsSignature::kRsaPssRsaeSha256},
  };
  for (const auto& [key, scheme] : kinds) {
    TestSession session(WithKey(key, scheme));
    ASSERT_EQ(MessageOf(Converse(session, "GET / HTTP/1.1\r\n\r\n", "the answer")), "no error");
    EXPECT_EQ(session.server().received(), "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(session.Received(), "the answer");
    EXPECT_EQ(session.client().state(), TlsClient::State::kClosed);
    EXPECT_EQ(session.server().alerts(), std::vector<std::uint8_t>{0});
  }
}

TEST(TlsClient, TakesItsInputInAnyPieces) {
  for (const std::size_t delivery : {1, 2, 5, 6, 100}) {
    TestSessionOptions options;
    options.delivery = delivery;
    TestSession session(std::move(options));
    ASSERT_EQ(MessageOf(Converse(session, "request", "response")), "no error");
    EXPECT_EQ(session.Received(), "response");
  }
}

TEST(TlsClient, TakesHandshakeMessagesSplitOverRecordsAndTogetherInOne) {
  for (const std::size_t piece : {1, 3, 4, 5, 64, 1000}) {
    TestSessionOptions options;
    options.hooks.flight_piece = piece;
    TestSession session(std::move(options));
    ASSERT_EQ(MessageOf(Converse(session, "request", "response")), "no error") << piece;
    EXPECT_EQ(session.Received(), "response");
    EXPECT_TRUE(session.Observed().has_value());
  }
}

TEST(TlsClient, SendsAndTakesRecordsOfEachSize) {
  const std::string text(40000, 'x');
  for (const std::size_t piece : {std::size_t{100}, std::size_t{16383}, kTlsMaxPlaintext}) {
    TestSessionOptions options;
    options.max_record = piece;
    TestSession session(std::move(options));
    ASSERT_EQ(MessageOf(Converse(session, text, text, piece)), "no error");
    EXPECT_EQ(session.server().received(), text);
    EXPECT_EQ(session.Received(), text);
  }
  TestSessionOptions options;
  options.max_record = 1;
  TestSession session(std::move(options));
  ASSERT_EQ(MessageOf(Converse(session, "one byte at a time", "and back", 1)), "no error");
  EXPECT_EQ(session.server().received(), "one byte at a time");
  EXPECT_EQ(session.Received(), "and back");
}

TEST(TlsClient, TakesTheSignOfAServerThatAlsoHasTls13) {
  TestSessionOptions options;
  options.hooks.hello_random = [](Bytes& random) {
    std::ranges::copy(AsBytes("DOWNGRD\x01"), random.end() - 8);
  };
  TestSession session(std::move(options));
  EXPECT_EQ(MessageOf(session.Run()), "no error");
  EXPECT_TRUE(session.client().connected());
}

TEST(TlsClient, TakesTheExtensionsItOfferedAndNothingOnceTheyAreIgnored) {
  TestSessionOptions options;
  options.hooks.extensions = {{0, {}},
                              {10, {0, 2, 0, 23}},
                              {11, {3, 0, 1, 2}},
                              {16, {0, 9, 8, 'h', 't', 't', 'p', '/', '1', '.', '1'}},
                              {23, {}}};
  TestSession session(std::move(options));
  EXPECT_EQ(MessageOf(session.Run()), "no error");
}

TEST(TlsClient, RefusesAResumedSession) {
  TestSessionOptions options;
  options.hooks.flight = [](std::vector<Bytes>& flight) { flight.resize(1); };
  TestSession session(std::move(options));
  ASSERT_EQ(MessageOf(session.Run()), "no error");
  EXPECT_THAT(MessageOf(session.client().Receive(EncodeTlsRecord(TlsContent::kChangeCipherSpec, Bytes{1}))),
              HasSubstr("sent a record of change_cipher_spec (20) where handshake (22) was expected"));
}

TEST(TlsClient, TellsTheAlertOfAServerThatRefuses) {
  SeededRng rng(1);
  LocalKeySchedule keys(rng);
  TlsClient client({.policy = TestPolicy()}, keys, rng);
  (void)client.TakeOutput();
  const Status refused = client.Receive(EncodeTlsRecord(TlsContent::kAlert, Bytes{2, 40}));
  EXPECT_THAT(MessageOf(refused),
              HasSubstr("the server ended the handshake with the alert handshake_failure (40)"));
  EXPECT_TRUE(client.TakeOutput().empty());
}

TEST(TlsClient, RefusesAlertsInPieces) {
  SeededRng rng(1);
  LocalKeySchedule keys(rng);
  TlsClient client({.policy = TestPolicy()}, keys, rng);
  EXPECT_THAT(MessageOf(client.Receive(EncodeTlsRecord(TlsContent::kAlert, Bytes{2}))),
              HasSubstr("an alert of 1 bytes"));
}

TEST(TlsClient, SaysThatTheServerLeftInTheHandshake) {
  TestSessionOptions options;
  options.hooks.flight = [](std::vector<Bytes>& flight) { flight.resize(3); };
  TestSession session(std::move(options));
  ASSERT_EQ(MessageOf(session.Run()), "no error");
  const Status ended = session.client().EndOfInput();
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(session.client().state(), TlsClient::State::kFailed);
}

TEST(TlsClient, FailsAtOnceForAHostThatCannotBeAttested) {
  SeededRng rng(1);
  LocalKeySchedule keys(rng);
  TlsClient client({.policy = TestPolicy("127.0.0.1")}, keys, rng);
  EXPECT_EQ(client.state(), TlsClient::State::kFailed);
  EXPECT_TRUE(client.TakeOutput().empty());
  EXPECT_THAT(client.error()->message(), HasSubstr("DNS name"));
}

// ---- After the server's flight.

struct FinishCase {
  const char* name;
  std::function<void(ServerHooks&)> change;
  const char* sentence;
  ErrorCode code = ErrorCode::kProtocolViolation;
};

const FinishCase kFinishCases[] = {
    {"FinishedFlipped", [](auto& h) { h.verify_data = [](Bytes& data) { data[0] ^= 1; }; },
     "the server's Finished does not verify", ErrorCode::kCheatingDetected},
    {"FinishedLastByte", [](auto& h) { h.verify_data = [](Bytes& data) { data[11] ^= 0x80; }; },
     "the server's Finished does not verify", ErrorCode::kCheatingDetected},
    {"FinishedTagFlipped",
     [](auto& h) { h.finished_fragment = [](Bytes& fragment) { fragment.back() ^= 1; }; },
     "record 0 does not authenticate", ErrorCode::kCheatingDetected},
    {"FinishedShort", [](auto& h) { h.verify_data = [](Bytes& data) { data.pop_back(); }; },
     "where its Finished in a handshake record of 40 bytes was expected"},
    {"FinishedWithMore", [](auto& h) { h.finished_extra = {0, 0, 0, 0}; }, "where its Finished"},
    {"FinishedAsData", [](auto& h) { h.finished_type = TlsContent::kApplicationData; }, "where its Finished"},
    {"NoCcs", [](auto& h) { h.ccs_count = 0; },
     "sent a record of handshake (22) where change_cipher_spec (20) was expected"},
    {"CcsTwice", [](auto& h) { h.ccs_count = 2; }, "a record of 1 bytes where at least 24 must come"},
    {"CcsOfAnotherByte", [](auto& h) { h.ccs = {2}; }, "not the one byte 01"},
    {"CcsOfTwoBytes", [](auto& h) { h.ccs = {1, 1}; }, "not the one byte 01"},
    {"TicketBeforeCcs",
     [](auto& h) {
       h.before_ccs = EncodeTlsRecord(TlsContent::kHandshake,
                                      EncodeTlsHandshake(TlsHandshakeType::kNewSessionTicket, Bytes(6)));
     },
     "sent a record of handshake (22) where change_cipher_spec"},
    {"DataInTheClear",
     [](auto& h) { h.before_ccs = EncodeTlsRecord(TlsContent::kApplicationData, Bytes(10)); },
     "sent a record of application_data (23) where change_cipher_spec"},
    {"AlertInsteadOfCcs", [](auto& h) { h.before_ccs = EncodeTlsRecord(TlsContent::kAlert, Bytes{2, 51}); },
     "ended the handshake with the alert decrypt_error (51)"},
    {"EmptyCcs", [](auto& h) { h.ccs = {}; }, "a record of 0 bytes where at least 1 must come"},
    {"Tls11Record",
     [](auto& h) { h.before_ccs = EncodeTlsRecord(TlsContent::kChangeCipherSpec, Bytes{1}, 0x0302); },
     "version 0x0302"},
};

TEST(TlsClient, SendsNothingUnlessTheServersFinishedIsRight) {
  for (const FinishCase& c : kFinishCases) {
    SCOPED_TRACE(c.name);
    TestSessionOptions options;
    c.change(options.hooks);
    TestSession session(std::move(options));
    const Status run = session.Run();
    ASSERT_FALSE(run.has_value());
    EXPECT_EQ(run.error().code(), c.code);
    EXPECT_THAT(run.error().message(), HasSubstr(c.sentence));
    const Status sent = session.client().Send(AsBytes("api-key: secret"));
    EXPECT_FALSE(sent.has_value());
    EXPECT_EQ(session.server().received(), "");
    EXPECT_EQ(session.Received(), "");
  }
}

TEST(TlsClient, RefusesToSendBeforeTheHandshakeIsOver) {
  TestSession session;
  const Status early = session.client().Send(AsBytes("secret"));
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(MessageOf(session.Run()), "no error");
  EXPECT_EQ(session.server().received(), "");
}

// ---- With keys agreed on.

class ConnectedTlsClient : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(MessageOf(session_.Run()), "no error"); }
  // What the client says when the server has sent what `send` does.
  std::string After(const std::function<void(TestServer&)>& send) {
    send(session_.server());
    const Status run = session_.Run();
    code_ = run ? ErrorCode::kInternal : run.error().code();
    return MessageOf(run);
  }

  TestSession session_;
  ErrorCode code_ = ErrorCode::kInternal;
};

TEST_F(ConnectedTlsClient, TakesAnEmptyRecord) {
  EXPECT_EQ(After([](TestServer& s) {
              s.SendSealed(TlsContent::kApplicationData, {});
              s.SendData("after it");
            }),
            "no error");
  EXPECT_EQ(session_.Received(), "after it");
}

TEST_F(ConnectedTlsClient, RefusesManyEmptyRecordsInARow) {
  EXPECT_THAT(After([](TestServer& s) {
                for (int i = 0; i < 17; ++i) s.SendSealed(TlsContent::kApplicationData, {});
              }),
              HasSubstr("one empty record after the other"));
}

TEST_F(ConnectedTlsClient, RefusesAFlippedBitAnywhereInARecord) {
  for (const std::size_t at : {0, 7, 8, 20, 30}) {
    TestSession session;
    ASSERT_EQ(MessageOf(session.Run()), "no error");
    session.server().SendSealed(TlsContent::kApplicationData, AsBytes("balance"),
                                [at](Bytes& fragment) { fragment.at(at) ^= 4; });
    const Status run = session.Run();
    ASSERT_FALSE(run.has_value()) << at;
    EXPECT_EQ(run.error().code(), ErrorCode::kCheatingDetected);
    EXPECT_EQ(session.server().alerts(),
              std::vector<std::uint8_t>{static_cast<std::uint8_t>(TlsAlert::kBadRecordMac)});
    EXPECT_EQ(session.Received(), "");
  }
}

TEST_F(ConnectedTlsClient, RefusesAReplayedRecord) {
  Bytes record;
  session_.server().SendData("once");
  record = session_.server().TakeOutput();
  session_.server().SendRaw(record);
  session_.server().SendRaw(record);
  const Status run = session_.Run();
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_EQ(session_.Received(), "once");
}

TEST_F(ConnectedTlsClient, RefusesReorderedRecords) {
  session_.server().SendData("first");
  const Bytes first = session_.server().TakeOutput();
  session_.server().SendData("second");
  const Bytes second = session_.server().TakeOutput();
  session_.server().SendRaw(second);
  session_.server().SendRaw(first);
  EXPECT_FALSE(session_.Run().has_value());
  EXPECT_EQ(session_.Received(), "");
}

TEST_F(ConnectedTlsClient, RefusesRenegotiationAndAnyOtherHandshakeMessage) {
  for (const TlsHandshakeType type : {TlsHandshakeType::kHelloRequest, TlsHandshakeType::kNewSessionTicket,
                                      TlsHandshakeType::kCertificateRequest, TlsHandshakeType::kFinished}) {
    TestSession session;
    ASSERT_EQ(MessageOf(session.Run()), "no error");
    session.server().SendSealed(TlsContent::kHandshake, EncodeTlsHandshake(type, {}));
    EXPECT_THAT(MessageOf(session.Run()), HasSubstr("there is no renegotiation"));
    EXPECT_FALSE(session.Observed().has_value());
  }
}

TEST_F(ConnectedTlsClient, RefusesChangeCipherSpecAgain) {
  EXPECT_THAT(After([](TestServer& s) { s.SendSealed(TlsContent::kChangeCipherSpec, Bytes{1}); }),
              HasSubstr("sent a record of change_cipher_spec (20)"));
}

TEST_F(ConnectedTlsClient, RefusesHeartbeats) {
  EXPECT_THAT(After([](TestServer& s) { s.SendRaw(Bytes{24, 3, 3, 0, 3, 1, 0, 0}); }),
              HasSubstr("a record of heartbeat (24)"));
}

TEST_F(ConnectedTlsClient, RefusesARecordThatIsTooLong) {
  EXPECT_THAT(After([](TestServer& s) { s.SendRaw(Bytes{23, 3, 3, 0x40, 0x19}); }),
              HasSubstr("a record of 16409 bytes where at most 16408 may come"));
}

TEST_F(ConnectedTlsClient, RefusesBytesAfterCloseNotify) {
  EXPECT_THAT(After([](TestServer& s) {
                s.CloseNotify();
                s.SendData("more");
              }),
              HasSubstr("after its close_notify"));
}

TEST_F(ConnectedTlsClient, RefusesHalfARecordAfterCloseNotify) {
  EXPECT_THAT(After([](TestServer& s) {
                s.CloseNotify();
                s.SendRaw(Bytes{23, 3});
              }),
              HasSubstr("bytes after its close_notify"));
}

TEST_F(ConnectedTlsClient, TellsAnAlertThatIsNoCloseNotify) {
  EXPECT_THAT(After([](TestServer& s) { s.SendSealed(TlsContent::kAlert, Bytes{2, 80}); }),
              HasSubstr("with the alert internal_error (80)"));
  EXPECT_EQ(code_, ErrorCode::kUnavailable);
}

TEST_F(ConnectedTlsClient, CountsWhatItTakes) {
  TestSessionOptions options;
  options.max_received = 10;
  TestSession session(std::move(options));
  ASSERT_EQ(MessageOf(session.Run()), "no error");
  session.server().SendData("0123456789");
  ASSERT_EQ(MessageOf(session.Run()), "no error");
  session.server().SendData("x");
  const Status run = session.Run();
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(ConnectedTlsClient, KnowsATruncatedAnswerFromAWholeOne) {
  session_.server().SendData("half");
  ASSERT_EQ(MessageOf(session_.Run()), "no error");
  ASSERT_EQ(MessageOf(session_.client().EndOfInput()), "no error");
  EXPECT_EQ(session_.client().state(), TlsClient::State::kTruncated);
  EXPECT_EQ(session_.Received(), "half");
  EXPECT_FALSE(session_.client().Send(AsBytes("x")).has_value());
}

TEST_F(ConnectedTlsClient, SendsCloseNotifyOnceAndNothingAfterIt) {
  ASSERT_EQ(MessageOf(session_.client().Close()), "no error");
  ASSERT_EQ(MessageOf(session_.client().Close()), "no error");
  EXPECT_FALSE(session_.client().Send(AsBytes("x")).has_value());
  ASSERT_EQ(MessageOf(session_.Run()), "no error");
  EXPECT_EQ(session_.server().alerts(), std::vector<std::uint8_t>{0});
}

// ---- Keys that are elsewhere.

// As in MPC mode: opens the Finished and nothing else.
class ClosedRecords final : public RecordProtection {
 public:
  explicit ClosedRecords(std::unique_ptr<RecordProtection> inner) : inner_(std::move(inner)) {}
  Result<Bytes> Seal(TlsContent type, std::uint64_t sequence, ByteSpan plaintext) override {
    return inner_->Seal(type, sequence, plaintext);
  }
  Result<std::optional<Buffer<std::uint8_t>>> Open(TlsContent type, std::uint64_t sequence,
                                                   ByteSpan fragment) override {
    if (type == TlsContent::kHandshake) return inner_->Open(type, sequence, fragment);
    return std::nullopt;
  }

 private:
  std::unique_ptr<RecordProtection> inner_;
};

class RemoteKeys final : public KeySchedule {
 public:
  explicit RemoteKeys(Rng& rng) : local_(rng) {}
  Result<EcPoint> ClientPoint() override { return local_.ClientPoint(); }
  Status Derive(const Handshake& handshake) override {
    if (fails) return Fail(ErrorCode::kUnavailable, "the notary left while the keys were derived");
    return local_.Derive(handshake);
  }
  Result<TlsVerifyData> ClientVerifyData(const Bytes32& hash) override {
    return local_.ClientVerifyData(hash);
  }
  Result<TlsVerifyData> ServerVerifyData(const Bytes32& hash) override {
    return local_.ServerVerifyData(hash);
  }
  Result<std::unique_ptr<RecordProtection>> Records() override {
    ASSIGN_OR_RETURN(auto inner, local_.Records());
    return std::unique_ptr<RecordProtection>(std::make_unique<ClosedRecords>(std::move(inner)));
  }

  bool fails = false;

 private:
  LocalKeySchedule local_;
};

Status Carry(TlsClient& client, TestServer& server) {
  for (;;) {
    const Bytes up = client.TakeOutput();
    server.Receive(up);
    const Bytes down = server.TakeOutput();
    if (up.empty() && down.empty()) return {};
    RETURN_IF_ERROR(client.Receive(down));
  }
}

TestServer GoodServer() {
  return TestServer({IssueTestCertificate(&TestRoot(), {}).Der()}, SharedTestKey(TestKey::kP256), {});
}

TEST(TlsClientWithRemoteKeys, CountsRecordsThatStayClosed) {
  SeededRng rng(3);
  RemoteKeys keys(rng);
  TlsClient client({.policy = TestPolicy()}, keys, rng);
  TestServer server = GoodServer();
  ASSERT_EQ(MessageOf(Carry(client, server)), "no error");
  ASSERT_TRUE(client.connected());
  server.SendData("closed", 3);
  server.CloseNotify();
  ASSERT_EQ(MessageOf(Carry(client, server)), "no error");
  EXPECT_EQ(client.sealed_records(), 2u);
  EXPECT_EQ(client.TakeReceived().size(), 0u);
  EXPECT_EQ(client.state(), TlsClient::State::kClosed);
}

TEST(TlsClientWithRemoteKeys, PassesOnWhyTheyFailed) {
  SeededRng rng(3);
  RemoteKeys keys(rng);
  keys.fails = true;
  TlsClient client({.policy = TestPolicy()}, keys, rng);
  TestServer server = GoodServer();
  const Status run = Carry(client, server);
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(run.error().message(), HasSubstr("the notary left"));
}

}  // namespace
}  // namespace mpcstats

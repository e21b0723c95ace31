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

// ---- A server that misbehaves in the handshake. The observer, which sees the same bytes, says the same.

struct HandshakeCase {
  const char* name;
  std::function<void(TestSessionOptions&)> change;
  TlsAlert alert;
  const char* sentence;
};

void Extensions(TestSessionOptions& options, std::vector<std::pair<std::uint16_t, Bytes>> extensions) {
  options.hooks.extensions = std::move(extensions);
}

TlsChange SetPoint(std::string_view hex) {
  return [point = *FromHex(hex)](Bytes& params) {
    params = {3, 0, 23, static_cast<std::uint8_t>(point.size())};
    params.insert(params.end(), point.begin(), point.end());
  };
}

std::function<void(TestSessionOptions&)> LeaveOut(std::vector<TlsHandshakeType> types) {
  return [types](TestSessionOptions& options) { options.hooks.leave_out = types; };
}

std::function<void(TestSessionOptions&)> Insert(std::size_t at, TlsHandshakeType type, Bytes body) {
  return [at, message = EncodeTlsHandshake(type, body)](TestSessionOptions& options) {
    options.hooks.flight = [at, message](std::vector<Bytes>& flight) {
      flight.insert(flight.begin() + static_cast<std::ptrdiff_t>(at), message);
    };
  };
}

// The first point of NIST's vectors with another last bit, in its other forms, and with p as x.
constexpr char kOffCurve[] =
    "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
    "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ad";
constexpr char kCompressed[] = "02700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287";
constexpr char kHybrid[] =
    "06700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
    "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac";
constexpr char kXIsP[] =
    "04ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
    "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac";

const HandshakeCase kHandshakeCases[] = {
    {"Tls11", [](auto& o) { o.hooks.version = 0x0302; }, TlsAlert::kProtocolVersion, "chose version 0x0302"},
    {"Tls13", [](auto& o) { o.hooks.version = 0x0304; }, TlsAlert::kProtocolVersion, "chose version 0x0304"},
    {"DowngradeSentinel",
     [](auto& o) {
       o.hooks.hello_random = [](Bytes& random) {
         std::ranges::copy(AsBytes(std::string_view("DOWNGRD\0", 8)), random.end() - 8);
       };
     },
     TlsAlert::kIllegalParameter, "fell back below TLS 1.2"},
    {"Aes256", [](auto& o) { o.hooks.suite = 0xc02c; }, TlsAlert::kIllegalParameter, "cipher suite 0xc02c"},
    {"StaticRsa", [](auto& o) { o.hooks.suite = 0x009c; }, TlsAlert::kIllegalParameter,
     "cipher suite 0x009c"},
    {"SuiteOfTls13", [](auto& o) { o.hooks.suite = 0x1301; }, TlsAlert::kIllegalParameter,
     "cipher suite 0x1301"},
    {"RsaSuiteWithEcdsaKey", [](auto& o) { o.hooks.suite = 0xc02f; }, TlsAlert::kIllegalParameter,
     "does not fit its certificate's key"},
    {"NoExtendedMasterSecret", [](auto& o) { Extensions(o, {{0xff01, {0}}}); }, TlsAlert::kHandshakeFailure,
     "extended master secret"},
    {"NoExtensionsAtAll", [](auto& o) { o.hooks.hello_body = [](Bytes& body) { body.resize(38); }; },
     TlsAlert::kHandshakeFailure, "extended master secret"},
    {"ExtendedMasterSecretWithContent", [](auto& o) { Extensions(o, {{23, {1}}}); },
     TlsAlert::kIllegalParameter, "extension 23 with content 01"},
    {"ExtensionTwice", [](auto& o) { Extensions(o, {{23, {}}, {0, {}}, {23, {}}}); }, TlsAlert::kDecodeError,
     "extension 23 twice"},
    {"TicketExtension", [](auto& o) { Extensions(o, {{23, {}}, {35, {}}}); }, TlsAlert::kUnsupportedExtension,
     "extension 35 that was not offered"},
    {"HeartbeatExtension", [](auto& o) { Extensions(o, {{23, {}}, {15, {1}}}); },
     TlsAlert::kUnsupportedExtension, "extension 15"},
    {"EncryptThenMac", [](auto& o) { Extensions(o, {{23, {}}, {22, {}}}); }, TlsAlert::kUnsupportedExtension,
     "extension 22"},
    {"SupportedVersions", [](auto& o) { Extensions(o, {{23, {}}, {43, {3, 4}}}); },
     TlsAlert::kUnsupportedExtension, "extension 43"},
    {"RenegotiationInfoNotEmpty", [](auto& o) { Extensions(o, {{23, {}}, {0xff01, {1, 9}}}); },
     TlsAlert::kIllegalParameter, "no renegotiation"},
    {"PointFormatsWithoutUncompressed", [](auto& o) { Extensions(o, {{23, {}}, {11, {1, 1}}}); },
     TlsAlert::kIllegalParameter, "extension 11"},
    {"Http2", [](auto& o) { Extensions(o, {{23, {}}, {16, {0, 3, 2, 'h', '2'}}}); },
     TlsAlert::kNoApplicationProtocol, "another application protocol"},
    {"TwoProtocols",
     [](auto& o) {
       Extensions(o, {{23, {}}, {16, {0, 12, 8, 'h', 't', 't', 'p', '/', '1', '.', '1', 2, 'h', '2'}}});
     },
     TlsAlert::kNoApplicationProtocol, "another application protocol"},
    {"ExtensionLengthTooLong", [](auto& o) { o.hooks.hello_body = [](Bytes& body) { ++body[39]; }; },
     TlsAlert::kDecodeError, "lengths do not fit"},
    {"BytesAfterExtensions", [](auto& o) { o.hooks.hello_body = [](Bytes& body) { body.push_back(0); }; },
     TlsAlert::kDecodeError, "lengths do not fit"},
    {"HelloCutOff", [](auto& o) { o.hooks.hello_body = [](Bytes& body) { body.resize(37); }; },
     TlsAlert::kDecodeError, "lengths do not fit"},
    {"LongSessionId",
     [](auto& o) {
       o.hooks.hello_body = [](Bytes& body) {
         body[34] = 33;
         body.insert(body.begin() + 35, 33, 7);
       };
     },
     TlsAlert::kDecodeError, "lengths do not fit"},
    {"Compression", [](auto& o) { o.hooks.hello_body = [](Bytes& body) { body[37] = 1; }; },
     TlsAlert::kIllegalParameter, "compression 1"},

    {"OtherGroup", [](auto& o) { o.hooks.exchange_params = [](Bytes& params) { params[2] = 24; }; },
     TlsAlert::kIllegalParameter, "group 24"},
    {"ExplicitCurve", [](auto& o) { o.hooks.exchange_params = [](Bytes& params) { params[0] = 1; }; },
     TlsAlert::kIllegalParameter, "type 1"},
    {"PointOffCurve", [](auto& o) { o.hooks.exchange_params = SetPoint(kOffCurve); },
     TlsAlert::kIllegalParameter, "is not a point of the curve"},
    {"PointWithXOfP", [](auto& o) { o.hooks.exchange_params = SetPoint(kXIsP); }, TlsAlert::kIllegalParameter,
     "is not a point of the curve"},
    {"PointAtInfinity", [](auto& o) { o.hooks.exchange_params = SetPoint("00"); },
     TlsAlert::kIllegalParameter, "has 1 bytes and starts with 00"},
    {"PointCompressed", [](auto& o) { o.hooks.exchange_params = SetPoint(kCompressed); },
     TlsAlert::kIllegalParameter, "has 33 bytes and starts with 02"},
    {"PointHybrid", [](auto& o) { o.hooks.exchange_params = SetPoint(kHybrid); }, TlsAlert::kIllegalParameter,
     "starts with 06"},
    {"PointEmpty", [](auto& o) { o.hooks.exchange_params = SetPoint(""); }, TlsAlert::kIllegalParameter,
     "has 0 bytes"},
    {"SignatureOverOtherClientRandom",
     [](auto& o) { o.hooks.signed_randoms = [](Bytes& randoms) { randoms[0] ^= 1; }; },
     TlsAlert::kDecryptError, "another session's"},
    {"SignatureOverOtherServerRandom",
     [](auto& o) { o.hooks.signed_randoms = [](Bytes& randoms) { randoms[63] ^= 1; }; },
     TlsAlert::kDecryptError, "another session's"},
    {"PointChangedAfterSigning",
     [](auto& o) {
       // The generator: on the curve, and not what was signed.
       o.hooks.exchange_body = [](Bytes& body) {
         std::ranges::copy(*FromHex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                                    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
                           body.begin() + 4);
       };
     },
     TlsAlert::kDecryptError, "does not verify"},
    {"SignatureFlipped", [](auto& o) { o.hooks.exchange_body = [](Bytes& body) { body.back() ^= 1; }; },
     TlsAlert::kDecryptError, "does not verify"},
    {"SignatureEmpty",
     [](auto& o) {
       o.hooks.exchange_body = [](Bytes& body) {
         body.resize(71);
         body.push_back(0);
         body.push_back(0);
       };
     },
     TlsAlert::kDecryptError, "does not verify"},
    {"SignatureBySha1", [](auto& o) { o.hooks.scheme = static_cast<TlsSignature>(0x0203); },
     TlsAlert::kIllegalParameter, "scheme 0x0203 that was not offered"},
    {"SchemeOfAnotherKey", [](auto& o) { o.hooks.scheme = TlsSignature::kRsaPkcs1Sha256; },
     TlsAlert::kIllegalParameter, "does not fit its certificate's key"},
    {"BytesAfterSignature", [](auto& o) { o.hooks.exchange_body = [](Bytes& body) { body.push_back(0); }; },
     TlsAlert::kDecodeError, "lengths do not fit"},

    {"NoCertificateMessage", LeaveOut({TlsHandshakeType::kCertificate}), TlsAlert::kUnexpectedMessage,
     "sent ServerKeyExchange (12) where Certificate (11) was expected"},
    {"NoKeyExchange", LeaveOut({TlsHandshakeType::kServerKeyExchange}), TlsAlert::kUnexpectedMessage,
     "sent ServerHelloDone (14) where ServerKeyExchange (12)"},
    {"NoHello", LeaveOut({TlsHandshakeType::kServerHello}), TlsAlert::kUnexpectedMessage,
     "sent Certificate (11) where ServerHello (2)"},
    {"HelloRequestFirst", Insert(0, TlsHandshakeType::kHelloRequest, {}), TlsAlert::kUnexpectedMessage,
     "there is no renegotiation"},
    {"HelloTwice", Insert(1, TlsHandshakeType::kServerHello, Bytes(40)), TlsAlert::kUnexpectedMessage,
     "sent ServerHello (2) where Certificate (11)"},
    {"CertificateRequest", Insert(3, TlsHandshakeType::kCertificateRequest, Bytes(8)),
     TlsAlert::kUnexpectedMessage, "client certificates are not supported"},
    {"CertificateStatus", Insert(2, TlsHandshakeType::kCertificateStatus, Bytes(8)),
     TlsAlert::kUnexpectedMessage, "no certificate status was asked for"},
    {"TicketInTheFlight", Insert(3, TlsHandshakeType::kNewSessionTicket, Bytes(8)),
     TlsAlert::kUnexpectedMessage, "no ticket was asked for"},
    {"MoreAfterTheFlight", Insert(4, TlsHandshakeType::kHelloRequest, {}), TlsAlert::kUnexpectedMessage,
     "sent more in its record after ServerHelloDone"},
    {"DoneWithContent", [](auto& o) { o.hooks.done_body = {0}; }, TlsAlert::kDecodeError, "is not empty"},
    {"EndlessMessage",
     [](auto& o) { o.hooks.flight = [](std::vector<Bytes>& flight) { flight = {{11, 1, 0, 1}}; }; },
     TlsAlert::kDecodeError, "announced Certificate (11) of 65537 bytes"},
    {"NoCertificates", [](auto& o) { o.hooks.certificate_body = [](Bytes& body) { body = {0, 0, 0}; }; },
     TlsAlert::kBadCertificate, "sent no certificate"},
    {"ElevenCertificates",
     [](auto& o) {
       o.hooks.certificate_body = [](Bytes& body) {
         body = {0, 0, 44};
         for (int i = 0; i < 11; ++i) body.insert(body.end(), {0, 0, 1, 48});
       };
     },
     TlsAlert::kBadCertificate, "more than 10 certificates"},
    {"CertificateIsGarbage",
     [](auto& o) { o.hooks.certificate_body = [](Bytes& body) { body = {0, 0, 5, 0, 0, 2, 48, 0}; }; },
     TlsAlert::kBadCertificate, "certificate 1 of the server is not an X.509 certificate"},
    {"CertificateCutOff", [](auto& o) { o.hooks.certificate_body = [](Bytes& body) { body.pop_back(); }; },
     TlsAlert::kDecodeError, "lengths do not fit"},
};

TEST(TlsHandshakeRefusal, IsTheSameAtClientAndObserverForEachFault) {
  for (const HandshakeCase& c : kHandshakeCases) {
    SCOPED_TRACE(c.name);
    TestSessionOptions options;
    c.change(options);
    TestSession session(std::move(options));
    const Status run = session.Run();
    ASSERT_FALSE(run.has_value());
    EXPECT_EQ(run.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_THAT(run.error().message(), HasSubstr("TLS with example.test: "));
    EXPECT_THAT(run.error().message(), HasSubstr(c.sentence));
    EXPECT_EQ(session.server().alerts(), std::vector<std::uint8_t>{static_cast<std::uint8_t>(c.alert)});
    EXPECT_FALSE(session.client().Send(AsBytes("secret")).has_value());
    const auto observed = session.Observed();
    ASSERT_FALSE(observed.has_value());
    EXPECT_EQ(observed.error().message(), run.error().message());
  }
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

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

// A server that misbehaves in the handshake. The observer, which sees the same bytes, says the same.

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

}  // namespace
}  // namespace mpcstats

#include "mpcstats/zktls/tls/server_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/tls/certificate_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

std::string Verdict(const std::vector<Bytes>& chain, const TlsPolicy& policy) {
  const auto identity = CheckTlsCertificates(chain, policy);
  return identity ? "holds" : identity.error().sentence;
}

std::string VerdictOn(const TestCertificateOptions& options, const std::string& host = "example.test") {
  return Verdict({IssueTestCertificate(&TestRoot(), options).Der()}, TestPolicy(host));
}

TestCertificateOptions WithSan(const std::string& san) {
  TestCertificateOptions options;
  options.san = san;
  return options;
}

TEST(TlsCertificates, HoldForTheirNameAndNameKeyAndChain) {
  const TestCertificate end = IssueTestCertificate(&TestRoot(), {});
  const auto identity = CheckTlsCertificates({end.Der()}, TestPolicy());
  ASSERT_TRUE(identity.has_value()) << identity.error().sentence;
  EXPECT_EQ(EVP_PKEY_eq(identity->key.get(), end.key), 1);
  const Bytes der = end.Der();
  EXPECT_EQ(identity->chain_hash, Sha256Stream("mpcstats/v1/chain").AddU64(der.size()).Add(der).Finish());
  unsigned char* spki = nullptr;
  const int size = i2d_PUBKEY(end.key, &spki);
  EXPECT_EQ(identity->spki_hash, Sha256({spki, static_cast<std::size_t>(size)}));
  OPENSSL_free(spki);
}

TEST(TlsCertificates, HoldThroughAnIntermediateInAnyOrderAndWithTheRootAlong) {
  TestCertificateOptions middle_options = TestAuthority();
  middle_options.common_name = "Middle";
  middle_options.key = TestKey::kP256;
  const TestCertificate middle = IssueTestCertificate(&TestRoot(), middle_options);
  TestCertificateOptions options;
  options.key = TestKey::kRsa2048;
  const TestCertificate end = IssueTestCertificate(&middle, options);
  EXPECT_EQ(Verdict({end.Der(), middle.Der()}, TestPolicy()), "holds");
  EXPECT_EQ(Verdict({end.Der(), TestRoot().Der(), middle.Der()}, TestPolicy()), "holds");
  EXPECT_THAT(Verdict({end.Der()}, TestPolicy()), HasSubstr("unable to get local issuer"));
  EXPECT_THAT(Verdict({middle.Der(), end.Der()}, TestPolicy()), testing::Not("holds"));
}

TEST(TlsCertificates, HoldForWildcardsOfOneWholeLabelAlone) {
  EXPECT_EQ(VerdictOn(WithSan("DNS:*.example.test"), "api.example.test"), "holds");
  EXPECT_THAT(VerdictOn(WithSan("DNS:*.example.test"), "example.test"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn(WithSan("DNS:*.example.test"), "a.b.example.test"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn(WithSan("DNS:a*.example.test"), "api.example.test"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn(WithSan("DNS:*.test"), "example.test"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn(WithSan("DNS:*"), "example.test"), HasSubstr("hostname mismatch"));
  EXPECT_EQ(VerdictOn(WithSan("DNS:other.test,DNS:EXAMPLE.test"), "example.test"), "holds");
  EXPECT_EQ(VerdictOn(WithSan("DNS:xn--mnchen-3ya.test"), "xn--mnchen-3ya.test"), "holds");
}

TEST(TlsCertificates, DoNotHoldForAnotherName) {
  EXPECT_THAT(VerdictOn({}, "example.tesu"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn({}, "www.example.test"), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn(WithSan("IP:127.0.0.1")), HasSubstr("hostname mismatch"));
  EXPECT_THAT(VerdictOn(WithSan("email:me@example.test")), HasSubstr("hostname mismatch"));
}

TEST(TlsCertificates, DoNotHoldByTheirCommonName) {
  TestCertificateOptions options = WithSan("");
  options.common_name = "example.test";
  EXPECT_THAT(VerdictOn(options), HasSubstr("hostname mismatch"));
  options.san = "DNS:other.test";
  EXPECT_THAT(VerdictOn(options), HasSubstr("hostname mismatch"));
}

TEST(TlsCertificates, HoldAtTheClockOfWhoChecksAlone) {
  const TestCertificate end = IssueTestCertificate(&TestRoot(), {});
  const auto at = [&](long seconds) {
    TlsPolicy policy = TestPolicy();
    policy.now += std::chrono::seconds(seconds);
    return Verdict({end.Der()}, policy);
  };
  EXPECT_EQ(at(0), "holds");
  EXPECT_THAT(at(-7200), HasSubstr("not yet valid"));
  EXPECT_THAT(at(90000), HasSubstr("expired"));
  TestCertificateOptions expired;
  expired.to_seconds = -60;
  EXPECT_THAT(VerdictOn(expired), HasSubstr("expired"));
}

TEST(TlsCertificates, DoNotHoldWithoutAPathToARoot) {
  EXPECT_THAT(Verdict({IssueTestCertificate(nullptr, {}).Der()}, TestPolicy()), HasSubstr("self-signed"));
  TestCertificateOptions stranger_options = TestAuthority();
  stranger_options.key = TestKey::kRsa2048;
  const TestCertificate stranger = IssueTestCertificate(nullptr, stranger_options);
  const Bytes end = IssueTestCertificate(&stranger, {}).Der();
  // Same name, another key: the signature decides.
  EXPECT_THAT(Verdict({end}, TestPolicy()), testing::Not("holds"));
  EXPECT_THAT(Verdict({end, stranger.Der()}, TestPolicy()), testing::Not("holds"));
}

TEST(TlsCertificates, DoNotHoldUnderACertificateThatIsNoAuthority) {
  const TestCertificate end = IssueTestCertificate(&TestRoot(), {});
  TestCertificateOptions below;
  below.common_name = "below";
  const TestCertificate forged = IssueTestCertificate(&end, below);
  EXPECT_THAT(Verdict({forged.Der(), end.Der()}, TestPolicy()), testing::Not("holds"));
}

TEST(TlsCertificates, DoNotHoldOutsideOfNameConstraints) {
  TestCertificateOptions middle_options = TestAuthority();
  middle_options.common_name = "Constrained";
  middle_options.key = TestKey::kP256;
  middle_options.name_constraints = "critical,permitted;DNS:allowed.test";
  const TestCertificate middle = IssueTestCertificate(&TestRoot(), middle_options);
  const Bytes outside = IssueTestCertificate(&middle, {}).Der();
  EXPECT_THAT(Verdict({outside, middle.Der()}, TestPolicy()), HasSubstr("permitted subtree violation"));
  const Bytes inside = IssueTestCertificate(&middle, WithSan("DNS:x.allowed.test")).Der();
  EXPECT_EQ(Verdict({inside, middle.Der()}, TestPolicy("x.allowed.test")), "holds");
}

TEST(TlsCertificates, DoNotHoldWithAnotherUse) {
  TestCertificateOptions options;
  options.extended_key_usage = "clientAuth";
  EXPECT_THAT(VerdictOn(options), testing::Not("holds"));
  options.extended_key_usage = "";
  EXPECT_EQ(VerdictOn(options), "holds");
  options.key_usage = "critical,keyAgreement";
  EXPECT_THAT(VerdictOn(options), HasSubstr("does not allow its key to sign"));
  options.key_usage = "critical,keyCertSign";
  EXPECT_THAT(VerdictOn(options), testing::Not("holds"));
  TestCertificateOptions authority = TestAuthority();
  authority.key = TestKey::kP256;
  authority.san = "DNS:example.test";
  authority.key_usage = "critical,digitalSignature,keyCertSign";
  EXPECT_THAT(VerdictOn(authority), HasSubstr("that of an authority"));
}

TEST(TlsCertificates, DoNotHoldWithWeakOrUnknownKeys) {
  TestCertificateOptions options;
  options.key = TestKey::kRsa1024;
  EXPECT_THAT(VerdictOn(options), HasSubstr("RSA key of 1024 bits"));
  options.key = TestKey::kEd25519;
  EXPECT_THAT(VerdictOn(options), HasSubstr("neither RSA nor ECDSA"));
  options.key = TestKey::kSecp256k1;
  EXPECT_THAT(VerdictOn(options), HasSubstr("on another curve"));
}

TEST(TlsCertificates, DoNotHoldByASignatureOfSha1) {
  TestCertificateOptions options;
  options.digest = EVP_sha1();
  EXPECT_THAT(VerdictOn(options), HasSubstr("digest algorithm too weak"));
}

TEST(TlsCertificates, DoNotHoldWithBytesAfterThem) {
  Bytes der = IssueTestCertificate(&TestRoot(), {}).Der();
  der.push_back(0);
  EXPECT_THAT(Verdict({der}, TestPolicy()), HasSubstr("is not an X.509 certificate"));
}

TEST(TlsHost, IsADnsNameInItsPlainForm) {
  for (const char* host :
       {"example.com", "localhost", "a.b.c.d", "xn--mnchen-3ya.de", "1.example", "a-b.c0"}) {
    EXPECT_TRUE(CheckTlsHost(host).has_value()) << host;
  }
  for (const char* host :
       {"", ".", "example.com.", ".com", "a..b", "Example.com", "*.example.com", "127.0.0.1", "::1",
        "m\xc3\xbcnchen.de", "a_b.de", "-a.de", "a-.de", "a b.de", "a.de:443", "user@a.de"}) {
    EXPECT_FALSE(CheckTlsHost(host).has_value()) << host;
  }
  EXPECT_FALSE(CheckTlsHost(std::string_view("a.de\0b", 6)).has_value());
  EXPECT_TRUE(CheckTlsHost(std::string(63, 'a') + ".de").has_value());
  EXPECT_FALSE(CheckTlsHost(std::string(64, 'a') + ".de").has_value());
}

TEST(RootStore, IsNamedByItsCertificatesWhateverTheirOrder) {
  TestCertificateOptions other = TestAuthority();
  other.common_name = "Another Authority";
  const std::string a = TestRoot().Pem();
  const std::string b = IssueTestCertificate(nullptr, other).Pem();
  const auto id = [](const std::string& pem) { return RootStore::FromPem(pem)->id(); };
  EXPECT_EQ(id(a + b), id("a comment\n" + b + a + a));
  EXPECT_NE(id(a + b), id(a));
  EXPECT_EQ(RootStore::FromPem(a + b + a)->size(), 2u);
}

TEST(RootStore, RefusesWhatIsNoRoot) {
  const auto refused = [](const std::string& pem) {
    const auto roots = RootStore::FromPem(pem);
    return roots ? std::string("taken") : roots.error().message();
  };
  EXPECT_THAT(refused(""), HasSubstr("no root certificate"));
  EXPECT_THAT(refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
              HasSubstr("does not parse"));
  EXPECT_THAT(refused(IssueTestCertificate(&TestRoot(), {}).Pem()), HasSubstr("no self-signed authority"));
  TestCertificateOptions middle = TestAuthority();
  middle.common_name = "Middle";
  EXPECT_THAT(refused(IssueTestCertificate(&TestRoot(), middle).Pem()),
              HasSubstr("no self-signed authority"));
  EXPECT_FALSE(RootStore::FromFile("/nonexistent/roots.pem").has_value());
}

}  // namespace
}  // namespace mpcstats

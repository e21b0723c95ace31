#include "mpcstats/crypto/tls_leaf.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <fstream>
#include <vector>

#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Clock = std::chrono::system_clock;

Identity MustCreate() { return std::move(*Identity::Create()); }

TlsLeaf MustLeaf(const Identity& identity, std::vector<std::string> hosts = {}, int days = 30) {
  Result<TlsLeaf> leaf = TlsLeaf::Create(identity, hosts, days);
  EXPECT_TRUE(leaf.has_value()) << leaf.error().message();
  return std::move(*leaf);
}

TEST(TlsLeaf, HasAKeyOfItsOwnThatTheIdentitySigned) {
  const Identity identity = MustCreate();
  const TlsLeaf a = MustLeaf(identity);
  const TlsLeaf b = MustLeaf(identity);
  EXPECT_TRUE(IsLeafOf(a.certificate(), identity.certificate()));
  EXPECT_EQ(X509_check_private_key(a.certificate(), a.key(SecretAccess("test"))), 1);
  EXPECT_EQ(EVP_PKEY_get_base_id(X509_get0_pubkey(a.certificate())), EVP_PKEY_ED25519);
  EXPECT_NE(*FingerprintOf(a.certificate()), *FingerprintOf(b.certificate()));
  EXPECT_NE(*FingerprintOf(a.certificate()), identity.Fingerprint());
  EXPECT_EQ(a.IdentityFingerprint(), identity.Fingerprint());
  EXPECT_EQ(X509_cmp(a.identity_certificate(), identity.certificate()), 0);
}

TEST(TlsLeaf, IsAnEndCertificateForClientsAndServers) {
  const TlsLeaf leaf = MustLeaf(MustCreate());
  EXPECT_EQ(X509_check_ca(leaf.certificate()), 0);
  EXPECT_EQ(X509_get_key_usage(leaf.certificate()), std::uint32_t{KU_DIGITAL_SIGNATURE});
  EXPECT_EQ(X509_get_extended_key_usage(leaf.certificate()), std::uint32_t{XKU_SSL_SERVER | XKU_SSL_CLIENT});
}

TEST(TlsLeaf, NamesItsHostsAndAddresses) {
  const TlsLeaf leaf = MustLeaf(MustCreate(), {"stats.example.org", "192.0.2.7", "2001:db8::1", "localhost"});
  EXPECT_EQ(X509_check_host(leaf.certificate(), "stats.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.certificate(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.certificate(), "other.example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(leaf.certificate(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.certificate(), "2001:db8::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.certificate(), "192.0.2.8", 0), 0);
}

TEST(TlsLeaf, RefusesWhatIsNoHost) {
  const Identity identity = MustCreate();
  const std::string too_long_label(64, 'a');
  std::string too_long = "a";
  while (too_long.size() <= 253) too_long += ".a";
  for (const std::string& host :
       {std::string(), std::string("a b"), std::string("*.example.org"), std::string("example.org:443"),
        std::string("a,DNS:evil.example"), std::string("-a"), std::string("a-"), std::string("a..b"),
        std::string("a."), std::string("192.0.2.7\0x", 11), std::string("https://a"), too_long_label,
        too_long}) {
    const std::vector<std::string> hosts = {"localhost", host};
    const Result<TlsLeaf> leaf = TlsLeaf::Create(identity, hosts);
    ASSERT_FALSE(leaf.has_value()) << host;
    EXPECT_EQ(leaf.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(TlsLeaf, RefusesDaysOutOfRange) {
  const Identity identity = MustCreate();
  for (int days : {-1, 0, TlsLeaf::kMaxDays + 1}) {
    EXPECT_FALSE(TlsLeaf::Create(identity, {}, days).has_value()) << days;
  }
}

TEST(TlsLeaf, IsValidFromAnHourAgoForItsDays) {
  const auto now = Clock::now();
  const TlsLeaf leaf = MustLeaf(MustCreate(), {}, 10);
  EXPECT_LE(leaf.NotBefore(), now - hours(1) + minutes(10));
  EXPECT_GE(leaf.NotBefore(), now - hours(1) - minutes(10));
  EXPECT_LE(leaf.NotAfter(), now + hours(240) + minutes(10));
  EXPECT_GE(leaf.NotAfter(), now + hours(240) - minutes(10));
}

TEST(TlsLeaf, NeedsRenewalWhenLessThanAThirdIsLeft) {
  const TlsLeaf leaf = MustLeaf(MustCreate(), {}, 30);
  const auto third = (leaf.NotAfter() - leaf.NotBefore()) / 3;
  EXPECT_FALSE(leaf.NeedsRenewal(leaf.NotBefore()));
  EXPECT_FALSE(leaf.NeedsRenewal(Clock::now()));
  EXPECT_FALSE(leaf.NeedsRenewal(leaf.NotAfter() - third - minutes(1)));
  EXPECT_TRUE(leaf.NeedsRenewal(leaf.NotAfter() - third + minutes(1)));
  EXPECT_TRUE(leaf.NeedsRenewal(leaf.NotAfter() + hours(1)));
  EXPECT_TRUE(leaf.NeedsRenewal(leaf.NotBefore() - minutes(1)));
}

TEST(TlsLeaf, IsNoLeafOfAnotherIdentityNorOfAnotherLeaf) {
  const Identity a = MustCreate();
  const TlsLeaf leaf = MustLeaf(a);
  EXPECT_FALSE(IsLeafOf(leaf.certificate(), MustCreate().certificate()));
  EXPECT_FALSE(IsLeafOf(leaf.certificate(), leaf.certificate()));
  EXPECT_FALSE(IsLeafOf(a.certificate(), a.certificate())) << "an identity does not say that it is no CA";
}

// Puts `value` in the place of an extension and signs again.
void SignAgain(const TlsLeaf& leaf, const Identity& identity, int nid, const char* value) {
  X509* certificate = leaf.certificate();
  X509_EXTENSION_free(X509_delete_ext(certificate, X509_get_ext_by_NID(certificate, nid, -1)));
  if (value != nullptr) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    ASSERT_NE(extension, nullptr);
    ASSERT_EQ(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
  }
  ASSERT_GT(X509_sign(certificate, identity.key(SecretAccess("test")), nullptr), 0);
}

// As it comes over the wire: OpenSSL keeps what it has understood of a certificate.
CertificatePtr Reread(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(certificate, &encoded);
  const unsigned char* cursor = encoded;
  CertificatePtr copy(d2i_X509(nullptr, &cursor, size));
  OPENSSL_free(encoded);
  return copy;
}

TEST(TlsLeaf, MayNotBeAnIssuer) {
  const Identity identity = MustCreate();
  for (const auto& [nid, value] : std::initializer_list<std::pair<int, const char*>>{
           {NID_basic_constraints, "critical,CA:TRUE"},
           {NID_basic_constraints, nullptr},
           {NID_key_usage, "critical,digitalSignature,keyCertSign"},
           {NID_key_usage, nullptr}}) {
    const TlsLeaf leaf = MustLeaf(identity);
    EXPECT_TRUE(IsLeafOf(Reread(leaf.certificate()).get(), identity.certificate()));
    SignAgain(leaf, identity, nid, value);
    EXPECT_FALSE(IsLeafOf(Reread(leaf.certificate()).get(), identity.certificate()))
        << (value ? value : "none");
  }
}

TEST(TlsLeaf, WithAnUnknownCriticalExtensionIsRefused) {
  const Identity identity = MustCreate();
  const TlsLeaf leaf = MustLeaf(identity);
  SignAgain(leaf, identity, NID_netscape_comment, "critical,text");
  EXPECT_FALSE(IsLeafOf(Reread(leaf.certificate()).get(), identity.certificate()));
}

TEST(TlsLeaf, WithAnExtensionThatDoesNotParseIsRefused) {
  const Identity identity = MustCreate();
  const TlsLeaf leaf = MustLeaf(identity);
  SignAgain(leaf, identity, NID_key_usage, nullptr);
  ASN1_OCTET_STRING* rubbish = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(rubbish, reinterpret_cast<const unsigned char*>("rubbish"), 7);
  X509_EXTENSION* extension = X509_EXTENSION_create_by_NID(nullptr, NID_key_usage, 0, rubbish);
  X509_add_ext(leaf.certificate(), extension, -1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(rubbish);
  ASSERT_GT(X509_sign(leaf.certificate(), identity.key(SecretAccess("test")), nullptr), 0);
  EXPECT_FALSE(IsLeafOf(Reread(leaf.certificate()).get(), identity.certificate()));
}

class TlsLeafFile : public FolderTest {
 protected:
  [[nodiscard]] std::string Path() const { return FolderTest::Path("leaf.pem"); }
};

TEST_F(TlsLeafFile, LoadGivesBackWhatWasSavedForTheOwnerAlone) {
  const TlsLeaf leaf = MustLeaf(MustCreate(), {"localhost"});
  ASSERT_TRUE(leaf.Save(Path()).has_value());
  struct stat info;
  ASSERT_EQ(stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const Result<TlsLeaf> loaded = TlsLeaf::Load(Path());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  EXPECT_EQ(X509_cmp(loaded->certificate(), leaf.certificate()), 0);
  EXPECT_EQ(X509_cmp(loaded->identity_certificate(), leaf.identity_certificate()), 0);
  EXPECT_EQ(loaded->IdentityFingerprint(), leaf.IdentityFingerprint());
  EXPECT_EQ(loaded->NotAfter(), leaf.NotAfter());
  EXPECT_EQ(X509_check_private_key(loaded->certificate(), loaded->key(SecretAccess("test"))), 1);
}

TEST_F(TlsLeafFile, LoadRefusesAnIdentityFileRubbishAndNothing) {
  EXPECT_EQ(TlsLeaf::Load(Path()).error().code(), ErrorCode::kNotFound);
  const Identity identity = MustCreate();
  ASSERT_TRUE(identity.Save(Path()).has_value());
  const Result<TlsLeaf> loaded = TlsLeaf::Load(Path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(loaded.error().message().find("and that of its issuer"), std::string::npos);
  std::ofstream(Path(), std::ios::trunc) << "rubbish";
  EXPECT_EQ(TlsLeaf::Load(Path()).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TlsLeafFile, LoadRefusesALeafThatItsIdentityDidNotSign) {
  const Identity identity = MustCreate();
  const TlsLeaf leaf = MustLeaf(identity);
  SignAgain(leaf, MustCreate(), NID_ext_key_usage, nullptr);
  ASSERT_TRUE(leaf.Save(Path()).has_value());
  const Result<TlsLeaf> loaded = TlsLeaf::Load(Path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().message().find("did not sign"), std::string::npos) << loaded.error().message();
}

TEST_F(TlsLeafFile, LoadRefusesAFileOthersMayRead) {
  ASSERT_TRUE(MustLeaf(MustCreate()).Save(Path()).has_value());
  ASSERT_EQ(chmod(Path().c_str(), 0640), 0);
  const Result<TlsLeaf> loaded = TlsLeaf::Load(Path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().message().find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace mpcstats

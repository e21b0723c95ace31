#include "mpcstats/crypto/identity.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "mpcstats/crypto/certificate.h"

namespace mpcstats {
namespace {

class IdentityFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "identity_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  [[nodiscard]] std::string Path() const { return (directory_ / "party.pem").string(); }

  std::filesystem::path directory_;
};

Identity MustCreate() {
  Result<Identity> identity = Identity::Create();
  EXPECT_TRUE(identity.has_value());
  return std::move(*identity);
}

TEST(Identity, IsAnEd25519KeyWithItsOwnSignature) {
  const Identity identity = MustCreate();
  EVP_PKEY* key = X509_get0_pubkey(identity.certificate());
  EXPECT_EQ(EVP_PKEY_get_base_id(key), EVP_PKEY_ED25519);
  EXPECT_EQ(X509_verify(identity.certificate(), key), 1);
  EXPECT_EQ(X509_check_private_key(identity.certificate(), identity.key(SecretAccess("test"))), 1);
}

TEST(Identity, IsValidNowAndForAboutAYear) {
  const Identity identity = MustCreate();
  std::time_t month_10 = std::time(nullptr) + 300L * 24 * 3600;
  std::time_t month_14 = std::time(nullptr) + 420L * 24 * 3600;
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(identity.certificate())), 0);
  EXPECT_GT(X509_cmp_time(X509_get0_notAfter(identity.certificate()), &month_10), 0);
  EXPECT_LT(X509_cmp_time(X509_get0_notAfter(identity.certificate()), &month_14), 0);
}

TEST(Identity, HasAnotherKeyAndSerialEachTime) {
  const Identity a = MustCreate();
  const Identity b = MustCreate();
  EXPECT_NE(a.Fingerprint(), b.Fingerprint());
  EXPECT_NE(
      ASN1_INTEGER_cmp(X509_get0_serialNumber(a.certificate()), X509_get0_serialNumber(b.certificate())), 0);
}

TEST(Identity, FingerprintIsTheDigestOfTheSubjectPublicKeyInfo) {
  // The key of RFC 8032 section 7.1 test 1; the digest was made with `sha256sum` over its 44 bytes of DER.
  const std::array<unsigned char, 32> raw = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                             0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                             0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
  PkeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
  CertificatePtr certificate(X509_new());
  ASSERT_EQ(X509_set_pubkey(certificate.get(), key.get()), 1);
  EXPECT_EQ(ToHex(*FingerprintOf(certificate.get())),
            "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
}

TEST(Identity, SignsWithTheKeyOfItsFingerprint) {
  const Identity identity = MustCreate();
  const Signature signature = identity.Sign(AsBytes("mpcstats/v1/test"));
  EXPECT_TRUE(VerifySignature(identity.PublicKey(), AsBytes("mpcstats/v1/test"), signature));
  EXPECT_FALSE(VerifySignature(identity.PublicKey(), AsBytes("mpcstats/v1/tess"), signature));
  EXPECT_FALSE(VerifySignature(MustCreate().PublicKey(), AsBytes("mpcstats/v1/test"), signature));
}

TEST(Identity, FingerprintOfItsRawKeyIsItsFingerprint) {
  const Identity identity = MustCreate();
  EXPECT_EQ(FingerprintOfKey(identity.PublicKey()), identity.Fingerprint());
  Bytes32 other = identity.PublicKey();
  other[0] ^= 1;
  EXPECT_NE(FingerprintOfKey(other), identity.Fingerprint());
}

TEST_F(IdentityFile, LoadGivesBackWhatWasSaved) {
  const Identity identity = MustCreate();
  ASSERT_TRUE(identity.Save(Path()).has_value());
  const Result<Identity> loaded = Identity::Load(Path());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  EXPECT_EQ(loaded->Fingerprint(), identity.Fingerprint());
  EXPECT_EQ(X509_cmp(loaded->certificate(), identity.certificate()), 0);
  EXPECT_EQ(loaded->PublicKey(), identity.PublicKey());
}

TEST_F(IdentityFile, SaveIsForTheOwnerAloneEvenOverAnOpenFile) {
  std::ofstream(Path()) << "old";
  ASSERT_EQ(chmod(Path().c_str(), 0666), 0);
  ASSERT_TRUE(MustCreate().Save(Path()).has_value());
  struct stat info;
  ASSERT_EQ(stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1)
      << "a temporary file was left";
}

TEST_F(IdentityFile, SaveFailsInAMissingFolder) {
  EXPECT_FALSE(MustCreate().Save((directory_ / "missing" / "party.pem").string()).has_value());
}

TEST_F(IdentityFile, LoadRefusesAFileOthersMayRead) {
  ASSERT_TRUE(MustCreate().Save(Path()).has_value());
  for (mode_t mode : {0640, 0604, 0620}) {
    ASSERT_EQ(chmod(Path().c_str(), mode), 0);
    const Result<Identity> loaded = Identity::Load(Path());
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(loaded.error().message().find("chmod 600"), std::string::npos) << loaded.error().message();
  }
}

TEST_F(IdentityFile, LoadOfNothingIsNotFound) {
  const Result<Identity> loaded = Identity::Load(Path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kNotFound);
}

TEST_F(IdentityFile, LoadRefusesRubbishAndATruncatedFile) {
  ASSERT_TRUE(MustCreate().Save(Path()).has_value());
  std::filesystem::resize_file(Path(), std::filesystem::file_size(Path()) / 2);
  EXPECT_FALSE(Identity::Load(Path()).has_value());
  std::ofstream(Path(), std::ios::trunc)
      << "-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----\n";
  EXPECT_FALSE(Identity::Load(Path()).has_value());
}

TEST_F(IdentityFile, LoadRefusesAKeyOfAnotherKind) {
  const PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const CertificatePtr certificate = std::move(*DraftCertificate(key.get(), "other", 3600));
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  ASSERT_TRUE(MustCreate().Save(Path()).has_value());  // gives the file its mode
  std::FILE* file = std::fopen(Path().c_str(), "w");
  ASSERT_NE(file, nullptr);
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  const Result<Identity> loaded = Identity::Load(Path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(loaded.error().message().find("Ed25519"), std::string::npos) << loaded.error().message();
}

TEST_F(IdentityFile, LoadRefusesTheCertificateOfAnotherKey) {
  const Identity a = MustCreate();
  const Identity b = MustCreate();
  ASSERT_TRUE(a.Save(Path()).has_value());  // gives the file its mode
  std::FILE* file = std::fopen(Path().c_str(), "w");
  ASSERT_NE(file, nullptr);
  PEM_write_PrivateKey(file, a.key(SecretAccess("test")), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_X509(file, b.certificate());
  std::fclose(file);
  EXPECT_FALSE(Identity::Load(Path()).has_value());
}

}  // namespace
}  // namespace mpcstats

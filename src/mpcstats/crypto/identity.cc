#include "mpcstats/crypto/identity.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

constexpr long kHour = 3600;
constexpr long kYear = 365 * 24 * kHour;
constexpr std::size_t kMaxFileBytes = 64 * 1024;

std::unexpected<Error> OpenSslFailed(const char* what) {
  return Fail(ErrorCode::kInternal, fmt::format("OpenSSL could not {}", what));
}

std::unexpected<Error> FileFailed(const char* what, const std::string& path, int reason) {
  const ErrorCode code = reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
  return Fail(code, fmt::format("cannot {} the identity file {}: {}", what, path, std::strerror(reason)));
}

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;

// Positive, not zero and at most 20 octets: RFC 5280 section 4.1.2.2.
bool SetRandomSerial(X509* certificate) {
  std::array<unsigned char, 16> serial;
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
  return ASN1_STRING_set(X509_get_serialNumber(certificate), serial.data(),
                         static_cast<int>(serial.size())) == 1;
}

bool FillCertificate(X509* certificate, EVP_PKEY* key) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* common_name = reinterpret_cast<const unsigned char*>("mpcstats party");
  return X509_set_version(certificate, X509_VERSION_3) == 1 && SetRandomSerial(certificate) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kYear) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         // Ed25519 hashes by itself, hence no digest.
         X509_sign(certificate, key, nullptr) > 0;
}

}  // namespace

Result<Bytes32> FingerprintOf(const X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (size <= 0) return OpenSslFailed("encode the public key");
  const Bytes32 fingerprint = Sha256({encoded, static_cast<std::size_t>(size)});
  OPENSSL_free(encoded);
  return fingerprint;
}

Result<Identity> Identity::Build(PkeyPtr key, CertificatePtr certificate) {
  ASSIGN_OR_RETURN(const Bytes32 fingerprint, FingerprintOf(certificate.get()));
  return Identity(std::move(key), std::move(certificate), fingerprint);
}

Result<Identity> Identity::Create() {
  PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return OpenSslFailed("make an Ed25519 key");
  CertificatePtr certificate(X509_new());
  if (!certificate || !FillCertificate(certificate.get(), key.get())) {
    return OpenSslFailed("make a self-signed certificate");
  }
  return Build(std::move(key), std::move(certificate));
}

Status Identity::Save(const std::string& path) const {
  // A new file with a random name: a key never passes through a file that somebody else made or may read.
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);  // creates with mode 0600
  if (fd < 0) return FileFailed("write", path, errno);
  FilePtr file(fdopen(fd, "w"));
  CHECK(file);  // fails only without memory
  const bool written =
      PEM_write_PKCS8PrivateKey(file.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
      PEM_write_X509(file.get(), certificate_.get()) == 1 && std::fflush(file.get()) == 0 && fsync(fd) == 0;
  file.reset();
  if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int reason = errno;
  unlink(temporary.c_str());
  return FileFailed("write", path, reason);
}

Result<Identity> Identity::Load(const std::string& path) {
  // O_NONBLOCK: a FIFO of that name must not hang us before we look at what it is.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileFailed("read", path, errno);
  FilePtr file(fdopen(fd, "r"));
  CHECK(file);
  struct stat info;
  if (fstat(fd, &info) != 0) return FileFailed("read", path, errno);
  if (!S_ISREG(info.st_mode) || static_cast<std::size_t>(info.st_size) > kMaxFileBytes) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is not an identity file", path));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the identity file {} may be used by others than its owner; make it private first: "
                    "chmod 600 {}",
                    path, path));
  }
  // Without this callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  PkeyPtr key(PEM_read_PrivateKey(file.get(), nullptr, no_passphrase, nullptr));
  CertificatePtr certificate(PEM_read_X509(file.get(), nullptr, no_passphrase, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519 || !certificate ||
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} does not hold an Ed25519 key followed by its certificate", path));
  }
  return Build(std::move(key), std::move(certificate));
}

}  // namespace mpcstats

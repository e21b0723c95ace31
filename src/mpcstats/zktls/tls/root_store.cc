#include "mpcstats/zktls/tls/root_store.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <iterator>
#include <set>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 24;

Bytes32 HashOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  CHECK(size > 0);
  const Bytes32 hash = Sha256({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

}  // namespace

Result<RootStore> RootStore::FromPem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) {
    return Fail(ErrorCode::kInvalidArgument, "the root certificates are more than 16 MiB of PEM");
  }
  RootStore roots;
  roots.store_.reset(X509_STORE_new());
  const BioPtr memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(roots.store_ && memory);
  std::set<Bytes32> hashes;
  for (;;) {
    const CertificatePtr certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
    if (!certificate) {
      const unsigned long reason = ERR_peek_last_error();
      ERR_clear_error();
      if (ERR_GET_LIB(reason) == ERR_LIB_PEM && ERR_GET_REASON(reason) == PEM_R_NO_START_LINE) break;
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("root certificate {} of the PEM text does not parse", hashes.size() + 1));
    }
    if (X509_check_ca(certificate.get()) == 0 || X509_self_signed(certificate.get(), 1) != 1) {
      ERR_clear_error();
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "root certificate {} of the PEM text is no self-signed authority; give the root of the chain",
              hashes.size() + 1));
    }
    if (hashes.insert(HashOf(certificate.get())).second) {
      CHECK(X509_STORE_add_cert(roots.store_.get(), certificate.get()) == 1);
    }
  }
  if (hashes.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "there is no root certificate in the PEM text");
  }
  Sha256Stream id("mpcstats/v1/roots");
  for (const Bytes32& hash : hashes) id.Add(hash);
  roots.id_ = id.Finish();
  roots.size_ = hashes.size();
  return roots;
}

Result<RootStore> RootStore::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, fmt::format("cannot read the root certificates {}", path));
  const std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Result<RootStore> roots = FromPem(pem);
  if (!roots) return std::unexpected(roots.error().At(path));
  return roots;
}

}  // namespace mpcstats

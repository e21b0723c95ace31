#include "mpcstats/zktls/tls/key_schedule.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/tls/gcm_records.h"

namespace mpcstats {
namespace {

OSSL_PARAM Octets(const char* name, ByteSpan bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

Status NotDerived() {
  return Fail(ErrorCode::kInvalidArgument, "the keys of this session are not derived yet");
}

}  // namespace

Bytes32 KeySchedule::ClientRandom(Rng& rng) {
  Bytes32 random;
  rng.Fill(random);
  return random;
}

void TlsPrf(ByteSpan secret, std::string_view label, ByteSpan seed, MutableByteSpan out) {
  static EVP_KDF* const kKdf = EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kKdf);
  CHECK(context != nullptr);
  char digest[] = "SHA256";
  // Several seeds are put together in their order.
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               Octets(OSSL_KDF_PARAM_SECRET, secret),
                               Octets(OSSL_KDF_PARAM_SEED, AsBytes(label)), Octets(OSSL_KDF_PARAM_SEED, seed),
                               OSSL_PARAM_construct_end()};
  CHECK(EVP_KDF_derive(context, out.data(), out.size(), params) == 1);
  EVP_KDF_CTX_free(context);  // wipes the secret
}

Status LocalKeySchedule::Derive(const Handshake& handshake) {
  if (derived_) return Fail(ErrorCode::kInvalidArgument, "the keys of this session are derived already");
  ASSIGN_OR_RETURN(premaster_, key_.SharedX(handshake.server_point));
  premaster_.With(SecretAccess("TLS 1.2 master secret"), [&](const Bytes32& premaster) {
    TlsMasterSecret master;
    TlsPrf(premaster, "extended master secret", handshake.session_hash, master);
    master_ = Secret<TlsMasterSecret>(master);
    SecureWipe(master.data(), master.size());
  });
  // The key expansion takes the server's random first: RFC 5246 section 6.3.
  std::array<std::uint8_t, 64> randoms;
  std::ranges::copy(handshake.server_random, randoms.begin());
  std::ranges::copy(handshake.client_random, randoms.begin() + 32);
  master_.With(SecretAccess("TLS 1.2 key block"), [&](const TlsMasterSecret& master) {
    std::array<std::uint8_t, sizeof(TlsKeyBlock)> raw;
    TlsPrf(master, "key expansion", randoms, raw);
    TlsKeyBlock block;
    std::memcpy(&block, raw.data(), raw.size());
    keys_ = Secret<TlsKeyBlock>(block);
    SecureWipe(raw.data(), raw.size());
    SecureWipe(&block, sizeof(block));
  });
  derived_ = true;
  return {};
}

Result<TlsVerifyData> LocalKeySchedule::VerifyData(std::string_view label, const Bytes32& handshake_hash) {
  if (!derived_) return std::unexpected(NotDerived().error());
  TlsVerifyData data;
  master_.With(SecretAccess("TLS 1.2 verify_data"),
               [&](const TlsMasterSecret& master) { TlsPrf(master, label, handshake_hash, data); });
  return data;
}

Result<TlsVerifyData> LocalKeySchedule::ClientVerifyData(const Bytes32& handshake_hash) {
  return VerifyData("client finished", handshake_hash);
}

Result<TlsVerifyData> LocalKeySchedule::ServerVerifyData(const Bytes32& handshake_hash) {
  return VerifyData("server finished", handshake_hash);
}

Result<std::unique_ptr<RecordProtection>> LocalKeySchedule::Records() {
  if (!derived_) return std::unexpected(NotDerived().error());
  return std::unique_ptr<RecordProtection>(std::make_unique<GcmRecords>(keys_));
}

}  // namespace mpcstats

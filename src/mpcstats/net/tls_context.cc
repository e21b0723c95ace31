#include "mpcstats/net/tls_context.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "mpcstats/base/ct.h"

namespace mpcstats {
namespace {

constexpr std::size_t kReadAheadBytes = 128 * 1024;

int PinIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Takes the place of OpenSSL's chain building. That the peer holds the key is proved by the handshake's
// signature, which also covers the certificate; its own signature would add nothing.
int VerifyPin(X509_STORE_CTX* store, void*) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& pins = *static_cast<PinCheck*>(SSL_get_ex_data(ssl, PinIndex()));
  const X509* certificate = X509_STORE_CTX_get0_cert(store);
  pins.outcome = PinCheck::Outcome::kOtherKey;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  if (certificate == nullptr) return 0;
  const Result<Bytes32> fingerprint = FingerprintOf(certificate);
  if (!fingerprint) return 0;
  std::size_t matched = pins.accepted.size();
  for (std::size_t i = 0; i < pins.accepted.size(); ++i) {
    if (ct::Equal(*fingerprint, pins.accepted[i])) matched = i;
  }
  if (matched == pins.accepted.size()) return 0;
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0 ||
      X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
    pins.outcome = PinCheck::Outcome::kOutOfDate;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_HAS_EXPIRED);
    return 0;
  }
  pins.outcome = PinCheck::Outcome::kAccepted;
  pins.matched = matched;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

// A socket BIO of our own: OpenSSL's writes with write(2), which raises SIGPIPE in a process that does not
// ignore it.
int Descriptor(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int SocketWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = send(Descriptor(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int SocketRead(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = recv(Descriptor(bio), data, static_cast<std::size_t>(size), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long SocketControl(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  // OpenSSL asks this to tell a connection that ended without a goodbye from one that broke.
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mpcstats socket");
    BIO_meth_set_write(made, SocketWrite);
    BIO_meth_set_read(made, SocketRead);
    BIO_meth_set_ctrl(made, SocketControl);
    return made;
  }();
  return method;
}

std::unexpected<Error> SetupFailed(const char* what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return Fail(ErrorCode::kInternal,
              fmt::format("OpenSSL could not {}: {}", what, reason ? reason : "no reason"));
}

// What OpenSSL's reason means in our terms, or nullptr.
const char* Explain(int reason) {
  switch (reason) {
    // The other end sends this alert when VerifyPin fails there.
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      return "refused our key: it has another one pinned for this party";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "refused our certificate as out of date";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "does not speak TLS 1.3";
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return "and we have no TLS algorithms in common";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "presented no key";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return "does not speak TLS";
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
      return "sent a record that does not authenticate: somebody changed bytes on the way";
    default: return nullptr;
  }
}

}  // namespace

Result<SslContextPtr> MakeTlsContext(const Identity& identity) {
  SslContextPtr context(SSL_CTX_new(TLS_method()));
  SSL_CTX* raw = context.get();
  if (raw == nullptr) return SetupFailed("make a TLS context");
  static constexpr unsigned char kSessionContext[] = "mpcstats";
  const bool configured =
      SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) == 1 &&
      SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) == 1 &&
      SSL_CTX_set_ciphersuites(raw, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384") == 1 &&
      SSL_CTX_set1_groups_list(raw, "X25519:P-256") == 1 && SSL_CTX_set1_sigalgs_list(raw, "ed25519") == 1 &&
      SSL_CTX_set_num_tickets(raw, 0) == 1 && SSL_CTX_set_max_early_data(raw, 0) == 1 &&
      SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof(kSessionContext) - 1) == 1 &&
      SSL_CTX_use_certificate(raw, identity.certificate()) == 1 &&
      SSL_CTX_use_PrivateKey(raw, identity.key(SecretAccess("TLS handshake signature"))) == 1;
  if (!configured) return SetupFailed("configure TLS 1.3");
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_clear_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(raw, VerifyPin, nullptr);
  // One recv(2) for header and body of a record, and for several records when they are there.
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_default_read_buffer_len(raw, kReadAheadBytes);
  return context;
}

Result<SslPtr> MakeTls(SSL_CTX* context, int fd, PinCheck& pins) {
  SslPtr ssl(SSL_new(context));
  BioPtr bio(BIO_new(SocketMethod()));
  if (!ssl || !bio || SSL_set_ex_data(ssl.get(), PinIndex(), &pins) != 1)
    return SetupFailed("make a connection");
  BIO_set_data(bio.get(), reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio.get(), 1);
  BIO* both_ways = bio.release();
  SSL_set_bio(ssl.get(), both_ways, both_ways);  // takes the one reference for both directions
  return ssl;
}

Error TlsError(SSL* ssl, int outcome, const PinCheck& pins, const std::string& peer) {
  const int system_reason = errno;
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();
  if (outcome == SSL_ERROR_ZERO_RETURN) {
    return Error(ErrorCode::kUnavailable, fmt::format("{} closed the connection", peer));
  }
  if (outcome == SSL_ERROR_SYSCALL && code == 0) {
    return Error(ErrorCode::kUnavailable, fmt::format("{} is gone: {}", peer, std::strerror(system_reason)));
  }
  if (outcome == SSL_ERROR_SSL && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return Error(ErrorCode::kUnavailable,
                 fmt::format("{} is gone: the connection ended without a goodbye", peer));
  }
  if (pins.outcome == PinCheck::Outcome::kOtherKey) {
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("{} presented another key than the pinned one", peer));
  }
  if (pins.outcome == PinCheck::Outcome::kOutOfDate) {
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("{} presented a certificate that is out of date (or a clock is wrong)", peer));
  }
  if (const char* explained = Explain(reason)) {
    return Error(ErrorCode::kProtocolViolation, fmt::format("{} {}", peer, explained));
  }
  return Error(ErrorCode::kProtocolViolation,
               fmt::format("TLS with {} failed in state {}: {}", peer, SSL_state_string_long(ssl),
                           text ? text : "no reason"));
}

}  // namespace mpcstats

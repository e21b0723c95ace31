#include "mpcstats/net/tls_context.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "mpcstats/base/ct.h"

namespace mpcstats {
namespace {

constexpr std::size_t kReadAheadBytes = 128 * 1024;

int PinIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// The index of `certificate`'s key among the accepted ones.
std::optional<std::size_t> AcceptedIndex(const X509* certificate, const PinCheck& pins) {
  const Result<Bytes32> fingerprint = FingerprintOf(certificate);
  if (!fingerprint) return std::nullopt;
  std::optional<std::size_t> matched;
  for (std::size_t i = 0; i < pins.accepted.size(); ++i) {
    if (ct::Equal(*fingerprint, pins.accepted[i])) matched = i;
  }
  return matched;
}

// The accepted identity in `chain` beside the end certificate, whether or not the chain is in order.
const X509* IdentityIn(const STACK_OF(X509) * chain, const X509* end, const PinCheck& pins) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* certificate = sk_X509_value(chain, i);
    if (X509_cmp(certificate, end) != 0 && AcceptedIndex(certificate, pins)) return certificate;
  }
  return nullptr;
}

bool InDate(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

// What is wrong in each outcome, after the peer's name.
const char* PinFault(PinCheck::Outcome outcome) {
  switch (outcome) {
    case PinCheck::Outcome::kOtherKey: return "presented another key than the pinned one";
    case PinCheck::Outcome::kOutOfDate:
      return "presented a certificate that is out of date (or a clock is wrong)";
    case PinCheck::Outcome::kBadLeaf:
      return "presented a certificate that is not a leaf signed by its pinned identity";
    case PinCheck::Outcome::kNotSeen:
    case PinCheck::Outcome::kAccepted: break;
  }
  return nullptr;
}

std::unexpected<Error> Refuse(PinCheck& pins, PinCheck::Outcome outcome) {
  pins.outcome = outcome;
  return Fail(ErrorCode::kProtocolViolation, PinFault(outcome));
}

// Takes the place of OpenSSL's chain building. That the peer holds the key is proved by the handshake's
// signature, which also covers the certificate.
int VerifyPin(X509_STORE_CTX* store, void*) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& pins = *static_cast<PinCheck*>(SSL_get_ex_data(ssl, PinIndex()));
  const bool accepted =
      CheckPinnedChain(X509_STORE_CTX_get0_cert(store), X509_STORE_CTX_get0_untrusted(store), pins)
          .has_value();
  const bool out_of_date = pins.outcome == PinCheck::Outcome::kOutOfDate;
  X509_STORE_CTX_set_error(store, accepted      ? X509_V_OK
                                  : out_of_date ? X509_V_ERR_CERT_HAS_EXPIRED
                                                : X509_V_ERR_CERT_REJECTED);
  return accepted ? 1 : 0;
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

Status CheckPinnedChain(X509* end, const STACK_OF(X509) * chain, PinCheck& pins) {
  using Outcome = PinCheck::Outcome;
  if (end == nullptr) return Refuse(pins, Outcome::kOtherKey);
  std::optional<std::size_t> matched = AcceptedIndex(end, pins);
  if (!matched) {
    // An accepted key is in the chain or the peer is a stranger: its order and length matter only in the first case.
    const X509* const identity = IdentityIn(chain, end, pins);
    if (identity == nullptr) return Refuse(pins, Outcome::kOtherKey);
    const bool leaf_then_identity = sk_X509_num(chain) == 2 && X509_cmp(sk_X509_value(chain, 0), end) == 0;
    if (!leaf_then_identity || !IsLeafOf(end, identity)) return Refuse(pins, Outcome::kBadLeaf);
    matched = AcceptedIndex(identity, pins);
  }
  if (!InDate(end)) return Refuse(pins, Outcome::kOutOfDate);
  pins.outcome = Outcome::kAccepted;
  pins.matched = *matched;
  return {};
}

namespace {

// Everything but the key.
Result<SslContextPtr> Configure() {
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
      SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof(kSessionContext) - 1) == 1;
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

}  // namespace

Result<SslContextPtr> MakeTlsContext(const Identity& identity) {
  ASSIGN_OR_RETURN(SslContextPtr context, Configure());
  if (SSL_CTX_use_certificate(context.get(), identity.certificate()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), identity.key(SecretAccess("TLS handshake signature"))) != 1) {
    return SetupFailed("use the identity for TLS");
  }
  return context;
}

Result<SslContextPtr> MakeTlsContext(const TlsLeaf& leaf) {
  ASSIGN_OR_RETURN(SslContextPtr context, Configure());
  if (SSL_CTX_use_certificate(context.get(), leaf.certificate()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), leaf.key(SecretAccess("TLS handshake signature"))) != 1 ||
      SSL_CTX_add1_chain_cert(context.get(), leaf.identity_certificate()) != 1) {
    return SetupFailed("use the leaf for TLS");
  }
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
  if (const char* fault = PinFault(pins.outcome)) {
    return Error(ErrorCode::kProtocolViolation, fmt::format("{} {}", peer, fault));
  }
  if (const char* explained = Explain(reason)) {
    return Error(ErrorCode::kProtocolViolation, fmt::format("{} {}", peer, explained));
  }
  return Error(ErrorCode::kProtocolViolation,
               fmt::format("TLS with {} failed in state {}: {}", peer, SSL_state_string_long(ssl),
                           text ? text : "no reason"));
}

}  // namespace mpcstats

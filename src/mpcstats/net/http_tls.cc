#include "mpcstats/net/http_tls.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

namespace mpcstats {
namespace {

// Records of HTTP are small and idle connections many: no read-ahead of 128 KiB for each as the parties' links have.
constexpr std::size_t kReadAheadBytes = 8 * 1024;

std::unexpected<Error> SetupFailed(const char* what) {
  ERR_clear_error();
  return Fail(ErrorCode::kInternal, fmt::format("OpenSSL could not {}", what));
}

int ClientsIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Says who the client is; never that it may not come in: whoever is not pinned is anonymous.
int NoteClient(X509_STORE_CTX* store, void*) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& clients = *static_cast<PinCheck*>(SSL_get_ex_data(ssl, ClientsIndex()));
  (void)CheckPinnedChain(X509_STORE_CTX_get0_cert(store), X509_STORE_CTX_get0_untrusted(store), clients);
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

void SetForManyConnections(SSL_CTX* context) {
  SSL_CTX_set_default_read_buffer_len(context, kReadAheadBytes);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

// Without it OpenSSL would ask the terminal for the passphrase of an encrypted key.
int NoPassphrase(char*, int, int, void*) { return -1; }

Result<SslContextPtr> PublicContext(const std::string& certificate_file, const std::string& key_file) {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* raw = context.get();
  if (raw == nullptr) return SetupFailed("make a TLS context");
  static constexpr unsigned char kSessionContext[] = "mpcstats http";
  const bool configured =
      SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
      SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
      SSL_CTX_set1_groups_list(raw, "X25519:P-256") == 1 && SSL_CTX_set_max_early_data(raw, 0) == 1 &&
      SSL_CTX_set_num_tickets(raw, 0) == 1 &&
      SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof(kSessionContext) - 1) == 1;
  if (!configured) return SetupFailed("configure TLS");
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_default_passwd_cb(raw, NoPassphrase);
  ERR_clear_error();
  const auto unusable = [](const std::string& file, const char* why) {
    ERR_clear_error();
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the TLS file {} {}", file, why));
  };
  if (SSL_CTX_use_certificate_chain_file(raw, certificate_file.c_str()) != 1) {
    return unusable(certificate_file, "cannot be read or does not start with a PEM certificate");
  }
  if (SSL_CTX_use_PrivateKey_file(raw, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    return unusable(key_file, "cannot be read or does not hold the unencrypted PEM key of the certificate");
  }
  return context;
}

}  // namespace

Result<HttpServerTls::Ptr> HttpServerTls::Finish(Result<SslContextPtr> context) {
  if (!context) return std::unexpected(context.error());
  SetForManyConnections(context->get());
  SSL_CTX_set_cert_verify_callback(context->get(), NoteClient, nullptr);
  return Ptr(new HttpServerTls(std::move(*context)));
}

Result<HttpServerTls::Ptr> HttpServerTls::FromIdentity(const Identity& identity) {
  return Finish(MakeTlsContext(identity));
}

Result<HttpServerTls::Ptr> HttpServerTls::FromLeaf(const TlsLeaf& leaf) {
  return Finish(MakeTlsContext(leaf));
}

Result<HttpServerTls::Ptr> HttpServerTls::FromFiles(const std::string& certificate_file,
                                                    const std::string& key_file) {
  return Finish(PublicContext(certificate_file, key_file));
}

Result<SslPtr> HttpServerTls::Accept(int fd, PinCheck& clients) const {
  ASSIGN_OR_RETURN(SslPtr ssl, MakeTls(context_.get(), fd, clients));
  if (SSL_set_ex_data(ssl.get(), ClientsIndex(), &clients) != 1) return SetupFailed("make a connection");
  // A browser that is asked for a certificate bothers its user.
  SSL_set_verify(ssl.get(), clients.accepted.empty() ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

Result<HttpClientTls::Ptr> HttpClientTls::Finish(Result<SslContextPtr> context, bool anonymous) {
  if (!context) return std::unexpected(context.error());
  SetForManyConnections(context->get());
  return Ptr(new HttpClientTls(std::move(*context), anonymous));
}

Result<HttpClientTls::Ptr> HttpClientTls::Anonymous() {
  // The context of a party wants some key; Connect takes it off again.
  ASSIGN_OR_RETURN(const Identity nobody, Identity::Create());
  return Finish(MakeTlsContext(nobody), true);
}

Result<HttpClientTls::Ptr> HttpClientTls::Unverified() {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* raw = context.get();
  if (raw == nullptr) return SetupFailed("make a TLS context");
  const bool configured = SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
                          SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
                          SSL_CTX_set1_groups_list(raw, "X25519:P-256") == 1;
  if (!configured) return SetupFailed("configure TLS");
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_NONE, nullptr);
  return Finish(std::move(context), false);
}

Result<HttpClientTls::Ptr> HttpClientTls::FromIdentity(const Identity& identity) {
  return Finish(MakeTlsContext(identity), false);
}

Result<HttpClientTls::Ptr> HttpClientTls::FromLeaf(const TlsLeaf& leaf) {
  return Finish(MakeTlsContext(leaf), false);
}

Result<SslPtr> HttpClientTls::Connect(int fd, PinCheck& servers) const {
  ASSIGN_OR_RETURN(SslPtr ssl, MakeTls(context_.get(), fd, servers));
  if (anonymous_) SSL_certs_clear(ssl.get());
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace mpcstats

#include "mpcstats/net/http_tls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>

#include "mpcstats/net/http_testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

Identity MustCreate() { return std::move(*Identity::Create()); }

TlsLeaf LeafOf(const Identity& identity) { return std::move(*TlsLeaf::Create(identity, {})); }

// Says who the client is.
void WhoAmI(const HttpRequest& request, const HttpReply& reply) {
  reply(HttpText(200, "text/plain", request.peer_identity ? ToHex(*request.peer_identity) : "anonymous"));
}

std::unique_ptr<HttpClient> ClientFor(std::uint16_t port, const Bytes32& pin,
                                      HttpClientTls::Ptr tls = nullptr) {
  return ClientOf(port, [&](HttpClientOptions& options) {
    options.base.tls = true;
    options.pins = {pin};
    options.tls = std::move(tls);
  });
}

std::string Answer(HttpClient& client) {
  const auto response = client.Request("GET", "/");
  return response ? TextOf(response->body) : response.error().message();
}

TEST(HttpTls, CarriesRequestsToThePinnedServer) {
  const Identity identity = MustCreate();
  auto server = Serve(Echo, {.tls = *HttpServerTls::FromIdentity(identity)});
  auto client = ClientFor(server->port(), identity.Fingerprint());
  const Bytes body(300'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto response = client->Request("POST", "/", {}, body);
    ASSERT_TRUE(response.has_value()) << response.error().message();
    EXPECT_EQ(TextOf(response->body), "POST /  " + TextOf(body));
  }
}

TEST(HttpTls, TakesALeafOfThePinnedServer) {
  const Identity identity = MustCreate();
  auto server = Serve(WhoAmI, {.tls = *HttpServerTls::FromLeaf(LeafOf(identity))});
  EXPECT_EQ(Answer(*ClientFor(server->port(), identity.Fingerprint())), "anonymous");
}

TEST(HttpTls, ClientRefusesAServerWithAnotherKey) {
  const Identity identity = MustCreate();
  const Identity other = MustCreate();
  for (const auto& tls : {*HttpServerTls::FromIdentity(other), *HttpServerTls::FromLeaf(LeafOf(other))}) {
    std::atomic<int> handled = 0;
    auto server = Serve(
        [&](HttpRequest request, HttpReply reply) {
          ++handled;
          Echo(std::move(request), reply);
        },
        {.tls = tls});
    const auto response = ClientFor(server->port(), identity.Fingerprint())->Request("GET", "/");
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_TRUE(response.error().message().contains("another key")) << response.error().message();
    server->Stop();
    EXPECT_EQ(handled, 0);
  }
}

TEST(HttpTls, ClientRefusesAServerWithoutTls) {
  auto server = Serve(Echo);
  const auto response = ClientFor(server->port(), MustCreate().Fingerprint())->Request("GET", "/");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), ErrorCode::kProtocolViolation);
}

TEST(HttpTls, ServerClosesOnAClientWithoutTls) {
  auto server = Serve(Echo, {.tls = *HttpServerTls::FromIdentity(MustCreate())});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(raw.ReceiveAll().contains("HTTP/"));
}

TEST(HttpTls, ServerCutsASlowHandshake) {
  auto server = Serve(Echo, {.tls = *HttpServerTls::FromIdentity(MustCreate()), .header_timeout = 50ms});
  RawConnection raw(server->port());
  EXPECT_EQ(raw.ReceiveAll(), "");
}

TEST(HttpTls, AClientOfAnyServerTakesWhoeverAnswersAndStaysAnonymous) {
  const Identity identity = MustCreate();
  auto server = Serve(WhoAmI, {.tls = *HttpServerTls::FromLeaf(LeafOf(identity)),
                               .peer_identities = {identity.Fingerprint()}});
  auto client = ClientOf(server->port(), [](HttpClientOptions& options) {
    options.base.tls = true;
    options.any_server = true;
  });
  EXPECT_EQ(Answer(*client), "anonymous");
}

TEST(HttpTls, NobodyIsTrustedUnasked) {
  HttpClientOptions options{.base = {.tls = true, .host = "127.0.0.1", .port = 1, .path = ""}};
  EXPECT_FALSE(HttpClient::Create(options));  // neither pins nor any_server
  options.any_server = true;
  EXPECT_TRUE(HttpClient::Create(options));
  options.pins = {MustCreate().Fingerprint()};
  EXPECT_FALSE(HttpClient::Create(options));  // a pin would be ignored
}

TEST(HttpTls, HandlerSeesThePinnedIdentityOfTheClient) {
  const Identity identity = MustCreate();
  const Identity first = MustCreate();
  const Identity second = MustCreate();
  auto server = Serve(WhoAmI, {.tls = *HttpServerTls::FromIdentity(identity),
                               .peer_identities = {first.Fingerprint(), second.Fingerprint()}});
  const auto ask = [&](HttpClientTls::Ptr tls) {
    return Answer(*ClientFor(server->port(), identity.Fingerprint(), std::move(tls)));
  };
  EXPECT_EQ(ask(*HttpClientTls::FromIdentity(first)), ToHex(first.Fingerprint()));
  EXPECT_EQ(ask(*HttpClientTls::FromIdentity(second)), ToHex(second.Fingerprint()));
  EXPECT_EQ(ask(*HttpClientTls::FromLeaf(LeafOf(second))), ToHex(second.Fingerprint()));
}

TEST(HttpTls, WhoeverIsNotPinnedIsAnonymous) {
  const Identity identity = MustCreate();
  const Identity pinned = MustCreate();
  const Identity stranger = MustCreate();
  auto server = Serve(
      WhoAmI, {.tls = *HttpServerTls::FromLeaf(LeafOf(identity)), .peer_identities = {pinned.Fingerprint()}});
  const auto ask = [&](HttpClientTls::Ptr tls) {
    return Answer(*ClientFor(server->port(), identity.Fingerprint(), std::move(tls)));
  };
  EXPECT_EQ(ask(nullptr), "anonymous");
  EXPECT_EQ(ask(*HttpClientTls::FromIdentity(stranger)), "anonymous");
  EXPECT_EQ(ask(*HttpClientTls::FromLeaf(LeafOf(stranger))), "anonymous");
}

// What the server's end learns of a client in a handshake of the two.
PinCheck::Outcome SeenOf(const HttpClientTls& client_tls, std::vector<Bytes32> accepted) {
  const Identity identity = MustCreate();
  const HttpServerTls::Ptr server_tls = *HttpServerTls::FromIdentity(identity);
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd server_end(ends[0]);
  const UniqueFd client_end(ends[1]);
  PinCheck clients{.accepted = std::move(accepted)};
  PinCheck servers{.accepted = {identity.Fingerprint()}};
  const SslPtr server = std::move(*server_tls->Accept(server_end.get(), clients));
  const SslPtr client = std::move(*client_tls.Connect(client_end.get(), servers));
  for (int i = 0; i < 10 && !(SSL_is_init_finished(server.get()) && SSL_is_init_finished(client.get()));
       ++i) {
    (void)SSL_do_handshake(client.get());
    (void)SSL_do_handshake(server.get());
  }
  EXPECT_TRUE(SSL_is_init_finished(server.get()));
  return clients.outcome;
}

TEST(HttpTls, AnAnonymousClientShowsNoCertificateAtAll) {
  EXPECT_EQ(SeenOf(**HttpClientTls::Anonymous(), {Bytes32{}}), PinCheck::Outcome::kNotSeen);
  EXPECT_EQ(SeenOf(**HttpClientTls::FromIdentity(MustCreate()), {Bytes32{}}), PinCheck::Outcome::kOtherKey);
}

TEST(HttpTls, AServerThatPinsNobodyAsksForNoCertificate) {
  EXPECT_EQ(SeenOf(**HttpClientTls::FromIdentity(MustCreate()), {}), PinCheck::Outcome::kNotSeen);
}

TEST(HttpTls, NewConnectionsSeeTheReplacedLeaf) {
  const Identity before = MustCreate();
  const Identity after = MustCreate();
  auto server = Serve(WhoAmI, {.tls = *HttpServerTls::FromLeaf(LeafOf(before))});
  auto old_client = ClientFor(server->port(), before.Fingerprint());
  EXPECT_EQ(Answer(*old_client), "anonymous");
  ASSERT_TRUE(server->ReplaceTls(*HttpServerTls::FromLeaf(LeafOf(after))).has_value());
  EXPECT_EQ(Answer(*old_client), "anonymous");
  EXPECT_EQ(Answer(*ClientFor(server->port(), after.Fingerprint())), "anonymous");
  EXPECT_TRUE(Answer(*ClientFor(server->port(), before.Fingerprint())).contains("another key"));
}

TEST(HttpTls, RefusesToReplaceByNothingOrWithoutTls) {
  const auto tls = *HttpServerTls::FromIdentity(MustCreate());
  auto with = Serve(Echo, {.tls = tls});
  EXPECT_EQ(with->ReplaceTls(nullptr).error().code(), ErrorCode::kInvalidArgument);
  auto without = Serve(Echo);
  EXPECT_EQ(without->ReplaceTls(tls).error().code(), ErrorCode::kInvalidArgument);
}

TEST(HttpTls, RefusesOneConnectionTooMany) {
  const Identity identity = MustCreate();
  auto server = Serve(WhoAmI, {.tls = *HttpServerTls::FromIdentity(identity), .max_connections = 1});
  auto first = ClientFor(server->port(), identity.Fingerprint());
  EXPECT_EQ(Answer(*first), "anonymous");
  const auto refused = ClientFor(server->port(), identity.Fingerprint())->Request("GET", "/");
  ASSERT_TRUE(refused.has_value()) << refused.error().message();
  EXPECT_EQ(refused->status, 503);
}

// Files of a public authority, as a browser's server has them: here it is a self-signed P-256 certificate.
class HttpTlsFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "http_tls_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    key_.reset(EVP_EC_gen("P-256"));
    certificate_.reset(X509_new());
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
    ASSERT_GT(X509_sign(certificate_.get(), key_.get(), EVP_sha256()), 0);
    Write("certificate.pem", [&](std::FILE* file) { return PEM_write_X509(file, certificate_.get()); });
    WriteKey("key.pem", key_.get());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string Path(const char* name) const { return (folder_ / name).string(); }
  void Write(const char* name, const std::function<int(std::FILE*)>& write) {
    std::FILE* file = std::fopen(Path(name).c_str(), "w");
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(write(file), 1);
    std::fclose(file);
  }
  void WriteKey(const char* name, EVP_PKEY* key) {
    Write(name, [&](std::FILE* file) {
      return PEM_write_PKCS8PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  // One request by an ordinary TLS client of at most `version`; nothing when the handshake fails.
  static std::string Ask(std::uint16_t port, int version) {
    SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version);
    RawConnection raw(port);
    fcntl(raw.fd(), F_SETFL, 0);
    SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), raw.fd());
    if (SSL_connect(ssl.get()) != 1) return {};
    constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(SSL_write(ssl.get(), kRequest.data(), static_cast<int>(kRequest.size())),
              static_cast<int>(kRequest.size()));
    std::string all;
    char buffer[1024];
    int size = 0;
    while ((size = SSL_read(ssl.get(), buffer, sizeof(buffer))) > 0)
      all.append(buffer, static_cast<std::size_t>(size));
    EXPECT_EQ(SSL_get_error(ssl.get(), size), SSL_ERROR_ZERO_RETURN) << "the server must say goodbye";
    return all;
  }

  std::filesystem::path folder_;
  PkeyPtr key_;
  CertificatePtr certificate_;
};

TEST_F(HttpTlsFiles, ServeOrdinaryClientsFromTls12On) {
  const auto tls = HttpServerTls::FromFiles(Path("certificate.pem"), Path("key.pem"));
  ASSERT_TRUE(tls.has_value()) << tls.error().message();
  auto server = Serve(WhoAmI, {.tls = *tls});
  EXPECT_TRUE(Ask(server->port(), TLS1_3_VERSION).ends_with("anonymous"));
  EXPECT_TRUE(Ask(server->port(), TLS1_2_VERSION).ends_with("anonymous"));
  EXPECT_EQ(Ask(server->port(), TLS1_1_VERSION), "");
}

TEST_F(HttpTlsFiles, ServePinnedOnlyFromTls13On) {
  auto server = Serve(WhoAmI, {.tls = *HttpServerTls::FromIdentity(MustCreate())});
  EXPECT_TRUE(Ask(server->port(), TLS1_3_VERSION).ends_with("anonymous"));
  EXPECT_EQ(Ask(server->port(), TLS1_2_VERSION), "");
}

TEST_F(HttpTlsFiles, AreRefusedByNameWhenTheyDoNotFit) {
  const PkeyPtr other(EVP_EC_gen("P-256"));
  WriteKey("other.pem", other.get());
  Write("garbage.pem", [](std::FILE* file) { return std::fputs("garbage\n", file) >= 0 ? 1 : 0; });
  const auto complaint = [&](const char* certificate, const char* key) {
    const auto tls = HttpServerTls::FromFiles(Path(certificate), Path(key));
    EXPECT_FALSE(tls.has_value());
    if (tls) return std::string();
    EXPECT_EQ(tls.error().code(), ErrorCode::kInvalidArgument);
    return tls.error().message();
  };
  EXPECT_TRUE(complaint("absent.pem", "key.pem").contains(Path("absent.pem")));
  EXPECT_TRUE(complaint("garbage.pem", "key.pem").contains(Path("garbage.pem")));
  EXPECT_TRUE(complaint("key.pem", "key.pem").contains(Path("key.pem")));
  EXPECT_TRUE(complaint("certificate.pem", "absent.pem").contains(Path("absent.pem")));
  EXPECT_TRUE(complaint("certificate.pem", "garbage.pem").contains(Path("garbage.pem")));
  EXPECT_TRUE(complaint("certificate.pem", "other.pem").contains(Path("other.pem")));
}

TEST_F(HttpTlsFiles, AnEncryptedKeyIsRefusedWithoutAskingTheTerminal) {
  char passphrase[] = "secret";
  Write("encrypted.pem", [&](std::FILE* file) {
    return PEM_write_PKCS8PrivateKey(file, key_.get(), EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr);
  });
  const auto tls = HttpServerTls::FromFiles(Path("certificate.pem"), Path("encrypted.pem"));
  ASSERT_FALSE(tls.has_value());
  EXPECT_TRUE(tls.error().message().contains("unencrypted"));
}

}  // namespace
}  // namespace mpcstats

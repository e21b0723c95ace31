// Who gets in and who does not.
#include "mpcstats/net/tls_lobby.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include "mpcstats/net/tls_test_parties.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

bool Contains(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

UniqueFd DialLoopback(std::uint16_t port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

void ExpectWorkingSession(std::array<std::unique_ptr<TlsLinks>, 3>& links) {
  TlsTestParties::OnThreads([&](unsigned self) {
    ASSERT_NE(links[self], nullptr);
    EXPECT_TRUE(links[self]->Exchange({Bytes{1}, Bytes{2}}, {1, 1}).has_value());
  });
}

// An ordinary blocking TLS client with the key of `identity`.
struct ClientOutcome {
  bool refused = false;
  std::string version;
};
ClientOutcome RunClient(std::uint16_t port, const Identity* identity, int max_version) {
  const UniqueFd fd = DialLoopback(port);
  const SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), max_version);
  if (identity != nullptr) {
    EXPECT_EQ(SSL_CTX_use_certificate(context.get(), identity->certificate()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), identity->key(SecretAccess("test"))), 1);
  }
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd.get());
  char byte = 0;
  // The accepting party speaks first when it takes the key; a refusal shows as an error in either call.
  const bool welcome = SSL_connect(ssl.get()) == 1 && SSL_read(ssl.get(), &byte, 1) == 1;
  ERR_clear_error();
  return {!welcome, SSL_get_version(ssl.get())};
}

TEST(TlsLobby, PeersMayComeInAnyOrder) {
  for (unsigned last = 0; last < 3; ++last) {
    TlsTestParties parties;
    std::array<std::unique_ptr<TlsLinks>, 3> links;
    std::vector<std::jthread> threads;
    // The last one starts when the others have been called: its listener is open, so the calls wait there.
    for (unsigned i = 1; i <= 3; ++i) {
      const unsigned party = (last + i) % 3;
      threads.emplace_back([&, party] {
        auto connected = TlsLinks::Connect(parties.OptionsOf(party));
        ASSERT_TRUE(connected.has_value()) << connected.error().message();
        links[party] = std::move(*connected);
      });
    }
    threads.clear();
    ExpectWorkingSession(links);
  }
}

TEST(TlsLobby, CallsAgainUntilThePeerListens) {
  TlsTestParties parties;
  TlsLinks::Options options = parties.OptionsOf(2);
  const std::uint16_t port = options.listener.port();
  options.listener = TlsListener();  // nobody listens there now
  std::array<std::unique_ptr<TlsLinks>, 3> links;
  {
    std::vector<std::jthread> threads;
    for (unsigned party : {0u, 1u}) {
      threads.emplace_back(
          [&, party] { links[party] = std::move(*TlsLinks::Connect(parties.OptionsOf(party))); });
    }
    auto listener = TlsListener::Open("127.0.0.1", port);
    ASSERT_TRUE(listener.has_value()) << listener.error().message();
    options.listener = std::move(*listener);
    links[2] = std::move(*TlsLinks::Connect(std::move(options)));
  }
  ExpectWorkingSession(links);
}

TEST(TlsLobby, SilentStrangersDoNotStopTheSession) {
  TlsTestParties parties;
  std::vector<UniqueFd> strangers;
  for (int i = 0; i < 40; ++i) strangers.push_back(DialLoopback(parties.port(2)));
  for (int i = 0; i < 3; ++i) strangers.push_back(DialLoopback(parties.port(1)));
  auto links = parties.ConnectAll();
  ExpectWorkingSession(links);
}

TEST(TlsLobby, StrangersWithRubbishOrAnotherKeyDoNotStopTheSession) {
  TlsTestParties parties;
  const Identity stranger = std::move(*Identity::Create());
  const UniqueFd rubbish = DialLoopback(parties.port(2));
  ASSERT_EQ(send(rubbish.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  std::array<std::unique_ptr<TlsLinks>, 3> links;
  {
    std::jthread party_2([&] { links[2] = std::move(*TlsLinks::Connect(parties.OptionsOf(2))); });
    EXPECT_TRUE(RunClient(parties.port(2), &stranger, TLS1_3_VERSION).refused);
    EXPECT_TRUE(RunClient(parties.port(2), nullptr, TLS1_3_VERSION).refused);
    // Nor does a party get in as its own peer.
    EXPECT_TRUE(RunClient(parties.port(2), &parties.identity(2), TLS1_3_VERSION).refused);
    std::jthread party_1([&] { links[1] = std::move(*TlsLinks::Connect(parties.OptionsOf(1))); });
    links[0] = std::move(*TlsLinks::Connect(parties.OptionsOf(0)));
  }
  ExpectWorkingSession(links);
}

TEST(TlsLobby, RefusesAClientThatSpeaksOnlyTls12EvenWithTheRightKey) {
  TlsTestParties parties;
  std::array<std::unique_ptr<TlsLinks>, 3> links;
  {
    std::jthread party_2([&] { links[2] = std::move(*TlsLinks::Connect(parties.OptionsOf(2))); });
    EXPECT_TRUE(RunClient(parties.port(2), &parties.identity(0), TLS1_2_VERSION).refused);
    const ClientOutcome right = RunClient(parties.port(2), &parties.identity(0), TLS1_3_VERSION);
    EXPECT_FALSE(right.refused);
    EXPECT_EQ(right.version, "TLSv1.3");
    std::jthread party_1([&] { links[1] = std::move(*TlsLinks::Connect(parties.OptionsOf(1))); });
    links[0] = std::move(*TlsLinks::Connect(parties.OptionsOf(0)));
  }
  ExpectWorkingSession(links);
}

TEST(TlsLobby, CallerRefusesAKeyItHasNotPinned) {
  TlsTestParties parties;
  TlsLinks::Options caller = parties.OptionsOf(0);
  caller.parties[2].fingerprint = std::move(*Identity::Create()).Fingerprint();
  TlsLinks::Options callee = parties.OptionsOf(2);
  callee.connect_deadline = 1s;
  std::jthread party_2([&] {
    const auto links = TlsLinks::Connect(std::move(callee));
    ASSERT_FALSE(links.has_value());
    EXPECT_EQ(links.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_TRUE(Contains(links.error(), "did not call within 1000 ms; turned away 1 caller"))
        << links.error().message();
    EXPECT_TRUE(Contains(links.error(), "a caller refused our key")) << links.error().message();
  });
  const auto links = TlsLinks::Connect(std::move(caller));
  ASSERT_FALSE(links.has_value());
  EXPECT_EQ(links.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(links.error().message(), "party 2 presented another key than the pinned one");
}

TEST(TlsLobby, CalleeRefusesAKeyItHasNotPinned) {
  TlsTestParties parties;
  TlsLinks::Options callee = parties.OptionsOf(2);
  callee.parties[0].fingerprint = std::move(*Identity::Create()).Fingerprint();
  callee.connect_deadline = 1s;
  std::jthread party_2([&] {
    const auto links = TlsLinks::Connect(std::move(callee));
    ASSERT_FALSE(links.has_value());
    EXPECT_EQ(links.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_TRUE(Contains(links.error(), "a caller presented another key than the pinned one"))
        << links.error().message();
  });
  const auto links = TlsLinks::Connect(parties.OptionsOf(0));
  ASSERT_FALSE(links.has_value());
  EXPECT_EQ(links.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(links.error().message(), "party 2 refused our key: it has another one pinned for this party");
}

TEST(TlsLobby, RefusesACertificateOutOfDate) {
  TlsTestParties parties;
  TlsLinks::Options options = parties.OptionsOf(2);
  X509* certificate = parties.identity(2).certificate();
  X509_gmtime_adj(X509_getm_notAfter(certificate), -60);
  X509_sign(certificate, parties.identity(2).key(SecretAccess("test")), nullptr);
  options.connect_deadline = 1s;
  std::jthread party_2([&] { EXPECT_FALSE(TlsLinks::Connect(std::move(options)).has_value()); });
  const auto links = TlsLinks::Connect(parties.OptionsOf(0));
  ASSERT_FALSE(links.has_value());
  EXPECT_TRUE(Contains(links.error(), "party 2 presented a certificate that is out of date"))
      << links.error().message();
}

TEST(TlsLobby, NamesThePeerThatDoesNotAnswer) {
  TlsTestParties parties;
  TlsLinks::Options options = parties.OptionsOf(1);
  options.connect_deadline = 50ms;
  const auto links =
      TlsLinks::Connect(std::move(options));  // the listener of party 2 is open but nobody is behind it
  ASSERT_FALSE(links.has_value());
  EXPECT_EQ(links.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(Contains(links.error(), "party 2 at 127.0.0.1:")) << links.error().message();
}

TEST(TlsLobby, RefusesPartiesThatDoNotFitTogether) {
  TlsTestParties parties;
  TlsLinks::Options same_key = parties.OptionsOf(1);
  same_key.parties[2].fingerprint = same_key.parties[0].fingerprint;
  EXPECT_EQ(TlsLinks::Connect(std::move(same_key)).error().code(), ErrorCode::kInvalidArgument);
  TlsLinks::Options other_identity = parties.OptionsOf(2);
  other_identity.parties[2].fingerprint[0] ^= 1;
  EXPECT_EQ(TlsLinks::Connect(std::move(other_identity)).error().code(), ErrorCode::kInvalidArgument);
  TlsLinks::Options no_listener = parties.OptionsOf(1);  // its listener went with the first options
  EXPECT_EQ(TlsLinks::Connect(std::move(no_listener)).error().code(), ErrorCode::kInvalidArgument);
}

TEST(TlsListener, RefusesAnAddressThatIsNotOurs) {
  EXPECT_FALSE(TlsListener::Open("192.0.2.1", 0).has_value());
  EXPECT_FALSE(TlsListener::Open("not an address", 0).has_value());
}

}  // namespace
}  // namespace mpcstats

// One HTTPS request by our TLS client over TCP, its log read again by our observer: the tool of the tests in this folder.
//
//   tls_tool --port N --host NAME --roots ca.pem --target /path [--record-bytes N] [--key-log FILE] [--trace FILE]
//            [--body FILE] [--any-end] [--echo FILE]
//
// Or: tls_tool --free-port N, which prints a port that nobody listens on; N is anything.
//
// --trace FILE gives both streams as text2pcap reads them, in the order in which they were sent. With --echo the file is sent instead of a request, to a server that sends back what it gets; --any-end takes a server
// that does not say close_notify. Prints `key value` lines. Exit: 0 the response came and the observer's values agree, 1 otherwise, with one sentence.
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "mpcstats/base/check.h"
#include "mpcstats/net/tcp.h"
#include "mpcstats/zktls/http/request_builder.h"
#include "mpcstats/zktls/http/response_layout.h"
#include "mpcstats/zktls/tls/client.h"
#include "mpcstats/zktls/tls/observer.h"

namespace mpcstats {
namespace {

constexpr int kWaitMs = 20'000;

using Options = std::map<std::string, std::string>;

std::string Get(const Options& options, const std::string& name, const std::string& otherwise = "") {
  const auto it = options.find(name);
  return it == options.end() ? otherwise : it->second;
}

std::size_t Number(const std::string& text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Save(const std::string& path, ByteSpan bytes) {
  if (path.empty()) return;
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// When the server has said all: a whole response, or as much as it was sent.
using Whole = std::function<Result<bool>(std::string_view)>;

struct Session {
  Bytes sent;
  Bytes received;
  std::string response;
  std::string trace;

  void Log(TlsSide from, ByteSpan bytes) {
    Bytes& stream = from == TlsSide::kClient ? sent : received;
    stream.insert(stream.end(), bytes.begin(), bytes.end());
    if (bytes.empty()) return;
    trace += from == TlsSide::kClient ? "O\n" : "I\n";
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
      trace += fmt::format("{:06x}", at);
      for (const std::uint8_t byte : bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at))) {
        trace += fmt::format(" {:02x}", byte);
      }
      trace += '\n';
    }
  }
};

Status SendAll(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    pollfd entry = {fd, POLLOUT, 0};
    if (poll(&entry, 1, kWaitMs) <= 0) return Fail(ErrorCode::kDeadlineExceeded, "the server does not read");
    const ssize_t size = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) return Fail(ErrorCode::kUnavailable, "the server is gone");
    if (size > 0) bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

Result<Session> Run(TlsClient& client, int fd, ByteSpan request, const Whole& is_whole) {
  Session session;
  bool requested = false;
  bool closed = false;
  while (!client.ended()) {
    if (client.connected() && !requested) {
      requested = true;
      RETURN_IF_ERROR(client.Send(request));
    }
    ASSIGN_OR_RETURN(const bool whole, is_whole(session.response));
    if (whole && !closed) {
      closed = true;
      RETURN_IF_ERROR(client.Close());
    }
    const Bytes out = client.TakeOutput();
    session.Log(TlsSide::kClient, out);
    RETURN_IF_ERROR(SendAll(fd, out));
    pollfd entry = {fd, POLLIN, 0};
    if (poll(&entry, 1, kWaitMs) <= 0)
      return Fail(ErrorCode::kDeadlineExceeded, "the server does not answer");
    std::array<std::uint8_t, 16384> buffer;
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) continue;
    if (size <= 0) {
      RETURN_IF_ERROR(client.EndOfInput());
      break;
    }
    const ByteSpan bytes = ByteSpan(buffer).first(static_cast<std::size_t>(size));
    session.Log(TlsSide::kServer, bytes);
    const Status received = client.Receive(bytes);
    if (!received) {
      (void)SendAll(fd, client.TakeOutput());
      return std::unexpected(received.error());
    }
    const Buffer<std::uint8_t> plaintext = client.TakeReceived();
    session.response.append(plaintext.span().begin(), plaintext.span().end());
  }
  return session;
}

Status Compare(const ObservedSession& seen, const TlsClient& client, LocalKeySchedule& keys) {
  const TlsServerFacts& facts = client.server();
  const bool same = seen.server.client_random == client.client_random() &&
                    seen.server.server_random == facts.server_random &&
                    seen.server.server_point == facts.server_point &&
                    seen.server.spki_hash == facts.spki_hash && seen.client_point == *keys.ClientPoint();
  if (!same) return Fail(ErrorCode::kInternal, "the observer saw other public values than the client");
  // From the premaster secret and the observer's hash alone to the master secret.
  bool follows = false;
  keys.premaster_secret().With(SecretAccess("interop test"), [&](const Bytes32& premaster) {
    TlsMasterSecret master;
    TlsPrf(premaster, "extended master secret", seen.session_hash, master);
    keys.master_secret().With(SecretAccess("interop test"),
                              [&](const TlsMasterSecret& own) { follows = own == master; });
  });
  if (!follows)
    return Fail(ErrorCode::kInternal, "the observer's session hash does not give the master secret");
  return {};
}

Status Main(const Options& options) {
  if (options.contains("free-port")) {
    ASSIGN_OR_RETURN(const BoundSocket socket, ListenTcp("127.0.0.1", 0));
    fmt::print("{}\n", socket.port);
    return {};
  }
  const std::string host = Get(options, "host");
  ASSIGN_OR_RETURN(const RootStore roots, RootStore::FromFile(Get(options, "roots")));
  const TlsPolicy policy{.host = host, .roots = &roots, .now = std::chrono::system_clock::now()};
  ASSIGN_OR_RETURN(const UniqueFd fd,
                   StartConnect("127.0.0.1", static_cast<std::uint16_t>(Number(Get(options, "port"))), 0));
  pollfd entry = {fd.get(), POLLOUT, 0};
  if (poll(&entry, 1, kWaitMs) <= 0) return Fail(ErrorCode::kUnavailable, "cannot connect");
  RETURN_IF_ERROR(FinishConnect(fd.get()));

  SystemRng rng;
  LocalKeySchedule keys(rng);
  TlsClient client({.policy = policy, .max_record = Number(Get(options, "record-bytes", "16384"))}, keys,
                   rng);
  ASSIGN_OR_RETURN(const MarkedRequest request,
                   BuildMarkedRequest({.host = host, .target = {{Get(options, "target", "/")}}}));
  const bool echo = options.contains("echo");
  const std::string echoed = echo ? Load(options.at("echo")) : "";
  const auto http_whole = [](std::string_view response) -> Result<bool> {
    ASSIGN_OR_RETURN(const auto layout, ParseHttpResponseLayout(response));
    return layout.has_value();
  };
  const auto echo_whole = [&](std::string_view response) -> Result<bool> {
    return response.size() >= echoed.size();
  };
  ASSIGN_OR_RETURN(const Session session, echo ? Run(client, fd.get(), AsBytes(echoed), echo_whole)
                                               : Run(client, fd.get(), request.bytes.span(), http_whole));
  HttpResponseLayout layout;
  if (echo) {
    if (session.response != echoed) return Fail(ErrorCode::kInternal, "the echo came changed");
  } else {
    ASSIGN_OR_RETURN(auto parsed, ParseHttpResponseLayout(session.response));
    if (!parsed) return Fail(ErrorCode::kUnavailable, "the response is not whole");
    layout = std::move(*parsed);
  }

  TlsObserver observer(policy);
  RETURN_IF_ERROR(observer.Observe(TlsSide::kClient, session.sent));
  RETURN_IF_ERROR(observer.Observe(TlsSide::kServer, session.received));
  ASSIGN_OR_RETURN(const ObservedSession seen, std::move(observer).Finish());
  RETURN_IF_ERROR(Compare(seen, client, keys));
  const bool closed = client.state() == TlsClient::State::kClosed && seen.MayBeComplete();
  if (!closed && !options.contains("any-end")) {
    return Fail(ErrorCode::kUnavailable, "the server did not end with close_notify");
  }

  keys.master_secret().With(SecretAccess("key log for a test"), [&](const TlsMasterSecret& master) {
    const std::string line =
        fmt::format("CLIENT_RANDOM {} {}\n", ToHex(client.client_random()), ToHex(master));
    Save(Get(options, "key-log"), AsBytes(line));
  });
  Save(Get(options, "trace"), AsBytes(session.trace));
  Save(Get(options, "body"), AsBytes(layout.Body(session.response)));
  fmt::print(
      "status {}\nbody-bytes {}\nbody-pieces {}\nclient-records {}\nserver-records {}\nclosed {}\nsuite "
      "{:#06x}\n",
      layout.status, layout.body_bytes(), layout.body.size(), seen.client.records.size(),
      seen.server_records.records.size(), closed ? 1 : 0, static_cast<unsigned>(seen.server.suite));
  return {};
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) {
  mpcstats::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (!name.starts_with("--")) return 2;
    if (name == "--any-end") {
      options["any-end"] = "1";
    } else if (i + 1 < argc) {
      options[name.substr(2)] = argv[++i];
    }
  }
  const mpcstats::Status done = mpcstats::Main(options);
  if (!done) fmt::print(stderr, "tls_tool: {}\n", done.error().message());
  return done ? 0 : 1;
}

// Latency and throughput of TlsLinks between three processes on loopback.
//
//   net_bench [repeats]     prints median, 10th and 90th percentile of the repeats
//
// "ping-pong": party 0 sends a frame to party 1, which answers. "all-to-all": every party sends to and receives from
// both others, as in a round of the engine. "one way": party 0 streams frames to party 1.
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/net/tls_links.h"

namespace mpcstats {
namespace {

using Clock = std::chrono::steady_clock;
using Frames = std::array<Bytes, 2>;

constexpr std::size_t kMiB = 1 << 20;
constexpr unsigned kParties = 3;

void MustExchange(PeerLinks& links, const Frames& send, const std::array<std::size_t, 2>& limits) {
  const Result<Frames> got = links.Exchange(send, limits);
  if (!got) fmt::print(stderr, "party {}: {}\n", links.self().value(), got.error().message());
  CHECK(got.has_value());
}

void PingPong(PeerLinks& links, std::size_t size, int rounds) {
  const Bytes frame(size, 1);
  for (int i = 0; i < rounds; ++i) {
    if (links.self() == PartyIndex(0)) {
      MustExchange(links, {frame, {}}, {0, 0});
      MustExchange(links, {}, {size, 0});
    } else if (links.self() == PartyIndex(1)) {
      MustExchange(links, {}, {0, size});
      MustExchange(links, {Bytes(), frame}, {0, 0});
    }
  }
}

void AllToAll(PeerLinks& links, std::size_t size, int rounds) {
  const Frames frames = {Bytes(size, 1), Bytes(size, 2)};
  for (int i = 0; i < rounds; ++i) MustExchange(links, frames, {size, size});
}

void OneWay(PeerLinks& links, std::size_t size, int rounds) {
  const Bytes frame(size, 1);
  for (int i = 0; i < rounds; ++i) {
    if (links.self() == PartyIndex(0)) MustExchange(links, {frame, {}}, {0, 0});
    if (links.self() == PartyIndex(1)) MustExchange(links, {}, {0, size});
  }
  // The clock of party 0 stops when party 1 has everything.
  if (links.self() == PartyIndex(0)) MustExchange(links, {}, {1, 0});
  if (links.self() == PartyIndex(1)) MustExchange(links, {Bytes(), Bytes(1)}, {0, 0});
}

struct Case {
  const char* name;
  void (*run)(PeerLinks&, std::size_t size, int rounds);
  std::size_t size;
  int rounds;
};

constexpr Case kCases[] = {
    {"ping-pong", PingPong, 16, 5000},        {"ping-pong", PingPong, 1024, 5000},
    {"ping-pong", PingPong, 16 * 1024, 3000}, {"all-to-all", AllToAll, 16, 5000},
    {"all-to-all", AllToAll, 1024, 5000},     {"all-to-all", AllToAll, 64 * 1024, 500},
    {"all-to-all", AllToAll, kMiB, 50},       {"all-to-all", AllToAll, 64 * kMiB, 1},
    {"one way", OneWay, 64 * 1024, 2000},     {"one way", OneWay, kMiB, 200},
    {"one way", OneWay, 64 * kMiB, 4},
};

void Report(const Case& c, std::vector<double> seconds) {
  std::ranges::sort(seconds);
  const auto at = [&](double share) {
    return seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))] / c.rounds;
  };
  const double mib = static_cast<double>(c.size) / static_cast<double>(kMiB);
  fmt::print("BM_Net/{}/bytes:{:<9} {:10.1f} us/round [{:.1f}, {:.1f}]", c.name, c.size, at(0.5) * 1e6,
             at(0.1) * 1e6, at(0.9) * 1e6);
  if (c.size >= 64 * 1024) fmt::print("  {:8.0f} MiB/s on each link and direction", mib / at(0.5));
  fmt::print("\n");
}

void RunParty(TlsLinks::Options options, int repeats) {
  Result<std::unique_ptr<TlsLinks>> links = TlsLinks::Connect(std::move(options));
  if (!links) fmt::print(stderr, "{}\n", links.error().message());
  CHECK(links.has_value());
  for (const Case& c : kCases) {
    std::vector<double> seconds;
    for (int repeat = -1; repeat < repeats; ++repeat) {
      AllToAll(**links, 1, 2);  // start together
      const Clock::time_point start = Clock::now();
      c.run(**links, c.size, c.rounds);
      const std::chrono::duration<double> took = Clock::now() - start;
      if (repeat >= 0) seconds.push_back(took.count());  // the first one warms up
    }
    if ((*links)->self() == PartyIndex(0)) Report(c, std::move(seconds));
  }
}

int Main(int repeats) {
  std::vector<Identity> identities;
  std::vector<TlsListener> listeners;
  std::array<Endpoint, kParties> endpoints;
  for (unsigned i = 0; i < kParties; ++i) {
    identities.push_back(std::move(*Identity::Create()));
    listeners.push_back(std::move(*TlsListener::Open("127.0.0.1", 0)));
    endpoints[i] = {"127.0.0.1", listeners[i].port(), identities[i].Fingerprint()};
  }
  fmt::print("three processes on {} cores, TLS 1.3 over loopback, {} repeats\n",
             sysconf(_SC_NPROCESSORS_ONLN), repeats);
  std::fflush(stdout);
  for (unsigned i = 0; i < kParties; ++i) {
    if (fork() != 0) continue;
    RunParty({.self = PartyIndex(i),
              .identity = identities[i],
              .listener = std::move(listeners[i]),
              .parties = endpoints},
             repeats);
    return 0;
  }
  int failed = 0;
  for (unsigned i = 0; i < kParties; ++i) {
    int status = 0;
    wait(&status);
    failed |= status;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) { return mpcstats::Main(argc > 1 ? std::max(1, std::atoi(argv[1])) : 7); }

// Three parties on loopback for the tests of TLS links.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "mpcstats/net/tls_links.h"

namespace mpcstats {

class TlsTestParties {
 public:
  using Links = std::unique_ptr<TlsLinks>;

  TlsTestParties() {
    for (unsigned i = 0; i < 3; ++i) {
      identities_.push_back(std::move(*Identity::Create()));
      listeners_.push_back(std::move(*TlsListener::Open("127.0.0.1", 0)));
      endpoints_[i] = {"127.0.0.1", listeners_[i].port(), identities_[i].Fingerprint()};
    }
  }

  /// Options of a party; its listener moves into them.
  TlsLinks::Options OptionsOf(unsigned party) {
    return {.self = PartyIndex(party),
            .identity = identities_[party],
            .listener = std::move(listeners_[party]),
            .parties = endpoints_,
            .connect_deadline = std::chrono::seconds(60),
            .io_deadline = std::chrono::seconds(60)};
  }
  [[nodiscard]] std::uint16_t port(unsigned party) const { return endpoints_[party].port; }
  [[nodiscard]] const Identity& identity(unsigned party) const { return identities_[party]; }

  /// Connects all three; a failure fails the test.
  std::array<Links, 3> ConnectAll() {
    return ConnectAll([](unsigned, TlsLinks::Options&) {});
  }
  std::array<Links, 3> ConnectAll(const std::function<void(unsigned, TlsLinks::Options&)>& change) {
    std::array<Links, 3> links;
    OnThreads([&](unsigned party) {
      TlsLinks::Options options = OptionsOf(party);
      change(party, options);
      Result<Links> connected = TlsLinks::Connect(std::move(options));
      EXPECT_TRUE(connected.has_value()) << connected.error().message();
      if (connected) links[party] = std::move(*connected);
    });
    return links;
  }

  /// Runs `body` for each party on a thread of its own.
  static void OnThreads(const std::function<void(unsigned party)>& body) {
    std::vector<std::jthread> threads;
    for (unsigned party = 0; party < 3; ++party) threads.emplace_back(body, party);
  }

 private:
  std::vector<Identity> identities_;
  std::vector<TlsListener> listeners_;
  std::array<Endpoint, 3> endpoints_;
};

}  // namespace mpcstats

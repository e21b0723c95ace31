#include "mpcstats/net/tls_links.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "mpcstats/net/tls_connection.h"
#include "mpcstats/net/tls_lobby.h"
#include "mpcstats/net/tls_test_parties.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;
using Frames = std::array<Bytes, 2>;

constexpr unsigned kNext = 0;
constexpr unsigned kPrevious = 1;

// Bytes that say who sent them to whom, so that a mix-up shows.
Bytes Pattern(unsigned from, unsigned to, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 256 + 7 * from + 3 * to);
  return bytes;
}

bool Contains(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

// A party that holds the right key but not to the rules: it drives its connections by hand.
std::array<std::unique_ptr<TlsConnection>, 2> MeetByHand(TlsTestParties& parties, unsigned party) {
  TlsLinks::Options options = parties.OptionsOf(party);
  auto met = MeetPeers(options);
  EXPECT_TRUE(met.has_value()) << met.error().message();
  return std::move(*met);
}

class TlsExchange : public testing::TestWithParam<std::size_t> {};

TEST_P(TlsExchange, CarriesFramesBothWaysAtOnce) {
  const std::size_t size = GetParam();
  TlsTestParties parties;
  auto links = parties.ConnectAll();
  TlsTestParties::OnThreads([&](unsigned self) {
    const unsigned next = (self + 1) % 3;
    const unsigned previous = (self + 2) % 3;
    for (int round = 0; round < 3; ++round) {
      const auto got =
          links[self]->Exchange({Pattern(self, next, size), Pattern(self, previous, size)}, {size, size});
      ASSERT_TRUE(got.has_value()) << got.error().message();
      EXPECT_TRUE((*got)[kNext] == Pattern(next, self, size));
      EXPECT_TRUE((*got)[kPrevious] == Pattern(previous, self, size));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, TlsExchange,
                         testing::Values(1, 2, 100, 16379, 16380, 16381, 16383, 16384, 16385, 262144 + 16380,
                                         8 << 20));

TEST(TlsLinks, AnEmptyExchangeReturnsAtOnce) {
  TlsTestParties parties;
  auto links = parties.ConnectAll();
  const auto got = links[0]->Exchange({}, {0, 0});
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE((*got)[0].empty() && (*got)[1].empty());
  EXPECT_EQ(links[2]->self(), PartyIndex(2));
}

TEST(TlsLinks, FramesAheadOfTheirRoundWaitForIt) {
  TlsTestParties parties;
  auto links = parties.ConnectAll();
  for (std::uint8_t i = 0; i < 20; ++i)
    ASSERT_TRUE(links[0]->Exchange({Bytes(3, i), {}}, {0, 0}).has_value());
  ASSERT_TRUE(links[2]->Exchange({Bytes(), Bytes{99}}, {0, 0}).has_value());
  // Party 1 waits for party 2 alone while frames of party 0 lie there.
  EXPECT_EQ((*links[1]->Exchange({}, {1, 0}))[kNext], Bytes{99});
  for (std::uint8_t i = 0; i < 20; ++i) EXPECT_EQ((*links[1]->Exchange({}, {0, 3}))[kPrevious], Bytes(3, i));
}

TEST(TlsLinks, ExporterIsSharedByTheTwoEndsAlone) {
  TlsTestParties first;
  TlsTestParties second;
  auto links = first.ConnectAll();
  auto other_links = second.ConnectAll();
  const auto key = [](TlsLinks& end, Peer peer, std::string_view context) {
    return end.Export(peer, AsBytes(context))->With(SecretAccess("test"), [](const Bytes32& k) { return k; });
  };
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(key(*links[i], Peer::kNext, "a"), key(*links[(i + 1) % 3], Peer::kPrevious, "a"));
    EXPECT_NE(key(*links[i], Peer::kNext, "a"), key(*links[i], Peer::kPrevious, "a"));
    EXPECT_NE(key(*links[i], Peer::kNext, "a"), key(*links[i], Peer::kNext, "b"));
    EXPECT_NE(key(*links[i], Peer::kNext, "a"), key(*links[i], Peer::kNext, ""));
    EXPECT_NE(key(*links[i], Peer::kNext, "a"), key(*other_links[i], Peer::kNext, "a"));
  }
}

TEST(TlsLinks, AlarmReachesBothPeersAndEndsTheSession) {
  TlsTestParties parties;
  auto links = parties.ConnectAll();
  TlsTestParties::OnThreads([&](unsigned self) {
    if (self == 0) {
      links[0]->SendAndClose({Bytes{1}, Bytes{2}});
      EXPECT_FALSE(links[0]->Exchange({Bytes{1}, {}}, {0, 0}).has_value());
      EXPECT_FALSE(links[0]->Export(Peer::kNext, {}).has_value());
      return;
    }
    const unsigned slot = self == 1 ? kPrevious : kNext;
    std::array<std::size_t, 2> limits{};
    limits[slot] = 10;
    const auto got = links[self]->Exchange({}, limits);
    ASSERT_TRUE(got.has_value()) << got.error().message();
    EXPECT_EQ((*got)[slot], Bytes{static_cast<std::uint8_t>(self)});
    const auto after = links[self]->Exchange({}, limits);
    ASSERT_FALSE(after.has_value());
    EXPECT_EQ(after.error().code(), ErrorCode::kUnavailable);
    EXPECT_TRUE(Contains(after.error(), "party 0 closed the connection")) << after.error().message();
    links[self].reset();
  });
}

TEST(TlsLinks, AlarmIsDeliveredAfterAnOversizeFrame) {
  TlsTestParties parties;
  auto links = parties.ConnectAll();
  TlsTestParties::OnThreads([&](unsigned self) {
    if (self == 0) {
      EXPECT_TRUE(links[0]->Exchange({Bytes(1000), {}}, {10, 0}).has_value());
      links[0].reset();
    } else if (self == 1) {
      EXPECT_FALSE(links[1]->Exchange({}, {0, 999}).has_value());
      links[1]->SendAndClose({Bytes{7}, Bytes{7}});
    } else {
      EXPECT_TRUE(links[2]->Exchange({}, {0, 10}).has_value());
      links[2].reset();
    }
  });
}

TEST(TlsLinks, AlarmAfterAHalfSentFrameDoesNotTouchThatFrame) {
  TlsTestParties parties;
  auto links = parties.ConnectAll([](unsigned party, TlsLinks::Options& options) {
    if (party == 0) options.io_deadline = 50ms;
  });
  {
    const Frames frames = {Bytes(), Bytes(64 << 20)};
    ASSERT_FALSE(links[0]->Exchange(frames, {0, 0}).has_value());
  }
  links[0]->SendAndClose({Bytes{1}, Bytes()});  // the sanitizer job watches the freed frame
  EXPECT_EQ((*links[1]->Exchange({}, {0, 1}))[kPrevious], Bytes{1});
  const auto got = links[2]->Exchange({}, {64 << 20, 0});
  ASSERT_FALSE(got.has_value());
  EXPECT_TRUE(Contains(got.error(), "party 0 is gone")) << got.error().message();
}

TEST(TlsLinks, KeyUpdateInTheMiddleOfFramesChangesNothing) {
  TlsTestParties parties;
  SslContextPtr contexts[2] = {std::move(*MakeTlsContext(parties.identity(0))),
                               std::move(*MakeTlsContext(parties.identity(1)))};
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
  std::unique_ptr<TlsConnection> ends[2];
  for (unsigned i = 0; i < 2; ++i) {
    ends[i] = std::move(
        *TlsConnection::Open(contexts[i].get(), UniqueFd(pair[i]),
                             {.role = i == 0 ? TlsConnection::Role::kClient : TlsConnection::Role::kServer,
                              .pins = {parties.identity(1 - i).Fingerprint()},
                              .peer_name = "the other end",
                              .records_per_key = 2}));
  }
  for (bool done[2] = {}; !done[0] || !done[1];) {
    for (unsigned i = 0; i < 2; ++i) {
      if (!done[i]) done[i] = *ends[i]->Handshake();
    }
  }
  const Bytes frame = Pattern(0, 1, 3'000'000);  // more than the sockets hold
  for (unsigned i = 0; i < 2; ++i) {
    ends[i]->BeginSend(frame);
    ends[i]->BeginReceive(frame.size());
  }
  while (ends[0]->busy() || ends[1]->busy()) {
    for (auto& end : ends) ASSERT_TRUE(end->Pump().has_value());
  }
  EXPECT_TRUE(ends[0]->TakeFrame() == frame);
  EXPECT_TRUE(ends[1]->TakeFrame() == frame);
}

TEST(TlsLinks, GoodbyeOfAPeerThatIsNotAwaitedIsNoError) {
  TlsTestParties parties;
  auto links = parties.ConnectAll();
  ASSERT_TRUE(links[2]->Exchange({Bytes(70'000, 5), {}}, {0, 0}).has_value());
  links[2].reset();
  std::jthread late([&] { ASSERT_TRUE(links[1]->Exchange({Bytes(), Bytes{1}}, {0, 0}).has_value()); });
  EXPECT_EQ((*links[0]->Exchange({}, {1, 0}))[kNext], Bytes{1});
  EXPECT_EQ((*links[0]->Exchange({}, {0, 70'000}))[kPrevious], Bytes(70'000, 5));
  const auto after = links[0]->Exchange({Bytes(), Bytes{1}}, {0, 1});
  ASSERT_FALSE(after.has_value());
  EXPECT_EQ(after.error().code(), ErrorCode::kUnavailable);
}

TEST(TlsLinks, VanishedPeerThatIsNotAwaitedIsNoticedAtOnce) {
  TlsTestParties parties;
  TlsTestParties::OnThreads([&](unsigned self) {
    if (self == 2) {
      auto by_hand = MeetByHand(parties, 2);
      const Bytes frame(64 << 20);
      by_hand[kNext]->BeginSend(frame);
      ASSERT_TRUE(by_hand[kNext]->Pump().has_value());
      ASSERT_TRUE(by_hand[kNext]->sending());
      return;  // no goodbye in the middle of a frame
    }
    auto links = TlsLinks::Connect(parties.OptionsOf(self));
    ASSERT_TRUE(links.has_value()) << links.error().message();
    if (self == 0) {
      const auto got = (*links)->Exchange({}, {1, 0});  // waits for party 1, which waits for us
      ASSERT_FALSE(got.has_value());
      EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
      EXPECT_TRUE(Contains(got.error(), "party 2 is gone")) << got.error().message();
    } else {
      EXPECT_FALSE((*links)->Exchange({}, {0, 1}).has_value());
    }
  });
}

TEST(TlsLinks, PeerClosingInTheMiddleOfAFrameIsUnavailable) {
  TlsTestParties parties;
  TlsTestParties::OnThreads([&](unsigned self) {
    if (self == 1) {
      auto by_hand = MeetByHand(parties, 1);
      const Bytes frame(64 << 20);
      by_hand[kNext]->BeginSend(frame);
      ASSERT_TRUE(by_hand[kNext]->Pump().has_value());
      return;
    }
    auto links = TlsLinks::Connect(parties.OptionsOf(self));
    ASSERT_TRUE(links.has_value()) << links.error().message();
    if (self == 0) return;
    const auto got = (*links)->Exchange({}, {0, 64 << 20});
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
    EXPECT_TRUE(Contains(got.error(), "party 1 is gone")) << got.error().message();
    EXPECT_TRUE(Contains(got.error(), "in the middle of a frame")) << got.error().message();
    const auto again = (*links)->Exchange({}, {0, 0});
    ASSERT_FALSE(again.has_value());
    EXPECT_TRUE(Contains(again.error(), "the session is over")) << again.error().message();
  });
}

TEST(TlsLinks, SilentPeerEndsTheExchangeAtItsDeadline) {
  TlsTestParties parties;
  auto links = parties.ConnectAll([](unsigned party, TlsLinks::Options& options) {
    if (party == 0) options.io_deadline = 50ms;
  });
  const auto start = std::chrono::steady_clock::now();
  const auto got = links[0]->Exchange({Bytes{1}, Bytes{1}}, {1, 0});
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(Contains(got.error(), "party 1 moved no byte within 50 ms")) << got.error().message();
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 10s);
}

TEST(TlsLinks, PeerThatDoesNotReadEndsTheExchangeAtItsDeadline) {
  TlsTestParties parties;
  auto links = parties.ConnectAll([](unsigned party, TlsLinks::Options& options) {
    if (party == 0) options.io_deadline = 50ms;
  });
  const auto got = links[0]->Exchange({Bytes(), Bytes(64 << 20)}, {0, 0});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(Contains(got.error(), "party 2 moved no byte")) << got.error().message();
}

TEST(TlsLinks, ExchangeEndsAtItsCap) {
  TlsTestParties parties;
  auto links = parties.ConnectAll([](unsigned party, TlsLinks::Options& options) {
    if (party == 0) options.exchange_cap = 100ms;
  });
  std::jthread half([&] { (void)links[1]->Exchange({Bytes(), Bytes(1)}, {0, 1}); });
  const auto got = links[0]->Exchange({}, {1, 1});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(Contains(got.error(), "party 2 did not finish an exchange within 100 ms"))
      << got.error().message();
  links[0].reset();
}

TEST(TlsLinks, RefusesAFrameOverItsLimitBeforeItComes) {
  constexpr std::size_t kHuge = 0xffff'ffff;
  void* pages = mmap(nullptr, kHuge, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  TlsTestParties parties;
  TlsTestParties::OnThreads([&](unsigned self) {
    if (self == 0) {
      auto by_hand = MeetByHand(parties, 0);
      by_hand[kNext]->BeginSend({static_cast<const std::uint8_t*>(pages), kHuge});
      (void)by_hand[kNext]->Pump();
      return;
    }
    auto links = TlsLinks::Connect(parties.OptionsOf(self));
    ASSERT_TRUE(links.has_value()) << links.error().message();
    if (self == 2) return;
    const auto got = (*links)->Exchange({}, {0, 1000});
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_EQ(got.error().message(),
              "party 0 announced a frame of 4294967295 bytes where 1 to 1000 may come");
  });
  munmap(pages, kHuge);
}

}  // namespace
}  // namespace mpcstats

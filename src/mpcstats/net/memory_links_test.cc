#include "mpcstats/net/memory_links.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "mpcstats/net/fault.h"
#include "mpcstats/net/meter.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

class CountingRng final : public Rng {
 public:
  explicit CountingRng(std::uint8_t seed) : next_(seed) {}
  void Fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

std::array<std::unique_ptr<PeerLinks>, 3> Make(std::chrono::milliseconds deadline = 60s) {
  CountingRng rng(1);
  return MakeMemoryLinks(rng, deadline);
}

Bytes32 Key(PeerLinks& links, Peer peer, std::string_view context) {
  return links.Export(peer, AsBytes(context))->With(SecretAccess("test"), [](const Bytes32& key) {
    return key;
  });
}

TEST(MemoryLinks, ThreeThreadsExchangeInBothDirections) {
  auto links = Make();
  std::vector<std::jthread> threads;
  for (std::uint8_t self = 0; self < 3; ++self) {
    threads.emplace_back([&, self] {
      const auto next = static_cast<std::uint8_t>((self + 1) % 3);
      const auto previous = static_cast<std::uint8_t>((self + 2) % 3);
      for (int round = 0; round < 200; ++round) {
        const auto got = links[self]->Exchange({Bytes{self, next}, Bytes{self, previous}}, {2, 2});
        ASSERT_TRUE(got.has_value()) << got.error().message();
        EXPECT_EQ((*got)[0], (Bytes{next, self}));
        EXPECT_EQ((*got)[1], (Bytes{previous, self}));
      }
    });
  }
}

TEST(MemoryLinks, ExporterIsSharedByTheTwoEndsAloneAndFixedByTheSeed) {
  auto links = Make();
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(Key(*links[i], Peer::kNext, "a"), Key(*links[(i + 1) % 3], Peer::kPrevious, "a"));
    EXPECT_NE(Key(*links[i], Peer::kNext, "a"), Key(*links[i], Peer::kPrevious, "a"));
    EXPECT_NE(Key(*links[i], Peer::kNext, "a"), Key(*links[i], Peer::kNext, "b"));
  }
  EXPECT_EQ(Key(*Make()[0], Peer::kNext, "a"), Key(*links[0], Peer::kNext, "a"));
  CountingRng other_seed(2);
  EXPECT_NE(Key(*MakeMemoryLinks(other_seed)[0], Peer::kNext, "a"), Key(*links[0], Peer::kNext, "a"));
}

TEST(MemoryLinks, RefusesAFrameOverItsLimitAndEndsTheSession) {
  auto links = Make();
  ASSERT_TRUE(links[0]->Exchange({Bytes(11), {}}, {0, 0}).has_value());
  const auto got = links[1]->Exchange({}, {0, 10});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(got.error().message(), "party 0 announced a frame of 11 bytes where 1 to 10 may come");
  EXPECT_FALSE(links[1]->Exchange({}, {0, 0}).has_value());
}

TEST(MemoryLinks, SilentPeerIsADeadline) {
  auto links = Make(20ms);
  const auto got = links[0]->Exchange({}, {0, 1});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(got.error().message(), "party 2 moved no byte within 20 ms");
}

TEST(MemoryLinks, WhatWasSentBeforeClosingStillArrives) {
  auto links = Make();
  links[0]->SendAndClose({Bytes{1}, {}});
  EXPECT_EQ((*links[1]->Exchange({}, {0, 1}))[1], Bytes{1});
  const auto after = links[1]->Exchange({}, {0, 1});
  ASSERT_FALSE(after.has_value());
  EXPECT_EQ(after.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(after.error().message(), "party 0 closed the connection");
  EXPECT_FALSE(links[0]->Exchange({}, {0, 0}).has_value());
}

TEST(MemoryLinks, DestructionWakesAWaitingPeer) {
  auto links = Make();
  std::jthread waiting([&] {
    const auto got = links[1]->Exchange({}, {1, 0});
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
  });
  links[2].reset();
}

TEST(MeteredLinks, CountsFramesWithTheirPrefixAndCallsThatSend) {
  auto links = Make();
  MeteredLinks metered(std::move(links[0]));
  ASSERT_TRUE(metered.Exchange({Bytes(10), {}}, {0, 0}).has_value());
  ASSERT_TRUE(metered.Exchange({Bytes(1), Bytes(100)}, {0, 0}).has_value());
  ASSERT_TRUE(metered.Exchange({}, {0, 0}).has_value());
  EXPECT_EQ(metered.bytes_sent(Peer::kNext), 19u);
  EXPECT_EQ(metered.bytes_sent(Peer::kPrevious), 104u);
  EXPECT_EQ(metered.flushes(), 2u);
  EXPECT_EQ(metered.self(), PartyIndex(0));
}

TEST(FaultLinks, ClosesAfterTheGivenNumberOfExchanges) {
  auto links = Make();
  FaultLinks faulty(std::move(links[0]), {.kind = Fault::Kind::kClose, .after = 1});
  EXPECT_TRUE(faulty.Exchange({Bytes{1}, {}}, {0, 0}).has_value());
  EXPECT_FALSE(faulty.Exchange({Bytes{2}, {}}, {0, 0}).has_value());
  EXPECT_EQ((*links[1]->Exchange({}, {0, 1}))[1], Bytes{1});
  EXPECT_EQ(links[1]->Exchange({}, {0, 1}).error().code(), ErrorCode::kUnavailable);
}

TEST(FaultLinks, DropsFramesToOnePeer) {
  auto links = Make(20ms);
  FaultLinks faulty(std::move(links[0]), {.kind = Fault::Kind::kDrop, .peer = Peer::kNext});
  ASSERT_TRUE(faulty.Exchange({Bytes{1}, Bytes{2}}, {0, 0}).has_value());
  EXPECT_EQ(links[1]->Exchange({}, {0, 1}).error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ((*links[2]->Exchange({}, {1, 0}))[0], Bytes{2});
}

TEST(FaultLinks, SpoilsOneFrameAndThenBehaves) {
  const auto frames_of = [](Fault::Kind kind) {
    auto links = Make();
    FaultLinks faulty(std::move(links[0]), {.kind = kind, .after = 1, .bit = 9});
    std::vector<Bytes> got;
    for (std::uint8_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(faulty.Exchange({Bytes{i, i}, {}}, {0, 0}).has_value());
      got.push_back((*links[1]->Exchange({}, {0, 2}))[1]);
    }
    return got;
  };
  EXPECT_EQ(frames_of(Fault::Kind::kFlipBit), (std::vector<Bytes>{{0, 0}, {1, 3}, {2, 2}}));
  EXPECT_EQ(frames_of(Fault::Kind::kTruncate), (std::vector<Bytes>{{0, 0}, {1}, {2, 2}}));
  EXPECT_EQ(frames_of(Fault::Kind::kReplay), (std::vector<Bytes>{{0, 0}, {0, 0}, {2, 2}}));
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/engine/handshake.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/simulate.h"
#include "mpcstats/net/fault.h"
#include "mpcstats/net/memory_links.h"

namespace mpcstats {
namespace {

using Links = std::array<std::unique_ptr<PeerLinks>, 3>;
using Handshakes = std::array<std::optional<Result<SessionConfig>>, 3>;
using std::chrono::milliseconds;

// Changes what a party sends, and keeps it.
class MeddlingLinks final : public PeerLinks {
 public:
  using Meddle = std::function<void(std::size_t exchange, std::array<Bytes, 2>* send)>;
  MeddlingLinks(std::unique_ptr<PeerLinks> inner, Meddle meddle)
      : inner_(std::move(inner)), meddle_(std::move(meddle)) {}
  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& receive_limit) override {
    std::array<Bytes, 2> changed = send;
    meddle_(exchanges_++, &changed);
    return inner_->Exchange(changed, receive_limit);
  }
  void SendAndClose(const std::array<Bytes, 2>& send) override { inner_->SendAndClose(send); }
  Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    return inner_->Export(peer, context);
  }
  [[nodiscard]] PartyIndex self() const override { return inner_->self(); }

 private:
  std::unique_ptr<PeerLinks> inner_;
  Meddle meddle_;
  std::size_t exchanges_ = 0;
};

template <typename F>
void AtThreeThreads(F&& run) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) threads.emplace_back([&run, i] { run(i); });
  for (auto& thread : threads) thread.join();
}

Bytes32 View(std::uint8_t byte) {
  Bytes32 view;
  view.fill(byte);
  return view;
}

// A party that failed lets go of its links, as its process would.
Handshakes ShakeHands(Links& links, const std::array<Bytes32, 3>& views, std::uint64_t seed) {
  Handshakes out;
  AtThreeThreads([&](unsigned i) {
    SeededRng rng(seed * 3 + i);
    out[i].emplace(EstablishSession(*links[i], views[i], rng));
    if (!out[i]->has_value()) links[i].reset();
  });
  return out;
}

Links MakeLinks(std::uint64_t seed = 1, milliseconds deadline = std::chrono::seconds(20)) {
  SeededRng rng(seed);
  return MakeMemoryLinks(rng, deadline);
}

const std::array<Bytes32, 3> kSameView = {View(1), View(1), View(1)};

Bytes32 Raw(const Secret<Bytes32>& key) {
  return key.With(SecretAccess("test"), [](const Bytes32& k) { return k; });
}

void ExpectAgreement(const Handshakes& all) {
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(all[i]->has_value()) << (*all[i]).error().message();
    EXPECT_EQ((**all[i]).self, PartyIndex(i));
    EXPECT_EQ((**all[i]).session_id, (**all[0]).session_id);
  }
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(Raw((**all[i]).next_key), Raw((**all[(i + 1) % 3]).own_key));
  EXPECT_NE(Raw((**all[0]).own_key), Raw((**all[1]).own_key));
  EXPECT_NE(Raw((**all[1]).own_key), Raw((**all[2]).own_key));
  EXPECT_NE(Raw((**all[0]).own_key), Raw((**all[2]).own_key));
}

std::string ErrorOf(const Handshakes& all, unsigned i) {
  return all[i]->has_value() ? "none" : all[i]->error().message();
}

TEST(EstablishSession, GivesEachPairOneKey) {
  Links links = MakeLinks();
  ExpectAgreement(ShakeHands(links, kSameView, 1));
}

TEST(EstablishSession, GivesAnotherSessionAndOtherKeysOverTheSameLinks) {
  Links links = MakeLinks();
  const Handshakes first = ShakeHands(links, kSameView, 1);
  const Handshakes second = ShakeHands(links, kSameView, 2);
  ExpectAgreement(first);
  ExpectAgreement(second);
  EXPECT_NE((**first[0]).session_id, (**second[0]).session_id);
  for (unsigned i = 0; i < 3; ++i) EXPECT_NE(Raw((**first[i]).own_key), Raw((**second[i]).own_key));
}

TEST(EstablishSession, GivesAnotherSessionWhenOneNonceOfThreeIsNew) {
  // Two parties repeat their nonces; the third alone makes the session new.
  std::array<Bytes32, 2> ids;
  for (unsigned run = 0; run < 2; ++run) {
    Links links = MakeLinks();
    Handshakes out;
    AtThreeThreads([&](unsigned i) {
      SeededRng rng(i == 1 ? run + 100 : i);
      out[i].emplace(EstablishSession(*links[i], View(1), rng));
    });
    ExpectAgreement(out);
    ids[run] = (**out[0]).session_id;
  }
  EXPECT_NE(ids[0], ids[1]);
}

TEST(EstablishSession, GivesOtherKeysForAnotherView) {
  std::array<Bytes32, 2> keys;
  for (std::uint8_t run = 0; run < 2; ++run) {
    Links links = MakeLinks();
    const Handshakes out = ShakeHands(links, {View(run), View(run), View(run)}, 1);
    ExpectAgreement(out);
    keys[run] = Raw((**out[0]).own_key);
  }
  EXPECT_NE(keys[0], keys[1]);
}

TEST(EstablishSession, NamesThePartyOfAnotherView) {
  const std::string something = " is about to run something else (other plan, inputs or build)";
  for (unsigned odd = 0; odd < 3; ++odd) {
    Links links = MakeLinks();
    std::array<Bytes32, 3> views = kSameView;
    views[odd][31] ^= 1;
    const Handshakes out = ShakeHands(links, views, 1);
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned named = i == odd ? (i + 1) % 3 : odd;
      EXPECT_EQ(ErrorOf(out, i), "party " + std::to_string(named) + something);
      EXPECT_EQ(out[i]->error().code(), ErrorCode::kProtocolViolation);
    }
  }
}

TEST(EstablishSession, ComparesTheTwoHonestPartiesDirectly) {
  // Party 1 tells each of the others what it wants to hear; they still meet.
  Links links = MakeLinks();
  links[1] = std::make_unique<MeddlingLinks>(
      std::move(links[1]), [](std::size_t exchange, std::array<Bytes, 2>* send) {
        if (exchange != 1) return;
        std::fill((*send)[Slot(Peer::kNext)].begin() + 32, (*send)[Slot(Peer::kNext)].end(), 2);
        std::fill((*send)[Slot(Peer::kPrevious)].begin() + 32, (*send)[Slot(Peer::kPrevious)].end(), 1);
      });
  const Handshakes out = ShakeHands(links, {View(1), View(1), View(2)}, 1);
  EXPECT_EQ(ErrorOf(out, 0).substr(0, 25), "party 2 is about to run s");
  EXPECT_EQ(ErrorOf(out, 2).substr(0, 25), "party 0 is about to run s");
}

TEST(EstablishSession, MeetsWhenThePartiesWereToldDifferentNonces) {
  Links links = MakeLinks();
  links[1] = std::make_unique<MeddlingLinks>(std::move(links[1]),
                                             [](std::size_t exchange, std::array<Bytes, 2>* send) {
                                               if (exchange == 0) (*send)[Slot(Peer::kNext)][20] ^= 1;
                                             });
  const Handshakes out = ShakeHands(links, kSameView, 1);
  for (unsigned i = 0; i < 3; ++i) EXPECT_FALSE(out[i]->has_value());
  EXPECT_EQ(ErrorOf(out, 0).substr(0, 25), "party 2 is about to run s");
  EXPECT_EQ(ErrorOf(out, 2).substr(0, 25), "party 0 is about to run s");
}

// Party 1's frame to party 2 in one exchange, one bit flipped; what party 2 says.
std::string Flipped(std::uint64_t exchange, std::size_t bit, ErrorCode* code) {
  Links links = MakeLinks();
  links[1] = std::make_unique<FaultLinks>(
      std::move(links[1]),
      Fault{.kind = Fault::Kind::kFlipBit, .after = exchange, .peer = Peer::kNext, .bit = bit});
  const Handshakes out = ShakeHands(links, kSameView, 1);
  if (!out[2]->has_value()) *code = out[2]->error().code();
  return ErrorOf(out, 2);
}

TEST(EstablishSession, RefusesEveryFlippedBitOfTheFirstMessage) {
  ErrorCode code{};
  for (std::size_t bit = 0; bit < 37 * 8; bit += bit < 40 ? 1 : 7) {
    const std::string got = Flipped(0, bit, &code);
    EXPECT_EQ(code, ErrorCode::kProtocolViolation);
    if (bit < 32) {
      EXPECT_EQ(got, "party 1 speaks another protocol version; run the same release everywhere");
    } else if (bit < 40) {
      EXPECT_EQ(got, "party 1 says it is another party");
    } else {
      EXPECT_EQ(got, "party 0 is about to run something else (other plan, inputs or build)") << bit;
    }
  }
}

TEST(EstablishSession, RefusesEveryFlippedBitOfTheViewAndOfTheConfirmation) {
  ErrorCode code{};
  for (std::size_t bit = 0; bit < 64 * 8; bit += 11) {
    EXPECT_EQ(Flipped(1, bit, &code), "party 1 is about to run something else (other plan, inputs or build)");
    EXPECT_EQ(code, ErrorCode::kProtocolViolation);
  }
  for (std::size_t bit = 0; bit < 32 * 8; bit += 5) {
    EXPECT_EQ(Flipped(2, bit, &code), "party 1 does not hold the key of this connection");
    EXPECT_EQ(code, ErrorCode::kCheatingDetected);
  }
}

TEST(EstablishSession, RefusesMessagesOfAWrongLength) {
  for (const std::uint64_t exchange : {0u, 1u, 2u}) {
    Links links = MakeLinks();
    links[1] = std::make_unique<FaultLinks>(
        std::move(links[1]), Fault{.kind = Fault::Kind::kTruncate, .after = exchange, .peer = Peer::kNext});
    const Handshakes out = ShakeHands(links, kSameView, 1);
    EXPECT_EQ(ErrorOf(out, 2), "party 1 sent a handshake message of a wrong length");
    Links longer = MakeLinks();
    longer[1] = std::make_unique<MeddlingLinks>(std::move(longer[1]),
                                                [=](std::size_t at, std::array<Bytes, 2>* send) {
                                                  if (at == exchange) (*send)[Slot(Peer::kNext)].push_back(0);
                                                });
    const Handshakes second = ShakeHands(longer, kSameView, 1);
    EXPECT_EQ(ErrorOf(second, 2).substr(0, 17), "party 1 announced");
    EXPECT_EQ(second[2]->error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(EstablishSession, RefusesReplayedMessages) {
  // Everything party 1 said in an earlier handshake, said again from exchange `first` on.
  std::vector<std::array<Bytes, 2>> earlier;
  Links links = MakeLinks();
  links[1] = std::make_unique<MeddlingLinks>(
      std::move(links[1]), [&](std::size_t, std::array<Bytes, 2>* send) { earlier.push_back(*send); });
  ExpectAgreement(ShakeHands(links, kSameView, 1));
  ASSERT_EQ(earlier.size(), 3u);
  for (std::size_t first = 0; first < 3; ++first) {
    Links again = MakeLinks();
    again[1] =
        std::make_unique<MeddlingLinks>(std::move(again[1]), [&](std::size_t at, std::array<Bytes, 2>* send) {
          if (at >= first) *send = earlier[at];
        });
    const Handshakes out = ShakeHands(again, kSameView, 2);
    EXPECT_FALSE(out[0]->has_value()) << first;
    EXPECT_FALSE(out[2]->has_value()) << first;
  }
}

TEST(EstablishSession, RefusesAConfirmationSentBack) {
  // Party 1 returns to party 2 what party 2 would have to hear from itself: the sender's index is inside.
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Bytes> mirrored;
  Links links = MakeLinks();
  links[2] =
      std::make_unique<MeddlingLinks>(std::move(links[2]), [&](std::size_t at, std::array<Bytes, 2>* send) {
        if (at != 2) return;
        const std::scoped_lock lock(mutex);
        mirrored = (*send)[Slot(Peer::kPrevious)];
        changed.notify_all();
      });
  links[1] =
      std::make_unique<MeddlingLinks>(std::move(links[1]), [&](std::size_t at, std::array<Bytes, 2>* send) {
        if (at != 2) return;
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return mirrored.has_value(); });
        (*send)[Slot(Peer::kNext)] = *mirrored;
      });
  const Handshakes out = ShakeHands(links, kSameView, 1);
  EXPECT_EQ(ErrorOf(out, 2), "party 1 does not hold the key of this connection");
}

TEST(EstablishSession, EndsWhenAPeerSaysNothing) {
  Links links = MakeLinks(1, milliseconds(50));
  std::array<std::optional<Result<SessionConfig>>, 2> out;
  AtThreeThreads([&](unsigned i) {
    if (i == 2) return;
    SeededRng rng(i);
    out[i].emplace(EstablishSession(*links[i], View(1), rng));
  });
  for (const auto& result : out) {
    ASSERT_FALSE(result->has_value());
    EXPECT_EQ(result->error().code(), ErrorCode::kDeadlineExceeded);
  }
}

}  // namespace
}  // namespace mpcstats

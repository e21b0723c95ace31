// What the notary gets in mode mpc, and when the prover stops, say nothing of a bit of the prover's request: whole connections, with a
// notary that follows and with ones that do not.
//
// A few sessions; MPCSTATS_VIEW_SESSIONS=1000 makes that many for each value of the bit (scripts/long-run-proof.sh --views).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/garble/testing.h"
#include "mpcstats/zktls/mpctls/line_testing.h"

namespace mpcstats {
namespace {

std::size_t SessionsForEachBit() {
  const char* wanted = std::getenv("MPCSTATS_VIEW_SESSIONS");
  return wanted == nullptr ? std::max<std::size_t>(2, ScaledTrials(3)) : std::strtoull(wanted, nullptr, 10);
}

/// A message of the notary's that is changed, and which of its type; none for a notary that follows.
struct NotaryLie {
  MpcMessage type;
  std::size_t nth;
};
constexpr std::array kNotaryLies = {
    NotaryLie{MpcMessage::kSigned, 0},   NotaryLie{MpcMessage::kOutputs, 6},
    NotaryLie{MpcMessage::kTagShare, 1}, NotaryLie{MpcMessage::kReveal, 0},
    NotaryLie{MpcMessage::kChoices, 0},  NotaryLie{MpcMessage::kTagShare, 0},
    NotaryLie{MpcMessage::kOpening, 2},  NotaryLie{MpcMessage::kOutputs, 0},
    NotaryLie{MpcMessage::kSigned, 0},   NotaryLie{MpcMessage::kOutputs, 8},
    NotaryLie{MpcMessage::kOpening, 0},  NotaryLie{MpcMessage::kTablesDone, 0},
    NotaryLie{MpcMessage::kKeyPoint, 0},
};

/// Where the prover stopped: its error, whether the website was asked, and how many messages it sent.
using Stop = std::tuple<int, bool, std::size_t>;

/// How often each bit of a message was set.
struct BitCounts {
  std::size_t sessions = 0;
  std::vector<std::size_t> ones;
};
using View = std::map<std::pair<MpcMessage, std::size_t>, BitCounts>;

void Count(ByteSpan body, BitCounts& counts) {
  counts.ones.resize(8 * body.size());
  ++counts.sessions;
  for (std::size_t i = 0; i < counts.ones.size(); ++i) counts.ones[i] += (body[i / 8] >> (i % 8)) & 1u;
}

/// One connection whose request has this bit; adds what the notary got to `view`.
Stop RunWithBit(std::uint64_t session, unsigned bit, View& view) {
  const NotaryLie lie = kNotaryLies[session % kNotaryLies.size()];
  SeededRng place(session);
  const std::uint64_t where = place.Word();
  std::size_t messages = 0;
  LineSetup setup;
  setup.prover_seed = 10'000 + 2 * session + bit;
  setup.notary_seed = 5'000'000 + 2 * session + bit;
  setup.request = std::string("GET /balance HTTP/1.1\r\nHost: example.test\r\nKey: ") +
                  (bit == 0 ? '0' : '1') + "\r\n\r\n";
  setup.change_notary = [&](MpcMessage type, std::size_t nth, Bytes& frame) {
    // Two bytes of types, then the body.
    if (type == lie.type && nth == lie.nth) frame.at(2 + where % (frame.size() - 2)) ^= 1u << (where % 7);
  };
  setup.change_prover = [&](MpcMessage type, std::size_t nth, Bytes& frame) {
    ++messages;
    switch (type) {
      case MpcMessage::kMasks:
      case MpcMessage::kOpening:
      case MpcMessage::kKeyShare:
      case MpcMessage::kLabels:
      case MpcMessage::kSealed: Count(ByteSpan(frame).subspan(2), view[{type, nth}]); break;
      // The client's random and point; the server's flight follows, which the notary may have from anybody.
      case MpcMessage::kHandshake:
        Count(ByteSpan(frame).subspan(2).first(sizeof(Bytes32) + sizeof(EcPoint)), view[{type, nth}]);
        break;
      default: break;
    }
  };
  const LineOutcome out = RunLineOnce(setup);
  return {out.prover ? -1 : static_cast<int>(out.prover.error().code()), !out.asked.empty(), messages};
}

double Deviation(double zeros, double ones) { return 0.5 * std::sqrt(1 / zeros + 1 / ones); }

TEST(LineView, IsTheSameAndEndsAlikeForASecretBitOfZeroAndOfOne) {
  const std::size_t sessions = SessionsForEachBit();
  std::array<View, 2> views;
  std::array<std::map<Stop, std::size_t>, 2> stops;
  for (std::uint64_t session = 0; session < sessions; ++session) {
    for (const unsigned bit : {0u, 1u}) ++stops[bit][RunWithBit(session, bit, views[bit])];
  }
  EXPECT_EQ(stops[0], stops[1]);
  EXPECT_GT(stops[0].size(), 1u);

  ASSERT_EQ(views[0].size(), views[1].size());
  for (const auto& [message, zero] : views[0]) {
    const BitCounts& one = views[1].at(message);
    SCOPED_TRACE(testing::Message() << MpcMessageName(message.first) << " " << message.second);
    ASSERT_EQ(zero.ones.size(), one.ones.size());
    ASSERT_EQ(zero.sessions, one.sessions);
    const auto n = static_cast<double>(zero.sessions);
    double sum_zero = 0;
    double sum_one = 0;
    for (std::size_t i = 0; i < zero.ones.size(); ++i) {
      sum_zero += static_cast<double>(zero.ones[i]);
      sum_one += static_cast<double>(one.ones[i]);
      // One bit of the view, in many sessions: seven standard deviations, of half a million bits. Below fifty sessions this says nothing.
      if (zero.sessions < 50) continue;
      const double difference = (static_cast<double>(zero.ones[i]) - static_cast<double>(one.ones[i])) / n;
      ASSERT_LT(std::abs(difference), 7 * Deviation(n, n)) << "bit " << i;
    }
    // All bits of a message together.
    const double bits = n * static_cast<double>(zero.ones.size());
    EXPECT_LT(std::abs(sum_zero - sum_one) / bits, 7 * Deviation(bits, bits));
  }
}

}  // namespace
}  // namespace mpcstats

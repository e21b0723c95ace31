// Frames that a session refuses, and what it says then.
#include <gtest/gtest.h>

#include <cstring>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/testing.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHeader = 32;
constexpr std::uint32_t kAlarmMagic = 0x4d503141;

Session::Program ThreeAndsOpened(bool* opened) {
  return [=](Ctx& ctx) -> Task<Done> {
    BitPlane x = Constant(ctx.session().self(), true, 64);
    for (int depth = 0; depth < 3; ++depth) {
      BitPlane y = co_await And(ctx, x, x);
      std::swap(x, y);
    }
    BitPlanes planes(1, std::move(x));
    co_await Open(ctx, std::move(planes), "plane");
    *opened = true;
    co_return Done();
  };
}

struct Altered {
  SimulationResult result;
  std::array<bool, 3> opened{};
};

// Alters the frame from party 1 to party 0 in round 1 of a small run.
Altered Alter(const std::function<void(Bytes*)>& change, std::uint32_t round = 1) {
  Altered run;
  run.result = Simulate(
      {ThreeAndsOpened(&run.opened[0]), ThreeAndsOpened(&run.opened[1]), ThreeAndsOpened(&run.opened[2])},
      {.seed = 4,
       .hook =
           [&](const FrameInFlight& flight) {
             if (flight.round == round && flight.from.value() == 1 && flight.to.value() == 0) {
               change(flight.frame);
             }
           },
       .pools = {}});
  return run;
}

void ExpectRefused(const Altered& run, std::string_view sentence) {
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(run.result.error[i]) << sentence;
    EXPECT_FALSE(run.opened[i]);
    EXPECT_EQ(run.result.error[i]->code(), ErrorCode::kProtocolViolation);
  }
  EXPECT_EQ(run.result.error[0]->message(), sentence);
  // The alarm carries the sentence to both others.
  for (const unsigned i : {1u, 2u}) {
    EXPECT_EQ(run.result.error[i]->message(), "party 0 stopped the session: " + std::string(sentence));
  }
}

TEST(Session, RefusesAFrameOfAnotherRound) {
  for (const int step : {-1, 1, 1000}) {
    ExpectRefused(Alter([&](Bytes* frame) {
                    const auto round = static_cast<std::uint32_t>(1 + step);
                    std::memcpy(frame->data() + 4, &round, 4);
                  }),
                  "party 1 sent a frame of another round");
  }
}

TEST(Session, RefusesAFrameOfAnotherLength) {
  ExpectRefused(Alter([](Bytes* frame) { frame->push_back(0); }), "party 1 sent 9 bytes where 8 are due");
  ExpectRefused(Alter([](Bytes* frame) { frame->pop_back(); }), "party 1 sent 7 bytes where 8 are due");
  ExpectRefused(Alter([](Bytes* frame) { frame->resize(kHeader); }), "party 1 sent 0 bytes where 8 are due");
  // The length field alone.
  for (std::size_t byte = 8; byte < 16; ++byte) {
    ExpectRefused(Alter([&](Bytes* frame) { (*frame)[byte] ^= 0x40; }),
                  "party 1 sent 8 bytes where 8 are due");
  }
}

TEST(Session, RefusesBytesThatAreNoFrame) {
  for (std::size_t size = 1; size < kHeader; ++size) {
    ExpectRefused(Alter([&](Bytes* frame) { frame->resize(size); }), "party 1 sent bytes that are no frame");
  }
  ExpectRefused(Alter([](Bytes* frame) { (*frame)[0] ^= 1; }), "party 1 sent bytes that are no frame");
  ExpectRefused(Alter([](Bytes* frame) { frame->assign(100, 0); }), "party 1 sent bytes that are no frame");
}

TEST(Session, RefusesEveryChangeOfTheDigest) {
  for (std::size_t bit = 0; bit < 128; ++bit) {
    ExpectRefused(
        Alter([&](Bytes* frame) { (*frame)[16 + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8); }),
        "party 1 runs another sequence of operations");
  }
}

Bytes Alarm(std::uint8_t code, std::uint8_t reporter, std::string_view message) {
  Writer writer;
  writer.U32(kAlarmMagic).U8(code).U8(reporter).String(message);
  return std::move(writer).Take();
}

TEST(Session, RefusesAlarmsThatDoNotParse) {
  const std::string sentence = "party 1 sent an alarm that does not parse";
  const Bytes good = Alarm(3, 1, "reason");
  for (std::size_t size = 4; size < good.size(); ++size) {
    ExpectRefused(
        Alter([&](Bytes* frame) { frame->assign(good.begin(), good.begin() + static_cast<long>(size)); }),
        sentence);
  }
  ExpectRefused(Alter([&](Bytes* frame) {
                  *frame = good;
                  frame->push_back(0);
                }),
                sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(9, 1, "x"); }), sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(255, 1, "x"); }), sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(3, 3, "x"); }), sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(3, 1, std::string(257, 'x')); }), sentence);
}

TEST(Session, PassesOnTheReasonOfAnAlarmWithoutControlCharacters) {
  const auto run = Alter([](Bytes* frame) {
    *frame = Alarm(static_cast<std::uint8_t>(ErrorCode::kUnavailable), 1, "gone\n\x1b[31m\x7f\xff end");
  });
  ASSERT_TRUE(run.result.error[0]);
  EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kUnavailable);
  EXPECT_EQ(run.result.error[0]->message(), "party 1 stopped the session: gone??[31m?? end");
  EXPECT_FALSE(run.opened[0]);
}

}  // namespace
}  // namespace mpcstats

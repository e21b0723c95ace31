// The order of MPC mode: the one way through, and every short cut refused.
#include "mpcstats/zktls/mpctls/order.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace mpcstats {
namespace {

constexpr MpcEnd kP = MpcEnd::kProver;
constexpr MpcEnd kN = MpcEnd::kNotary;

struct Said {
  MpcMessage message;
  MpcEnd from;
  bool finished_after = false;  ///< the server's Finished is in the log after this
};

std::vector<Said> Phases(std::size_t count) {
  std::vector<Said> out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == 0) out.push_back({MpcMessage::kChoices, kN});
    out.push_back({MpcMessage::kLabels, kP});
    out.push_back({MpcMessage::kOutputs, kN});
  }
  return out;
}

/// A whole session, with the least of everything that may be repeated.
std::vector<Said> WholeSession() {
  std::vector<Said> all{
      {MpcMessage::kBaseTransfers, kP}, {MpcMessage::kBaseTransfers, kN}, {MpcMessage::kCorrelations, kN},
      {MpcMessage::kCorrelations, kP},  {MpcMessage::kKeyPoint, kN},      {MpcMessage::kKeyPads, kP},
      {MpcMessage::kTables, kP},        {MpcMessage::kTables, kP},        {MpcMessage::kTablesDone, kN},
      {MpcMessage::kMasks, kP},         {MpcMessage::kHandshake, kP},     {MpcMessage::kOpening, kP},
      {MpcMessage::kOpening, kN},       {MpcMessage::kOpening, kN},       {MpcMessage::kOpening, kP},
      {MpcMessage::kOpening, kP},       {MpcMessage::kOpening, kN},       {MpcMessage::kKeyShare, kP}};
  const auto append = [&](const std::vector<Said>& more) { all.insert(all.end(), more.begin(), more.end()); };
  append(Phases(7));
  append({{MpcMessage::kSealed, kP}, {MpcMessage::kTagShare, kN}, {MpcMessage::kReceived, kP, true}});
  append(Phases(3));
  append({{MpcMessage::kSealed, kP},
          {MpcMessage::kTagShare, kN},
          {MpcMessage::kReceived, kP},
          {MpcMessage::kReceived, kP},
          {MpcMessage::kClose, kP},
          {MpcMessage::kReveal, kN},
          {MpcMessage::kProof, kP},
          {MpcMessage::kProof, kN},
          {MpcMessage::kSigned, kN}});
  return all;
}

MpcOrder After(const std::vector<Said>& session, std::size_t count) {
  MpcOrder order;
  for (std::size_t i = 0; i < count; ++i) {
    const Status taken = order.Take(session[i].message, session[i].from);
    EXPECT_TRUE(taken) << i << ": " << taken.error().message();
    if (session[i].finished_after) EXPECT_TRUE(order.ServerFinishedLogged());
  }
  return order;
}

/// The place of the `nth` of such a message.
std::size_t PlaceOf(const std::vector<Said>& session, MpcMessage message, std::size_t nth = 0) {
  for (std::size_t i = 0; i < session.size(); ++i) {
    if (session[i].message == message && nth-- == 0) return i;
  }
  ADD_FAILURE() << "no such message";
  return 0;
}

TEST(MpcOrder, AWholeSessionGoesThrough) {
  const std::vector<Said> session = WholeSession();
  EXPECT_EQ(After(session, session.size()).stage(), MpcOrder::Stage::kSigned);
}

TEST(MpcOrder, EveryMessageOutOfItsPlaceEndsTheSession) {
  // At each place all messages of both ends are tried; the ones taken are those listed here.
  const std::vector<Said> session = WholeSession();
  for (std::size_t at = 0; at <= session.size(); ++at) {
    std::vector<std::pair<MpcMessage, MpcEnd>> taken;
    for (std::size_t m = 1; m < kMpcMessages; ++m) {
      for (const MpcEnd from : {kP, kN}) {
        MpcOrder order = After(session, at);
        const auto message = static_cast<MpcMessage>(m);
        const Status status = order.Take(message, from);
        if (status) {
          taken.emplace_back(message, from);
          continue;
        }
        EXPECT_EQ(status.error().code(), ErrorCode::kProtocolViolation);
        // And what was due is refused from then on.
        if (at < session.size()) EXPECT_FALSE(order.Take(session[at].message, session[at].from));
      }
    }
    // Never more than the preparation's free messages, an opening of either end, or a choice.
    EXPECT_LE(taken.size(), 5u) << at;
    if (at == session.size()) EXPECT_TRUE(taken.empty());
  }
}

bool Refuses(MpcMessage before, std::size_t nth, MpcMessage message, MpcEnd from) {
  const std::vector<Said> session = WholeSession();
  MpcOrder order = After(session, PlaceOf(session, before, nth));
  return !order.Take(message, from);
}

TEST(MpcOrder, TheNotarysKeyIsNotOpenedBeforeClose) {
  const std::vector<Said> session = WholeSession();
  for (std::size_t at = 0; at <= PlaceOf(session, MpcMessage::kClose); ++at) {
    MpcOrder order = After(session, at);
    EXPECT_FALSE(order.Take(MpcMessage::kReveal, kN)) << at;
  }
}

TEST(MpcOrder, TheNotarysKeyIsOpenedOnce) {
  EXPECT_TRUE(Refuses(MpcMessage::kProof, 0, MpcMessage::kReveal, kN));
  EXPECT_TRUE(Refuses(MpcMessage::kSigned, 0, MpcMessage::kReveal, kN));
}

TEST(MpcOrder, TheLogIsFrozenByClose) {
  for (const MpcMessage message :
       {MpcMessage::kSealed, MpcMessage::kReceived, MpcMessage::kClose, MpcMessage::kLabels}) {
    EXPECT_TRUE(Refuses(MpcMessage::kReveal, 0, message, kP));
    EXPECT_TRUE(Refuses(MpcMessage::kProof, 0, message, kP));
  }
}

TEST(MpcOrder, TheProverIsBoundToItsShareAndMasksBeforeAnythingIsEvaluated) {
  EXPECT_TRUE(Refuses(MpcMessage::kKeyShare, 0, MpcMessage::kLabels, kP));
  EXPECT_TRUE(Refuses(MpcMessage::kKeyShare, 0, MpcMessage::kChoices, kN));
  EXPECT_TRUE(Refuses(MpcMessage::kMasks, 0, MpcMessage::kHandshake, kP));
  EXPECT_TRUE(Refuses(MpcMessage::kTablesDone, 0, MpcMessage::kMasks, kP));
}

TEST(MpcOrder, TheNotarysShareOfATagFollowsTheRecordAndOnlyOnce) {
  const std::vector<Said> session = WholeSession();
  for (std::size_t record = 0; record < 2; ++record) {
    const std::size_t at = PlaceOf(session, MpcMessage::kSealed, record);
    MpcOrder before = After(session, at);
    EXPECT_FALSE(before.tag_due());
    EXPECT_FALSE(before.Take(MpcMessage::kTagShare, kN));
    MpcOrder logged = After(session, at + 1);
    EXPECT_TRUE(logged.tag_due());
    EXPECT_TRUE(logged.Take(MpcMessage::kTagShare, kN));
    EXPECT_FALSE(logged.Take(MpcMessage::kTagShare, kN));
    // Neither another record nor the end comes before it.
    for (const MpcMessage message : {MpcMessage::kSealed, MpcMessage::kReceived, MpcMessage::kClose}) {
      MpcOrder waiting = After(session, at + 1);
      EXPECT_FALSE(waiting.Take(message, kP));
    }
  }
}

TEST(MpcOrder, NoBlockOfTheServersKeystreamBeforeItsFinishedIsLogged) {
  const std::vector<Said> session = WholeSession();
  const std::size_t received = PlaceOf(session, MpcMessage::kReceived);
  MpcOrder order = After(session, received);
  EXPECT_FALSE(order.Take(MpcMessage::kLabels, kP));
  // Nor is it believed before the client's has its tag, or twice.
  MpcOrder early = After(session, received - 1);
  EXPECT_FALSE(early.ServerFinishedLogged());
  MpcOrder twice = After(session, received + 1);
  EXPECT_FALSE(twice.ServerFinishedLogged());
}

TEST(MpcOrder, NoRequestBeforeTheServersFinishedIsConfirmed) {
  const std::vector<Said> session = WholeSession();
  const std::size_t first_data = PlaceOf(session, MpcMessage::kSealed, 1);
  for (std::size_t at = PlaceOf(session, MpcMessage::kTagShare) + 1; at < first_data; ++at) {
    MpcOrder order = After(session, at);
    EXPECT_FALSE(order.Take(MpcMessage::kSealed, kP)) << at;
  }
}

TEST(MpcOrder, OpeningsAreThreeAndNobodyRunsAhead) {
  const std::vector<Said> session = WholeSession();
  const std::size_t first = PlaceOf(session, MpcMessage::kOpening);
  MpcOrder order = After(session, first);
  EXPECT_TRUE(order.Take(MpcMessage::kOpening, kP));
  EXPECT_FALSE(order.Take(MpcMessage::kOpening, kP));
  EXPECT_TRUE(Refuses(MpcMessage::kKeyShare, 0, MpcMessage::kOpening, kN));
}

TEST(MpcOrder, NothingIsSignedBeforeTheProof) {
  EXPECT_TRUE(Refuses(MpcMessage::kProof, 0, MpcMessage::kSigned, kN));
  EXPECT_TRUE(Refuses(MpcMessage::kReveal, 0, MpcMessage::kProof, kP));
}

TEST(MpcOrder, MessagesHaveNames) {
  EXPECT_EQ(MpcMessageName(MpcMessage::kReveal), "Reveal");
  EXPECT_EQ(MpcMessageName(MpcMessage::kSigned), "Signed");
  EXPECT_EQ(MpcMessageName(static_cast<MpcMessage>(99)), "a message of no kind");
}

}  // namespace
}  // namespace mpcstats

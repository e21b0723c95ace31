#include "mpcstats/zktls/session/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/session/statement_proof.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;

SessionBind SampleBind() {
  SurveyColumn number;
  number.name = "balance";
  number.scale = 8;
  number.min_units = -5;
  number.max_units = 100;
  number.may_be_missing = true;
  SurveyColumn category;
  category.name = "region";
  category.kind = ColumnKind::kCategory;
  category.categories = {"north", "south"};
  SurveyColumn unique;
  unique.name = "account";
  unique.kind = ColumnKind::kUnique;
  SessionBind bind;
  bind.context[3] = 9;
  bind.header_group = 2;
  bind.template_text = "[template]\n";
  bind.columns = {number, category, unique};
  return bind;
}

StatementShape SampleShape() {
  StatementShape shape;
  shape.request_lengths = {13, 64, 24};
  shape.response.head = {'H', 'T'};
  shape.response.total_bytes = 400;
  shape.response.answers = {true, false};
  return shape;
}

TEST(SessionMessages, ComeBackAsTheyWere) {
  SessionOpen open{.mode = AttestationMode::kProxy};
  open.nonce[5] = 7;
  const SessionOpen open_again = DecodeSessionOpen(EncodeSessionOpen(open)).value();
  EXPECT_EQ(open_again.nonce, open.nonce);
  EXPECT_EQ(open_again.mode, open.mode);

  SessionOpened opened{.limits = {.sent_bytes = 1, .received_bytes = 2, .seconds = 3}, .time = 4};
  opened.key_id[1] = 1;
  opened.nonce[2] = 2;
  EXPECT_EQ(EncodeSessionOpened(DecodeSessionOpened(EncodeSessionOpened(opened)).value()),
            EncodeSessionOpened(opened));

  const Bytes bind = EncodeSessionBind(SampleBind());
  EXPECT_EQ(EncodeSessionBind(DecodeSessionBind(bind).value()), bind);
  const Bytes shape = EncodeShape(SampleShape());
  EXPECT_EQ(EncodeShape(DecodeShape(shape).value()), shape);
}

// Every prefix, and every string with a byte more, is refused; what decodes has one encoding.
TEST(SessionMessages, RefuseEveryOtherLength) {
  const auto refuses = [](const Bytes& whole, const auto& decode) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(decode(ByteSpan(whole).first(size)).has_value()) << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(decode(ByteSpan(longer)).has_value());
  };
  refuses(EncodeSessionOpen({}), DecodeSessionOpen);
  refuses(EncodeSessionOpened({}), DecodeSessionOpened);
  refuses(EncodeSessionBind(SampleBind()), DecodeSessionBind);
  refuses(EncodeShape(SampleShape()), DecodeShape);
}

TEST(SessionMessages, WhatDecodesAfterAChangeEncodesToItself) {
  SeededRng rng(5);
  const Bytes bind = EncodeSessionBind(SampleBind());
  const Bytes shape = EncodeShape(SampleShape());
  int decoded = 0;
  for (int i = 0; i < 2000; ++i) {
    Bytes changed = i % 2 == 0 ? bind : shape;
    changed[rng.Word() % changed.size()] ^= static_cast<std::uint8_t>(1u << (rng.Word() % 8));
    if (i % 2 == 0) {
      const auto again = DecodeSessionBind(changed);
      if (again) EXPECT_EQ(EncodeSessionBind(*again), changed);
      decoded += again.has_value() ? 1 : 0;
    } else {
      const auto again = DecodeShape(changed);
      if (again) EXPECT_EQ(EncodeShape(*again), changed);
      decoded += again.has_value() ? 1 : 0;
    }
  }
  EXPECT_GT(decoded, 100);
}

TEST(SessionMessages, RefuseOtherVersionsAndModes) {
  Bytes open = EncodeSessionOpen({});
  // Of the version before this one, in which the client's random was the prover's alone, and of one that is not there yet.
  for (const std::uint8_t version : {1, 3}) {
    open[0] = version;
    EXPECT_EQ(DecodeSessionOpen(open).error().code(), ErrorCode::kUnimplemented);
  }
  open = EncodeSessionOpen({});
  open[2] = 3;
  EXPECT_EQ(DecodeSessionOpen(open).error().code(), ErrorCode::kProtocolViolation);
}

TEST(SessionMessages, TheBucketOfARequestIsInModeMpcAloneAndOneOfThem) {
  const auto open = [](AttestationMode mode, std::uint16_t bucket) {
    return EncodeSessionOpen({.mode = mode, .request_bucket = bucket});
  };
  EXPECT_EQ(DecodeSessionOpen(open(AttestationMode::kMpc, 1024))->request_bucket, 1024);
  EXPECT_EQ(DecodeSessionOpen(open(AttestationMode::kProxy, 1024))->request_bucket, 0);
  for (const std::uint16_t none : {0, 1, 255, 300, 4096}) {
    const auto refused = DecodeSessionOpen(open(AttestationMode::kMpc, none));
    ASSERT_FALSE(refused.has_value()) << none;
    EXPECT_EQ(refused.error().code(), ErrorCode::kProtocolViolation) << none;
  }
  Bytes longer = open(AttestationMode::kProxy, 0);
  longer.insert(longer.end(), 2, 0);
  EXPECT_FALSE(DecodeSessionOpen(longer).has_value());
}

TEST(SessionMessages, RefuseColumnsThatNoSurveyHas) {
  const auto refused = [](const std::function<void(SessionBind&)>& change) {
    SessionBind bind = SampleBind();
    change(bind);
    EXPECT_FALSE(DecodeSessionBind(EncodeSessionBind(bind)).has_value());
  };
  refused([](SessionBind& b) { b.columns[0].name = ""; });
  refused([](SessionBind& b) { b.columns[0].scale = 19; });
  refused([](SessionBind& b) { std::swap(b.columns[0].min_units, b.columns[0].max_units); });
  refused([](SessionBind& b) { b.columns[1].categories.pop_back(); });
  refused([](SessionBind& b) { b.columns[1].categories.assign(257, "x"); });
  refused([](SessionBind& b) { b.columns[2].may_be_missing = true; });
  refused([](SessionBind& b) { b.columns[2].categories = {"a", "b"}; });
}

TEST(SessionMessages, TheSessionIdDependsOnEverythingBothSaid) {
  const SessionOpen open{.mode = AttestationMode::kProxy};
  const SessionOpened opened;
  const Bytes32 id = SessionIdOf(open, opened);
  SessionOpen other_open = open;
  other_open.nonce[31] = 1;
  EXPECT_NE(SessionIdOf(other_open, opened), id);
  const Bytes32 mpc = SessionIdOf({.mode = AttestationMode::kMpc, .request_bucket = 256}, opened);
  EXPECT_NE(mpc, id);
  EXPECT_NE(SessionIdOf({.mode = AttestationMode::kMpc, .request_bucket = 512}, opened), mpc);
  SessionOpened other = opened;
  other.nonce[0] = 1;
  EXPECT_NE(SessionIdOf(open, other), id);
  other = opened;
  other.key_id[0] = 1;
  EXPECT_NE(SessionIdOf(open, other), id);
}

TEST(SessionMessages, ARefusalArrivesAsTheErrorItWas) {
  auto [here, there] = MakeMemoryChannels();
  SendRefusal(*here, Error(ErrorCode::kInvalidArgument, "this notary does not speak to you\x1b[2J"));
  const auto message = ReceiveMessage(*there, SessionMessage::kOpened, 100, "the notary");
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().code(), ErrorCode::kInvalidArgument);
  // Nothing that moves the cursor of a terminal gets through.
  EXPECT_EQ(message.error().message(), "the notary ended the session: this notary does not speak to you?[2J");
}

TEST(SessionMessages, OurOwnFaultsAreNotTold) {
  auto [here, there] = MakeMemoryChannels();
  SendRefusal(*here, Error(ErrorCode::kInternal, "a detail"));
  const auto message = ReceiveMessage(*there, SessionMessage::kOpened, 100, "the notary");
  EXPECT_EQ(message.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(message.error().message().find("a detail"), std::string::npos);
}

TEST(SessionMessages, RefuseWhatIsNotDue) {
  auto [here, there] = MakeMemoryChannels();
  ASSERT_TRUE(SendMessage(*here, SessionMessage::kProof, Bytes{1}));
  const auto message = ReceiveMessage(*there, SessionMessage::kBind, 100, "the prover");
  EXPECT_EQ(message.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_THAT(message.error().message(), HasSubstr("the prover sent Proof where Bind is due"));
  ASSERT_TRUE(SendMessage(*here, SessionMessage::kBind, Bytes(2000, 1)));
  EXPECT_EQ(ReceiveMessage(*there, SessionMessage::kBind, 100, "the prover").error().code(),
            ErrorCode::kProtocolViolation);
}

TEST(SessionMessages, RefuseMessagesOfNoKind) {
  for (const std::uint8_t type : {std::uint8_t{0}, std::uint8_t{14}, std::uint8_t{255}}) {
    auto [here, there] = MakeMemoryChannels();
    ASSERT_TRUE(here->Send(Bytes{type, 1}));
    EXPECT_EQ(ReceiveAnyMessage(*there, 100, "the prover").error().code(), ErrorCode::kProtocolViolation);
  }
}

}  // namespace
}  // namespace mpcstats

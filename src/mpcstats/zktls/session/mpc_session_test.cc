// Whole sessions in mode mpc over loopback: the prover speaks to the website, the notary to nobody, and neither had the keys.
#include <gmock/gmock.h>

#include <cstdlib>

#include "mpcstats/attestation/check.h"
#include "mpcstats/zktls/session/session_testing.h"

namespace mpcstats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A notary that were to connect to the website of the tests would be refused by this rule: it is on loopback.
SessionSetup MpcSetup(std::uint16_t port) {
  SessionSetup setup{.template_text = ExchangeAt(port)};
  setup.mode = AttestationMode::kMpc;
  setup.notary_connects = AddressRule::kPublic;
  return setup;
}

// The exchange's template with a request that is longer by some 100 bytes.
std::string LongerExchangeAt(std::uint16_t port) {
  return With(ExchangeAt(port), "\"X-API-KEY: <<api_key>>\"",
              "\"X-API-KEY: <<api_key>>\", \"X-Pad: " + std::string(100, 'a') + "\"");
}

// One session in which everybody does as told, for all tests that only look at one.
struct Honest {
  TestWebsite website{WithHead(ExchangeBody({.balance = "12.34000000"}))};
  SessionSetup setup = MpcSetup(website.port());
  std::vector<Bytes> frames;  ///< of the prover
  SessionOutcome out;

  Honest() {
    setup.change = [this](std::size_t, Bytes& frame) { frames.push_back(frame); };
    out = RunSessionOnce(setup);
  }
};
Honest& TheHonestSession() {
  static Honest session;
  return session;
}

std::vector<AttestationFault> Check(const SessionOutcome& out, const SessionSetup& setup,
                                    AttestationMode weakest) {
  const Presentation shown = DecodePresentation(out.prover->shown).value();
  const StatementFacts& statement = shown.facts.statement;
  const auto end = static_cast<std::int64_t>(60 * shown.facts.session.end_minute);
  const SourceExpectation expected{.weakest = weakest,
                                   .host = "localhost",
                                   .template_hash = TemplateHash(MustParse(setup.template_text)),
                                   .root_store = std::nullopt,
                                   .keys = {{.public_key = out.notary_key, .from = 0, .to = end + 3600}},
                                   .bits = statement.bits,
                                   .columns = statement.columns};
  const HeaderClaim claim{.group = 1,
                          .key_id = NotaryKeyId(out.notary_key),
                          .session_id = shown.facts.session.session_id,
                          .attestation_hash = AttestationHash(out.prover->shown),
                          .context = out.context,
                          .commitments = statement.commitments};
  return CheckAttestation(out.prover->shown, expected, claim, {},
                          {.earliest = end - 3600, .latest = end + 3600}, SignatureCheck::kVerify);
}

TEST(MpcSession, AttestsWhatTheWebsiteSaidWithoutAConnectionOfTheNotarys) {
  Honest& honest = TheHonestSession();
  const SessionSetup& setup = honest.setup;
  const SessionOutcome& out = honest.out;
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  ASSERT_TRUE(out.notary.has_value()) << out.notary.error().message();
  EXPECT_TRUE(out.report.attested);
  EXPECT_GT(out.report.received_bytes, 0u);

  const Presentation shown = DecodePresentation(out.prover->shown).value();
  EXPECT_EQ(shown.facts.session.mode, AttestationMode::kMpc);
  EXPECT_TRUE(shown.facts.session.complete);
  EXPECT_THAT(Check(out, setup, AttestationMode::kMpc), IsEmpty());
  EXPECT_EQ(out.recorded, std::vector{AttestationHash(out.prover->shown)});
  // The notary knows no address of the website, and has none of its own there.
  const Presentation whole = DecodePresentation(out.prover->presentation).value();
  EXPECT_EQ(whole.facts.network.peer, "");
  EXPECT_EQ(whole.facts.network.egress, "");

  const auto row = RowOf(*out.prover, setup.columns);
  EXPECT_EQ(row.at("balance"), "12.34000000");
  EXPECT_EQ(row.at("account"), "354937868");
  EXPECT_THAT(honest.website.asked(), HasSubstr("X-API-KEY: k3yk3yk3yk3yk3yk3yk3yk3y\r\n"));
}

TEST(MpcSession, SendsMostOfItsTrafficBeforeTheWebsiteIsAsked) {
  const SessionOutcome& out = TheHonestSession().out;
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_EQ(out.request_bucket, 256u);
  RecordProperty("bytes_ahead", std::to_string(out.bytes_ahead));
  RecordProperty("bytes_to_notary", std::to_string(out.bytes_to_notary));
  RecordProperty("bytes_to_prover", std::to_string(out.bytes_to_prover));
  RecordProperty("turns_ahead", std::to_string(out.turns_ahead));
  RecordProperty("turns", std::to_string(out.turns));
  EXPECT_LE(out.bytes_to_notary, 15'900'000u);
  EXPECT_LE(out.bytes_to_notary - out.bytes_ahead, 130'000u);
  EXPECT_LE(out.turns_ahead, 10u);
  EXPECT_LE(out.turns - out.turns_ahead, 25u);
}

// Bytes of the frames of one type.
std::size_t BytesOf(const std::vector<Bytes>& frames, SessionMessage type) {
  std::size_t bytes = 0;
  for (const Bytes& frame : frames) {
    if (!frame.empty() && frame[0] == static_cast<std::uint8_t>(type)) bytes += frame.size();
  }
  return bytes;
}

TEST(MpcSession, TheNotaryHearsWhatASessionIsForAfterThePreparationAndBeforeTheHandshake) {
  const std::vector<Bytes>& frames = TheHonestSession().frames;
  const auto place = [&](SessionMessage type, MpcMessage message) {
    return std::ranges::find_if(frames, [&](const Bytes& frame) {
      return frame[0] == static_cast<std::uint8_t>(type) &&
             (type != SessionMessage::kMpc || frame[1] == static_cast<std::uint8_t>(message));
    });
  };
  const auto bind = place(SessionMessage::kBind, {});
  ASSERT_NE(bind, frames.end());
  EXPECT_EQ(bind - place(SessionMessage::kMpc, MpcMessage::kMasks), 1);
  EXPECT_EQ(place(SessionMessage::kMpc, MpcMessage::kHandshake) - bind, 1);
}

TEST(MpcSession, AnAnswerOfThePreparedSizeTakesNoMoreOfTheVole) {
  ASSERT_TRUE(TheHonestSession().out.prover.has_value());
  EXPECT_EQ(BytesOf(TheHonestSession().frames, SessionMessage::kSetup), 0u);
}

TEST(MpcSession, ALongerAnswerExtendsTheVoleByWhatIsMissing) {
  const std::string answer =
      With(WithHead(ExchangeBody()), "Server: nginx", "Server: nginx\r\nX-Pad: " + std::string(6000, 'p'));
  TestWebsite website(answer);
  SessionSetup setup = MpcSetup(website.port());
  std::vector<Bytes> frames;
  setup.change = [&](std::size_t, Bytes& frame) { frames.push_back(frame); };
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_THAT(Check(out, setup, AttestationMode::kMpc), IsEmpty());
  // 15 bits for each of the 1,280 correlations of a block, less what was made ahead.
  const std::size_t extension = BytesOf(frames, SessionMessage::kSetup);
  EXPECT_GT(extension, 200'000u);
  EXPECT_LT(extension, 2400u * answer.size() / 16);

  setup.change = [&](std::size_t, Bytes& frame) {
    if (frame[0] == static_cast<std::uint8_t>(SessionMessage::kSetup) && frame.size() > 1000) frame[900] ^= 2;
  };
  const SessionOutcome cheated = RunSessionOnce(setup);
  EXPECT_FALSE(cheated.prover.has_value());
  ASSERT_FALSE(cheated.notary.has_value());
  EXPECT_EQ(cheated.notary.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_TRUE(cheated.recorded.empty());
}

TEST(MpcSession, NothingThatLeavesForTheNotaryHasTheCredentialsOrTheAnswer) {
  const Honest& honest = TheHonestSession();
  ASSERT_TRUE(honest.out.prover.has_value());
  std::string heard;
  for (const Bytes& frame : honest.frames) heard.append(frame.begin(), frame.end());
  for (const auto& [name, secret] : honest.setup.secrets) {
    EXPECT_EQ(heard.find(secret), std::string::npos) << name;
  }
  EXPECT_EQ(heard.find("12.34"), std::string::npos);
}

TEST(MpcSession, ALongerRequestTakesTheNextBucket) {
  TestWebsite website(WithHead(ExchangeBody()));
  SessionSetup setup = MpcSetup(website.port());
  setup.template_text = LongerExchangeAt(website.port());
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_GT(out.request_bytes, 256u);
  EXPECT_EQ(out.request_bucket, 512u);
  EXPECT_THAT(Check(out, setup, AttestationMode::kMpc), IsEmpty());
}

TEST(MpcSession, AnAttestationOfModeProxyIsNotTakenBySurveysThatWantMpc) {
  TestWebsite website(WithHead(ExchangeBody()));
  const SessionSetup setup{.template_text = ExchangeAt(website.port())};
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_THAT(Check(out, setup, AttestationMode::kMpc), ElementsAre(AttestationFault::kMode));
  EXPECT_THAT(Check(out, setup, AttestationMode::kProxy), IsEmpty());
}

TEST(MpcSession, ANotaryThatDoesNotOfferItSaysSo) {
  SessionSetup setup = MpcSetup(1);
  setup.largest_bucket = 0;
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kUnimplemented);
  EXPECT_THAT(out.prover.error().message(), HasSubstr("not offered by this notary"));
}

TEST(MpcSession, ARequestBeyondTheNotarysLargestBucketIsRefusedAtOnce) {
  SessionSetup setup = MpcSetup(1);
  setup.opened_for = 1500;
  setup.largest_bucket = 1024;
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kUnimplemented);
  EXPECT_THAT(out.prover.error().message(), HasSubstr("at most 1024 bytes"));
}

TEST(MpcSession, ARequestBeyondEveryBucketOpensNoSession) {
  SessionSetup setup = MpcSetup(1);
  setup.opened_for = 2049;
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kInvalidArgument);
}

TEST(MpcSession, ARequestBeyondTheOpenedBucketIsNotSent) {
  TestWebsite website(WithHead(ExchangeBody()));
  SessionSetup setup = MpcSetup(website.port());
  setup.template_text = LongerExchangeAt(website.port());
  setup.opened_for = 10;
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_GT(out.request_bytes, 256u);
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(out.prover.error().message(), HasSubstr("opened for 256"));
  EXPECT_EQ(website.asked(), "");
  EXPECT_FALSE(out.report.attested);
}

TEST(MpcSession, MarksAnAnswerThatMayBeCutShort) {
  TestWebsite website(WithHead(ExchangeBody()), false);
  const SessionOutcome out = RunSessionOnce(MpcSetup(website.port()));
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_FALSE(DecodePresentation(out.prover->shown)->facts.session.complete);
}

TEST(MpcSession, AnAnswerOfAnotherFormIsNotProven) {
  TestWebsite website(WithHead(With(ExchangeBody(), "ETH", "BTC")));
  const SessionOutcome out = RunSessionOnce(MpcSetup(website.port()));
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kInvalidArgument) << out.prover.error().message();
  EXPECT_FALSE(out.report.attested);
  EXPECT_TRUE(out.recorded.empty());
}

TEST(MpcSession, AWebsiteThatSaysNothingEndsTheSession) {
  const BoundSocket silent = std::move(*ListenTcp("127.0.0.1", 0));
  SessionSetup setup = MpcSetup(silent.port);
  setup.limits.seconds = 1;
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kDeadlineExceeded) << out.prover.error().message();
  EXPECT_FALSE(out.report.attested);
}

TEST(MpcSession, AnAnswerOverTheNotarysLimitIsNotAttested) {
  TestWebsite website(WithHead(ExchangeBody()));
  SessionSetup setup = MpcSetup(website.port());
  setup.limits.received_bytes = 900;
  const SessionOutcome out = RunSessionOnce(setup);
  EXPECT_FALSE(out.prover.has_value());
  EXPECT_FALSE(out.notary.has_value());
  EXPECT_FALSE(out.report.attested);
}

// A frame of the prover's that is changed on its way ends the session: Proof, Witness, Claims, the VOLE's corrections, and Close.
TEST(MpcSession, AChangedFrameOfTheProverGivesNoAttestation) {
  TestWebsite website(WithHead(ExchangeBody({.balance = "12.34000000"})));
  const std::size_t frames = TheHonestSession().frames.size();
  ASSERT_GT(frames, 20u);
  const char* scale = std::getenv("MPCSTATS_TEST_SCALE");
  const bool few = scale != nullptr && std::strtod(scale, nullptr) < 1;
  for (const std::size_t back : few ? std::vector<std::size_t>{2} : std::vector<std::size_t>{1, 2, 3, 5, 7}) {
    SessionSetup setup = MpcSetup(website.port());
    setup.change = [&](std::size_t index, Bytes& frame) {
      if (index + back == frames) frame[frame.size() * 7 / 10] ^= 0x04;
    };
    const SessionOutcome out = RunSessionOnce(setup);
    EXPECT_FALSE(out.prover.has_value()) << back;
    EXPECT_FALSE(out.notary.has_value()) << back;
    EXPECT_TRUE(out.recorded.empty()) << back;
  }
}

bool IsHandshake(const Bytes& frame) {
  return frame.size() > 2 && frame[0] == static_cast<std::uint8_t>(SessionMessage::kMpc) &&
         frame[1] == static_cast<std::uint8_t>(MpcMessage::kHandshake);
}

// Random, point and flight of an earlier session with the same website, which it signed then.
TEST(MpcSession, TheFlightOfAnEarlierSessionIsRefusedForItsRandom) {
  const std::vector<Bytes>& earlier = TheHonestSession().frames;
  const auto told = std::ranges::find_if(earlier, IsHandshake);
  ASSERT_NE(told, earlier.end());
  SessionSetup setup = MpcSetup(TheHonestSession().website.port());
  Bytes own;
  setup.change = [&](std::size_t, Bytes& frame) {
    if (!IsHandshake(frame)) return;
    own = frame;
    frame = *told;
  };
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_FALSE(out.notary.has_value());
  EXPECT_EQ(out.notary.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(out.notary.error().message(), HasSubstr("has not this session's entropy"));
  ASSERT_FALSE(out.prover.has_value());
  EXPECT_THAT(out.prover.error().message(), HasSubstr("has not this session's entropy"));
  EXPECT_TRUE(out.recorded.empty());
  // The notary had drawn something else for this one.
  ASSERT_GT(own.size(), 2 + sizeof(Bytes32));
  const auto entropy_of = [](ByteSpan frame) {
    const ByteSpan half = frame.subspan(2 + kProverRandomBytes, sizeof(NotaryEntropy));
    return Bytes(half.begin(), half.end());
  };
  EXPECT_NE(entropy_of(own), entropy_of(*told));
}

// The shares of one premaster secret, the masks and the tables belong to one session.
TEST(MpcSession, TheProofOfAnotherSessionGivesNoAttestation) {
  const std::vector<Bytes>& other = TheHonestSession().frames;
  TestWebsite website(WithHead(ExchangeBody({.balance = "12.34000000"})));
  SessionSetup setup = MpcSetup(website.port());
  setup.change = [&](std::size_t index, Bytes& frame) {
    if (index + 3 >= other.size() && index < other.size()) frame = other[index];  // Claims, Witness, Proof
  };
  const SessionOutcome out = RunSessionOnce(setup);
  EXPECT_FALSE(out.prover.has_value());
  EXPECT_FALSE(out.notary.has_value());
  EXPECT_TRUE(out.recorded.empty());
}

}  // namespace
}  // namespace mpcstats

// Whole sessions over loopback: a website, the notary's side, the prover's side; and what happens when somebody cheats.
#include <gmock/gmock.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/row.h"
#include "mpcstats/survey/submission_box.h"
#include "mpcstats/zktls/session/session_testing.h"

namespace mpcstats {

namespace {

Bytes32 TestContext() { return Sha256Stream("test context").Finish(); }

Result<ProvenStatement> RunProver(FrameStream& stream, const SessionSetup& setup, Rng& rng,
                                  SessionOutcome& out) {
  ASSIGN_OR_RETURN(Buffer<std::uint8_t> request, FillRequest(MustParse(setup.template_text), setup.secrets));
  out.request_bytes = request.size();
  const std::size_t bytes = setup.opened_for == 0 ? request.size() : setup.opened_for;
  ASSIGN_OR_RETURN(OpenedSession opened, OpenedSession::Open(stream, setup.mode, rng, bytes));
  out.request_bucket = opened.request_bucket();
  SessionBind bind{.context = TestContext(),
                   .header_group = 1,
                   .template_text = setup.template_text,
                   .columns = setup.columns};
  ASSIGN_OR_RETURN(BoundSession bound, std::move(opened).Bind(std::move(bind)));
  out.bytes_ahead = stream.bytes_sent();
  out.turns_ahead = stream.turns();
  ASSIGN_OR_RETURN(ExchangedSession exchanged,
                   std::move(bound).Exchange(std::move(request), TestPolicy("localhost")));
  return std::move(exchanged).Prove();
}

// Carries frames between a prover and a notary, and changes some of the prover's.
void CarryFrames(FrameStream& prover, FrameStream& notary, const FrameChange& change, std::size_t* count) {
  constexpr std::size_t kLimit = std::size_t{64} << 20;
  while (true) {
    const auto pass = [&](FrameStream& from, FrameStream& to, bool is_prover) -> bool {
      while (true) {
        auto frame = from.TryReceive(kLimit);
        if (!frame) return false;
        if (!*frame) return true;
        if (is_prover && change) change(*count, **frame);
        if (is_prover) ++*count;
        if (!(*frame)->empty() && !to.Send(**frame)) return false;
      }
    };
    if (!pass(prover, notary, true) || !pass(notary, prover, false)) return;
    pollfd entries[2] = {{prover.fd(), POLLIN, 0}, {notary.fd(), POLLIN, 0}};
    poll(entries, 2, 1000);
  }
}

}  // namespace

SessionOutcome RunSessionOnce(const SessionSetup& setup) {
  SessionOutcome out;
  out.context = TestContext();
  SystemRng rng;
  const auto key = std::make_shared<const SigningKey>(SigningKey::Generate(rng));
  out.notary_key = key->PublicKey();
  NotarySessionServices services;
  services.limits = setup.limits;
  services.roots = &TestRoots();
  services.now_ms = [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
  };
  services.signing_key = [&] { return std::pair(key, NotaryKey{.public_key = key->PublicKey()}); };
  services.allow = [&](const std::string&, std::uint16_t) { return setup.allowed; };
  services.address_rule = setup.notary_connects;
  services.largest_bucket = setup.largest_bucket;
  services.record = [&](const Bytes32& hash) -> Status {
    out.recorded.push_back(hash);
    return setup.recordable;
  };
  services.rng = &rng;

  StreamPair at_notary = ConnectStreams();
  StreamPair at_prover = ConnectStreams();
  auto notary = std::async(std::launch::async, [&] {
    const Status done = RunNotarySession(*at_notary.server, services, &out.report);
    at_notary.server.reset();
    return done;
  });
  auto between = std::async(std::launch::async, [&] {
    CarryFrames(*at_prover.server, *at_notary.client, setup.change, &out.prover_frames);
    at_prover.server.reset();
    at_notary.client.reset();
  });
  out.prover = RunProver(*at_prover.client, setup, rng, out);
  out.bytes_to_notary = at_prover.client->bytes_sent();
  out.bytes_to_prover = at_prover.client->bytes_received();
  out.turns = at_prover.client->turns();
  at_prover.client.reset();
  between.get();
  out.notary = notary.get();
  return out;
}

// The row that the three components stand for.
std::map<std::string, std::string> RowOf(const ProvenStatement& proven,
                                         const std::vector<SurveyColumn>& columns) {
  Survey survey;
  survey.columns = columns;
  const std::size_t bytes = LayoutOf(survey).bytes();
  Bytes row(bytes);
  for (const auto& component : proven.components) {
    for (std::size_t i = 0; i < bytes; ++i) row[i] ^= component[i];
  }
  return DecodeRow(survey, row);
}

namespace {

using ::testing::HasSubstr;

TEST(NotarySession, AttestsWhatTheWebsiteSaid) {
  TestWebsite website(WithHead(ExchangeBody({.balance = "12.34000000"})));
  const SessionSetup setup{.template_text = ExchangeAt(website.port())};
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  ASSERT_TRUE(out.notary.has_value()) << out.notary.error().message();
  EXPECT_TRUE(out.report.attested);

  const Presentation shown = DecodePresentation(out.prover->shown).value();
  EXPECT_TRUE(VerifyPresentation(shown, out.notary_key));
  EXPECT_EQ(shown.facts.session.mode, AttestationMode::kProxy);
  EXPECT_TRUE(shown.facts.session.complete);
  EXPECT_EQ(shown.facts.session.context, out.context);
  EXPECT_EQ(shown.facts.server.host, "localhost");
  EXPECT_EQ(shown.facts.statement.template_hash, TemplateHash(MustParse(setup.template_text)));
  EXPECT_EQ(out.recorded, std::vector{AttestationHash(out.prover->shown)});

  const auto row = RowOf(*out.prover, setup.columns);
  EXPECT_EQ(row.at("balance"), "12.34000000");
  EXPECT_EQ(row.at("account"), "354937868");
  // The commitments are those of the boxes.
  const unsigned bits = shown.facts.statement.bits;
  for (unsigned j = 0; j < 3; ++j) {
    EXPECT_EQ(shown.facts.statement.commitments[j],
              Commitment(out.context, {.j = j, .group = 1, .bits = bits}, out.prover->components[j].span()));
  }
}

TEST(NotarySession, EveryValueArrivesExactly) {
  for (const std::string said :
       {"0.00000000", "0.00000001", "0.09000000", "0.57000000", "1000000.00000000", "999999.01000000"}) {
    TestWebsite website(WithHead(ExchangeBody({.balance = said})));
    const SessionSetup setup{.template_text = ExchangeAt(website.port())};
    const SessionOutcome out = RunSessionOnce(setup);
    ASSERT_TRUE(out.prover.has_value()) << said << ": " << out.prover.error().message();
    EXPECT_EQ(RowOf(*out.prover, setup.columns).at("balance"), said);
  }
}

TEST(NotarySession, SendsTheCredentialsToTheWebsiteAlone) {
  TestWebsite website(WithHead(ExchangeBody()));
  Bytes all;
  SessionSetup setup{.template_text = ExchangeAt(website.port())};
  setup.change = [&](std::size_t, Bytes& frame) { all.insert(all.end(), frame.begin(), frame.end()); };
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_THAT(website.asked(), HasSubstr("X-API-KEY: k3yk3yk3yk3yk3yk3yk3yk3y\r\n"));
  const std::string heard(all.begin(), all.end());
  for (const auto& [name, secret] : setup.secrets) EXPECT_EQ(heard.find(secret), std::string::npos) << name;
  EXPECT_EQ(heard.find("12.34"), std::string::npos);
}

TEST(NotarySession, TakesFewRoundTripsAndLittleTraffic) {
  TestWebsite website(WithHead(ExchangeBody()));
  const SessionOutcome out = RunSessionOnce({.template_text = ExchangeAt(website.port())});
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_LE(out.bytes_to_notary + out.bytes_to_prover, 1'500'000u);
  EXPECT_LE(out.turns, 10u);
}

TEST(NotarySession, MarksAnAnswerThatMayBeCutShort) {
  TestWebsite website(WithHead(ExchangeBody()), false);
  const SessionOutcome out = RunSessionOnce({.template_text = ExchangeAt(website.port())});
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_FALSE(DecodePresentation(out.prover->shown)->facts.session.complete);
}

// One frame of the prover after another is changed on its way. None gives another value. Two kinds may even pass: half of what
// the trees hold is for digits of Delta that the notary did not choose, and what comes when the log is frozen is dropped. From
// Shape on, the last six, nothing passes.
TEST(NotarySession, AChangedFrameGivesNoOtherValueAndMostlyNone) {
  TestWebsite website(WithHead(ExchangeBody()));
  const std::string text = ExchangeAt(website.port());
  const std::size_t frames = RunSessionOnce({.template_text = text}).prover_frames;
  ASSERT_GE(frames, 12u);
  for (std::size_t at = 2; at < frames; ++at) {
    for (const double place : {0.3, 0.999}) {
      SessionSetup setup{.template_text = text};
      setup.change = [&](std::size_t index, Bytes& frame) {
        if (index == at) frame[static_cast<std::size_t>(place * static_cast<double>(frame.size()))] ^= 0x04;
      };
      const SessionOutcome out = RunSessionOnce(setup);
      if (out.prover) EXPECT_EQ(RowOf(*out.prover, setup.columns).at("balance"), "1.50000000");
      if (at + 6 < frames) continue;
      EXPECT_FALSE(out.prover.has_value()) << at << " " << place;
      EXPECT_TRUE(out.recorded.empty()) << at << " " << place;
      EXPECT_FALSE(out.report.attested) << at << " " << place;
    }
  }
}

// Every frame, or one in three where MPCSTATS_TEST_SCALE asks for less.
std::size_t StepOverFrames() {
  const char* scale = std::getenv("MPCSTATS_TEST_SCALE");
  return scale != nullptr && std::strtod(scale, nullptr) < 1 ? 3 : 1;
}

// Sessions with one frame of the prover's replaced: none gives an attestation, but that the last one before the log is frozen may
// come too late, and be dropped.
void ExpectNoneWithout(const std::string& text, std::size_t frames,
                       const std::function<void(std::size_t index, Bytes& frame)>& replace) {
  std::size_t passed = 0;
  for (std::size_t at = 0; at < frames; at += StepOverFrames()) {
    bool changed = false;
    SessionSetup setup{.template_text = text};
    setup.change = [&](std::size_t index, Bytes& frame) {
      if (index != at) return;
      const Bytes before = frame;
      replace(index, frame);
      changed = frame != before;
    };
    const SessionOutcome out = RunSessionOnce(setup);
    EXPECT_EQ(out.prover.has_value(), out.report.attested) << at;
    if (!changed || !out.prover) continue;
    ++passed;
    EXPECT_EQ(RowOf(*out.prover, setup.columns).at("balance"), "1.50000000") << at;
  }
  EXPECT_LE(passed, 1u);
}

// What was said in another session is worth nothing in this one: ids, challenges and keys are others.
TEST(NotarySession, AFrameOfAnotherSessionGivesNoAttestation) {
  TestWebsite website(WithHead(ExchangeBody()));
  const std::string text = ExchangeAt(website.port());
  std::vector<Bytes> other;
  SessionSetup heard{.template_text = text};
  heard.change = [&](std::size_t, Bytes& frame) { other.push_back(frame); };
  ASSERT_TRUE(RunSessionOnce(heard).prover.has_value());
  ExpectNoneWithout(text, other.size(), [&](std::size_t index, Bytes& frame) { frame = other[index]; });
}

TEST(NotarySession, GarbageInPlaceOfAnyFrameGivesNoAttestation) {
  TestWebsite website(WithHead(ExchangeBody()));
  const std::string text = ExchangeAt(website.port());
  SeededRng rng(5);
  ExpectNoneWithout(text, RunSessionOnce({.template_text = text}).prover_frames,
                    [&](std::size_t, Bytes& frame) { rng.Fill(frame); });
}

// The values stand across borders of records.
TEST(NotarySession, AResponseInSmallRecordsArrivesExactly) {
  TestWebsite website(WithHead(ExchangeBody({.balance = "12.34000000"})), true, 37);
  const SessionSetup setup{.template_text = ExchangeAt(website.port())};
  const SessionOutcome out = RunSessionOnce(setup);
  ASSERT_TRUE(out.prover.has_value()) << out.prover.error().message();
  EXPECT_EQ(RowOf(*out.prover, setup.columns).at("balance"), "12.34000000");
}

// Then the notary signs about another context or template, and the prover sees that it did.
TEST(NotarySession, TheProverSeesThatTheNotaryWasToldOtherThings) {
  TestWebsite website(WithHead(ExchangeBody()));
  for (const std::size_t at : {0uz, 1uz}) {
    for (const std::size_t byte : {5uz, 20uz, 33uz}) {
      SessionSetup setup{.template_text = ExchangeAt(website.port())};
      setup.change = [&](std::size_t index, Bytes& frame) {
        if (index == at) frame[byte] ^= 0x01;
      };
      EXPECT_FALSE(RunSessionOnce(setup).prover.has_value()) << at << " " << byte;
    }
  }
}

TEST(NotarySession, AnAnswerOfAnotherFormIsNotProven) {
  for (const std::string& body :
       {With(ExchangeBody(), "ETH", "BTC"), With(ExchangeBody(), "1.50000000", "1e9"),
        With(ExchangeBody(), "SPOT", "MARGIN"), std::string("{}")}) {
    TestWebsite website(WithHead(body));
    const SessionOutcome out = RunSessionOnce({.template_text = ExchangeAt(website.port())});
    ASSERT_FALSE(out.prover.has_value());
    EXPECT_EQ(out.prover.error().code(), ErrorCode::kInvalidArgument) << out.prover.error().message();
    EXPECT_FALSE(out.report.attested);
  }
}

TEST(NotarySession, RefusesWebsitesThatItsOperatorDoesNotAllow) {
  SessionSetup setup{.template_text = ExchangeAt(1)};
  setup.allowed = Fail(ErrorCode::kInvalidArgument, "not this one");
  const SessionOutcome out = RunSessionOnce(setup);
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(out.prover.error().message(), HasSubstr("not this one"));
}

TEST(NotarySession, AnAttestationThatCannotBeLoggedDoesNotLeave) {
  TestWebsite website(WithHead(ExchangeBody()));
  SessionSetup setup{.template_text = ExchangeAt(website.port())};
  setup.recordable = Fail(ErrorCode::kResourceExhausted, "the disk is full");
  const SessionOutcome out = RunSessionOnce(setup);
  EXPECT_FALSE(out.prover.has_value());
  EXPECT_FALSE(out.report.attested);
}

TEST(NotarySession, RefusesResponsesOverItsLimit) {
  TestWebsite website(WithHead(ExchangeBody()));
  SessionSetup setup{.template_text = ExchangeAt(website.port())};
  setup.limits.received_bytes = 900;
  const SessionOutcome out = RunSessionOnce(setup);
  EXPECT_FALSE(out.prover.has_value());
  EXPECT_EQ(out.notary.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace mpcstats

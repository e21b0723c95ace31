// A session that is prepared before anybody knows what it is for: taken, dropped, too old, ended by the notary.
#include "mpcstats/zktls/session/session_ahead.h"

#include <gmock/gmock.h>

#include "mpcstats/zktls/session/session_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A notary in a thread at the other end of one stream.
class NotaryBehind {
 public:
  explicit NotaryBehind(std::unique_ptr<FrameStream> stream)
      : stream_(std::move(stream)), socket_(stream_->fd()) {
    services_.roots = &TestRoots();
    services_.now_ms = [] {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
    };
    services_.signing_key = [this] { return std::pair(key_, NotaryKey{.public_key = key_->PublicKey()}); };
    services_.allow = [](const std::string&, std::uint16_t) { return Status(); };
    services_.record = [this](const Bytes32& hash) -> Status {
      recorded.push_back(hash);
      return {};
    };
    services_.rng = &rng_;
    done_ = std::async(std::launch::async, [this] {
      const Status done = RunNotarySession(*stream_, services_, &report);
      stream_.reset();
      return done;
    });
  }
  // Cuts its connection while the session runs.
  void Cut() const { shutdown(socket_, SHUT_RDWR); }
  // The end of its session.
  Status End() { return done_.get(); }

  NotarySessionReport report;
  std::vector<Bytes32> recorded;

 private:
  SystemRng rng_;
  std::shared_ptr<const SigningKey> key_ = std::make_shared<const SigningKey>(SigningKey::Generate(rng_));
  NotarySessionServices services_;
  std::unique_ptr<FrameStream> stream_;
  int socket_;
  std::future<Status> done_;
};

Result<ReadySession> OpenOver(std::unique_ptr<FrameStream> stream, Rng& rng, std::size_t request_bytes,
                              const SessionAhead::ShowSocket& show) {
  show(stream->fd());
  auto opened = OpenedSession::Open(*stream, AttestationMode::kMpc, rng, request_bytes);
  if (!opened) {
    show(-1);
    return std::unexpected(opened.error());
  }
  return ReadySession{std::move(stream), std::move(*opened)};
}

// Opens over the prover's end of a pair whose other end has a notary.
struct AheadPair {
  StreamPair streams = ConnectStreams();
  NotaryBehind notary{std::move(streams.server)};
  SystemRng rng;

  SessionAhead::Connect Connect(std::size_t request_bytes) {
    return [this, request_bytes](const SessionAhead::ShowSocket& show) {
      return OpenOver(std::move(streams.client), rng, request_bytes, show);
    };
  }
};

TEST(SessionAhead, GivesASessionThatProves) {
  TestWebsite website(WithHead(ExchangeBody()));
  const std::string text = ExchangeAt(website.port());
  Buffer<std::uint8_t> request = FillRequest(MustParse(text), ExchangeSecrets()).value();
  AheadPair pair;
  SessionAhead ahead(pair.Connect(request.size()));
  auto ready = std::move(ahead).Take();
  ASSERT_TRUE(ready.has_value()) << ready.error().message();
  EXPECT_EQ(pair.notary.report.host, "");
  auto bound =
      std::move(ready->opened)
          .Bind({.context = {}, .header_group = 1, .template_text = text, .columns = ExchangeColumns()});
  ASSERT_TRUE(bound.has_value()) << bound.error().message();
  auto exchanged = std::move(*bound).Exchange(std::move(request), TestPolicy("localhost"));
  ASSERT_TRUE(exchanged.has_value()) << exchanged.error().message();
  const auto proven = std::move(*exchanged).Prove();
  ASSERT_TRUE(proven.has_value()) << proven.error().message();
  EXPECT_TRUE(pair.notary.End());
  EXPECT_EQ(pair.notary.report.host, "localhost");
  EXPECT_THAT(pair.notary.recorded, SizeIs(1));
}

TEST(SessionAhead, ThatIsNotTakenEndsAndTellsTheNotaryNothing) {
  AheadPair pair;
  {
    const SessionAhead ahead(pair.Connect(100));
  }
  EXPECT_FALSE(pair.notary.End());
  EXPECT_EQ(pair.notary.report.host, "");
  EXPECT_FALSE(pair.notary.report.attested);
  EXPECT_THAT(pair.notary.recorded, IsEmpty());
}

TEST(SessionAhead, NobodyWaitsForANotaryThatSaysNothing) {
  StreamPair streams = ConnectStreams();
  SystemRng rng;
  Status outcome;
  {
    const SessionAhead ahead([&](const SessionAhead::ShowSocket& show) {
      auto opened = OpenOver(std::move(streams.client), rng, 100, show);
      if (!opened) outcome = std::unexpected(opened.error());
      return opened;
    });
  }
  // Not after the time that is given for an answer.
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kUnavailable) << outcome.error().message();
}

TEST(SessionAhead, IsNotTakenWhenItIsTooOld) {
  AheadPair pair;
  SessionAhead ahead(pair.Connect(100), std::chrono::milliseconds(0));
  const auto ready = std::move(ahead).Take();
  ASSERT_FALSE(ready.has_value());
  EXPECT_EQ(ready.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(pair.notary.End());
}

TEST(SessionAhead, SaysWhyThereIsNone) {
  SessionAhead ahead([](const SessionAhead::ShowSocket&) -> Result<ReadySession> {
    return Fail(ErrorCode::kUnavailable, "no notary answers");
  });
  const auto ready = std::move(ahead).Take();
  ASSERT_FALSE(ready.has_value());
  EXPECT_THAT(ready.error().message(), HasSubstr("no notary answers"));
  EXPECT_EQ(std::move(ahead).Take().error().code(), ErrorCode::kInvalidArgument);
}

TEST(OpenedSession, KnowsWhenTheNotaryHasEndedWhatWasPrepared) {
  AheadPair pair;
  auto opened = OpenedSession::Open(*pair.streams.client, AttestationMode::kMpc, pair.rng, 100);
  ASSERT_TRUE(opened.has_value());
  ASSERT_TRUE(opened->Prepare());
  EXPECT_TRUE(opened->CheckWaiting());
  EXPECT_EQ(opened->Prepare().error().code(), ErrorCode::kInvalidArgument);
  pair.notary.Cut();
  EXPECT_FALSE(pair.notary.End());
  EXPECT_FALSE(opened->CheckWaiting());
  const auto bound = std::move(*opened).Bind(
      {.context = {}, .header_group = 1, .template_text = ExchangeAt(1), .columns = ExchangeColumns()});
  EXPECT_FALSE(bound.has_value());
}

}  // namespace
}  // namespace mpcstats

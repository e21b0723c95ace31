// The notary's log against a real conversation of our client and server, and against provers that tell it otherwise.
#include "mpcstats/zktls/mpctls/record_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Ne;
using testing::Not;

/// Whole records of a stream.
std::vector<Bytes> Split(ByteSpan stream) {
  std::vector<Bytes> records;
  while (!stream.empty()) {
    const std::size_t size = 5 + static_cast<std::size_t>(stream[3]) * 256 + stream[4];
    records.emplace_back(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
    stream = stream.subspan(size);
  }
  return records;
}

/// A conversation with one request, as the prover's side of a session would tell it.
struct Told {
  Told() {
    EXPECT_TRUE(session.Run());
    EXPECT_TRUE(session.client().Send(AsBytes("GET / HTTP/1.1\r\n\r\n")));
    EXPECT_TRUE(session.Run());
    session.server().SendData("HTTP/1.1 200 OK\r\n\r\nhello");
    session.server().CloseNotify();
    EXPECT_TRUE(session.Run());
    client = Split(session.client_log());
    server = Split(session.server_log());
    // ClientHello, ClientKeyExchange, change_cipher_spec, Finished, request.
    EXPECT_GE(client.size(), 5u);
    client.resize(5);
    for (const Bytes& record : server) {
      if (record[0] != 22) break;
      flight.insert(flight.end(), record.begin(), record.end());
    }
    rest = Bytes(session.server_log().begin() + static_cast<std::ptrdiff_t>(flight.size()),
                 session.server_log().end());
    random = session.client().client_random();
    std::copy(random.end() - sizeof(entropy), random.end(), entropy.begin());
    point = *session.keys().ClientPoint();
    RelayLog log;
    for (const Bytes& record : client) log.Add(TlsSide::kClient, record);
    log.Add(TlsSide::kServer, session.server_log());
    end = log.Finish();
  }
  [[nodiscard]] Bytes CiphertextOf(std::size_t record) const {
    return {client[record].begin() + 13, client[record].end() - 16};
  }
  [[nodiscard]] GcmBlock TagOf(std::size_t record) const {
    GcmBlock tag;
    std::copy(client[record].end() - 16, client[record].end(), tag.begin());
    return tag;
  }

  TestSession session;
  std::vector<Bytes> client, server;
  Bytes flight, rest;  ///< of the server: up to ServerHelloDone, and after
  Bytes32 random{};
  NotaryEntropy entropy{};  ///< the end of the random, as if a notary had drawn it
  EcPoint point{};
  RelayEnd end;
};

const Told& TheTold() {
  static const Told kTold;
  return kTold;
}

constexpr GcmBlock kProverShare{1, 2, 3};
GcmBlock NotaryShare(GcmBlock tag) {
  for (std::size_t i = 0; i < tag.size(); ++i) tag[i] ^= kProverShare[i];
  return tag;
}

RecordLog NewLog(std::size_t request_bytes = 256) {
  return {TestPolicy(), {.request_bytes = request_bytes}, TheTold().entropy};
}

/// The log after so many of: handshake, Finished committed, its tag, the server's bytes, request committed, its tag.
RecordLog After(std::size_t steps) {
  const Told& told = TheTold();
  RecordLog log = NewLog();
  const std::vector<std::function<void()>> all{
      [&] { EXPECT_TRUE(log.Handshake("example.test", told.random, told.point, told.flight)); },
      [&] { EXPECT_TRUE(log.Commit(TlsContent::kHandshake, told.CiphertextOf(3), kProverShare)); },
      [&] { EXPECT_TRUE(log.Complete(NotaryShare(told.TagOf(3)))); },
      [&] { EXPECT_TRUE(log.Receive(told.rest)); },
      [&] { EXPECT_TRUE(log.Commit(TlsContent::kApplicationData, told.CiphertextOf(4), kProverShare)); },
      [&] { EXPECT_TRUE(log.Complete(NotaryShare(told.TagOf(4)))); },
  };
  for (std::size_t i = 0; i < steps; ++i) all[i]();
  return log;
}

TEST(RecordLog, HasTheBytesOfTheConnection) {
  const Told& told = TheTold();
  RecordLog log = NewLog();
  const auto handshake = log.Handshake("example.test", told.random, told.point, told.flight);
  ASSERT_TRUE(handshake) << handshake.error().message();
  EXPECT_EQ(handshake->client_point, told.point);
  EXPECT_FALSE(log.established());
  const auto finished = log.Commit(TlsContent::kHandshake, told.CiphertextOf(3), kProverShare);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->additional_data(), TlsAdditionalData(0, TlsContent::kHandshake, 16));
  ASSERT_TRUE(log.Complete(NotaryShare(told.TagOf(3))));
  ASSERT_TRUE(log.Receive(told.rest));
  EXPECT_TRUE(log.established());
  EXPECT_EQ(log.server_finished().ciphertext.size(), 16u);
  ASSERT_TRUE(log.Commit(TlsContent::kApplicationData, told.CiphertextOf(4), kProverShare));
  ASSERT_TRUE(log.Complete(NotaryShare(told.TagOf(4))));
  const auto closed = std::move(log).Close(told.end);
  ASSERT_TRUE(closed) << closed.error().message();
  EXPECT_EQ(closed->session_hash, handshake->session_hash);
  EXPECT_EQ(closed->server.server_point, handshake->server.server_point);
  ASSERT_EQ(closed->client.records.size(), 2u);
  EXPECT_EQ(closed->client.records[1].tag, told.TagOf(4));
  ASSERT_EQ(closed->server_records.records.size(), 3u);
  EXPECT_TRUE(closed->MayBeComplete());
}

TEST(RecordLog, AnotherShareOfATagMakesAnotherTagInTheLog) {
  // The prover's share is fixed by then: it cannot be fitted to the notary's.
  const Told& told = TheTold();
  RecordLog log = After(5);
  GcmBlock share = NotaryShare(told.TagOf(4));
  share[0] ^= 1;
  ASSERT_TRUE(log.Complete(share));
  const auto closed = std::move(log).Close(told.end);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code(), ErrorCode::kCheatingDetected);
}

template <class T>
std::string Sentence(const Result<T>& result) {
  return result ? "taken" : result.error().message();
}
std::string Sentence(const Status& status) { return status ? "taken" : status.error().message(); }

TEST(RecordLog, RefusesARecordBeforeTheOneBeforeItHasItsTag) {
  const Told& told = TheTold();
  RecordLog log = After(2);
  EXPECT_THAT(Sentence(log.Commit(TlsContent::kApplicationData, told.CiphertextOf(4), kProverShare)),
              HasSubstr("before the one before it"));
  // And everything after it, with the same sentence.
  EXPECT_THAT(Sentence(log.Complete(kProverShare)), HasSubstr("before the one before it"));
  log = After(2);
  EXPECT_THAT(Sentence(log.Receive(told.rest)), HasSubstr("Finished has its tag"));
  log = After(2);
  EXPECT_THAT(Sentence(std::move(log).Close(told.end)), HasSubstr("has no tag"));
  log = After(3);
  EXPECT_THAT(Sentence(log.Complete(kProverShare)), HasSubstr("no client record"));
}

TEST(RecordLog, RefusesARequestBeforeTheServersFinished) {
  const Told& told = TheTold();
  RecordLog log = After(3);
  EXPECT_THAT(Sentence(log.Commit(TlsContent::kApplicationData, told.CiphertextOf(4), kProverShare)),
              HasSubstr("before the server's Finished"));
}

TEST(RecordLog, RefusesOtherClientRecordsThanFinishedAndOneRequest) {
  const auto second = [](TlsContent type, std::size_t size) {
    RecordLog log = After(4);
    return Sentence(log.Commit(type, Bytes(size), kProverShare));
  };
  EXPECT_EQ(second(TlsContent::kApplicationData, 256), "taken");
  EXPECT_THAT(second(TlsContent::kApplicationData, 257), HasSubstr("1 to 256 bytes"));
  EXPECT_THAT(second(TlsContent::kApplicationData, 0), HasSubstr("1 to 256 bytes"));
  EXPECT_THAT(second(TlsContent::kAlert, 2), HasSubstr("its request"));
  EXPECT_THAT(second(TlsContent::kHandshake, 16), HasSubstr("its request"));
  RecordLog log = After(6);
  EXPECT_THAT(Sentence(log.Commit(TlsContent::kApplicationData, Bytes(10), kProverShare)),
              HasSubstr("one request"));
  for (const std::size_t size : {0, 15, 17}) {
    log = After(1);
    EXPECT_THAT(Sentence(log.Commit(TlsContent::kHandshake, Bytes(size), kProverShare)),
                HasSubstr("16 bytes"));
  }
  log = After(1);
  EXPECT_THAT(Sentence(log.Commit(TlsContent::kApplicationData, Bytes(16), kProverShare)),
              HasSubstr("its Finished"));
}

TEST(RecordLog, RefusesAnotherHandshakeThanTheServersOwn) {
  const Told& told = TheTold();
  // Another random than the one the server signed.
  Bytes32 random = told.random;
  random[0] ^= 1;
  RecordLog log = NewLog();
  EXPECT_NE(Sentence(log.Handshake("example.test", random, told.point, told.flight)), "taken");
  // Another host.
  log = NewLog();
  EXPECT_NE(Sentence(log.Handshake("other.test", told.random, told.point, told.flight)), "taken");
  // A flight cut short, and one with the next messages already in it.
  log = NewLog();
  EXPECT_THAT(Sentence(log.Handshake("example.test", told.random, told.point,
                                     ByteSpan(told.flight).first(told.flight.size() - 1))),
              HasSubstr("not whole"));
  // A point off the curve.
  EcPoint point = told.point;
  point[64] ^= 1;
  log = NewLog();
  EXPECT_NE(Sentence(log.Handshake("example.test", told.random, point, told.flight)), "taken");
  // And a second one.
  log = After(1);
  EXPECT_THAT(Sentence(log.Handshake("example.test", told.random, told.point, told.flight)),
              HasSubstr("second handshake"));
}

TEST(RecordLog, RefusesTheHandshakeOfAnotherSession) {
  // A whole flight, with the random that the website signed: all of it holds, but for the entropy.
  const Told& told = TheTold();
  for (std::size_t byte = 0; byte < told.entropy.size(); ++byte) {
    NotaryEntropy entropy = told.entropy;
    entropy[byte] ^= static_cast<std::uint8_t>(1u << (byte % 8));
    RecordLog log(TestPolicy(), {.request_bytes = 256}, entropy);
    const auto handshake = log.Handshake("example.test", told.random, told.point, told.flight);
    ASSERT_FALSE(handshake) << byte;
    EXPECT_EQ(handshake.error().code(), ErrorCode::kCheatingDetected) << byte;
    EXPECT_THAT(handshake.error().message(), HasSubstr("has not this session's entropy")) << byte;
    // It is over, with the same sentence: there is no second try.
    EXPECT_THAT(Sentence(log.Handshake("example.test", told.random, told.point, told.flight)),
                HasSubstr("has not this session's entropy"));
  }
}

TEST(RecordLog, RefusesTheEntropyInTheProversHalfAndASignatureOverAnotherHalf) {
  const Told& told = TheTold();
  // The halves exchanged.
  Bytes32 turned = told.random;
  std::ranges::rotate(turned, turned.begin() + kProverRandomBytes);
  RecordLog log = NewLog();
  EXPECT_THAT(Sentence(log.Handshake("example.test", turned, told.point, told.flight)),
              HasSubstr("has not this session's entropy"));
  // The prover's half is free, but the website signed it too.
  Bytes32 other = told.random;
  other[kProverRandomBytes - 1] ^= 1;
  log = NewLog();
  EXPECT_THAT(Sentence(log.Handshake("example.test", other, told.point, told.flight)),
              AllOf(Ne("taken"), Not(HasSubstr("entropy"))));
}

TEST(RecordLog, RefusesAServersRecordTwiceAndRecordsAfterItsAlert) {
  const Told& told = TheTold();
  RecordLog log = After(6);
  EXPECT_NE(Sentence(log.Receive(told.server.back())), "taken");
  // The first record of data again, under the same explicit nonce.
  log = After(3);
  Bytes twice;
  for (std::size_t i = 0; i < told.server.size(); ++i) {
    if (told.server[i][0] == 21) break;
    if (i < Split(told.flight).size()) continue;
    twice.insert(twice.end(), told.server[i].begin(), told.server[i].end());
  }
  ASSERT_EQ(Sentence(log.Receive(twice)), "taken");
  EXPECT_THAT(Sentence(log.Receive(told.server[told.server.size() - 2])), HasSubstr("twice"));
}

TEST(RecordLog, RefusesToCloseAnotherLogThanItHas) {
  const Told& told = TheTold();
  for (const int change : {0, 1, 2}) {
    RelayEnd end = told.end;
    if (change == 0) end.sent_bytes -= 1;
    if (change == 1) end.received_bytes += 1;
    if (change == 2) end.log_hash[0] ^= 1;
    RecordLog log = After(6);
    const auto closed = std::move(log).Close(end);
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code(), ErrorCode::kCheatingDetected);
  }
  // An omitted record of the server is another log.
  RecordLog log = After(3);
  ASSERT_TRUE(log.Receive(ByteSpan(told.rest).first(told.rest.size() - told.server.back().size())));
  ASSERT_TRUE(log.Commit(TlsContent::kApplicationData, told.CiphertextOf(4), kProverShare));
  ASSERT_TRUE(log.Complete(NotaryShare(told.TagOf(4))));
  EXPECT_FALSE(std::move(log).Close(told.end));
}

TEST(RecordLog, TakesNothingAfterClose) {
  const Told& told = TheTold();
  RecordLog log = After(6);
  ASSERT_TRUE(std::move(log).Close(told.end));
  EXPECT_THAT(Sentence(log.Receive(told.rest)), HasSubstr("is closed"));
  EXPECT_THAT(Sentence(log.Commit(TlsContent::kApplicationData, Bytes(3), kProverShare)),
              HasSubstr("is closed"));
  EXPECT_THAT(Sentence(std::move(log).Close(told.end)), HasSubstr("is closed"));
}

TEST(RecordLog, EndsBeyondItsLimits) {
  const Told& told = TheTold();
  RecordLog small(TestPolicy(), {.received_bytes = told.flight.size() - 1}, told.entropy);
  const auto refused = small.Handshake("example.test", told.random, told.point, told.flight);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  RecordLog narrow(TestPolicy(), {.sent_bytes = 20}, told.entropy);
  EXPECT_EQ(narrow.Handshake("example.test", told.random, told.point, told.flight).error().code(),
            ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace mpcstats

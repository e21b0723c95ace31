#include "mpcstats/zktls/tls/observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "mpcstats/zktls/tls/session_testing.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

const SecretAccess kAccess("test");

std::string MessageOf(const Result<ObservedSession>& session) {
  return session ? "no error" : session.error().message();
}

// AES-128 of one block.
GcmBlock Encrypt(const std::array<std::uint8_t, 16>& key, const GcmBlock& block) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  GcmBlock out{};
  int written = 0;
  CHECK(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, key.data(), nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context, out.data(), &written, block.data(), 16) == 1 && written == 16);
  EVP_CIPHER_CTX_free(context);
  return out;
}

struct Opened {
  GcmBlock h;
  std::vector<GcmBlock> j0;
};

// What the proof would open for the tags of one direction.
Opened OpenFor(const ObservedDirection& direction, const TlsKeyBlock& keys, TlsSide side) {
  const auto& key = side == TlsSide::kClient ? keys.client_key : keys.server_key;
  const auto& salt = side == TlsSide::kClient ? keys.client_iv : keys.server_iv;
  Opened opened{.h = Encrypt(key, GcmBlock{}), .j0 = {}};
  for (const ObservedRecord& record : direction.records) {
    opened.j0.push_back(Encrypt(key, TlsCounterBlock(salt, record.explicit_nonce, 1)));
  }
  return opened;
}

std::string Decrypt(const ObservedRecord& record, const std::array<std::uint8_t, 16>& key,
                    const std::array<std::uint8_t, 4>& salt) {
  std::string text;
  for (std::size_t i = 0; i < record.ciphertext.size(); ++i) {
    const auto counter = static_cast<std::uint32_t>(2 + i / 16);
    const GcmBlock block = Encrypt(key, TlsCounterBlock(salt, record.explicit_nonce, counter));
    text.push_back(static_cast<char>(record.ciphertext[i] ^ block[i % 16]));
  }
  return text;
}

class TlsObserverOfASession : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Converse(session_, std::string(40, 'q'), std::string(5000, 'a'), 1000).has_value());
    auto observed = session_.Observed();
    ASSERT_TRUE(observed.has_value()) << observed.error().message();
    observed_ = std::move(*observed);
  }
  // What an observer says of the log after `change`.
  std::string AfterChange(const std::function<void(Bytes& client, Bytes& server)>& change) {
    Bytes client = session_.client_log();
    Bytes server = session_.server_log();
    change(client, server);
    return MessageOf(TestSession::ObserveLog(TestPolicy(), client, server));
  }
  // Where the header of record `index` of a direction stands; the handshake's records count.
  static std::size_t RecordAt(const Bytes& stream, std::size_t index) {
    std::size_t at = 0;
    for (; index > 0; --index) at += 5 + (stream[at + 3] << 8 | stream[at + 4]);
    return at;
  }
  static Bytes RecordOf(const Bytes& stream, std::size_t index) {
    return {stream.begin() + static_cast<std::ptrdiff_t>(RecordAt(stream, index)),
            stream.begin() + static_cast<std::ptrdiff_t>(RecordAt(stream, index + 1))};
  }
  static void Insert(Bytes& stream, std::size_t at, const Bytes& bytes) {
    stream.insert(stream.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
  }
  // Records of the server's stream: flight, CCS, Finished, five of data, alert. The client's: hello, key exchange, CCS,
  // Finished, request, alert.
  static constexpr std::size_t kServerFinished = 2;
  static constexpr std::size_t kClientFinished = 3;

  TestSession session_;
  ObservedSession observed_;
};

TEST_F(TlsObserverOfASession, YieldsThePublicValuesThatTheClientSees) {
  EXPECT_EQ(observed_.host, "example.test");
  EXPECT_EQ(observed_.server.client_random, session_.client().client_random());
  EXPECT_EQ(observed_.server.server_random, session_.client().server().server_random);
  EXPECT_EQ(observed_.server.server_point, session_.client().server().server_point);
  EXPECT_EQ(observed_.server.spki_hash, session_.client().server().spki_hash);
  EXPECT_EQ(observed_.server.chain_hash, session_.client().server().chain_hash);
  EXPECT_EQ(observed_.client_point, *session_.keys().ClientPoint());
  EXPECT_EQ(observed_.root_store_id, TestRoots().id());
  EXPECT_EQ(observed_.session_hash, Sha256(observed_.handshake));
  EXPECT_EQ(observed_.client.stream_bytes, session_.client_log().size());
  EXPECT_EQ(observed_.server_records.stream_bytes, session_.server_log().size());
  EXPECT_EQ(observed_.client.data_bytes, 40u);
  EXPECT_EQ(observed_.server_records.data_bytes, 5000u);
  EXPECT_TRUE(observed_.MayBeComplete());
  ASSERT_EQ(observed_.client.records.size(), 3u);
  ASSERT_EQ(observed_.server_records.records.size(), 7u);
}

TEST_F(TlsObserverOfASession, GivesHashesFromWhichTheKeysFollow) {
  session_.keys().premaster_secret().With(kAccess, [&](const Bytes32& premaster) {
    TlsMasterSecret master;
    TlsPrf(premaster, "extended master secret", observed_.session_hash, master);
    session_.server().master().With(kAccess, [&](const TlsMasterSecret& right) { EXPECT_EQ(master, right); });
  });
}

TEST_F(TlsObserverOfASession, GivesTheHashesThatBothFinishedCover) {
  session_.keys().key_block().With(kAccess, [&](const TlsKeyBlock& keys) {
    const auto client = session_.keys().ClientVerifyData(observed_.hash_before_client_finished());
    const std::string header(reinterpret_cast<const char*>(kTlsFinishedHeader.data()),
                             kTlsFinishedHeader.size());
    const auto text = [](const TlsVerifyData& data) {
      return std::string(reinterpret_cast<const char*>(data.data()), data.size());
    };
    EXPECT_EQ(Decrypt(observed_.client.records[0], keys.client_key, keys.client_iv), header + text(*client));
    const auto server = session_.keys().ServerVerifyData(observed_.HashBeforeServerFinished(*client));
    EXPECT_EQ(Decrypt(observed_.server_records.records[0], keys.server_key, keys.server_iv),
              header + text(*server));
    // And the rest decrypts under counters and nonces from the log.
    EXPECT_EQ(Decrypt(observed_.client.records[1], keys.client_key, keys.client_iv), std::string(40, 'q'));
    EXPECT_EQ(Decrypt(observed_.server_records.records[5], keys.server_key, keys.server_iv),
              std::string(1000, 'a'));
    EXPECT_EQ(Decrypt(observed_.server_records.records[6], keys.server_key, keys.server_iv),
              std::string("\x01\x00", 2));
  });
}

TEST_F(TlsObserverOfASession, NumbersRecordsAndKnowsWhereTheyStand) {
  for (const TlsSide side : {TlsSide::kClient, TlsSide::kServer}) {
    const Bytes& stream = side == TlsSide::kClient ? session_.client_log() : session_.server_log();
    const auto& records = observed_.direction(side).records;
    for (std::size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(records[i].sequence, i);
      const std::size_t at = records[i].offset;
      EXPECT_EQ(stream[at], static_cast<std::uint8_t>(records[i].type));
      EXPECT_TRUE(std::ranges::equal(records[i].explicit_nonce, ByteSpan(stream).subspan(at + 5, 8)));
      EXPECT_TRUE(std::ranges::equal(records[i].ciphertext,
                                     ByteSpan(stream).subspan(at + 13, records[i].ciphertext.size())));
    }
  }
}

TEST_F(TlsObserverOfASession, ReadsTheSameInAnyPieces) {
  for (const std::size_t piece : {1, 3, 500}) {
    const auto again = session_.Observed(piece);
    ASSERT_TRUE(again.has_value()) << again.error().message();
    EXPECT_EQ(again->session_hash, observed_.session_hash);
    EXPECT_EQ(again->server_records.records.size(), observed_.server_records.records.size());
  }
  // One direction as a whole before the other, either way.
  for (const bool client_first : {true, false}) {
    TlsObserver observer(TestPolicy());
    const TlsSide first = client_first ? TlsSide::kClient : TlsSide::kServer;
    const TlsSide second = client_first ? TlsSide::kServer : TlsSide::kClient;
    const auto log = [&](TlsSide side) {
      return side == TlsSide::kClient ? session_.client_log() : session_.server_log();
    };
    ASSERT_TRUE(observer.Observe(first, log(first)).has_value());
    ASSERT_TRUE(observer.Observe(second, log(second)).has_value());
    EXPECT_TRUE(std::move(observer).Finish().has_value());
  }
}

TEST_F(TlsObserverOfASession, ChecksTheTagsOfBothDirections) {
  session_.keys().key_block().With(kAccess, [&](const TlsKeyBlock& keys) {
    for (const TlsSide side : {TlsSide::kClient, TlsSide::kServer}) {
      const auto& direction = observed_.direction(side);
      const Opened opened = OpenFor(direction, keys, side);
      EXPECT_TRUE(CheckTlsTags(direction.records, opened.h, opened.j0).has_value());
    }
  });
}

// What proxy mode cannot see, and why surveys must name it: the prover has the keys, so whoever works with her on the path between
// notary and website can say what the website did not. Tags hold, as they must.
TEST_F(TlsObserverOfASession, TakesARecordOfWhoeverHasTheKeysForTheWebsites) {
  session_.keys().key_block().With(kAccess, [&](const TlsKeyBlock& keys) {
    ObservedDirection forged = observed_.direction(TlsSide::kServer);
    ObservedRecord& record =
        *std::ranges::find(forged.records, TlsContent::kApplicationData, &ObservedRecord::type);
    const std::string before = Decrypt(record, keys.server_key, keys.server_iv);
    record.ciphertext[0] ^= 1;
    const Opened opened = OpenFor(forged, keys, TlsSide::kServer);
    EXPECT_FALSE(CheckTlsTags(forged.records, opened.h, opened.j0).has_value());
    const auto at = static_cast<std::size_t>(&record - forged.records.data());
    record.tag = PublicGhash(opened.h).Hash(
        TlsAdditionalData(record.sequence, record.type, record.ciphertext.size()), record.ciphertext);
    for (std::size_t i = 0; i < record.tag.size(); ++i) record.tag[i] ^= opened.j0[at][i];
    EXPECT_TRUE(CheckTlsTags(forged.records, opened.h, opened.j0).has_value());
    EXPECT_NE(Decrypt(record, keys.server_key, keys.server_iv), before);
  });
}

TEST_F(TlsObserverOfASession, RefusesEveryChangeThatTagsAreThereFor) {
  session_.keys().key_block().With(kAccess, [&](const TlsKeyBlock& keys) {
    for (const TlsSide side : {TlsSide::kClient, TlsSide::kServer}) {
      const Opened opened = OpenFor(observed_.direction(side), keys, side);
      const auto refused = [&](const std::function<void(std::vector<ObservedRecord>&)>& change) {
        std::vector<ObservedRecord> records = observed_.direction(side).records;
        change(records);
        const Status checked = CheckTlsTags(records, opened.h, opened.j0);
        return !checked && checked.error().code() == ErrorCode::kCheatingDetected;
      };
      EXPECT_TRUE(refused([](auto& records) { records[1].ciphertext[3] ^= 1; }));
      EXPECT_TRUE(refused([](auto& records) { records[1].tag[15] ^= 1; }));
      EXPECT_TRUE(refused([](auto& records) { records[1].type = TlsContent::kAlert; }));
      EXPECT_TRUE(refused([](auto& records) { records[1].sequence = 7; }));
      EXPECT_TRUE(refused([](auto& records) { records[1].ciphertext.pop_back(); }));
      EXPECT_TRUE(refused([](auto& records) { records[1].ciphertext.push_back(0); }));
      EXPECT_TRUE(refused([](auto& records) { std::swap(records[0], records[1]); }));
      EXPECT_TRUE(refused([](auto& records) { records.back().ciphertext[0] ^= 3; }));
    }
  });
}

TEST_F(TlsObserverOfASession, RefusesOpenedBlocksOfAnotherKeyOrNumber) {
  session_.keys().key_block().With(kAccess, [&](const TlsKeyBlock& keys) {
    const auto& records = observed_.server_records.records;
    Opened opened = OpenFor(observed_.server_records, keys, TlsSide::kServer);
    EXPECT_FALSE(
        CheckTlsTags(records, OpenFor(observed_.client, keys, TlsSide::kClient).h, opened.j0).has_value());
    std::swap(opened.j0[1], opened.j0[2]);
    EXPECT_FALSE(CheckTlsTags(records, opened.h, opened.j0).has_value());
    std::swap(opened.j0[1], opened.j0[2]);
    const Status zero = CheckTlsTags(records, GcmBlock{}, opened.j0);
    ASSERT_FALSE(zero.has_value());
    EXPECT_THAT(zero.error().message(), HasSubstr("authenticates nothing"));
    opened.j0.pop_back();
    EXPECT_EQ(CheckTlsTags(records, opened.h, opened.j0).error().code(), ErrorCode::kInvalidArgument);
  });
}

TEST_F(TlsObserverOfASession, RefusesASessionWithAnotherHostThanItsOwn) {
  EXPECT_THAT(MessageOf(TestSession::ObserveLog(TestPolicy("other.test"), session_.client_log(),
                                                session_.server_log())),
              HasSubstr("another hello than the one this protocol has for other.test"));
  EXPECT_THAT(MessageOf(TestSession::ObserveLog(TestPolicy("192.0.2.1"), session_.client_log(),
                                                session_.server_log())),
              HasSubstr("DNS name"));
}

TEST_F(TlsObserverOfASession, ChecksCertificatesAtItsOwnClock) {
  TlsPolicy policy = TestPolicy();
  policy.now += std::chrono::days(3);
  EXPECT_THAT(MessageOf(TestSession::ObserveLog(policy, session_.client_log(), session_.server_log())),
              HasSubstr("certificate has expired"));
}

TEST_F(TlsObserverOfASession, RefusesTheFlightOfAnotherSession) {
  TestSessionOptions options;
  options.seed = 99;
  TestSession other(std::move(options));
  ASSERT_TRUE(Converse(other, "q", "a").has_value());
  EXPECT_THAT(MessageOf(TestSession::ObserveLog(TestPolicy(), session_.client_log(), other.server_log())),
              HasSubstr("another session's or was changed"));
}

TEST_F(TlsObserverOfASession, RefusesAnotherHello) {
  // A suite more, and the random of nobody.
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes&) { client[5 + 4 + 2 + 32 + 1 + 3] ^= 1; }),
              HasSubstr("another hello"));
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes&) { client[5 + 4 + 2] ^= 1; }),
              HasSubstr("another session's"));
}

TEST_F(TlsObserverOfASession, RefusesAClientPointOffTheCurve) {
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes&) { client[RecordAt(client, 1) + 5 + 4 + 1 + 40] ^= 1; }),
              HasSubstr("the client's key exchange point is not a point"));
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes&) { client[RecordAt(client, 1) + 5 + 4] ^= 1; }),
              HasSubstr("the client sent a ClientKeyExchange whose lengths"));
}

TEST_F(TlsObserverOfASession, RefusesAFinishedThatIsNotOneRecordOf40Bytes) {
  EXPECT_THAT(
      AfterChange([](Bytes& client, Bytes&) { client[RecordAt(client, kClientFinished)] = 23; }),
      HasSubstr("the client sent a record of application_data (23) with 40 bytes where its Finished"));
  EXPECT_THAT(AfterChange([](Bytes&, Bytes& server) {
                Bytes longer = RecordOf(server, kServerFinished);
                longer[4] += 16;
                longer.insert(longer.end(), 16, 0);
                Insert(server, RecordAt(server, kServerFinished), longer);
              }),
              HasSubstr("the server sent a record of handshake (22) with 56 bytes where its Finished"));
}

TEST_F(TlsObserverOfASession, RefusesASecondFinishedOrAnyHandshakeLater) {
  for (const bool client_side : {true, false}) {
    EXPECT_THAT(
        AfterChange([&](Bytes& client, Bytes& server) {
          Bytes& stream = client_side ? client : server;
          const std::size_t finished = client_side ? kClientFinished : kServerFinished;
          Bytes again = RecordOf(stream, finished);
          again[12] ^= 0x80;
          Insert(stream, RecordAt(stream, finished + 1), again);
        }),
        HasSubstr("where application_data or an alert; there is one handshake a session was expected"));
  }
}

TEST_F(TlsObserverOfASession, RefusesARepeatedExplicitNonce) {
  EXPECT_THAT(AfterChange([](Bytes&, Bytes& server) {
                const Bytes record = RecordOf(server, kServerFinished + 1);
                Insert(server, RecordAt(server, kServerFinished + 2), record);
              }),
              HasSubstr("the server used the explicit nonce 0000000000000001 twice"));
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes&) {
                // The request under the nonce of the Finished.
                const std::size_t at = RecordAt(client, kClientFinished + 1) + 5;
                std::fill_n(client.begin() + static_cast<std::ptrdiff_t>(at), 8, std::uint8_t{0});
              }),
              HasSubstr("the client used the explicit nonce 0000000000000000 twice"));
}

TEST_F(TlsObserverOfASession, RefusesRecordsAfterAnAlert) {
  EXPECT_THAT(AfterChange([](Bytes&, Bytes& server) {
                Bytes more = RecordOf(server, kServerFinished + 1);
                more[10] ^= 0x40;
                Insert(server, server.size(), more);
              }),
              HasSubstr("the server sent a record after the alert that ended its direction"));
}

TEST_F(TlsObserverOfASession, RefusesAnAlertOfAnotherLength) {
  EXPECT_THAT(AfterChange([](Bytes&, Bytes& server) { server[RecordAt(server, kServerFinished + 1)] = 21; }),
              HasSubstr("an alert record of 1024 bytes where 26 were expected"));
}

TEST_F(TlsObserverOfASession, RefusesChangeCipherSpecOutOfPlace) {
  const Bytes ccs = EncodeTlsRecord(TlsContent::kChangeCipherSpec, Bytes{1});
  EXPECT_THAT(AfterChange([&](Bytes& client, Bytes&) { Insert(client, RecordAt(client, 1), ccs); }),
              HasSubstr("the client sent a record of change_cipher_spec (20) where handshake (22)"));
  EXPECT_THAT(AfterChange([&](Bytes&, Bytes& server) { Insert(server, 0, ccs); }),
              HasSubstr("the server sent a record of change_cipher_spec (20) where handshake (22)"));
  EXPECT_THAT(AfterChange([&](Bytes& client, Bytes&) { Insert(client, RecordAt(client, 3), ccs); }),
              HasSubstr("of 1 bytes where at least 24"));
  EXPECT_THAT(AfterChange([&](Bytes& client, Bytes&) { client[RecordAt(client, 2) + 5] = 2; }),
              HasSubstr("the client sent a change_cipher_spec that is not the one byte 01"));
}

TEST_F(TlsObserverOfASession, SeesThatTheServerDidNotEndItsDirection) {
  Bytes server = session_.server_log();
  server.resize(RecordAt(server, kServerFinished + 4));
  const auto observed = TestSession::ObserveLog(TestPolicy(), session_.client_log(), server);
  ASSERT_TRUE(observed.has_value());
  EXPECT_FALSE(observed->MayBeComplete());
  EXPECT_EQ(observed->server_records.data_bytes, 3000u);
}

TEST_F(TlsObserverOfASession, RefusesLogsThatEndInTheMiddle) {
  EXPECT_THAT(AfterChange([](Bytes&, Bytes& server) { server.pop_back(); }),
              HasSubstr("the server's bytes end inside a record"));
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes&) { client.pop_back(); }),
              HasSubstr("the client's bytes end inside a record"));
  EXPECT_THAT(AfterChange([](Bytes&, Bytes& server) { server.resize(RecordAt(server, kServerFinished)); }),
              HasSubstr("before the server's Finished"));
  EXPECT_THAT(AfterChange([](Bytes& client, Bytes& server) {
                client.clear();
                server.clear();
              }),
              HasSubstr("before the server's Finished"));
}

TEST_F(TlsObserverOfASession, StaysRefused) {
  TlsObserver observer(TestPolicy());
  const Status first = observer.Observe(TlsSide::kClient, AsBytes("GET / HTTP/1.1\r\n"));
  ASSERT_FALSE(first.has_value());
  const Status second = observer.Observe(TlsSide::kClient, session_.client_log());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message(), first.error().message());
  EXPECT_FALSE(std::move(observer).Finish().has_value());
}

TEST_F(TlsObserverOfASession, LimitsWhatItKeeps) {
  TlsObserver observer(TestPolicy());
  ASSERT_TRUE(observer.Observe(TlsSide::kServer, Bytes(TlsObserver::kMaxStreamBytes)).has_value());
  const Status more = observer.Observe(TlsSide::kServer, Bytes(1));
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace mpcstats

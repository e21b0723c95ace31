#include "mpcstats/zktls/tls/key_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/hkdf.h"
#include "mpcstats/crypto/testing.h"
#include "mpcstats/zktls/tls/gcm_records.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

// The P_SHA256 vector of the TLS working group's list (2007), which TLS libraries test with.
TEST(TlsPrf, AgreesWithTheVectorOfTheWorkingGroup) {
  Bytes out(100);
  TlsPrf(*FromHex("9bbe436ba940f017b17652849a71db35"), "test label",
         *FromHex("a0ba9f936cda311827a6f796ffd5198c"), out);
  EXPECT_EQ(ToHex(out),
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
            "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
            "87347b66");
}

// RFC 5246 section 5, written again from HMAC alone.
Bytes SlowPrf(ByteSpan secret, std::string_view label, ByteSpan seed, std::size_t size) {
  Bytes whole_seed(label.begin(), label.end());
  whole_seed.insert(whole_seed.end(), seed.begin(), seed.end());
  Bytes out;
  Bytes a = whole_seed;
  while (out.size() < size) {
    const Bytes32 next = HmacSha256(secret, a);
    a.assign(next.begin(), next.end());
    Bytes input = a;
    input.insert(input.end(), whole_seed.begin(), whole_seed.end());
    const Bytes32 part = HmacSha256(secret, input);
    out.insert(out.end(), part.begin(), part.end());
  }
  out.resize(size);
  return out;
}

TEST(TlsPrf, IsHmacIteratedForAllLengths) {
  SeededRng rng(5);
  for (std::size_t size = 1; size <= 100; size += 3) {
    Bytes secret(48);
    Bytes seed(64);
    rng.Fill(secret);
    rng.Fill(seed);
    Bytes out(size);
    TlsPrf(secret, "key expansion", seed, out);
    EXPECT_EQ(out, SlowPrf(secret, "key expansion", seed, size)) << size;
  }
}

KeySchedule::Handshake SomeHandshake(const EcPoint& server_point) {
  KeySchedule::Handshake handshake{.server_point = server_point};
  handshake.client_random.fill(1);
  handshake.server_random.fill(2);
  handshake.session_hash.fill(3);
  return handshake;
}

TEST(LocalKeySchedule, DerivesWhatTheRfcsSay) {
  SeededRng rng(6);
  const EcKey server = EcKey::Generate(rng);
  LocalKeySchedule keys(rng);
  const auto handshake = SomeHandshake(server.point());
  ASSERT_TRUE(keys.Derive(handshake).has_value());
  const SecretAccess access("test");
  const Bytes32 premaster =
      server.SharedX(*keys.ClientPoint())->With(access, [](const Bytes32& x) { return x; });
  keys.premaster_secret().With(access, [&](const Bytes32& x) { EXPECT_EQ(x, premaster); });
  const Bytes master = SlowPrf(premaster, "extended master secret", handshake.session_hash, 48);
  keys.master_secret().With(access, [&](const TlsMasterSecret& m) { EXPECT_EQ(ToHex(m), ToHex(master)); });
  Bytes randoms(32, 2);
  randoms.insert(randoms.end(), 32, 1);
  const Bytes block = SlowPrf(master, "key expansion", randoms, 40);
  keys.key_block().With(access, [&](const TlsKeyBlock& k) {
    EXPECT_EQ(ToHex(k.client_key) + ToHex(k.server_key) + ToHex(k.client_iv) + ToHex(k.server_iv),
              ToHex(block));
  });
  const Bytes32 hash{9};
  EXPECT_EQ(ToHex(*keys.ClientVerifyData(hash)), ToHex(SlowPrf(master, "client finished", hash, 12)));
  EXPECT_EQ(ToHex(*keys.ServerVerifyData(hash)), ToHex(SlowPrf(master, "server finished", hash, 12)));
}

TEST(LocalKeySchedule, GivesNothingBeforeItsKeysAndDerivesOnce) {
  SeededRng rng(7);
  LocalKeySchedule keys(rng);
  EXPECT_FALSE(keys.ClientVerifyData({}).has_value());
  EXPECT_FALSE(keys.ServerVerifyData({}).has_value());
  EXPECT_FALSE(keys.Records().has_value());
  const auto handshake = SomeHandshake(EcKey::Generate(rng).point());
  ASSERT_TRUE(keys.Derive(handshake).has_value());
  EXPECT_FALSE(keys.Derive(handshake).has_value());
}

TEST(LocalKeySchedule, RefusesAServerPointOffTheCurve) {
  SeededRng rng(8);
  LocalKeySchedule keys(rng);
  auto handshake = SomeHandshake(EcKey::Generate(rng).point());
  handshake.server_point[40] ^= 1;
  const Status derived = keys.Derive(handshake);
  ASSERT_FALSE(derived.has_value());
  EXPECT_EQ(derived.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_FALSE(keys.derived());
}

class GcmRecordPair : public testing::Test {
 protected:
  static TlsKeyBlock SomeKeys() {
    TlsKeyBlock block;
    block.client_key.fill(1);
    block.server_key.fill(2);
    block.client_iv.fill(3);
    block.server_iv.fill(4);
    return block;
  }
  GcmRecords client_{Secret(SomeKeys())};
  GcmRecords server_{Secret(SomeKeys()), TlsSide::kServer};
};

constexpr TlsContent kData = TlsContent::kApplicationData;

TEST_F(GcmRecordPair, OpenWhatTheOtherSealed) {
  std::uint64_t sequence = 0;
  for (const std::size_t size : {0, 1, 15, 16, 17, 1000, 16384}) {
    const Bytes plaintext(size, 0x5a);
    const auto fragment = client_.Seal(kData, sequence, plaintext);
    ASSERT_TRUE(fragment.has_value());
    EXPECT_EQ(fragment->size(), size + kTlsGcmOverhead);
    const auto opened = server_.Open(kData, sequence, *fragment);
    ASSERT_TRUE(opened.has_value() && opened->has_value());
    EXPECT_TRUE(std::ranges::equal((*opened)->span(), plaintext));
    ++sequence;
  }
}

TEST_F(GcmRecordPair, UseTheSequenceNumberAsNonceAndNeverTwice) {
  const auto first = client_.Seal(kData, 0, Bytes(4));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(ToHex(ByteSpan(*first).first(8)), "0000000000000000");
  EXPECT_FALSE(client_.Seal(kData, 0, Bytes(4)).has_value());
  EXPECT_FALSE(client_.Seal(kData, 2, Bytes(4)).has_value());
  const auto second = client_.Seal(kData, 1, Bytes(4));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(ToHex(ByteSpan(*second).first(8)), "0000000000000001");
}

TEST_F(GcmRecordPair, RefuseAnotherSequenceTypeOrDirection) {
  const Bytes fragment = *client_.Seal(kData, 0, Bytes(10));
  const auto code = [](const auto& opened) { return opened ? ErrorCode::kInternal : opened.error().code(); };
  EXPECT_EQ(code(server_.Open(kData, 1, fragment)), ErrorCode::kCheatingDetected);
  EXPECT_EQ(code(server_.Open(TlsContent::kAlert, 0, fragment)), ErrorCode::kCheatingDetected);
  EXPECT_EQ(code(client_.Open(kData, 0, fragment)), ErrorCode::kCheatingDetected);
  EXPECT_EQ(code(server_.Open(kData, 0, ByteSpan(fragment).first(23))), ErrorCode::kProtocolViolation);
  EXPECT_EQ(code(server_.Open(kData, 0, ByteSpan(fragment).first(30))), ErrorCode::kCheatingDetected);
  EXPECT_TRUE(server_.Open(kData, 0, fragment).has_value());
}

TEST_F(GcmRecordPair, RefuseAPlaintextThatIsTooLong) {
  EXPECT_FALSE(client_.Seal(kData, 0, Bytes(kTlsMaxPlaintext + 1)).has_value());
}

}  // namespace
}  // namespace mpcstats

#include "mpcstats/zktls/tls/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

std::string MessageOf(const Status& status) { return status ? "no error" : status.error().message(); }

TestSessionOptions WithKey(TestKey key, TlsSignature scheme) {
  TestSessionOptions options;
  options.certificate.key = key;
  options.hooks.scheme = scheme;
  return options;
}

TEST(TlsClient, ConversesWithEachKindOfKeyAndSignature) {
  const std::pair<TestKey, TlsSignature> kinds[] = {
      {TestKey::kP256, TlsSignature::kEcdsaP256Sha256},
      {TestKey::kP384, TlsSignature::kEcdsaP384Sha384},
      {TestKey::kP256, TlsSignature::kEcdsaP384Sha384},
      {TestKey::kRsa2048, TlsSignature::kRsaPkcs1Sha256},
      {TestKey::kRsa2048, TlsSignature::kRsaPssRsaeSha256},
  };
  for (const auto& [key, scheme] : kinds) {
    TestSession session(WithKey(key, scheme));
    ASSERT_EQ(MessageOf(Converse(session, "GET / HTTP/1.1\r\n\r\n", "the answer")), "no error");
    EXPECT_EQ(session.server().received(), "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(session.Received(), "the answer");
    EXPECT_EQ(session.client().state(), TlsClient::State::kClosed);
  }
}

TEST(TlsClient, IsFollowedByTheObserver) {
  TestSession session;
  ASSERT_EQ(MessageOf(Converse(session, "request", "response")), "no error");
  const auto observed = session.Observed();
  ASSERT_TRUE(observed.has_value()) << observed.error().message();
  EXPECT_EQ(observed->client.data_bytes, 7u);
  EXPECT_EQ(observed->server_records.data_bytes, 8u);
}

}  // namespace
}  // namespace mpcstats

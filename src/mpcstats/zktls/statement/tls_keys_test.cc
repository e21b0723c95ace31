#include "mpcstats/zktls/statement/tls_keys.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/testing.h"

namespace mpcstats {
namespace {

// libcrypto's TLS1-PRF.
Bytes LibcryptoPrf(ByteSpan secret, Bytes seed, std::size_t size) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr),
                                                              EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> ctx(EVP_KDF_CTX_new(kdf.get()),
                                                                      EVP_KDF_CTX_free);
  Bytes key(secret.begin(), secret.end());
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
      OSSL_PARAM_construct_end()};
  Bytes out(size);
  EXPECT_EQ(EVP_KDF_derive(ctx.get(), out.data(), out.size(), params), 1);
  return out;
}

struct Session {
  Bytes32 premaster{};
  TlsKeyContext context;
};

Session RandomSession(std::uint64_t seed) {
  SeededRng rng(seed);
  Session session;
  for (Bytes32* bytes : {&session.premaster, &session.context.session_hash, &session.context.client_random,
                         &session.context.server_random, &session.context.before_client_finished,
                         &session.context.before_server_finished}) {
    rng.Fill(*bytes);
  }
  return session;
}

struct Expected {
  Bytes keys;  // client key, server key, client iv, server iv
  Bytes client_verify_data;
  Bytes server_verify_data;
};

Expected LibcryptoKeys(const Session& session) {
  const TlsSeeds seeds = SeedsOf(session.context);
  const Bytes master = LibcryptoPrf(session.premaster, seeds.master, 48);
  return {LibcryptoPrf(master, seeds.keys, 40), LibcryptoPrf(master, seeds.client, 12),
          LibcryptoPrf(master, seeds.server, 12)};
}

// The program with everything it derives opened by assertion.
template <ZkRole Zk>
Status Prove(Zk& zk, const typename Zk::Witness& premaster, const TlsKeyContext& context,
             const TlsKeyHints& hints, const Expected& expected) {
  ASSIGN_OR_RETURN(const auto secret, zk.Commit(premaster));
  ASSIGN_OR_RETURN(const auto keys, ProveTlsKeys(zk, secret, context, hints));
  const ByteSpan block(expected.keys);
  RETURN_IF_ERROR(zk.AssertEqual(keys.client_key, block.first(16)));
  RETURN_IF_ERROR(zk.AssertEqual(keys.server_key, block.subspan(16, 16)));
  RETURN_IF_ERROR(zk.AssertEqual(keys.client_iv, block.subspan(32, 4)));
  RETURN_IF_ERROR(zk.AssertEqual(keys.server_iv, block.subspan(36, 4)));
  RETURN_IF_ERROR(zk.AssertEqual(keys.client_verify_data, expected.client_verify_data));
  return zk.AssertEqual(keys.server_verify_data, expected.server_verify_data);
}

constexpr std::size_t kCorrelations = 256 + 278540 + 128;

TEST(TlsKeys, AreThoseOfLibcrypto) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Session session = RandomSession(seed);
    const TlsKeyHints hints = HintsFor(Secret<Bytes32>(session.premaster), session.context);
    const Expected expected = LibcryptoKeys(session);
    ZkPair pair = MakeZkPair(kCorrelations, seed);
    const auto verdict = RunRound(
        pair,
        [&](ZkProver& zk) {
          return Prove(zk, ProverWitness{session.premaster}, session.context, hints, expected);
        },
        [&](ZkVerifier& zk) { return Prove(zk, PublicWitness{32}, session.context, hints, expected); });
    EXPECT_TRUE(verdict.has_value()) << verdict.error().message();
    EXPECT_EQ(pair.prover.remaining(), 0u);
  }
}

TEST(TlsKeys, CostWhatIsDeclared) {
  const Session session = RandomSession(1);
  ZkMeter meter;
  ASSERT_TRUE(Prove(meter, PublicWitness{32}, session.context, {}, LibcryptoKeys(session)).has_value());
  EXPECT_EQ(meter.cost().witness_bits, 256 + TlsPrfAndCount());
}

TEST(TlsKeys, StopTheProverForEachWrongHint) {
  const Session session = RandomSession(6);
  const TlsKeyHints good = HintsFor(Secret<Bytes32>(session.premaster), session.context);
  const Expected expected = LibcryptoKeys(session);
  for (std::size_t at = 0; at < kTlsKeyHintBytes; at += 32) {
    Bytes bytes = EncodeHints(good);
    bytes[at + at / 32] ^= 0x10;
    ZkPair pair = MakeZkPair(kCorrelations, 6);
    EXPECT_FALSE(
        Prove(pair.prover, ProverWitness{session.premaster}, session.context, *DecodeHints(bytes), expected)
            .has_value())
        << at;
  }
}

TEST(TlsKeys, FailWhenTheVerifierSawAnotherHandshake) {
  const Session session = RandomSession(7);
  const TlsKeyHints hints = HintsFor(Secret<Bytes32>(session.premaster), session.context);
  const Expected expected = LibcryptoKeys(session);
  for (Bytes32 TlsKeyContext::* field : {&TlsKeyContext::session_hash, &TlsKeyContext::client_random,
                                         &TlsKeyContext::before_server_finished}) {
    TlsKeyContext other = session.context;
    (other.*field)[31] ^= 1;
    ZkPair pair = MakeZkPair(kCorrelations, 7);
    const auto verdict = RunRound(
        pair,
        [&](ZkProver& zk) {
          return Prove(zk, ProverWitness{session.premaster}, session.context, hints, expected);
        },
        [&](ZkVerifier& zk) { return Prove(zk, PublicWitness{32}, other, hints, expected); });
    ASSERT_FALSE(verdict.has_value());
    EXPECT_EQ(verdict.error().code(), ErrorCode::kCheatingDetected);
  }
}

TEST(TlsKeys, FailWhenTheVerifierGotOtherHints) {
  const Session session = RandomSession(8);
  const TlsKeyHints hints = HintsFor(Secret<Bytes32>(session.premaster), session.context);
  TlsKeyHints other = hints;
  other.keys_a2[0] ^= 1;
  const Expected expected = LibcryptoKeys(session);
  ZkPair pair = MakeZkPair(kCorrelations, 8);
  const auto verdict = RunRound(
      pair,
      [&](ZkProver& zk) {
        return Prove(zk, ProverWitness{session.premaster}, session.context, hints, expected);
      },
      [&](ZkVerifier& zk) { return Prove(zk, PublicWitness{32}, session.context, other, expected); });
  EXPECT_FALSE(verdict.has_value());
}

TEST(TlsKeyHints, SurviveTheirEncodingAndNothingElseDecodes) {
  const Session session = RandomSession(9);
  const TlsKeyHints hints = HintsFor(Secret<Bytes32>(session.premaster), session.context);
  Bytes bytes = EncodeHints(hints);
  EXPECT_EQ(*DecodeHints(bytes), hints);
  bytes.push_back(0);
  EXPECT_FALSE(DecodeHints(bytes).has_value());
  EXPECT_FALSE(DecodeHints(ByteSpan(bytes).first(255)).has_value());
  EXPECT_FALSE(DecodeHints({}).has_value());
}

}  // namespace
}  // namespace mpcstats

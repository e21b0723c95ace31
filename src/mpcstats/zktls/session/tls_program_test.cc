// The chain of a connection in zero knowledge, on connections of our own client and a server of the tests, over dealt
// correlations: what is proven is what was said, and nothing else passes.
#include "mpcstats/zktls/session/tls_program.h"

#include <gtest/gtest.h>

#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/zktls/tls/session_testing.h"
#include "mpcstats/zktls/tls/tag_check.h"
#include "mpcstats/zktls/vole/testing.h"

namespace mpcstats {
namespace {

constexpr std::string_view kRequest = "GET /balance HTTP/1.1\r\nHost: api.example.com\r\n\r\n";
constexpr std::string_view kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"free\":12.5}";

// A finished connection as both ends of a proof know it.
struct Connection {
  explicit Connection(std::size_t piece = kTlsMaxPlaintext, std::uint64_t seed = 7) : session(Options(seed)) {
    EXPECT_TRUE(Converse(session, kRequest, kResponse, piece));
    observed = std::move(*session.Observed());
    session.keys().premaster_secret().With(SecretAccess("test"), [&](const Bytes32& x) { premaster = x; });
  }
  static TestSessionOptions Options(std::uint64_t seed) {
    TestSessionOptions options;
    options.seed = seed;
    return options;
  }
  TestSession session;
  ObservedSession observed;
  Bytes32 premaster{};
};

struct Outcome {
  Status verdict;
  TlsPlaintext<ZkVerifier> at_verifier;
  std::array<std::string, 2> said;  ///< what the program gave the prover as plaintext
  Bytes claims;
};

std::string TextOf(const ProverBits& bits) {
  std::string text(bits.size() / 8, '\0');
  for (std::size_t i = 0; i < bits.size(); ++i) {
    text[i / 8] = static_cast<char>(text[i / 8] | (bits.values()[i] << (i % 8)));
  }
  return text;
}

using Change = std::function<void(Bytes&)>;

// Both ends run the program and one round of the proof. The prover works on `prover_view`, the verifier on its own log.
Result<Outcome> Prove(const ObservedSession& prover_view, const ObservedSession& verifier_view,
                      const Bytes32& premaster, const Change& change_claims = {}) {
  ZkMeter meter;
  Revealer<ZkMeter> meter_reveals;
  RETURN_IF_ERROR(RunTlsProgram(meter, meter_reveals, verifier_view, PublicWitness{32}));
  SeededRng rng(11);
  DealtCorrelations dealt = DealCorrelations(meter.cost().Correlations(), RandomElement(rng), rng);
  ASSIGN_OR_RETURN(ZkProver prover, ZkProver::Create(Bytes32{1}, std::move(dealt.prover)));
  ASSIGN_OR_RETURN(ZkVerifier verifier, ZkVerifier::Create(Bytes32{1}, std::move(dealt.verifier)));

  Outcome out;
  Revealer<ZkProver> reveals;
  ASSIGN_OR_RETURN(const TlsPlaintext<ZkProver> plain,
                   RunTlsProgram(prover, reveals, prover_view, ProverWitness{premaster}));
  out.said = {TextOf(plain.client.data), TextOf(plain.server.data)};
  out.claims = reveals.claims();
  EXPECT_EQ(out.claims.size(), meter_reveals.bytes());
  if (change_claims) change_claims(out.claims);
  ASSIGN_OR_RETURN(const Bytes commitments, prover.TakeCommitments());
  RETURN_IF_ERROR(verifier.Receive(commitments));
  Revealer<ZkVerifier> received(out.claims);
  ASSIGN_OR_RETURN(out.at_verifier, RunTlsProgram(verifier, received, verifier_view, PublicWitness{32}));
  RETURN_IF_ERROR(received.Finish());
  ASSIGN_OR_RETURN(const Bytes challenge, verifier.Challenge(rng));
  ASSIGN_OR_RETURN(const Bytes proof, prover.Prove(challenge));
  const Result<ZkOpened> checked = verifier.Check(proof);
  if (!checked) out.verdict = std::unexpected(checked.error());
  return out;
}

Status CheckTags(const ObservedSession& observed, const TlsPlaintext<ZkVerifier>& proven) {
  RETURN_IF_ERROR(CheckTlsTags(observed.client.records, proven.client.ghash_key, proven.client.tag_masks));
  return CheckTlsTags(observed.server_records.records, proven.server.ghash_key, proven.server.tag_masks);
}

TEST(TlsProgram, ProvesWhatBothSidesSaid) {
  const Connection connection;
  const auto out = Prove(connection.observed, connection.observed, connection.premaster);
  ASSERT_TRUE(out.has_value()) << out.error().message();
  EXPECT_TRUE(out->verdict.has_value());
  EXPECT_EQ(out->said[0], kRequest);
  EXPECT_EQ(out->said[1], kResponse);
  EXPECT_TRUE(CheckTags(connection.observed, out->at_verifier));
  EXPECT_EQ(out->at_verifier.server.alert, Bytes(kTlsCloseNotify.begin(), kTlsCloseNotify.end()));
}

TEST(TlsProgram, ProvesRecordsOfAllSizes) {
  for (const std::size_t piece : {1uz, 15uz, 16uz, 17uz}) {
    const Connection connection(piece, piece);
    const auto out = Prove(connection.observed, connection.observed, connection.premaster);
    ASSERT_TRUE(out.has_value()) << out.error().message();
    EXPECT_TRUE(out->verdict.has_value());
    EXPECT_EQ(out->said[1], kResponse);
    EXPECT_TRUE(CheckTags(connection.observed, out->at_verifier));
  }
}

TEST(TlsProgram, TakesTheDeclaredWitness) {
  const Connection connection;
  ZkMeter meter;
  Revealer<ZkMeter> reveals;
  ASSERT_TRUE(RunTlsProgram(meter, reveals, connection.observed, PublicWitness{32}));
  std::size_t blocks = 0;
  for (const TlsSide side : {TlsSide::kClient, TlsSide::kServer}) {
    ++blocks;
    for (const ObservedRecord& record : connection.observed.direction(side).records) {
      blocks += 1 + (record.ciphertext.size() + 15) / 16;
    }
  }
  EXPECT_EQ(meter.cost().witness_bits, 256 + TlsPrfAndCount() + 2 * 320 + 1280 * blocks);
}

TEST(TlsProgram, TheProverSeesThatAnotherSecretIsNotThisConnections) {
  const Connection connection;
  Bytes32 other = connection.premaster;
  other[0] ^= 1;
  const auto out = Prove(connection.observed, connection.observed, other);
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code(), ErrorCode::kInvalidArgument);
}

TEST(TlsProgram, RefusesTheSecretOfAnotherConnection) {
  // The prover proves a connection of its own against the notary's log of another one.
  const Connection mine(kTlsMaxPlaintext, 21);
  const Connection logged(kTlsMaxPlaintext, 22);
  const auto out = Prove(mine.observed, logged.observed, mine.premaster);
  ASSERT_TRUE(out.has_value()) << out.error().message();
  EXPECT_EQ(out->verdict.error().code(), ErrorCode::kCheatingDetected);
}

TEST(TlsProgram, RefusesEveryChangedClaim) {
  const Connection connection;
  const std::size_t size =
      Prove(connection.observed, connection.observed, connection.premaster)->claims.size();
  for (std::size_t at = 0; at < size; at += 13) {
    const auto out = Prove(connection.observed, connection.observed, connection.premaster,
                           [&](Bytes& claims) { claims[at] ^= 0x10; });
    ASSERT_TRUE(out.has_value()) << out.error().message();
    EXPECT_EQ(out->verdict.error().code(), ErrorCode::kCheatingDetected) << at;
  }
}

TEST(TlsProgram, RefusesTooFewAndTooManyClaims) {
  const Connection connection;
  for (const bool more : {false, true}) {
    const auto out =
        Prove(connection.observed, connection.observed, connection.premaster,
              [&](Bytes& claims) { claims.resize(more ? claims.size() + 1 : claims.size() - 1); });
    ASSERT_FALSE(out.has_value());
    EXPECT_EQ(out.error().code(), ErrorCode::kProtocolViolation);
  }
}

// A ciphertext that was changed on its way to the log decrypts to something else under the true keys, and its tag tells.
TEST(TlsProgram, ChangedCiphertextFailsAtItsTag) {
  const Connection connection;
  ObservedSession changed = std::move(*connection.session.Observed());
  changed.server_records.records[1].ciphertext[40] ^= 1;
  const auto out = Prove(changed, changed, connection.premaster);
  ASSERT_TRUE(out.has_value()) << out.error().message();
  EXPECT_TRUE(out->verdict.has_value());
  EXPECT_NE(out->said[1], kResponse);
  EXPECT_EQ(CheckTags(changed, out->at_verifier).error().code(), ErrorCode::kCheatingDetected);
}

TEST(TlsProgram, AChangedFinishedHasNoProof) {
  const Connection connection;
  for (const bool server : {false, true}) {
    ObservedSession changed = std::move(*connection.session.Observed());
    (server ? changed.server_records : changed.client).records[0].ciphertext[7] ^= 1;
    EXPECT_FALSE(Prove(changed, changed, connection.premaster).has_value());
    // A prover who works on the true record is caught by the proof.
    const auto out = Prove(connection.observed, changed, connection.premaster);
    ASSERT_TRUE(out.has_value()) << out.error().message();
    EXPECT_EQ(out->verdict.error().code(), ErrorCode::kCheatingDetected);
  }
}

}  // namespace
}  // namespace mpcstats

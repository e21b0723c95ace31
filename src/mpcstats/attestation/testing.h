// An attestation and the expectations it meets, for tests. The notary's key here signs whatever a test likes: nothing is proven.
#pragma once

#include "mpcstats/attestation/check.h"
#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats::testing {

inline Bytes32 Filled(std::uint8_t byte) {
  Bytes32 out;
  out.fill(byte);
  return out;
}
inline SigningKey NotaryTestKey(std::uint8_t index = 0) {
  Bytes32 seed{};
  seed[0] = 'n';
  seed[1] = index;
  return SigningKey::FromSeed(Secret<Bytes32>(seed));
}

constexpr std::uint64_t kTestMinute = 29'891'520;  // 2026-11-01T00:00Z

inline Attestation SampleFacts() {
  Attestation facts;
  facts.session = {.mode = AttestationMode::kMpc,
                   .session_id = Filled(0x51),
                   .context = Filled(0xc0),
                   .start_minute = kTestMinute + 10,
                   .end_minute = kTestMinute + 11,
                   .complete = true};
  facts.server = {.host = "api.exchange.example",
                  .spki_hash = Filled(0x5b),
                  .chain_hash = Filled(0xce),
                  .root_store = Filled(0x20)};
  facts.statement = {.template_hash = Filled(0x7e),
                     .header_group = 1,
                     .commit_alg = kCommitSha256,
                     .bits = 28 + 128,
                     .columns = {{.name = "balance",
                                  .kind = AttestedKind::kNumber,
                                  .scale = 2,
                                  .bits = 28,
                                  .min_units = -100'000'000,
                                  .max_units = 100'000'000},
                                 {.name = "account", .kind = AttestedKind::kUnique, .bits = 128}},
                     .commitments = {Filled(0xc1), Filled(0xc2), Filled(0xc3)}};
  facts.open = {.values = {{"asset", {'E', 'T', 'H'}}}, .predicates = {{"adult", true}}};
  facts.transcript = {.start_ms = (kTestMinute + 10) * 60'000 + 1234,
                      .end_ms = (kTestMinute + 11) * 60'000 + 5,
                      .sent_bytes = 512,
                      .received_bytes = 2048,
                      .sent_records = 2,
                      .received_records = 3,
                      .revealed = {{0, 0, {'G', 'E', 'T'}}, {1, 9, {'2', '0', '0'}}}};
  facts.network = {.egress = "192.0.2.1", .peer = "2001:db8::1"};
  return facts;
}

/// What SampleFacts, signed by NotaryTestKey(0), meets.
struct SampleExpectation {
  SampleExpectation() {
    const Attestation facts = SampleFacts();
    expected.host = facts.server.host;
    expected.template_hash = facts.statement.template_hash;
    expected.root_store = facts.server.root_store;
    expected.keys = {{.public_key = NotaryTestKey(0).PublicKey(),
                      .from = (kTestMinute - 1000) * 60,
                      .to = (kTestMinute + 1000) * 60}};
    expected.bits = facts.statement.bits;
    expected.columns = facts.statement.columns;
    claim.group = facts.statement.header_group;
    claim.key_id = NotaryKeyId(expected.keys[0].public_key);
    claim.session_id = facts.session.session_id;
    claim.context = facts.session.context;
    claim.commitments = facts.statement.commitments;
    window = {.earliest = static_cast<std::int64_t>(kTestMinute) * 60,
              .latest = static_cast<std::int64_t>(kTestMinute + 60) * 60};
  }

  SourceExpectation expected;
  HeaderClaim claim;
  std::set<Bytes32> revoked;
  TimeWindow window;
};

/// Signed by the test notary, as parties get it.
inline Bytes SignedSample(const Attestation& facts, std::uint8_t key = 0) {
  SeededRng rng(7);
  return EncodePresentation(Withhold(SignAttestation(facts, NotaryTestKey(key), rng)));
}

}  // namespace mpcstats::testing

// A notary that signs without any proof, for tests of what comes behind one: it takes values and attests that a website gave them.
// Nothing of the product links this.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>

#include "mpcstats/attestation/testing.h"
#include "mpcstats/base/check.h"
#include "mpcstats/survey/proven.h"
#include "mpcstats/survey/submission_box.h"

namespace mpcstats::testing {

/// Two keys that may sign at the same time, and an identity that revokes them.
struct FakeNotary {
  SigningKey identity = NotaryTestKey(100);
  std::array<SigningKey, 2> keys{NotaryTestKey(0), NotaryTestKey(1)};

  [[nodiscard]] static std::string KeyText(const SigningKey& key) {
    return "ed25519:" + ToHex(key.PublicKey());
  }
  /// [[notaries]] with the second key valid from 2026-11-10 on.
  [[nodiscard]] std::string Toml() const {
    return fmt::format(
        "[[notaries]]\nname = \"Test notary\"\nurl = \"https://notary.example.org:8443\"\nidentity = \"{}\"\n"
        "keys = [{{key = \"{}\", from = 2020-01-01T00:00:00Z, to = 2036-12-31T00:00:00Z}}, "
        "{{key = \"{}\", from = 2026-11-10T00:00:00Z, to = 2036-12-31T00:00:00Z}}]\n",
        KeyText(identity), KeyText(keys[0]), KeyText(keys[1]));
  }
  [[nodiscard]] NotaryKeyList List(std::uint32_t sequence, std::set<std::size_t> revoked = {}) const {
    NotaryKeyList list;
    list.sequence = sequence;
    list.issued_at = 1'793'491'200;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      list.keys.push_back({.public_key = keys[i].PublicKey(),
                           .from = 1'790'812'800,
                           .to = 2'114'294'400,
                           .revoked_at = revoked.contains(i) ? 1'793'491'200 : 0});
    }
    return SignNotaryKeys(list, identity);
  }
};

inline std::string HashText(std::uint8_t byte) { return "sha256:" + ToHex(Filled(byte)); }

/// [[sources]] of the host "<id>.example" with template hash `filled`.
inline std::string SourceToml(const std::string& id, const std::string& columns, std::uint8_t filled,
                              const std::string& more = "") {
  return fmt::format(
      "[[sources]]\nid = \"{0}\"\nhost = \"{0}.example\"\ntemplate = \"{1}\"\nmax_age = \"1h\"\ncolumns = "
      "[{2}]\n{3}",
      id, HashText(filled), columns, more);
}

using FactsChange = std::function<void(Attestation&, std::size_t group)>;
struct FakeProof {
  std::uint64_t end_minute = 0;
  std::size_t key = 0;                        ///< of the notary, named in the header and used to sign
  FactsChange change = {};                    ///< of what the notary signs
  std::optional<std::size_t> signed_by = {};  ///< another of the notary's keys that signs in its place
  SealOptions options = {};
};

/// The parts of one proven answer with these cells, before they are put together.
struct FakeAnswer {
  Header draft;
  std::optional<RowBits> declared;
  std::vector<ProvenGroup> proven;
};
inline FakeAnswer MakeFakeAnswer(const SignedSurvey& survey, const FakeNotary& notary,
                                 const std::map<std::string, std::string>& cells, const SigningKey& control,
                                 const FakeProof& proof, Rng& rng) {
  const Survey& content = survey.survey();
  const std::vector<Bytes32> ids(content.sources.size(), NotaryKeyId(notary.keys[proof.key].PublicKey()));
  FakeAnswer answer{
      .draft = DraftHeader(survey, control, proof.options, ids, rng).value(), .declared = {}, .proven = {}};
  const std::vector<ColumnGroup> groups = GroupsOf(content);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::map<std::string, std::string> its;
    for (const std::size_t column : groups[g].columns) {
      const auto cell = cells.find(content.columns[column].name);
      if (cell != cells.end()) its.insert(*cell);
    }
    auto row = EncodeGroup(content, groups[g], its);
    if (!row) fmt::print(stderr, "{}\n", row.error().message());
    CHECK(row.has_value());
    if (groups[g].source_id == 0) {
      answer.declared.emplace(std::move(*row));
      continue;
    }
    const SourceExpectation expected = ExpectationOf(content, content.sources[groups[g].source_id - 1u]);
    rng.Fill(answer.draft.groups[g].notary_session_id);
    ProvenGroup& part = answer.proven.emplace_back();
    part.components = SplitRow(row->bytes(SecretAccess("a test")), groups[g].layout.bits, rng);
    Attestation facts;
    facts.session = {.mode = AttestationMode::kMpc,
                     .session_id = answer.draft.groups[g].notary_session_id,
                     .context = ContextOf(answer.draft, g),
                     .start_minute = proof.end_minute,
                     .end_minute = proof.end_minute,
                     .complete = true};
    facts.server = {.host = expected.host, .root_store = expected.root_store.value_or(Bytes32{})};
    facts.statement = {.template_hash = expected.template_hash,
                       .header_group = static_cast<std::uint8_t>(g),
                       .bits = expected.bits,
                       .columns = expected.columns,
                       .commitments = CommitTo(answer.draft, g, part.components)};
    facts.transcript.start_ms = facts.transcript.end_ms = proof.end_minute * 60'000;
    facts.transcript.received_bytes = 2048;
    if (proof.change) proof.change(facts, g);
    Presentation shown =
        Withhold(SignAttestation(facts, notary.keys[proof.signed_by.value_or(proof.key)], rng));
    shown.key_id = answer.draft.groups[g].notary_key_id;
    part.attestation = EncodePresentation(shown);
  }
  return answer;
}

/// The same, sealed, whatever the attestations say.
inline Submission FakeSubmission(const SignedSurvey& survey, const FakeNotary& notary,
                                 const std::map<std::string, std::string>& cells, const SigningKey& control,
                                 const FakeProof& proof, Rng& rng) {
  FakeAnswer answer = MakeFakeAnswer(survey, notary, cells, control, proof, rng);
  auto sealed = SealUnchecked(survey, answer.draft, answer.declared ? &*answer.declared : nullptr,
                              answer.proven, control, rng);
  CHECK(sealed.has_value());
  return std::move(*sealed);
}

}  // namespace mpcstats::testing

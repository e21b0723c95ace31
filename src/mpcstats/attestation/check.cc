#include "mpcstats/attestation/check.h"

#include <algorithm>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

struct Words {
  std::string_view word;
  std::string_view sentence;
};

// By number.
constexpr std::array<Words, kAttestationFaults> kWords = {{
    {"malformed", "The attestation is damaged or of a version that is not known; prove again."},
    {"notary",
     "The attestation is by a notary that this survey does not name; prove with one that it names."},
    {"signature", "The attestation is not signed by the notary it names; prove again."},
    {"revoked", "The notary's key was revoked; prove again with another key or notary."},
    {"key-expired", "The notary's key was not valid when the session ended; prove again."},
    {"mode", "The proof is of a weaker mode than this survey takes; prove again in the mode it names."},
    {"tls",
     "The session used a version or cipher of TLS that is not taken; prove again with a current program."},
    {"incomplete",
     "The website's answer may be cut short: it did not end the way TLS asks for; prove again."},
    {"session", "The attestation is of another session than the answer names; prove again."},
    {"context", "The attestation was made for another answer; prove again for this one."},
    {"host",
     "The attestation is about another website than the survey asks for; prove with the survey's template."},
    {"root-store",
     "The website's certificate was checked against other authorities than the survey names; "
     "prove with a notary that uses them."},
    {"template", "The attestation is about another part of the website; prove with the survey's template."},
    {"columns", "The attested columns are not the survey's; prove with the survey's template."},
    {"commitments", "The sealed values are not those that were proven; send what was proven."},
    {"too-old", "The proof is older than this survey takes; prove again."},
    {"too-new", "The proof is from a time that has not come yet; compare the notary's clock."},
}};

const Words& WordsOf(AttestationFault fault) {
  const auto number = static_cast<std::size_t>(fault);
  CHECK(number < kWords.size());
  return kWords[number];
}

constexpr std::int64_t kMinute = 60;

// An attested minute [60 m, 60 m + 59] that has a second in common with [from, to].
bool Touches(std::uint64_t minute, std::int64_t from, std::int64_t to) {
  const auto start = static_cast<std::int64_t>(minute) * kMinute;
  return start + kMinute - 1 >= from && start <= to;
}

// TLS 1.2 with ECDHE on P-256 and AES-128-GCM, the only ones that are proven so far.
bool IsTakenTls(const SessionFacts& session) {
  return session.tls == 0x0303 && (session.suite == 0xc02b || session.suite == 0xc02f) &&
         session.group == 0x0017;
}

class Checker {
 public:
  void Require(bool holds, AttestationFault fault) {
    if (!holds) faults_.push_back(fault);
  }
  std::vector<AttestationFault> Take() && { return std::move(faults_); }

 private:
  std::vector<AttestationFault> faults_;
};

}  // namespace

std::string_view AttestationFaultWord(AttestationFault fault) { return WordsOf(fault).word; }
std::string_view AttestationFaultSentence(AttestationFault fault) { return WordsOf(fault).sentence; }

std::vector<AttestationFault> CheckAttestation(ByteSpan bytes, const SourceExpectation& expected,
                                               const HeaderClaim& claim, const std::set<Bytes32>& revoked,
                                               const TimeWindow& window, SignatureCheck signature) {
  if (AttestationHash(bytes) != claim.attestation_hash) return {AttestationFault::kMalformed};
  const Result<Presentation> decoded = DecodePresentation(bytes);
  if (!decoded) return {AttestationFault::kMalformed};
  const Presentation& shown = *decoded;
  const auto key = std::ranges::find_if(
      expected.keys, [&](const NotaryKey& one) { return NotaryKeyId(one.public_key) == claim.key_id; });
  if (key == expected.keys.end() || shown.key_id != claim.key_id) return {AttestationFault::kUnknownKey};

  const SessionFacts& session = shown.facts.session;
  const StatementFacts& statement = shown.facts.statement;
  const bool bounds_fit = statement.columns == expected.columns && statement.bits == expected.bits &&
                          statement.commit_alg == kCommitSha256 && statement.header_group == claim.group;
  Checker checker;
  checker.Require(signature == SignatureCheck::kVerifiedBefore || VerifyPresentation(shown, key->public_key),
                  AttestationFault::kSignature);
  checker.Require(!revoked.contains(claim.key_id), AttestationFault::kRevoked);
  checker.Require(Touches(session.end_minute, key->from, key->to), AttestationFault::kKeyExpired);
  checker.Require(session.mode <= expected.weakest, AttestationFault::kMode);
  checker.Require(IsTakenTls(session), AttestationFault::kTls);
  checker.Require(session.complete, AttestationFault::kIncomplete);
  checker.Require(session.session_id == claim.session_id, AttestationFault::kSession);
  checker.Require(session.context == claim.context, AttestationFault::kContext);
  checker.Require(shown.facts.server.host == expected.host, AttestationFault::kHost);
  checker.Require(!expected.root_store || shown.facts.server.root_store == *expected.root_store,
                  AttestationFault::kRootStore);
  checker.Require(statement.template_hash == expected.template_hash, AttestationFault::kTemplate);
  checker.Require(bounds_fit, AttestationFault::kColumns);
  checker.Require(statement.commitments == claim.commitments, AttestationFault::kCommitments);
  const auto end = static_cast<std::int64_t>(session.end_minute) * kMinute;
  checker.Require(end + kMinute - 1 >= window.earliest, AttestationFault::kTooOld);
  checker.Require(end <= window.latest, AttestationFault::kTooNew);
  return std::move(checker).Take();
}

}  // namespace mpcstats

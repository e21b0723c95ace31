#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats {
namespace {

struct Words {
  std::string_view word;
  std::string_view sentence;
};

// By number.
constexpr std::array<Words, static_cast<std::size_t>(Refusal::kAttestation)> kWords = {{
    {"none", "Your answer is well-formed; it counts once its batch closes."},
    {"malformed", "Your answer does not fit this survey; fetch the survey again and send a new answer."},
    {"other-survey", "Your answer is for another survey; send it to that survey's address."},
    {"not-invited",
     "Your answer carries no valid invitation to this survey; use the invitation you were sent."},
    {"box-does-not-open",
     "The sealed parts of your answer do not open to what you committed to; send a new answer."},
    {"duplicate-nonce", "An answer with the same nonce stands before yours; send a new answer."},
    {"duplicate-commitment", "An answer with a part of yours stands before it; send a new answer."},
    {"replaced", "You sent a newer version of this answer, and that one counts."},
    {"withdrawn", "You withdrew this answer."},
    {"token-used", "Your invitation was used before; each invitation counts one answer."},
    {"duplicate-account", "An answer with the same account was counted before; each account counts once."},
    {"bad-seal",
     "This replacement is not signed by the key of the answer it replaces; use the file your first answer "
     "left."},
    {"control-key-used",
     "An answer with the same control key is counted already and cannot be replaced after its batch closed."},
}};

// By fault, "attestation-" and the fault's own word.
constexpr std::array<std::string_view, kAttestationFaults> kAttestationWords = {
    "attestation-malformed",   "attestation-notary",  "attestation-signature",   "attestation-revoked",
    "attestation-key-expired", "attestation-mode",    "attestation-tls",         "attestation-incomplete",
    "attestation-session",     "attestation-context", "attestation-host",        "attestation-root-store",
    "attestation-template",    "attestation-columns", "attestation-commitments", "attestation-too-old",
    "attestation-too-new"};

Words WordsOf(Refusal refusal) {
  const auto number = static_cast<std::size_t>(refusal);
  CHECK(number < kRefusals);
  if (number < kWords.size()) return kWords[number];
  const std::size_t fault = number - kWords.size();
  return {kAttestationWords[fault], AttestationFaultSentence(static_cast<AttestationFault>(fault))};
}

}  // namespace

std::string_view RefusalWord(Refusal refusal) { return WordsOf(refusal).word; }
std::string_view RefusalSentence(Refusal refusal) { return WordsOf(refusal).sentence; }

std::optional<Refusal> RefusalFromByte(std::uint8_t byte) {
  if (byte >= kRefusals) return std::nullopt;
  return static_cast<Refusal>(byte);
}

}  // namespace mpcstats

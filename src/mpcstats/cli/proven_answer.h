// An answer with proofs, made at the terminal: templates and credentials read, what leaves and what stays shown, sessions run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mpcstats/service/prove_sources.h"

namespace CLI {
class App;
}

namespace mpcstats {

struct ProofArguments {
  std::vector<std::string> templates;  ///< files, one a source of the survey in any order
  std::string secrets;                 ///< file of NAME = "VALUE"; empty: asked for; "-": standard input
  std::string roots = "/etc/ssl/certs/ca-certificates.crt";
  bool json = false;  ///< ranges as JSON lines on standard output instead of colours
  bool yes = false;
};

/// --template, --secrets, --roots, --json.
void AddProofOptions(CLI::App* command, ProofArguments* proof);

/// COLUMN=VALUE texts as cells. Errors: kInvalidArgument.
[[nodiscard]] Result<std::map<std::string, std::string>> DeclaredCells(const std::vector<std::string>& set);

struct MadeAnswer {
  Submission submission;
  std::vector<Bytes> presentations;  ///< one a source, whole
};

/// Proves every source, encodes the declared cells, seals.
///
/// Security: credentials come from a file of the owner's alone, from a prompt without echo or from standard input, never from an
///           argument; they are wiped when the sessions are over.
/// Errors:   kInvalidArgument in one sentence, never with a credential; those of ProveSources.
[[nodiscard]] Result<MadeAnswer> MakeProvenAnswer(const SignedSurvey& survey, const ProofArguments& arguments,
                                                  const std::map<std::string, std::string>& declared,
                                                  const SigningKey& control, const SealOptions& options,
                                                  Rng& rng);

}  // namespace mpcstats

// Proving where columns of an answer come from: one session with a notary for each source of the survey.
//
//   ASSIGN_OR_RETURN(ProvenAnswer answer, ProveSources(survey, sources, control, options, watcher, rng));
//   ASSIGN_OR_RETURN(Submission sent, SealProven(survey, std::move(answer.draft), declared, answer.groups, control, rng));
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/survey/proven.h"
#include "mpcstats/survey/template_match.h"
#include "mpcstats/zktls/tls/root_store.h"

namespace mpcstats {

/// What the person brings for one source: the template, whose hash the survey names, and her credentials.
struct SourceInput {
  std::string template_text;
  std::map<std::string, std::string> secrets;  ///< by the name of the request's hole. Wiped by WipeSecrets
};
/// Overwrites the credentials.
void WipeSecrets(SourceInput& input);

/// Who looks on: what is about to leave, how far it is, what came back.
class ProveWatcher {
 public:
  virtual ~ProveWatcher() = default;
  /// Before anything is sent to the website, or the notary is told what for. In mode mpc a session with the notary is opened and
  /// prepared meanwhile. An error ends it all.
  [[nodiscard]] virtual Status BeforeRequest(const SurveySource& source, const Template& content,
                                             ByteSpan request) = 0;
  /// The response has come and matches; nothing is proven yet. An error ends it all.
  [[nodiscard]] virtual Status BeforeProof(const SurveySource& source, const Template& content,
                                           ByteSpan response, const ResponseMatch& match) = 0;
  /// "connecting", "preparing", "asking", "proving", "done". In mode mpc the second says that it is the offline phase and for how large
  /// a request, the third that it is the online one.
  virtual void Progress(const SurveySource& source, std::string_view phase, double seconds) = 0;
};

struct ProvenAnswer {
  Header draft;
  std::vector<ProvenGroup> groups;   ///< one a source
  std::vector<Bytes> presentations;  ///< whole attestations, for the person alone
};

/// Runs the sessions, one after the other.
///
/// Shapes:   `inputs` has one for each source of the survey. `control` and `options` as for DraftHeader.
/// Each source in the mode that the survey names for it: in mode mpc this process connects to the website, in mode proxy the notary.
///
/// Cost:     per source some 0.2 s and 1.5 MB for a response of 2 KB; in mode mpc 14 to 32 MB to the notary more, before the website
///           is asked.
/// Security: `rng` is used by several threads, as the system's can be. Each notary gets the ctx of its group before anything is said to the website. Credentials leave in TLS records for the
///           website alone; the notary sees ciphertext. Shares come from `rng`, the system's outside of tests.
/// Errors:   kInvalidArgument for another template than the survey's, credentials that do not fit, a response that does not
///           match, in mode mpc a request of more than 2,048 bytes; kUnavailable when no notary of a source can be reached; what a notary refused with.
[[nodiscard]] Result<ProvenAnswer> ProveSources(const SignedSurvey& survey,
                                                const std::vector<SourceInput>& inputs,
                                                const RootStore& roots, const SigningKey& control,
                                                const SealOptions& options, ProveWatcher& watcher, Rng& rng);

}  // namespace mpcstats

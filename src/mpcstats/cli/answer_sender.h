// AnswerSender: makes an answer under a fresh or an earlier control key, keeps its ticket file, and sends it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mpcstats/cli/client.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats {

class AnswerSender {
 public:
  struct Options {
    std::string replace;   ///< ticket file of an answer that this one takes the place of
    bool direct = false;   ///< to the parties instead of the coordinator
    std::string output{};  ///< write the sealed answer to this file instead of sending it
  };
  using Make = std::function<Result<Submission>(const SigningKey& control, const SealOptions& options)>;

  AnswerSender(const SignedSurvey& survey, Options options) : survey_(survey), options_(std::move(options)) {}

  /// Makes the answer and sends it. The ticket file is there before anything leaves: without its key an answer that did arrive
  /// could never be withdrawn.
  [[nodiscard]] Status Send(const InviteToken* invite, const std::string& ticket_path, const Make& make);
  /// Sends an answer that was made before; `ticket_path` is the file that was written then.
  [[nodiscard]] Status SendMade(const Submission& submission, const std::string& ticket_path);
  [[nodiscard]] Rng& rng() { return rng_; }

 private:
  Result<Ticket> SendToCoordinator(const Submission& submission, const Bytes32& id);
  Status SendToParties(const Submission& submission, const Bytes32& id);
  Status Deliver(const Submission& submission, const std::string& ticket_path, AnswerFile answer);

  const SignedSurvey& survey_;
  Options options_;
  SystemRng rng_;
  std::unique_ptr<HttpClient> coordinator_;
};

}  // namespace mpcstats

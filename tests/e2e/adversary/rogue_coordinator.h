// A coordinator that does what the test says, with the real coordinator's key: it takes answers from real clients, and the three
// parties are real processes. What it sends where, and which jobs it asks whom for, is the test's to choose.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "crafted.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/front.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/survey/receipt.h"
#include "survey_system.h"

namespace mpcstats {

void PrintTo(const JobReport& report, std::ostream* out);

}  // namespace mpcstats

namespace mpcstats::e2e {

class RogueCoordinator {
 public:
  /// Of a system that was made but not started. Starts its parties, takes the coordinator's place and opens the survey.
  explicit RogueCoordinator(SurveySystem& system);
  ~RogueCoordinator();

  [[nodiscard]] const SignedSurvey& survey() const { return *survey_; }
  [[nodiscard]] PartyClient& party(unsigned i) { return *clients_[i]; }
  /// What clients have posted so far, each of which got a ticket.
  [[nodiscard]] std::vector<Submission> Received() const;

  /// The words of one party's verdicts: "none", "box-does-not-open", "not-delivered", ...
  std::vector<std::string> Bring(unsigned party, const std::vector<UploadedBox>& items,
                                 const std::vector<Bytes32>& ids);
  /// Brings the whole submission to one party: its word.
  std::string Bring(unsigned party, const Submission& submission);
  /// The same to all three, which must say the same.
  std::string BringToAll(const Submission& submission);

  /// Orders a job at the parties, each as `change` makes it, and waits until all of them are done with it.
  using Change = std::function<void(unsigned party, JobOrder& order)>;
  std::array<JobReport, 3> Run(JobKind kind, std::uint32_t number, const Change& change = {});
  /// Signs and posts one order. The error is the party's own sentence.
  Status Order(unsigned party, JobOrder order);
  [[nodiscard]] std::array<JobReport, 3> Await(const std::string& job);

  /// The last release of each party, which must be the same and verify; none when they have none.
  [[nodiscard]] std::optional<Receipt> Released();
  /// Closed batches, which must be the same at all three.
  [[nodiscard]] std::vector<SignedBatch> Closed();
  [[nodiscard]] std::size_t ClosedAt(unsigned party);

 private:
  void Handle(const HttpRequest& request, const HttpReply& reply);

  SurveySystem& system_;
  ServiceConfig config_;
  std::unique_ptr<Front> front_;
  std::optional<SignedSurvey> survey_;
  std::array<std::optional<PartyClient>, 3> clients_;
  mutable std::mutex mutex_;
  std::vector<Submission> received_;
};

[[nodiscard]] UploadedBox BoxFor(unsigned party, const Submission& submission);
[[nodiscard]] SignedSurvey SurveyOf(const SurveySystem& system);
[[nodiscard]] UnixSeconds Now();

}  // namespace mpcstats::e2e

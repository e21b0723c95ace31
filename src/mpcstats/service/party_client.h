// PartyClient: a party's HTTP API as functions, over pinned TLS. Checks every signature that comes back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mpcstats/net/http_client.h"
#include "mpcstats/service/job_order.h"
#include "mpcstats/service/party_ingest.h"

namespace mpcstats {

struct JobReport {
  std::string state;  ///< "queued", "running", "done", "failed", "stopped"
  std::string outcome;
  std::string error;
  [[nodiscard]] bool over() const { return state == "done" || state == "failed" || state == "stopped"; }
};

struct BatchAnswers {
  std::vector<Bytes32> accepted;
  std::vector<std::pair<Bytes32, Refusal>> refused;
};

/// One object a thread.
class PartyClient {
 public:
  /// Errors: kInvalidArgument for an address that cannot be used.
  [[nodiscard]] static Result<PartyClient> Create(const SignedSurvey& survey, unsigned party);

  /// Verdicts with the party's signature verified, which must be about exactly the submissions sent (the ids are given).
  [[nodiscard]] Result<UploadAnswer> Upload(std::span<const UploadedBox> items, std::span<const Bytes32> ids);
  [[nodiscard]] Status PostSurvey();
  [[nodiscard]] Status Withdraw(const Withdrawal& withdrawal);
  [[nodiscard]] Status OrderJob(const JobOrder& order);
  [[nodiscard]] Result<JobReport> Job(const std::string& name);
  /// Verified, each following the one before.
  [[nodiscard]] Result<std::vector<SignedBatch>> Batches();
  /// Checked against the certificate's roots.
  [[nodiscard]] Result<BatchAnswers> Answers(const SignedBatch& batch);
  /// The text of result.json; the caller verifies it (VerifyResult). kNotFound when there is none.
  [[nodiscard]] Result<std::string> Release(const std::string& which);
  [[nodiscard]] unsigned party() const { return party_; }

 private:
  PartyClient(SignedSurvey survey, unsigned party, std::unique_ptr<HttpClient> client)
      : survey_(std::move(survey)), party_(party), client_(std::move(client)) {}
  [[nodiscard]] std::string Path(const std::string& rest) const;
  [[nodiscard]] Result<std::string> Get(const std::string& path);
  [[nodiscard]] Result<std::string> Post(const std::string& path, ByteSpan body, const char* type);
  [[nodiscard]] std::string Name() const { return "party " + std::to_string(party_); }

  SignedSurvey survey_;
  unsigned party_;
  std::unique_ptr<HttpClient> client_;
};

/// The detail of a problem document, or a sentence with the status: what a server said no with. Printable.
[[nodiscard]] Error ProblemError(const HttpResponse& response, const std::string& server);

/// "none" or a refusal's word.
[[nodiscard]] std::optional<Refusal> ParseRefusalWord(std::string_view word);

}  // namespace mpcstats

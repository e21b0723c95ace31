// CoordinatorStore: what the coordinator promised to pass on, and how far it got. Holds sealed boxes and public bytes only.
//
//   ASSIGN_OR_RETURN(auto store, CoordinatorStore::Open(directory));
//   ASSIGN_OR_RETURN(auto added, store->AddSubmissions(survey_hash, group));  // durable: now the tickets may leave
//
// Every call is one durable transaction and may be made from any thread. `directory` holds coordinator.db; ":memory:"
// keeps everything in memory, for tests.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/survey/promises.h"

namespace mpcstats {

struct IncomingSubmission {
  Bytes32 id{};
  ByteSpan bytes;  ///< the encoded submission, boxes and all
  UnixSeconds received_at = 0;
  UnixSeconds propose_by = 0;
  Signature ticket{};  ///< the coordinator's, over the four fields and the survey hash
};

/// What AddSubmissions says of each.
struct AddedSubmission {
  bool is_new = false;
  Ticket ticket;  ///< the first one given; a submission that was known keeps it
};

struct DeliverableSubmission {
  Bytes32 id{};
  Bytes bytes;
};

/// One signature of a party for all verdicts of a flush (promises.h).
struct SignedVerdicts {
  std::uint32_t count = 0;
  Bytes32 root{};
  Signature signature{};
};
struct DeliveredVerdict {
  Verdict verdict;
  std::uint32_t index = 0;  ///< leaf of the flush's tree
  std::string path;         ///< JSON array of hexadecimal hashes
};
struct PartyVerdict {
  Refusal refusal = Refusal::kNone;
  SignedVerdicts signed_by;
  std::uint32_t index = 0;
  std::string path;
};

/// Everything known of one submission but its bytes.
struct SubmissionStatus {
  Ticket ticket;
  std::array<std::optional<PartyVerdict>, 3> verdicts;  ///< empty: not delivered yet
  bool withdrawal_known = false;
  std::uint32_t batch = 0;         ///< the closed batch that decided; 0: none yet
  Refusal final = Refusal::kNone;  ///< of that batch; kNone: counted
  std::uint32_t index = 0;         ///< place in the batch when counted
};

enum class JobPhase : std::uint8_t { kQueued = 0, kRunning = 1, kDone = 2, kNeedsOperator = 3 };
struct JobState {
  std::string kind;          ///< "close", "release"
  std::uint32_t number = 0;  ///< of the batch or the sequence
  JobPhase phase = JobPhase::kQueued;
  std::uint32_t tries = 0;
  UnixSeconds next_try = 0;
  std::string last_error;  ///< one sentence; empty
};

/// Answers that may be proposed for a batch (ProposalCandidates).
struct CandidateCount {
  std::int64_t candidates = 0;
  std::optional<UnixSeconds> next_propose_by;  ///< the earliest promise among them
};

struct CoordinatorCounts {
  std::int64_t submissions = 0;
  std::array<std::int64_t, 3> undelivered{};
  CandidateCount waiting;
  std::int64_t counted = 0;
  std::int64_t refused = 0;  ///< in closed batches
  std::int64_t withdrawals = 0;
};

class CoordinatorStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<CoordinatorStore>> Open(const std::string& directory);
  ~CoordinatorStore();

  [[nodiscard]] Status AddSurvey(const SignedSurvey& survey);      ///< idempotent
  [[nodiscard]] Status ReplaceSurvey(const SignedSurvey& survey);  ///< same hash, now with a close object
  [[nodiscard]] Result<std::vector<SignedSurvey>> Surveys();

  // --- submissions ------------------------------------------------------------------------------------------------
  /// Group commit: all of them are on disk when it returns. The same id again, also within the group, is known and keeps
  /// its bytes and its ticket.
  /// Errors: kNotFound for an unknown survey; then nothing is stored.
  [[nodiscard]] Result<std::vector<AddedSubmission>> AddSubmissions(
      const Bytes32& survey_hash, std::span<const IncomingSubmission> items);
  [[nodiscard]] Result<std::optional<SubmissionStatus>> FindSubmission(const Bytes32& survey_hash,
                                                                       const Bytes32& id);
  /// The submission as it came; kNotFound once its batch is closed.
  [[nodiscard]] Result<Bytes> SubmissionBytes(const Bytes32& survey_hash, const Bytes32& id);
  /// What `party` (0..2) has not got yet, in order of arrival, `limit` at most.
  [[nodiscard]] Result<std::vector<DeliverableSubmission>> Undelivered(const Bytes32& survey_hash,
                                                                       unsigned party, std::size_t limit);
  /// The party answered for these. A first verdict stays, but for kBoxDoesNotOpen, which a later one may replace (a box
  /// that was mixed up is delivered again: Redeliver). Ids that are not known are kNotFound, and nothing is stored.
  [[nodiscard]] Status MarkDelivered(const Bytes32& survey_hash, unsigned party,
                                     const SignedVerdicts& signed_by,
                                     std::span<const DeliveredVerdict> verdicts);
  /// These are not brought to `party` any more, and have no verdict of it: their boxes do not open there, and no seal says that
  /// their senders made them so. Without this, whoever sends junk is in everybody's way for ever.
  [[nodiscard]] Status GiveUp(const Bytes32& survey_hash, unsigned party, std::span<const Bytes32> ids);
  /// Makes a submission undelivered to `party` again, after "not delivered" (review L4).
  [[nodiscard]] Status Redeliver(const Bytes32& survey_hash, unsigned party, const Bytes32& id);

  // --- withdrawals ------------------------------------------------------------------------------------------------
  /// Idempotent; the caller has checked the signature. The submission need not be known.
  [[nodiscard]] Status AddWithdrawal(const Bytes32& survey_hash, const Withdrawal& withdrawal);
  [[nodiscard]] Result<std::vector<Withdrawal>> UndeliveredWithdrawals(const Bytes32& survey_hash,
                                                                       unsigned party, std::size_t limit);
  [[nodiscard]] Status MarkWithdrawalsDelivered(const Bytes32& survey_hash, unsigned party,
                                                std::span<const Bytes32> ids);

  // --- batches ----------------------------------------------------------------------------------------------------
  /// Ids in no batch with at least two verdicts well-formed and a third that is well-formed, a complaint that can be
  /// cured (kBoxDoesNotOpen), or still missing. In the order of their arrival.
  [[nodiscard]] Result<std::vector<Bytes32>> ProposalCandidates(const Bytes32& survey_hash,
                                                                std::size_t limit);
  /// Records a closed batch and the final status of its submissions, and deletes their boxes. The same batch again is
  /// fine; another certificate for its number is refused. The caller has verified its signatures.
  [[nodiscard]] Status CloseBatch(const SignedBatch& batch, std::span<const Bytes32> accepted,
                                  std::span<const std::pair<Bytes32, Refusal>> refused);
  [[nodiscard]] Result<std::vector<SignedBatch>> ClosedBatches(const Bytes32& survey_hash);
  /// In list order: the leaves of the batch's tree.
  [[nodiscard]] Result<std::vector<Bytes32>> AcceptedIds(const Bytes32& survey_hash, std::uint32_t batch);
  /// Deletes every box that is left, when the survey is over. Returns how many.
  [[nodiscard]] Result<std::int64_t> DeleteBoxes(const Bytes32& survey_hash);

  // --- jobs and counts --------------------------------------------------------------------------------------------
  /// Inserts or replaces the job of that kind and number.
  [[nodiscard]] Status SaveJob(const Bytes32& survey_hash, const JobState& job);
  [[nodiscard]] Result<std::optional<JobState>> FindJob(const Bytes32& survey_hash, const std::string& kind,
                                                        std::uint32_t number);
  [[nodiscard]] Result<std::vector<JobState>> Jobs(const Bytes32& survey_hash);  ///< by kind, then number
  /// Cost: 5 ms for 100,000 candidates, and others wait meanwhile; Counts reads an index of all submissions besides.
  [[nodiscard]] Result<CandidateCount> Candidates(const Bytes32& survey_hash);
  [[nodiscard]] Result<CoordinatorCounts> Counts(const Bytes32& survey_hash);

 private:
  struct State;
  explicit CoordinatorStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats

// PartyStore: everything a party remembers. What it promised is on disk before it says so.
//
//   ASSIGN_OR_RETURN(auto store, PartyStore::Open(directory));
//   RETURN_IF_ERROR(store->AddSurvey(survey));
//   ASSIGN_OR_RETURN(auto refusals, store->AddSubmissions(survey, items, clock.Now()));  // durable: now sign verdicts
//
// Secrets (opened boxes, shares of batches, the pseudonym key) are kept as AEAD boxes under a key of the survey, which lives
// in a file of its own beside the database; destroying that file destroys them all (retention, review H5).
//
// Every call may be made from any thread. Errors besides those named: kNotFound for a survey that was not added,
// kUnavailable or kInternal with the database's reason. Signatures are the caller's to verify, except where it says so.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/crypto/hpke.h"
#include "mpcstats/store/party_records.h"

namespace mpcstats {

class PartyStore {
 public:
  /// `directory` holds party.db and keys/ and is made with mode 0700. ":memory:" keeps everything in memory, for tests.
  /// Errors: kUnavailable when another process uses the directory; kInvalidArgument when others may write to it, for a
  ///         damaged file and for one of a newer version.
  [[nodiscard]] static Result<std::unique_ptr<PartyStore>> Open(const std::string& directory);

  // --- surveys: their keys are made here, before the survey is signed -------------------------------------------
  /// The box key of the survey whose text has this hash (SHA-256 of the text); made and stored at the first call.
  /// Errors: kNotFound when the survey was added and the key is gone (destroyed, or lost): it is never made twice.
  [[nodiscard]] Result<HpkeKey> BoxKeyFor(const Bytes32& text_hash);
  [[nodiscard]] Status AddSurvey(const SignedSurvey& survey);      ///< idempotent
  [[nodiscard]] Status ReplaceSurvey(const SignedSurvey& survey);  ///< same hash, now with a close object
  [[nodiscard]] Result<std::vector<SignedSurvey>> Surveys();
  /// H5: the box key after the last batch; then the share key, with all shares, at the end of retention. Idempotent.
  /// What an SSD or a backup still holds is out of reach (crypto/key_file.h, DestroyFile).
  [[nodiscard]] Status DestroyBoxKey(const SignedSurvey& survey);
  [[nodiscard]] Status DestroyShares(const SignedSurvey& survey);

  // --- submissions ------------------------------------------------------------------------------------------------
  /// One durable transaction for all. For each item: kNone when it is stored or was (then nothing changes, but that a first
  /// opening replaces a complaint); its refusal when a closed batch refused it. No submission keeps another out here,
  /// whatever they have in common: which of them counts is decided at the close, from the list that all parties agree on.
  /// Cost:   about 50 us an item and one fsync a call.
  /// Errors: kInvalidArgument once the survey's shares are destroyed or the survey is stopped.
  [[nodiscard]] Result<std::vector<Refusal>> AddSubmissions(const SignedSurvey& survey,
                                                            std::span<const NewSubmission> items,
                                                            UnixSeconds now);
  /// For status: without the opening. A submission that only a refused list named has an empty envelope.
  [[nodiscard]] Result<std::optional<StoredSubmission>> FindSubmission(const Bytes32& survey_hash,
                                                                       const Bytes32& id);
  /// Ids in state kPending or kComplained, by time of arrival.
  [[nodiscard]] Result<std::vector<Bytes32>> OpenIds(const Bytes32& survey_hash);
  /// Those of `ids` that are stored, in their order, with openings.
  [[nodiscard]] Result<std::vector<StoredSubmission>> LoadSubmissions(const SignedSurvey& survey,
                                                                      std::span<const Bytes32> ids);
  /// After a cure: kComplained becomes kPending. Errors: kInvalidArgument when we hold another opening or a batch has decided.
  [[nodiscard]] Status SetOpening(const SignedSurvey& survey, const Bytes32& id, ByteSpan opening);
  /// Idempotent; the submission need not be stored.
  [[nodiscard]] Status AddWithdrawal(const Bytes32& survey_hash, const Withdrawal& withdrawal);
  [[nodiscard]] Result<std::vector<Withdrawal>> Withdrawals(const Bytes32& survey_hash);

  // --- notaries ---------------------------------------------------------------------------------------------------
  /// Keeps the list in place of an older one of its identity (IsNewerList). True when it was newer.
  [[nodiscard]] Result<bool> AddNotaryList(const NotaryKeyList& list);
  /// The newest lists of the survey's notaries, in the survey's order; a notary without one is left out.
  [[nodiscard]] Result<std::vector<NotaryKeyList>> NotaryLists(const Survey& survey);

  // --- batches ----------------------------------------------------------------------------------------------------
  /// Tokens (hashes), control keys, pseudonyms of closed batches: which of these are taken.
  [[nodiscard]] Result<std::vector<bool>> TokensUsed(const Bytes32& survey_hash,
                                                     std::span<const Bytes32> token_hashes);
  [[nodiscard]] Result<std::vector<bool>> ControlKeysUsed(const Bytes32& survey_hash,
                                                          std::span<const Bytes32> keys);
  [[nodiscard]] Result<std::vector<bool>> PseudonymsUsed(const Bytes32& survey_hash,
                                                         std::span<const Bytes> pseudonyms);
  /// The next attempt number of a batch, counted durably before it is used.
  [[nodiscard]] Result<std::uint32_t> NextAttempt(const Bytes32& survey_hash, std::uint32_t batch);
  /// Phase one: everything about the batch, with our own signature, before the signature leaves. Older attempts stay until
  /// one of them is closed, as another party may hold three signatures of it. The same certificate again changes nothing.
  /// Errors: kInvalidArgument for a second certificate of the same attempt (K2), a batch that does not follow the last
  ///         closed one, lists that do not fit the certificate, and no signature.
  [[nodiscard]] Status PrepareBatch(const SignedSurvey& survey, const BatchRecord& record);
  [[nodiscard]] Result<std::vector<BatchRecord>> PreparedBatches(const SignedSurvey& survey,
                                                                 std::uint32_t batch);
  /// Phase two: three signatures are there. In one transaction the submissions change state, tokens, control keys and
  /// pseudonyms are marked used, openings and other attempts are deleted, the shares and the pseudonym key stay. The same
  /// call again is fine; a closed batch never changes.
  /// Errors: those of VerifyBatch; kNotFound when the attempt was not prepared here; kInvalidArgument when another attempt
  ///         was closed, or an accepted submission is not stored or already decided.
  [[nodiscard]] Status CloseBatch(const SignedSurvey& survey, std::uint32_t batch, std::uint32_t attempt,
                                  const std::array<Signature, 3>& signatures);
  [[nodiscard]] Result<std::vector<SignedBatch>> ClosedBatches(const Bytes32& survey_hash);
  [[nodiscard]] Result<std::vector<Bytes32>> AcceptedIds(const Bytes32& survey_hash, std::uint32_t batch);
  [[nodiscard]] Result<std::vector<std::pair<Bytes32, Refusal>>> RefusedIds(const Bytes32& survey_hash,
                                                                            std::uint32_t batch);
  [[nodiscard]] Result<Bytes> BatchShares(const SignedSurvey& survey, std::uint32_t batch);
  /// Closes the batch with what another party sends: the attempt it names, when it was prepared here. Verifies the three
  /// signatures. When this store has no shares of the batch (a backup older than the batch was restored), nobody else has
  /// them either: the survey is stopped at this party for good, and the error says so (kNotFound).
  [[nodiscard]] Status AdoptBatch(const SignedSurvey& survey, const SignedBatch& batch);
  /// Why the survey is stopped at this party; then it takes no submission, batch or intent any more.
  [[nodiscard]] Result<std::optional<std::string>> StopReason(const Bytes32& survey_hash);
  /// The survey's share of the pseudonym key (both components, 32 bytes); empty until a batch that has it closed.
  [[nodiscard]] Result<Bytes> PseudonymKey(const SignedSurvey& survey);
  /// Errors: kInvalidArgument when there is another one, or it is not 32 bytes.
  [[nodiscard]] Status SetPseudonymKey(const SignedSurvey& survey, ByteSpan components);

  // --- releases ---------------------------------------------------------------------------------------------------
  /// R8: before any output share leaves. One intent for a sequence number; the same one again is fine, another is refused
  /// (kInvalidArgument), unless the gate of the first was held (SaveHeld), so that nothing left. Sequence numbers follow
  /// one another, and every earlier release has its three signatures.
  [[nodiscard]] Status SaveIntent(const Bytes32& survey_hash, const ReleaseIntent& intent);
  [[nodiscard]] Result<std::optional<ReleaseIntent>> FindIntent(const Bytes32& survey_hash,
                                                                std::uint32_t sequence);
  /// Persist first: at most one body for a sequence number, ever; another one is refused (kInvalidArgument), as is a body
  /// without its intent. The same again merges signatures.
  [[nodiscard]] Status SaveRelease(const Bytes32& survey_hash, const ReleaseRecord& release);
  /// Merges. Errors: kInvalidArgument when a signature that is there would change.
  [[nodiscard]] Status AddReleaseSignatures(const Bytes32& survey_hash, std::uint32_t sequence,
                                            const std::array<std::optional<Signature>, 3>& signatures);
  /// After a restore: takes over a release that the others completed. It needs three signatures, which the caller has
  /// verified, the next sequence number, and its batches closed here; no intent.
  [[nodiscard]] Status AdoptRelease(const Bytes32& survey_hash, const ReleaseRecord& release);
  [[nodiscard]] Result<std::vector<ReleaseRecord>> Releases(const Bytes32& survey_hash);
  /// Versions (number of batches) whose gate was computed and held: their newcomers still count as new.
  [[nodiscard]] Status SaveHeld(const Bytes32& survey_hash, std::uint32_t batches);
  [[nodiscard]] Result<std::vector<std::uint32_t>> Held(const Bytes32& survey_hash);

  // --- failures, audit, backup ------------------------------------------------------------------------------------
  /// M17: sessions of a job that failed after they were established. Three, then an operator.
  [[nodiscard]] Result<std::uint32_t> CountFailure(const Bytes32& survey_hash, const std::string& job);
  [[nodiscard]] Result<std::uint32_t> Failures(const Bytes32& survey_hash, const std::string& job);
  [[nodiscard]] Status ClearFailures(const Bytes32& survey_hash);
  /// Appends to the chain. `event` and `detail` are one line each, without control characters.
  [[nodiscard]] Status Audit(UnixSeconds now, const std::string& event, const std::string& detail);
  /// From entry `from` on (the first is 1), `limit` at most.
  [[nodiscard]] Result<std::vector<AuditEntry>> AuditLog(std::int64_t from, std::int64_t limit);
  /// What the parties compare in every session (M8): SHA-256 over BatchHead and ReleaseHead. When it differs, the heads
  /// say what a restored party lacks: AdoptBatch, AdoptRelease.
  [[nodiscard]] Result<Bytes32> PolicyHead(const Bytes32& survey_hash);
  /// SHA-256 over the survey and the certificates of its closed batches in order.
  [[nodiscard]] Result<Bytes32> BatchHead(const Bytes32& survey_hash);
  /// SHA-256 over the survey and its releases in order, those with three signatures: others may still be lost.
  [[nodiscard]] Result<Bytes32> ReleaseHead(const Bytes32& survey_hash);
  /// A copy of database and keys in a new directory (mode 0700), while the store is in use; opening it is restoring it.
  /// Security: the copy holds the keys: destroy it when the original's keys are destroyed.
  [[nodiscard]] Status BackupTo(const std::string& directory);

  ~PartyStore();

 private:
  struct State;
  explicit PartyStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Checks the chain of an audit log; the error (kInvalidArgument) names the entry that does not fit. A log that does not start
/// with entry 1 is checked from its second entry on; entries missing at the end do not show.
[[nodiscard]] Status VerifyAudit(std::span<const AuditEntry> entries);

}  // namespace mpcstats

// CoordinatorSchedule: asks the parties to close batches and make releases when there is reason to; fetches what they signed.
//
// It decides nothing: the parties refuse what is not due. What it can do at worst is not to ask.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/service/survey_book.h"
#include "mpcstats/store/coordinator_store.h"

namespace mpcstats {

/// What the coordinator knows of a survey's releases; the parties are asked again after a restart.
struct LatestRelease {
  std::uint32_t sequence = 0;
  std::string result_json;
  UnixSeconds as_of = 0;
  UnixSeconds next_due = 0;  ///< 0: none will follow
  std::size_t batches = 0;   ///< that it covers
};

class CoordinatorSchedule {
 public:
  struct Options {
    unsigned batch_interval_seconds = 60;  ///< from the first moment with enough answers to the close
    std::chrono::milliseconds poll{20};    ///< between two looks at a running job
    std::chrono::seconds job_deadline{900};
    FaultHook at_point = {};  ///< for tests of crash safety
  };

  CoordinatorSchedule(CoordinatorStore& store, const SurveyBook& book, const Identity& identity,
                      const Clock& clock, Options options);
  ~CoordinatorSchedule();

  /// Something was delivered: there may be enough for a batch.
  void Wake();
  void Stop();
  [[nodiscard]] std::optional<LatestRelease> Latest(const Bytes32& survey_hash) const;
  /// Whether a batch is closed that no release covers and none was held for.
  [[nodiscard]] bool ReleasePending(const Bytes32& survey_hash) const;
  /// The last thing that went wrong, for operators; empty when all is well.
  [[nodiscard]] std::string Trouble(const Bytes32& survey_hash) const;

 private:
  struct SurveyState {
    bool fetched = false;  ///< batches and releases since the start
    std::size_t batches = 0;
    std::size_t held_at = 0;  ///< batches of the last version whose gate was shut
    /// Since when there are enough answers for a batch.
    std::optional<std::chrono::steady_clock::time_point> enough_since;
    UnixSeconds last_batch_try = 0;
    UnixSeconds not_before = 0;  ///< after trouble
    unsigned troubles = 0;
    std::string trouble;
    std::optional<LatestRelease> latest;
  };

  void Run();
  void Visit(const SignedSurvey& survey);
  Status CloseWhenDue(const SignedSurvey& survey, SurveyState& state);
  Status ReleaseWhenDue(const SignedSurvey& survey, SurveyState& state);
  /// Asks all three and waits until all are done. The outcome, the same at all.
  Result<std::string> RunJob(const SignedSurvey& survey, JobOrder order);
  Status FetchBatches(const SignedSurvey& survey, SurveyState& state);
  Status FetchRelease(const SignedSurvey& survey, SurveyState& state);
  /// A party that ended between the phases of a batch or a release lacks what the others completed. It takes that over when
  /// a session starts, which without this might be long after.
  /// True when there was something to take over.
  Result<bool> BringUpToDate(const SignedSurvey& survey);
  Result<std::array<PartyClient, 3>*> Clients(const SignedSurvey& survey);
  void Save(const Bytes32& survey_hash, const SurveyState& state);
  bool Pause(std::chrono::milliseconds time);

  CoordinatorStore& store_;
  const SurveyBook& book_;
  const Identity& identity_;
  const Clock& clock_;
  Options options_;
  std::map<Bytes32, std::array<PartyClient, 3>> clients_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Bytes32, SurveyState> states_;
  bool pending_ = true;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mpcstats

// CoordinatorDelivery: brings what is stored to one party, again and again until the party has it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/service/survey_book.h"
#include "mpcstats/store/coordinator_store.h"

namespace mpcstats {

class CoordinatorDelivery {
 public:
  static constexpr std::size_t kPerRequest = 250;

  /// `delivered` is called after each successful request, from the thread of this object.
  CoordinatorDelivery(CoordinatorStore& store, const SurveyBook& book, unsigned party,
                      std::function<void()> delivered, FaultHook at_point = {});
  ~CoordinatorDelivery();

  /// There is something new.
  void Wake();
  void Stop();
  /// Whether the last request reached the party.
  [[nodiscard]] bool reachable() const { return reachable_; }

 private:
  void Run();
  /// True when there may be more to deliver now.
  Result<bool> DeliverSome(const SignedSurvey& survey);
  Result<bool> DeliverWithdrawals(const SignedSurvey& survey, PartyClient& client);
  Result<PartyClient*> ClientFor(const SignedSurvey& survey);
  void Forget(const Bytes32& survey_hash);

  CoordinatorStore& store_;
  const SurveyBook& book_;
  unsigned party_;
  std::function<void()> delivered_;
  FaultHook at_point_;
  std::map<Bytes32, PartyClient> clients_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool pending_ = true;  ///< look once at the start: a restart may have left something
  bool stopping_ = false;
  std::atomic<bool> reachable_{true};
  std::thread thread_;
};

}  // namespace mpcstats

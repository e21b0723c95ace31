// CoordinatorIngest: stores submissions durably, in groups, before their tickets are signed and leave.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/store/coordinator_store.h"

namespace mpcstats {

class CoordinatorIngest {
 public:
  using Callback = std::function<void(Result<Ticket>)>;
  static constexpr std::size_t kMaxWaiting = 20000;
  static constexpr std::size_t kMaxGroup = 1000;

  /// `stored` is called after each group, from the thread of this object.
  CoordinatorIngest(CoordinatorStore& store, const Identity& identity, const Clock& clock,
                    std::function<void()> stored, FaultHook at_point = {});
  ~CoordinatorIngest();

  /// `id` is that of `bytes`, which were checked.
  /// Errors: kResourceExhausted at once when too much waits.
  void Submit(const SignedSurvey& survey, const Bytes32& id, Bytes bytes, Callback callback);
  void Stop();

 private:
  struct Item {
    Bytes32 survey_hash{};
    Bytes32 id{};
    Bytes bytes;
    UnixSeconds closes_at = 0;
    Callback callback;
  };
  void Run();
  void StoreGroup(std::vector<Item>& group);

  CoordinatorStore& store_;
  const Identity& identity_;
  const Clock& clock_;
  std::function<void()> stored_;
  FaultHook at_point_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Until when a submission received now is proposed to the parties.
[[nodiscard]] UnixSeconds ProposeBy(UnixSeconds received_at, UnixSeconds closes_at);

}  // namespace mpcstats

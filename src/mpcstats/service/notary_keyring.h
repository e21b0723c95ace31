// NotaryKeyring: which key a notary signs attestations with now, and the list that says so.
//
// A key is good for `key_days`. When two thirds of that have passed, its successor is made and listed, good from half of what is
// left; so surveys that are signed meanwhile can name both, and the old key's attestations stay good until its end.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "mpcstats/service/clock.h"
#include "mpcstats/store/notary_store.h"

namespace mpcstats {

class NotaryKeyring {
 public:
  /// Makes the first key and list when there is none.
  /// Errors: those of the store; kInvalidArgument when the store's list is another identity's.
  [[nodiscard]] static Result<std::unique_ptr<NotaryKeyring>> Create(std::shared_ptr<NotaryStore> store,
                                                                     std::shared_ptr<const Identity> identity,
                                                                     unsigned key_days, UnixSeconds now);

  /// The newest key that is good now.
  /// Errors: kUnavailable when none is: the process slept through its own rotation.
  [[nodiscard]] Result<std::pair<std::shared_ptr<const SigningKey>, NotaryKey>> Current(UnixSeconds now);
  /// Makes and lists a successor when it is time; drops keys that ended a year ago. To be called now and then.
  [[nodiscard]] Status Rotate(UnixSeconds now);
  /// Revokes a key for good, and lists a fresh one that is good at once when no other is.
  /// Errors: kNotFound when the list has no such key.
  [[nodiscard]] Status Revoke(const Bytes32& key_id, UnixSeconds now);
  [[nodiscard]] NotaryKeyList List() const;

 private:
  NotaryKeyring(std::shared_ptr<NotaryStore> store, std::shared_ptr<const Identity> identity,
                unsigned key_days)
      : store_(std::move(store)),
        identity_(std::move(identity)),
        key_seconds_(UnixSeconds{86'400} * key_days) {}
  Status Put(NotaryKeyList list);
  Result<NotaryKey> MakeKey(UnixSeconds from);

  const std::shared_ptr<NotaryStore> store_;
  const std::shared_ptr<const Identity> identity_;
  const UnixSeconds key_seconds_;
  SystemRng rng_;
  mutable std::mutex mutex_;
  NotaryKeyList list_;
  std::shared_ptr<const SigningKey> loaded_;
};

}  // namespace mpcstats

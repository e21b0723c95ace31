// What a party's jobs work with. Owned by the service; jobs run one at a time.
#pragma once

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/base/party.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/thread_pool.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/store/party_store.h"

namespace mpcstats {

struct PartyContext {
  PartyIndex self{0};
  const Identity* identity = nullptr;  ///< signs certificates and receipts
  PartyStore* store = nullptr;
  Rng* rng = nullptr;
  ThreadPool* pool = nullptr;  ///< may be null
  FaultHook at_point = {};     ///< for tests of crash safety
};

/// How far the clocks of two parties, and a time that a coordinator names, may be apart.
inline constexpr UnixSeconds kClockTolerance = 120;

}  // namespace mpcstats

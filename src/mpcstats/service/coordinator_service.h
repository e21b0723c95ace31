// CoordinatorService: takes sealed submissions, gives tickets, brings boxes to the parties, asks them for batches and releases.
//
// It holds no share and enforces nothing that the parties do not enforce themselves. The API is docs/openapi.json.
#pragma once

#include <functional>
#include <memory>

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/net/http_router.h"
#include "mpcstats/net/rate_limit.h"
#include "mpcstats/service/coordinator_delivery.h"
#include "mpcstats/service/coordinator_ingest.h"
#include "mpcstats/service/coordinator_schedule.h"
#include "mpcstats/service/metrics.h"

namespace mpcstats {

struct CoordinatorServiceOptions {
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<CoordinatorStore> store;
  std::shared_ptr<const Clock> clock;
  CoordinatorSchedule::Options schedule;
  RateLimiter::Options rate{.per_second = 50, .burst = 300};
  FaultHook at_point = {};  ///< for tests of crash safety
};

class CoordinatorService {
 public:
  [[nodiscard]] static Result<std::unique_ptr<CoordinatorService>> Create(CoordinatorServiceOptions options);
  ~CoordinatorService();
  void Handle(HttpRequest request, HttpReply reply);
  [[nodiscard]] std::size_t BodyLimit(std::string_view method, std::string_view target) const;
  void Stop();
  [[nodiscard]] MetricsRegistry& metrics();

 private:
  struct Impl;
  explicit CoordinatorService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats

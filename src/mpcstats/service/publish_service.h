// PublishService: shows results that it has verified itself, as pages and files. It knows nothing that is not public.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/net/http_router.h"
#include "mpcstats/net/rate_limit.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/service/metrics.h"
#include "mpcstats/store/publisher_store.h"

namespace mpcstats {

struct PublishServiceOptions {
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<PublisherStore> store;
  std::shared_ptr<const Clock> clock;
  std::vector<std::string> surveys;  ///< files of signed surveys
  std::vector<std::string>
      sources;  ///< URLs of operators that the survey names; empty: its coordinator, then the parties
  std::string base_url;
  RateLimiter::Options rate{.per_second = 50, .burst = 300};
  std::chrono::milliseconds poll{1000};
  FaultHook at_point = {};  ///< for tests of crash safety
};

class PublishService {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PublishService>> Create(PublishServiceOptions options);
  ~PublishService();
  void Handle(HttpRequest request, HttpReply reply);
  [[nodiscard]] std::size_t BodyLimit(std::string_view method, std::string_view target) const;
  void Stop();
  [[nodiscard]] MetricsRegistry& metrics();

 private:
  struct Impl;
  explicit PublishService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats

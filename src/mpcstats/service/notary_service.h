// NotaryService: a witness of TLS sessions: its list of keys and its log over HTTP, and sessions at a port of their own.
#pragma once

#include <memory>
#include <string>

#include "mpcstats/crypto/identity.h"
#include "mpcstats/net/http_router.h"
#include "mpcstats/net/http_tls.h"
#include "mpcstats/net/rate_limit.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/metrics.h"
#include "mpcstats/service/notary_keyring.h"
#include "mpcstats/zktls/tls/root_store.h"

namespace mpcstats {

struct NotaryServiceOptions {
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<NotaryStore> store;
  std::shared_ptr<NotaryKeyring> keys;
  std::shared_ptr<const Clock> clock;
  std::shared_ptr<const RootStore> roots;
  /// The certificate that provers see; asked for at each connection, since it is renewed.
  std::function<Result<HttpServerTls::Ptr>()> tls;
  HostPort session_listen;
  std::vector<std::string> allowed_hosts;  ///< as ServiceConfig
  bool allow_private_addresses = false;
  NotaryLimits limits;
  RateLimiter::Options rate{.per_second = 50, .burst = 300};
};

/// Each session has a thread of its own, which ends with it.
///
/// Security: a session is counted from its TCP connection on, so that connections that say nothing take places only for as
///           long as one session may last; addresses take turns by the rate limit.
class NotaryService {
 public:
  /// Listens for sessions at once. Errors: kInvalidArgument when it cannot.
  [[nodiscard]] static Result<std::unique_ptr<NotaryService>> Create(NotaryServiceOptions options);
  ~NotaryService();
  [[nodiscard]] std::uint16_t session_port() const;
  void Handle(HttpRequest request, HttpReply reply);
  [[nodiscard]] std::size_t BodyLimit(std::string_view method, std::string_view target) const;
  /// Rotates keys, and gives back memory when no session runs. To be called now and then.
  void Housekeeping();
  /// Ends all sessions.
  void Stop();
  [[nodiscard]] MetricsRegistry& metrics();

 private:
  struct Impl;
  explicit NotaryService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats

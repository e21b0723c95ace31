// PartyService: one of the three parties, as its HTTP API and its jobs. It enforces every rule of a survey itself.
//
//   ASSIGN_OR_RETURN(auto service, PartyService::Create(std::move(options)));
//   HttpServer::Start(http, [&](HttpRequest r, HttpReply reply) { service->Handle(std::move(r), std::move(reply)); });
//
// The API is docs/openapi.json; errors are problem documents.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "mpcstats/net/http_router.h"
#include "mpcstats/net/rate_limit.h"
#include "mpcstats/service/metrics.h"
#include "mpcstats/service/party_ingest.h"
#include "mpcstats/service/party_jobs.h"
#include "mpcstats/service/survey_book.h"

namespace mpcstats {

struct PartyServiceOptions {
  PartyIndex self{0};
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<PartyStore> store;
  std::shared_ptr<const Clock> clock;
  LinkMaker links;
  unsigned threads = 1;  ///< of the computations
  std::string
      notary_lists;  ///< folder in which the operator puts notaries' lists of keys (*.keys); empty for none
  RateLimiter::Options rate{.per_second = 50, .burst = 300};
  FaultHook at_point = {};  ///< for tests of crash safety
};

class PartyService {
 public:
  /// How long after the end of a survey answers are taken that the coordinator received before it.
  static constexpr UnixSeconds kLateDelivery = 600;

  [[nodiscard]] static Result<std::unique_ptr<PartyService>> Create(PartyServiceOptions options);
  ~PartyService();

  void Handle(HttpRequest request, HttpReply reply);
  /// Bytes of a request's body that are worth reading.
  [[nodiscard]] std::size_t BodyLimit(std::string_view method, std::string_view target) const;
  /// Destroys what its time has come for: box keys after the last batch, shares at the end of retention. Takes in new lists of
  /// notaries' keys. Once a minute.
  void Housekeeping();
  void Stop();
  [[nodiscard]] MetricsRegistry& metrics();

 private:
  struct Impl;
  explicit PartyService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats

#include "mpcstats/service/serve.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "mpcstats/base/log.h"
#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/service/coordinator_service.h"
#include "mpcstats/service/daemon.h"
#include "mpcstats/service/front.h"
#include "mpcstats/service/notary_service.h"
#include "mpcstats/service/party_service.h"
#include "mpcstats/service/publish_service.h"
#include "mpcstats/zktls/session/notary_session.h"

namespace mpcstats {
namespace {

constexpr auto kHousekeeping = std::chrono::seconds(60);

// Calls `work` once a minute until it dies.
class Janitor {
 public:
  explicit Janitor(std::function<void()> work) : work_(std::move(work)) {
    thread_ = std::thread([this] {
      std::unique_lock lock(mutex_);
      while (!wake_.wait_for(lock, kHousekeeping, [this] { return stopping_; })) work_();
    });
  }
  ~Janitor() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

 private:
  std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

void Tell(std::string_view state) {
  if (const Status told = NotifySupervisor(state); !told) {
    Log(LogLevel::kWarning, "supervisor-not-told", {{"error", told.error().message()}});
  }
}

RateLimiter::Options RateOf(const ServiceConfig& config) {
  return {.per_second = config.limits.requests_per_minute / 60.0,
          .burst = static_cast<double>(config.limits.burst)};
}

// Serves until a signal.
template <typename Service>
Status Serve(Front& front, Service& service, StopSignals& signals, std::function<void()> housekeeping) {
  RETURN_IF_ERROR(front.Listen(
      [&](HttpRequest request, HttpReply reply) { service.Handle(std::move(request), std::move(reply)); },
      [&](std::string_view method, std::string_view target) { return service.BodyLimit(method, target); }));
  RETURN_IF_ERROR(front.ListenMetrics([&] { return service.metrics().Text(); }));
  Tell("READY=1");
  {
    const Janitor janitor([&] {
      front.RenewLeaf();
      if (housekeeping) housekeeping();
    });
    signals.Wait();
  }
  Tell("STOPPING=1");
  front.Stop();
  service.Stop();
  Log(LogLevel::kInfo, "stopped");
  return {};
}

// How a party meets its peers: the same listening socket for every job.
LinkMaker MakeLinks(const ServiceConfig& config, const Front& front, std::shared_ptr<TlsListener> listener) {
  return [&config, &front, listener](const SignedSurvey& survey) -> Result<std::unique_ptr<PeerLinks>> {
    const std::shared_ptr<const TlsLeaf> leaf = front.leaf();
    ASSIGN_OR_RETURN(TlsListener shared, listener->Share());
    TlsLinks::Options options{.self = PartyIndex(config.index),
                              .identity = *front.identity(),
                              .leaf = leaf.get(),
                              .listener = std::move(shared),
                              .parties = {}};
    for (unsigned i = 0; i < 3; ++i) {
      const PartyOperator& party = survey.survey().parties[i];
      ASSIGN_OR_RETURN(const HostPort address, ParsePublicAddress(party.mpc_address));
      options.parties[i] = {address.host, address.port, FingerprintOfKey(party.identity_key)};
    }
    options.connect_deadline = std::chrono::seconds(20);
    ASSIGN_OR_RETURN(std::unique_ptr<TlsLinks> links, TlsLinks::Connect(std::move(options)));
    return std::unique_ptr<PeerLinks>(std::move(links));
  };
}

}  // namespace

Status ServeParty(const ServiceConfig& config, const FaultHook& at_point) {
  SetLog(config.log);
  RETURN_IF_ERROR(PrepareProcess());
  ASSIGN_OR_RETURN(StopSignals signals, StopSignals::Install());
  ASSIGN_OR_RETURN(const std::unique_ptr<Front> front, Front::Create(config));
  ASSIGN_OR_RETURN(TlsListener listener, TlsListener::Open(config.mpc_listen.host, config.mpc_listen.port));
  ASSIGN_OR_RETURN(const PortFile mpc_port, PortFile::Write(config.data_dir, "mpc_port", listener.port()));
  ASSIGN_OR_RETURN(std::unique_ptr<PartyStore> store, PartyStore::Open(config.data_dir));
  PartyServiceOptions options{
      .self = PartyIndex(config.index),
      .identity = front->identity(),
      .store = std::move(store),
      .clock = std::make_shared<SystemClock>(),
      .links = MakeLinks(config, *front, std::make_shared<TlsListener>(std::move(listener))),
      .threads = config.threads,
      .notary_lists = config.data_dir + "/notary-lists",
      .rate = RateOf(config),
      .at_point = at_point};
  ASSIGN_OR_RETURN(const std::unique_ptr<PartyService> service, PartyService::Create(std::move(options)));
  return Serve(*front, *service, signals, [&] { service->Housekeeping(); });
}

Status ServeCoordinator(const ServiceConfig& config, const FaultHook& at_point) {
  SetLog(config.log);
  RETURN_IF_ERROR(PrepareProcess());
  ASSIGN_OR_RETURN(StopSignals signals, StopSignals::Install());
  ASSIGN_OR_RETURN(const std::unique_ptr<Front> front, Front::Create(config));
  ASSIGN_OR_RETURN(std::unique_ptr<CoordinatorStore> store, CoordinatorStore::Open(config.data_dir));
  CoordinatorServiceOptions options{.identity = front->identity(),
                                    .store = std::move(store),
                                    .clock = std::make_shared<SystemClock>(),
                                    .schedule = {},
                                    .rate = RateOf(config),
                                    .at_point = at_point};
  options.schedule.batch_interval_seconds = config.batch_interval_seconds;
  ASSIGN_OR_RETURN(const std::unique_ptr<CoordinatorService> service,
                   CoordinatorService::Create(std::move(options)));
  return Serve(*front, *service, signals, {});
}

Status ServePublisher(const ServiceConfig& config, const FaultHook& at_point) {
  SetLog(config.log);
  RETURN_IF_ERROR(PrepareProcess());
  ASSIGN_OR_RETURN(StopSignals signals, StopSignals::Install());
  ASSIGN_OR_RETURN(const std::unique_ptr<Front> front, Front::Create(config));
  ASSIGN_OR_RETURN(std::unique_ptr<PublisherStore> store, PublisherStore::Open(config.data_dir));
  PublishServiceOptions options{.identity = front->identity(),
                                .store = std::move(store),
                                .clock = std::make_shared<SystemClock>(),
                                .surveys = config.surveys,
                                .sources = config.sources,
                                .base_url = config.url,
                                .rate = RateOf(config),
                                .at_point = at_point};
  ASSIGN_OR_RETURN(const std::unique_ptr<PublishService> service, PublishService::Create(std::move(options)));
  return Serve(*front, *service, signals, {});
}

Status ServeNotary(const ServiceConfig& config) {
  SetLog(config.log);
  RETURN_IF_ERROR(PrepareProcess());
  ASSIGN_OR_RETURN(StopSignals signals, StopSignals::Install());
  ASSIGN_OR_RETURN(const std::unique_ptr<Front> front, Front::Create(config));
  ASSIGN_OR_RETURN(RootStore roots, RootStore::FromFile(config.root_store));
  static_cast<void>(TlsPrf());  // made once in a process: not in the first session
  KeepSessionMemory();
  NotaryServiceOptions options;
  options.identity = front->identity();
  ASSIGN_OR_RETURN(options.store, NotaryStore::Open(config.data_dir));
  options.clock = std::make_shared<SystemClock>();
  ASSIGN_OR_RETURN(options.keys, NotaryKeyring::Create(options.store, options.identity, config.key_days,
                                                       options.clock->Now()));
  options.roots = std::make_shared<const RootStore>(std::move(roots));
  options.tls = [&front] { return HttpServerTls::FromLeaf(*front->leaf()); };
  options.session_listen = config.session_listen;
  options.allowed_hosts = config.allowed_hosts;
  options.allow_private_addresses = config.allow_private_addresses;
  options.limits = config.notary;
  options.rate = RateOf(config);
  ASSIGN_OR_RETURN(const std::unique_ptr<NotaryService> service, NotaryService::Create(std::move(options)));
  ASSIGN_OR_RETURN(const PortFile session_port,
                   PortFile::Write(config.data_dir, "session_port", service->session_port()));
  return Serve(*front, *service, signals, [&] { service->Housekeeping(); });
}

}  // namespace mpcstats

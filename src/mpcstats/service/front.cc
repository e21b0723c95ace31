#include "mpcstats/service/front.h"

#include "mpcstats/base/log.h"
#include "mpcstats/net/http_problem.h"
#include "mpcstats/net/http_url.h"
#include "mpcstats/service/forwarded.h"
#include "mpcstats/service/metrics.h"

namespace mpcstats {

Result<std::unique_ptr<Front>> Front::Create(const ServiceConfig& config) {
  std::unique_ptr<Front> front(new Front(config));
  ASSIGN_OR_RETURN(Identity identity, LoadOrCreateIdentity(config.data_dir));
  front->identity_ = std::make_shared<const Identity>(std::move(identity));
  RETURN_IF_ERROR(front->MakeLeaf());
  return front;
}

Status Front::MakeLeaf() {
  std::vector<std::string> hosts;
  if (const auto url = Url::Parse(config_.url); url) hosts.push_back(url->host);
  ASSIGN_OR_RETURN(TlsLeaf leaf, TlsLeaf::Create(*identity_, hosts));
  const std::lock_guard lock(mutex_);
  leaf_ = std::make_shared<const TlsLeaf>(std::move(leaf));
  return {};
}

std::shared_ptr<const TlsLeaf> Front::leaf() const {
  const std::lock_guard lock(mutex_);
  return leaf_;
}

Result<HttpServerTls::Ptr> Front::MakeTls() const {
  if (config_.role == ServiceRole::kPublish && config_.plain_http) return HttpServerTls::Ptr();
  if (config_.tls) return HttpServerTls::FromFiles(config_.tls->certificate_file, config_.tls->key_file);
  return HttpServerTls::FromLeaf(*leaf());
}

Status Front::Listen(HttpHandler handler,
                     std::function<std::size_t(std::string_view, std::string_view)> body_limit) {
  HttpServerOptions options;
  options.address = config_.listen.host;
  options.port = config_.listen.port;
  ASSIGN_OR_RETURN(options.tls, MakeTls());
  options.body_limit = std::move(body_limit);
  options.threads = config_.threads;
  options.max_connections = config_.limits.connections;
  if (config_.behind_proxy) {
    handler = [inner = std::move(handler)](HttpRequest request, HttpReply reply) {
      request.remote_address = ClientBehindProxy(request);
      inner(std::move(request), std::move(reply));
    };
  }
  ASSIGN_OR_RETURN(server_, HttpServer::Start(std::move(options), std::move(handler)));
  ASSIGN_OR_RETURN(port_file_, PortFile::Write(config_.data_dir, "port", server_->port()));
  Log(LogLevel::kInfo, "listening",
      {{"role", RoleName(config_.role)}, {"address", config_.listen.host}, {"port", server_->port()}});
  return {};
}

Status Front::ListenMetrics(std::function<std::string()> metrics) {
  if (!config_.metrics_listen) return {};
  HttpServerOptions options;
  options.address = config_.metrics_listen->host;
  options.port = config_.metrics_listen->port;
  options.max_body = 0;
  ASSIGN_OR_RETURN(
      metrics_server_,
      HttpServer::Start(std::move(options), [metrics = std::move(metrics)](const HttpRequest& request,
                                                                           const HttpReply& reply) {
        reply(request.target == "/metrics"
                  ? HttpText(200, kOpenMetricsType, metrics())
                  : Problem(404, "not-found", "There is nothing here", "The metrics are at /metrics."));
      }));
  return {};
}

void Front::RenewLeaf() {
  if (!leaf()->NeedsRenewal(std::chrono::system_clock::now())) return;
  Status renewed = MakeLeaf();
  if (renewed && server_ && !config_.tls && !config_.plain_http) {
    auto tls = MakeTls();
    renewed = tls ? server_->ReplaceTls(*tls) : Status(std::unexpected(tls.error()));
  }
  if (renewed) {
    Log(LogLevel::kInfo, "tls-renewed");
  } else {
    Log(LogLevel::kError, "tls-not-renewed", {{"error", renewed.error().message()}});
  }
}

void Front::Stop() {
  if (metrics_server_) metrics_server_->Stop();
  if (server_) server_->Stop();
  port_file_.reset();
}

}  // namespace mpcstats

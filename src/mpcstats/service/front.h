// Front: the HTTP side of a service: identity, renewed TLS leaf, server, port file.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "mpcstats/crypto/tls_leaf.h"
#include "mpcstats/net/http_server.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/data_directory.h"

namespace mpcstats {

class Front {
 public:
  /// Makes or loads the identity in the data directory, and a fresh TLS leaf under it.
  [[nodiscard]] static Result<std::unique_ptr<Front>> Create(const ServiceConfig& config);

  /// Starts to listen. `body_limit` as HttpServerOptions has it.
  [[nodiscard]] Status Listen(HttpHandler handler,
                              std::function<std::size_t(std::string_view, std::string_view)> body_limit);
  /// Serves the text of `metrics` on metrics_listen, when there is one.
  [[nodiscard]] Status ListenMetrics(std::function<std::string()> metrics);
  /// Renews the leaf when less than a third of its time is left. To be called now and then.
  void RenewLeaf();
  void Stop();

  [[nodiscard]] const std::shared_ptr<const Identity>& identity() const { return identity_; }
  [[nodiscard]] std::shared_ptr<const TlsLeaf> leaf() const;
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  explicit Front(const ServiceConfig& config) : config_(config) {}
  Status MakeLeaf();
  [[nodiscard]] Result<HttpServerTls::Ptr> MakeTls() const;

  const ServiceConfig& config_;
  std::shared_ptr<const Identity> identity_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsLeaf> leaf_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpServer> metrics_server_;
  std::optional<PortFile> port_file_;
};

}  // namespace mpcstats

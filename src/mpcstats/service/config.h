// ServiceConfig: what an operator decides about a service. One TOML file, which holds no secret; what is computed and
// for whom stands in the signed surveys alone.
//
//   ASSIGN_OR_RETURN(const ServiceConfig config, LoadServiceConfig("config.toml"));
//
// docs/running-the-services.md describes every key; `mpcstats init` writes a file with all of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/log.h"
#include "mpcstats/service/host_port.h"

namespace mpcstats {

enum class ServiceRole : std::uint8_t { kParty, kCoordinator, kPublish, kNotary };

/// "party", "coordinator", "publish", "notary" and back.
/// Errors:   kInvalidArgument with the words there are.
[[nodiscard]] std::string_view RoleName(ServiceRole role);
[[nodiscard]] Result<ServiceRole> ParseRole(std::string_view text);

/// What one client address may do, and all together.
struct ServiceLimits {
  unsigned requests_per_minute = 3000;  ///< of one address, in the long run
  unsigned burst = 300;                 ///< of one address, at once
  unsigned connections = 2048;          ///< open at a time, of everybody
};

/// PEM files of a public authority.
struct TlsFiles {
  std::string certificate_file;  ///< the certificate, then its chain
  std::string key_file;
};

/// What a notary allows one session, and all of them.
struct NotaryLimits {
  unsigned sessions = 100;             ///< at once
  unsigned session_seconds = 60;       ///< of one, from its first to its last message
  unsigned sent_bytes = 16 << 10;      ///< towards the website
  unsigned received_bytes = 32 << 10;  ///< from it
  /// The largest request in mode mpc, one of kRequestBuckets: a session's tables grow with it. 0: no sessions in that mode.
  unsigned mpc_request_bytes = 2048;
};

struct ServiceConfig {
  ServiceRole role = ServiceRole::kParty;
  std::string name;      ///< of the organisation, as surveys show it
  std::string url;       ///< "https://host:port", where others reach the service
  std::string data_dir;  ///< holds identity.pem and the database; checked by CheckDataDirectory
  HostPort listen{"0.0.0.0", 8443};
  /// Plain HTTP with the metrics, on this machine only; none: no metrics.
  std::optional<HostPort> metrics_listen;
  unsigned threads = 1;
  LogOptions log;
  ServiceLimits limits;

  // party
  unsigned index = 0;  ///< 0, 1 or 2
  HostPort mpc_listen{"0.0.0.0", 9443};

  // coordinator
  unsigned batch_interval_seconds = 60;  ///< from enough answers for a batch until it closes

  // publish
  std::vector<std::string> surveys;  ///< files of signed surveys to show
  std::vector<std::string>
      sources;                  ///< URLs of the coordinator or of parties, asked for results in this order
  std::optional<TlsFiles> tls;  ///< none: a certificate under the identity, which browsers do not know
  bool plain_http = false;
  // notary
  HostPort session_listen{"0.0.0.0", 7443};  ///< where provers come
  std::vector<std::string>
      allowed_hosts;  ///< websites that it speaks to, "host" or "host:port"; empty: any at port 443
  /// Websites at addresses of private networks and of this machine are spoken to as well: for a demonstration.
  bool allow_private_addresses = false;
  std::string root_store =
      "/etc/ssl/certs/ca-certificates.crt";  ///< PEM: the authorities that websites are checked against
  unsigned key_days =
      90;  ///< how long a signing key is good; the next one is listed from two thirds of it on
  NotaryLimits notary;

  bool behind_proxy = false;  ///< the last address of X-Forwarded-For is who asks (forwarded.h)
};

inline constexpr std::size_t kMaxConfigBytes = std::size_t{64} << 10;

/// Reads a configuration; paths in it that are relative are made relative to `directory`. Touches no file.
///
/// Errors:   kInvalidArgument, one sentence with the line, the key and what to write instead; unknown keys, and keys of
///           another role, are refused.
[[nodiscard]] Result<ServiceConfig> ParseServiceConfig(std::string_view toml_text,
                                                       const std::string& directory);

/// Reads `path` and checks what it names: the data directory is there for the owner alone, as is the TLS key file.
///
/// Security: refuses a configuration that others may write; it needs no protection from readers.
/// Errors:   as above and as CheckDataDirectory; kNotFound when there is no such file.
[[nodiscard]] Result<ServiceConfig> LoadServiceConfig(const std::string& path);

}  // namespace mpcstats

#include "mpcstats/service/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpcstats/net/http_url.h"
#include "mpcstats/survey/survey_reader.h"
#include "mpcstats/zktls/garble/tls_plan.h"

namespace mpcstats {

namespace {

constexpr std::array<std::string_view, 4> kRoles = {"party", "coordinator", "publish", "notary"};

// Keys at the top of the file that one role alone has.
struct RoleKey {
  std::string_view key;
  ServiceRole role;
};
constexpr std::array<RoleKey, 14> kRoleKeys = {{{"index", ServiceRole::kParty},
                                                {"mpc_listen", ServiceRole::kParty},
                                                {"batch_interval_seconds", ServiceRole::kCoordinator},
                                                {"surveys", ServiceRole::kPublish},
                                                {"sources", ServiceRole::kPublish},
                                                {"tls", ServiceRole::kPublish},
                                                {"plain_http", ServiceRole::kPublish},
                                                {"behind_proxy", ServiceRole::kPublish},
                                                {"session_listen", ServiceRole::kNotary},
                                                {"allowed_hosts", ServiceRole::kNotary},
                                                {"allow_private_addresses", ServiceRole::kNotary},
                                                {"root_store", ServiceRole::kNotary},
                                                {"key_days", ServiceRole::kNotary},
                                                {"sessions", ServiceRole::kNotary}}};

std::string Resolve(const std::string& directory, std::string path) {
  return path.starts_with('/') ? path : directory + "/" + path;
}

Result<unsigned> Number(const Section& section, std::string_view key, std::int64_t low, std::int64_t high,
                        std::optional<std::int64_t> fallback) {
  ASSIGN_OR_RETURN(const std::int64_t number,
                   section.Whole(key, {.low = low, .high = high, .fallback = fallback}));
  return static_cast<unsigned>(number);
}

Result<HostPort> ListenKey(const Section& section, std::string_view key, std::string_view fallback) {
  ASSIGN_OR_RETURN(const std::string text,
                   section.Text(key, fallback, {.most_bytes = 300, .fallback = std::string(fallback)}));
  Result<HostPort> address = ParseListenAddress(text);
  if (!address) return section.Refuse(key, fmt::format("is refused: {}", address.error().message()));
  return address;
}

Status CheckUrl(const Section& section, std::string_view key, const std::string& text, bool plain_allowed) {
  const Result<Url> url = Url::Parse(text);
  if (!url) return section.Refuse(key, fmt::format("is refused: {}", url.error().message()));
  if (!url->tls && !plain_allowed && !url->IsLoopback()) {
    return section.Refuse(
        key, "starts with http://; write https://, as only this machine may be reached without TLS");
  }
  return {};
}

Result<std::vector<std::string>> TextList(const Section& section, std::string_view key) {
  ASSIGN_OR_RETURN(const std::vector<TomlNode>* const items, section.List(key));
  std::vector<std::string> out;
  for (const TomlNode& item : *items) {
    RETURN_IF_ERROR(CheckItemText(item, fmt::format("number {} of \"{}\"", out.size() + 1, key), 2000));
    if (std::ranges::find(out, item.text) != out.end()) {
      return section.Refuse(key, fmt::format("names number {} twice; remove one", out.size() + 1));
    }
    out.push_back(item.text);
  }
  return out;
}

Status CheckKeys(const Section& top, ServiceRole role) {
  for (const RoleKey& known : kRoleKeys) {
    if (known.role != role && top.Find(known.key) != nullptr) {
      return top.Refuse(known.key, fmt::format("is a key of role {}, and this is {}; remove it",
                                               RoleName(known.role), RoleName(role)));
    }
  }
  return top.AllowOnly({"role",         "name",           "url",           "data_dir",
                        "listen",       "metrics_listen", "threads",       "log",
                        "limits",       "index",          "mpc_listen",    "batch_interval_seconds",
                        "surveys",      "sources",        "tls",           "plain_http",
                        "behind_proxy", "session_listen", "allowed_hosts", "allow_private_addresses",
                        "root_store",   "key_days",       "sessions"});
}

Status ReadLog(const Section& top, LogOptions* log) {
  const TomlNode* node = top.Find("log");
  if (node == nullptr) return {};
  ASSIGN_OR_RETURN(const Section section, Section::Of(*node, "[log]"));
  RETURN_IF_ERROR(section.AllowOnly({"level", "format"}));
  ASSIGN_OR_RETURN(const std::string level, section.Text("level", "info", {.fallback = "info"}));
  ASSIGN_OR_RETURN(const std::string format, section.Text("format", "text", {.fallback = "text"}));
  const Result<LogLevel> parsed_level = ParseLogLevel(level);
  if (!parsed_level)
    return section.Refuse("level", fmt::format("is refused: {}", parsed_level.error().message()));
  const Result<LogFormat> parsed_format = ParseLogFormat(format);
  if (!parsed_format)
    return section.Refuse("format", fmt::format("is refused: {}", parsed_format.error().message()));
  *log = {.level = *parsed_level, .format = *parsed_format};
  return {};
}

Status ReadLimits(const Section& top, ServiceLimits* limits) {
  const TomlNode* node = top.Find("limits");
  if (node == nullptr) return {};
  ASSIGN_OR_RETURN(const Section section, Section::Of(*node, "[limits]"));
  RETURN_IF_ERROR(section.AllowOnly({"requests_per_minute", "burst", "connections"}));
  ASSIGN_OR_RETURN(limits->requests_per_minute,
                   Number(section, "requests_per_minute", 1, 1'000'000, limits->requests_per_minute));
  ASSIGN_OR_RETURN(limits->burst, Number(section, "burst", 1, 1'000'000, limits->burst));
  ASSIGN_OR_RETURN(limits->connections, Number(section, "connections", 1, 100'000, limits->connections));
  return {};
}

Status ReadPublish(const Section& top, const std::string& directory, ServiceConfig* config) {
  ASSIGN_OR_RETURN(std::vector<std::string> surveys, TextList(top, "surveys"));
  for (std::string& file : surveys) config->surveys.push_back(Resolve(directory, std::move(file)));
  ASSIGN_OR_RETURN(config->sources, TextList(top, "sources"));
  for (const std::string& source : config->sources) {
    RETURN_IF_ERROR(CheckUrl(top, "sources", source, false));
  }
  ASSIGN_OR_RETURN(config->plain_http, top.Boolean("plain_http", false));
  ASSIGN_OR_RETURN(config->behind_proxy, top.Boolean("behind_proxy", false));
  if (config->plain_http && !config->listen.IsLoopback() && !config->behind_proxy) {
    return top.Refuse(
        "plain_http",
        "would show pages without TLS to other machines; listen on 127.0.0.1, or write behind_proxy = true "
        "when a reverse proxy in front does the TLS");
  }
  const TomlNode* node = top.Find("tls");
  if (node == nullptr) return {};
  if (config->plain_http) return top.Refuse("tls", "stands beside plain_http = true; remove one of them");
  ASSIGN_OR_RETURN(const Section section, Section::Of(*node, "[tls]"));
  RETURN_IF_ERROR(section.AllowOnly({"certificate_file", "key_file"}));
  ASSIGN_OR_RETURN(std::string certificate,
                   section.Text("certificate_file", "fullchain.pem", {.most_bytes = 2000}));
  ASSIGN_OR_RETURN(std::string key, section.Text("key_file", "privkey.pem", {.most_bytes = 2000}));
  config->tls = {.certificate_file = Resolve(directory, std::move(certificate)),
                 .key_file = Resolve(directory, std::move(key))};
  return {};
}

// "host" or "host:port", in lower case.
Status CheckAllowedHost(const Section& top, const std::string& text) {
  const Result<Url> url = Url::Parse("https://" + text);
  const bool lower = std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (url && url->path.empty() && lower) return {};
  return top.Refuse("allowed_hosts",
                    fmt::format("has \"{}\"; write host or host:port, like \"api.example.com\"", text));
}

Status ReadNotary(const Section& top, const std::string& directory, ServiceConfig* config) {
  ASSIGN_OR_RETURN(config->session_listen, ListenKey(top, "session_listen", "0.0.0.0:7443"));
  const bool same_port =
      config->session_listen.port != 0 && config->session_listen.port == config->listen.port;
  if (same_port)
    return top.Refuse("session_listen", "has the port of \"listen\"; give each a port of its own");
  ASSIGN_OR_RETURN(config->allowed_hosts, TextList(top, "allowed_hosts"));
  for (const std::string& host : config->allowed_hosts) RETURN_IF_ERROR(CheckAllowedHost(top, host));
  ASSIGN_OR_RETURN(config->allow_private_addresses, top.Boolean("allow_private_addresses", false));
  ASSIGN_OR_RETURN(std::string roots, top.Text("root_store", config->root_store,
                                               {.most_bytes = 2000, .fallback = config->root_store}));
  config->root_store = Resolve(directory, std::move(roots));
  ASSIGN_OR_RETURN(config->key_days, Number(top, "key_days", 3, 3650, config->key_days));
  const TomlNode* node = top.Find("sessions");
  if (node == nullptr) return {};
  ASSIGN_OR_RETURN(const Section section, Section::Of(*node, "[sessions]"));
  RETURN_IF_ERROR(
      section.AllowOnly({"at_once", "seconds", "sent_bytes", "received_bytes", "mpc_request_bytes"}));
  NotaryLimits& limits = config->notary;
  ASSIGN_OR_RETURN(limits.sessions, Number(section, "at_once", 1, 10'000, limits.sessions));
  ASSIGN_OR_RETURN(limits.session_seconds, Number(section, "seconds", 1, 3600, limits.session_seconds));
  ASSIGN_OR_RETURN(limits.sent_bytes, Number(section, "sent_bytes", 1024, 1 << 20, limits.sent_bytes));
  ASSIGN_OR_RETURN(limits.received_bytes,
                   Number(section, "received_bytes", 1024, 1 << 20, limits.received_bytes));
  ASSIGN_OR_RETURN(limits.mpc_request_bytes,
                   Number(section, "mpc_request_bytes", 0, 2048, limits.mpc_request_bytes));
  const bool bucket = limits.mpc_request_bytes == 0 ||
                      std::ranges::find(kRequestBuckets, limits.mpc_request_bytes) != kRequestBuckets.end();
  if (!bucket) {
    return section.Refuse("mpc_request_bytes",
                          "is no size that sessions in mode mpc have; write 256, 512, 1024 or 2048, or 0 to "
                          "offer none");
  }
  return {};
}

Status ReadCommon(const Section& top, const std::string& directory, ServiceConfig* config) {
  ASSIGN_OR_RETURN(config->name, top.Text("name", "Example University", {.most_bytes = 100}));
  ASSIGN_OR_RETURN(std::string data_dir, top.Text("data_dir", ".", {.most_bytes = 2000, .fallback = "."}));
  config->data_dir = data_dir == "." ? directory : Resolve(directory, std::move(data_dir));
  ASSIGN_OR_RETURN(config->listen, ListenKey(top, "listen", "0.0.0.0:8443"));
  if (top.Find("metrics_listen") != nullptr) {
    ASSIGN_OR_RETURN(config->metrics_listen, ListenKey(top, "metrics_listen", "127.0.0.1:9464"));
    if (!config->metrics_listen->IsLoopback()) {
      return top.Refuse("metrics_listen",
                        "is open to other machines; write an address of this one, like 127.0.0.1:9464");
    }
  }
  ASSIGN_OR_RETURN(config->threads, Number(top, "threads", 1, 64, 1));
  RETURN_IF_ERROR(ReadLog(top, &config->log));
  return ReadLimits(top, &config->limits);
}

Status ReadRole(const Section& top, const std::string& directory, ServiceConfig* config) {
  switch (config->role) {
    case ServiceRole::kParty: {
      ASSIGN_OR_RETURN(config->index, Number(top, "index", 0, 2, std::nullopt));
      ASSIGN_OR_RETURN(config->mpc_listen, ListenKey(top, "mpc_listen", "0.0.0.0:9443"));
      const bool same_port = config->mpc_listen.port != 0 && config->mpc_listen.port == config->listen.port;
      if (same_port)
        return top.Refuse("mpc_listen", "has the port of \"listen\"; give each a port of its own");
      return {};
    }
    case ServiceRole::kCoordinator: {
      ASSIGN_OR_RETURN(config->batch_interval_seconds, Number(top, "batch_interval_seconds", 1, 86'400, 60));
      return {};
    }
    case ServiceRole::kPublish: return ReadPublish(top, directory, config);
    case ServiceRole::kNotary: return ReadNotary(top, directory, config);
  }
  return {};
}

}  // namespace

std::string_view RoleName(ServiceRole role) { return kRoles.at(static_cast<std::size_t>(role)); }

Result<ServiceRole> ParseRole(std::string_view text) {
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == text) return static_cast<ServiceRole>(i);
  }
  return Fail(ErrorCode::kInvalidArgument, "a role is party, coordinator, publish or notary");
}

Result<ServiceConfig> ParseServiceConfig(std::string_view toml_text, const std::string& directory) {
  if (toml_text.size() > kMaxConfigBytes) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the configuration has {} bytes; make it at most {}",
                                                         toml_text.size(), kMaxConfigBytes));
  }
  if (const std::string_view fault = TextFault(toml_text, TextLines::kMany); !fault.empty()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the configuration {}", fault));
  }
  ASSIGN_OR_RETURN(const TomlNode root, ReadToml(toml_text));
  const Section top(root, "the configuration");
  ASSIGN_OR_RETURN(const std::string role, top.Text("role", "party"));
  const Result<ServiceRole> parsed_role = ParseRole(role);
  if (!parsed_role) return top.Refuse("role", fmt::format("is refused: {}", parsed_role.error().message()));
  ServiceConfig config;
  config.role = *parsed_role;
  RETURN_IF_ERROR(CheckKeys(top, config.role));
  RETURN_IF_ERROR(ReadCommon(top, directory, &config));
  RETURN_IF_ERROR(ReadRole(top, directory, &config));
  ASSIGN_OR_RETURN(config.url, top.Text("url", "https://party0.example:8443", {.most_bytes = 2000}));
  RETURN_IF_ERROR(CheckUrl(top, "url", config.url, false));
  return config;
}

}  // namespace mpcstats

// mpcstats init: a directory for a party, coordinator, publisher or notary: configuration, identity key, and what to tell the organiser.
#include <fmt/core.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "mpcstats/cli/command.h"
#include "mpcstats/crypto/key_file.h"
#include "mpcstats/net/http_url.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/data_directory.h"
#include "mpcstats/service/notary_keyring.h"
#include "mpcstats/survey/survey_toml.h"

namespace mpcstats {
namespace {

struct Arguments {
  std::string role;
  std::string directory;
  std::string name;
  std::string listen;
  std::string mpc;
  std::string sessions;
  std::string url;
  std::optional<unsigned> index;
};

/// The arguments with their defaults, checked.
struct InitPlan {
  ServiceRole role;
  std::string name;
  std::string url;
  HostPort listen;
  HostPort mpc_listen;
  HostPort mpc;  ///< as the survey names it
  HostPort session_listen;
  unsigned index = 0;
};

// A TOML basic string; the text has no control characters (TextFault).
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Result<HostPort> ListenOption(const char* option, const std::string& text) {
  Result<HostPort> address = ParseListenAddress(text);
  if (!address) return std::unexpected(address.error().At(option));
  return address;
}

Result<std::string> UrlOf(const Arguments& a, ServiceRole role, const HostPort& listen) {
  if (!a.url.empty()) return a.url;
  if (role == ServiceRole::kPublish && listen.IsLoopback()) return "http://" + listen.ToString();
  if (listen.IsLoopback()) return "https://" + listen.ToString();
  return Fail(ErrorCode::kInvalidArgument, fmt::format("say how others reach it: --url https://{}.example:{}",
                                                       RoleName(role), listen.port));
}

Status CheckPartyOptions(const Arguments& a, ServiceRole role) {
  if (role == ServiceRole::kParty) {
    if (!a.index || *a.index > 2) {
      return Fail(ErrorCode::kInvalidArgument, "say which of the three parties this is: --index 0, 1 or 2");
    }
    return {};
  }
  if (a.index) return Fail(ErrorCode::kInvalidArgument, "--index is for a party; leave it out");
  if (!a.mpc.empty()) return Fail(ErrorCode::kInvalidArgument, "--mpc is for a party; leave it out");
  if (!a.sessions.empty() && role != ServiceRole::kNotary) {
    return Fail(ErrorCode::kInvalidArgument, "--sessions is for a notary; leave it out");
  }
  return {};
}

Result<InitPlan> MakeInitPlan(const Arguments& a) {
  ASSIGN_OR_RETURN(const ServiceRole role, ParseRole(a.role));
  RETURN_IF_ERROR(CheckPartyOptions(a, role));
  InitPlan plan{.role = role,
                .name = a.name.empty() ? "Name of the organisation" : a.name,
                .url = {},
                .listen = {},
                .mpc_listen = {},
                .mpc = {},
                .session_listen = {},
                .index = a.index.value_or(0)};
  if (const std::string_view fault = TextFault(plan.name, TextLines::kOne); !fault.empty()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("--name {}", fault));
  }
  const char* const usual = role == ServiceRole::kPublish ? "127.0.0.1:8004" : "0.0.0.0:8443";
  ASSIGN_OR_RETURN(plan.listen, ListenOption("--listen", a.listen.empty() ? usual : a.listen));
  ASSIGN_OR_RETURN(plan.url, UrlOf(a, role, plan.listen));
  Result<Url> url = Url::Parse(plan.url);
  if (!url) return std::unexpected(url.error().At("--url"));
  if (!url->path.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--url: surveys name a server without a path; leave it out");
  }
  // As surveys spell it: in lower case, and with the port.
  std::ranges::transform(url->host, url->host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  plan.url = fmt::format("{}://{}", url->tls ? "https" : "http", HostPort{url->host, url->port}.ToString());
  if (role != ServiceRole::kPublish && !url->tls) {
    return Fail(ErrorCode::kInvalidArgument,
                "--url must start with https://: it is reached by its identity key");
  }
  if (role == ServiceRole::kParty) {
    const HostPort beside{.host = plan.listen.host, .port = 9443};
    ASSIGN_OR_RETURN(plan.mpc_listen, ListenOption("--mpc", a.mpc.empty() ? beside.ToString() : a.mpc));
    if (plan.mpc_listen.port == 0) {
      return Fail(ErrorCode::kInvalidArgument, "--mpc: give a port that is not 0, since the survey names it");
    }
    plan.mpc = {.host = url->host, .port = plan.mpc_listen.port};
  }
  if (role == ServiceRole::kNotary) {
    const HostPort beside{.host = plan.listen.host, .port = 7443};
    ASSIGN_OR_RETURN(plan.session_listen,
                     ListenOption("--sessions", a.sessions.empty() ? beside.ToString() : a.sessions));
  }
  return plan;
}

std::string ConfigText(const InitPlan& plan) {
  std::string text = fmt::format(
      R"(# mpcstats {0} --config THIS FILE. docs/running-the-services.md explains every key. There is no secret in here.
role = "{0}"
name = {1}

# Where others reach this service: what surveys name.
url = {2}
listen = "{3}"

# identity.pem, the database and the keys of surveys; for the owner alone. Relative to this file.
data_dir = "."

# Threads for requests, and for the computations of a party.
threads = 1

# Metrics for a Prometheus on this machine, at http://ADDRESS/metrics.
# metrics_listen = "127.0.0.1:9464"
)",
      RoleName(plan.role), Quoted(plan.name), Quoted(plan.url), plan.listen.ToString());
  if (plan.role == ServiceRole::kParty) {
    text += fmt::format(
        "\n# Which of the three parties this is, and where it listens to the other two for computations.\n"
        "index = {}\nmpc_listen = \"{}\"\n",
        plan.index, plan.mpc_listen.ToString());
  }
  if (plan.role == ServiceRole::kCoordinator) {
    text +=
        "\n# Seconds from the moment when there are enough answers for a batch until it closes.\n"
        "batch_interval_seconds = 60\n";
  }
  if (plan.role == ServiceRole::kNotary) {
    text += fmt::format(R"(
# Where provers come.
session_listen = "{}"
# Websites that it speaks to, "host" or "host:port"; empty: any at port 443.
allowed_hosts = []
# Websites in private networks and on this machine, for a demonstration.
allow_private_addresses = false
# The authorities that certificates of websites are checked against.
root_store = "/etc/ssl/certs/ca-certificates.crt"
# Days that a signing key is good for; its successor is listed when two thirds of them have passed.
key_days = 90

[sessions]
at_once = 100
seconds = 60             # of one, from its first to its last message
sent_bytes = 16384       # towards the website, TLS included
received_bytes = 32768   # from it
mpc_request_bytes = 2048 # largest request in mode mpc: 256, 512, 1024 or 2048; 0: that mode is not offered
)",
                        plan.session_listen.ToString());
  }
  if (plan.role == ServiceRole::kPublish) {
    text += fmt::format(R"(
# Without TLS, for this machine or behind a proxy that speaks TLS (then behind_proxy = true).
plain_http = {}
behind_proxy = false
# Files of signed surveys to show beside those that are posted here.
surveys = []
# Where results are asked for; empty: the survey's coordinator, then its parties.
sources = []
# A certificate of a public authority, in place of plain_http:
# [tls]
# certificate_file = "fullchain.pem"
# key_file = "privkey.pem"
)",
                        plan.url.starts_with("http://") ? "true" : "false");
  }
  return text + R"(
[log]
level = "info"   # debug, info, warning or error
format = "text"  # or json

[limits]
requests_per_minute = 3000  # of one address, in the long run
burst = 300                 # of one address, at once
connections = 2048          # of everybody
)";
}

std::string Snippet(const InitPlan& plan, const Identity& identity) {
  const char* const table = plan.role == ServiceRole::kParty         ? "[[parties]]"
                            : plan.role == ServiceRole::kCoordinator ? "[coordinator]"
                            : plan.role == ServiceRole::kNotary      ? "[[notaries]]"
                                                                     : "[publisher]";
  std::string text = fmt::format("{}\nname = {}\nurl = {}\n", table, Quoted(plan.name), Quoted(plan.url));
  if (plan.role == ServiceRole::kParty) text += fmt::format("mpc = \"{}\"\n", plan.mpc.ToString());
  return text + fmt::format("identity = \"{}\"\n", IdentityText(identity.PublicKey()));
}

// A notary's first signing key is made here, since the survey names it.
Result<std::string> KeysOfNotary(const ServiceConfig& config, Identity identity) {
  ASSIGN_OR_RETURN(std::unique_ptr<NotaryStore> store, NotaryStore::Open(config.data_dir));
  ASSIGN_OR_RETURN(
      const auto ring,
      NotaryKeyring::Create(std::move(store), std::make_shared<const Identity>(std::move(identity)),
                            config.key_days, SystemClock().Now()));
  std::string keys;
  for (const NotaryKey& key : ring->List().keys) {
    keys += fmt::format("{}{{key = \"{}\", from = {}, to = {}}}", keys.empty() ? "" : ", ",
                        IdentityText(key.public_key), FormatTime(key.from), FormatTime(key.to));
  }
  return fmt::format("keys = [{}]\n", keys);
}

Result<int> Init(const Arguments& a) {
  ASSIGN_OR_RETURN(const InitPlan plan, MakeInitPlan(a));
  const std::string text = ConfigText(plan);
  // Whatever the options still got wrong together is refused before anything is made.
  ASSIGN_OR_RETURN(const ServiceConfig config, ParseServiceConfig(text, a.directory));
  if (mkdir(a.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot be made: {}", a.directory, std::strerror(errno)));
  }
  RETURN_IF_ERROR(CheckDataDirectory(a.directory));
  const std::string path = a.directory + "/config.toml";
  struct stat info{};
  if (lstat(path.c_str(), &info) == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                path + " is there already; edit it, or choose another directory");
  }
  ASSIGN_OR_RETURN(Identity identity, LoadOrCreateIdentity(a.directory));
  RETURN_IF_ERROR(WriteSecretFile(path, AsBytes(text), "configuration"));
  std::string snippet = Snippet(plan, identity);
  if (plan.role == ServiceRole::kNotary) {
    ASSIGN_OR_RETURN(const std::string keys, KeysOfNotary(config, std::move(identity)));
    snippet += keys;
  }
  fmt::print(
      "# {} and {} are made; back the second one up. Give this to whoever writes the survey:\n\n{}\n"
      "# Then: mpcstats {} --config {}\n",
      path, IdentityPath(a.directory), snippet, RoleName(plan.role), path);
  return 0;
}

}  // namespace

void AddInitCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("init", "Make the directory of a party, coordinator, publisher or notary");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("role", arguments->role, "party, coordinator, publish or notary")->required();
  command->add_option("directory", arguments->directory, "A new directory")->required();
  command->add_option("--name", arguments->name, "The organisation, as surveys show it");
  command->add_option("--url", arguments->url, "https://host:port where others reach it");
  command->add_option("--listen", arguments->listen, "Numeric address and port to listen on");
  command->add_option("--mpc", arguments->mpc,
                      "party: numeric address and port to listen on for the two other parties");
  command->add_option("--sessions", arguments->sessions,
                      "notary: numeric address and port to listen on for provers");
  command->add_option("--index", arguments->index, "party: 0, 1 or 2");
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Init(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

// mpcstats party | coordinator | publish | notary: a role as a service.
#include "mpcstats/service/serve.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/service/data_directory.h"
#include "mpcstats/service/notary_keyring.h"
#include "mpcstats/store/party_store.h"

namespace mpcstats {
namespace {

struct Arguments {
  std::string config;
  bool clear_failures = false;
  std::string backup;
  std::string revoke;
};

// With the notary stopped: its database is open in one process at a time.
Status RevokeKey(const ServiceConfig& config, const std::string& id) {
  const auto bytes = FromHex(id);
  Bytes32 key_id{};
  if (!bytes || bytes->size() != key_id.size()) {
    return Fail(ErrorCode::kInvalidArgument, "--revoke takes the id of a key, 64 digits of /v1/notary/keys");
  }
  std::ranges::copy(*bytes, key_id.begin());
  ASSIGN_OR_RETURN(Identity identity, LoadOrCreateIdentity(config.data_dir));
  ASSIGN_OR_RETURN(std::unique_ptr<NotaryStore> store, NotaryStore::Open(config.data_dir));
  const UnixSeconds now = SystemClock().Now();
  ASSIGN_OR_RETURN(
      const auto ring,
      NotaryKeyring::Create(std::move(store), std::make_shared<const Identity>(std::move(identity)),
                            config.key_days, now));
  RETURN_IF_ERROR(ring->Revoke(key_id, now));
  fmt::print(
      "revoked; list {} says so. Start the notary again, and give the list to the parties' operators\n",
      ring->List().sequence);
  return {};
}

Status ServeRole(ServiceRole role, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const ServiceConfig config, LoadServiceConfig(arguments.config));
  if (config.role != role) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is the configuration of a {}; run mpcstats {}", arguments.config,
                            RoleName(config.role), RoleName(config.role)));
  }
  if (arguments.clear_failures || !arguments.backup.empty()) {
    ASSIGN_OR_RETURN(const std::unique_ptr<PartyStore> store, PartyStore::Open(config.data_dir));
    if (!arguments.backup.empty()) return store->BackupTo(arguments.backup);
    ASSIGN_OR_RETURN(const std::vector<SignedSurvey> surveys, store->Surveys());
    for (const SignedSurvey& survey : surveys) RETURN_IF_ERROR(store->ClearFailures(survey.hash()));
    fmt::print("cleared; start the party again\n");
    return {};
  }
  if (!arguments.revoke.empty()) return RevokeKey(config, arguments.revoke);
  switch (role) {
    case ServiceRole::kParty: return ServeParty(config);
    case ServiceRole::kCoordinator: return ServeCoordinator(config);
    case ServiceRole::kPublish: return ServePublisher(config);
    case ServiceRole::kNotary: return ServeNotary(config);
  }
  return {};
}

void AddRole(CLI::App& app, Action* action, ServiceRole role, const char* help) {
  CLI::App* command = app.add_subcommand(std::string(RoleName(role)), help);
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "The TOML file that mpcstats init wrote")->required();
  if (role == ServiceRole::kParty) {
    command->add_flag("--clear-failures", arguments->clear_failures,
                      "Allow jobs again that failed three times (with the party stopped)");
    command->add_option("--backup", arguments->backup,
                        "Copy database and keys to a new directory (with the party stopped)");
  }
  if (role == ServiceRole::kNotary) {
    command->add_option("--revoke", arguments->revoke,
                        "Id of a signing key that counts no more (with the notary stopped)");
  }
  command->callback([=] {
    *action = [=] {
      const Status served = ServeRole(role, *arguments);
      return served ? 0 : ReportError(served.error());
    };
  });
}

}  // namespace

void AddServeCommands(CLI::App& app, Action* action) {
  AddRole(app, action, ServiceRole::kParty, "Run one of the three parties");
  AddRole(app, action, ServiceRole::kCoordinator, "Run a coordinator");
  AddRole(app, action, ServiceRole::kPublish, "Run a publisher of results");
  AddRole(app, action, ServiceRole::kNotary, "Run a notary: a witness of TLS sessions");
}

}  // namespace mpcstats

// mpcstats party | coordinator | publish | notary: a role as a service.
#include "mpcstats/service/serve.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/store/party_store.h"

namespace mpcstats {
namespace {

struct Arguments {
  std::string config;
  bool clear_failures = false;
  std::string backup;
};

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

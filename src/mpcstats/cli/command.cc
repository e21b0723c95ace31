#include "mpcstats/cli/command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

namespace mpcstats {

int ReportError(const Error& error) {
  fmt::print(stderr, "mpcstats: {}\n", error.message());
  return ExitCode(error.code());
}

int RunCommandLine(int argc, char** argv) {
  CLI::App app("mpcstats: statistics of private numbers by three parties that do not trust each other");
  app.require_subcommand(1);
  app.set_version_flag("--version", "mpcstats 0.1.0");
  Action action;
  AddComputeCommand(app, &action);
  AddBenchCommand(app, &action);
  AddSimulateCommand(app, &action);
  AddStatisticsCommand(app, &action);
  AddInitCommand(app, &action);
  AddServeCommands(app, &action);
  AddSurveyCommand(app, &action);
  AddDoctorCommand(app, &action);
  AddAuditCommand(app, &action);
  AddVerifyAttestationCommand(app, &action);
  AddLoadCommand(app, &action);
  AddShareCommand(app, &action);
  AddProveCommand(app, &action);
  AddTemplateCommand(app, &action);
  AddAnswerCommands(app, &action);
  AddQueryCommands(app, &action);
  AddPartyProcessCommand(app, &action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "mpcstats: {}; see mpcstats --help\n", error.what());
    return ExitCode(ErrorCode::kInvalidArgument);
  }
  return action();
}

}  // namespace mpcstats

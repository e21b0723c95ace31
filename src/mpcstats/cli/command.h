// One file a subcommand: each adds itself to the command line and says what to run.
#pragma once

#include <functional>
#include <string>

#include "mpcstats/base/error.h"

namespace CLI {
class App;
}

namespace mpcstats {

/// What the chosen subcommand does; returns the exit code (docs/exit-codes.md).
using Action = std::function<int()>;

void AddComputeCommand(CLI::App& app, Action* action);
void AddBenchCommand(CLI::App& app, Action* action);
void AddSimulateCommand(CLI::App& app, Action* action);
void AddStatisticsCommand(CLI::App& app, Action* action);
void AddInitCommand(CLI::App& app, Action* action);
void AddServeCommands(CLI::App& app, Action* action);
void AddSurveyCommand(CLI::App& app, Action* action);
void AddDoctorCommand(CLI::App& app, Action* action);
void AddAuditCommand(CLI::App& app, Action* action);
void AddVerifyAttestationCommand(CLI::App& app, Action* action);
void AddLoadCommand(CLI::App& app, Action* action);
void AddShareCommand(CLI::App& app, Action* action);
void AddProveCommand(CLI::App& app, Action* action);
void AddTemplateCommand(CLI::App& app, Action* action);
void AddAnswerCommands(CLI::App& app, Action* action);
void AddQueryCommands(CLI::App& app, Action* action);
void AddPartyProcessCommand(CLI::App& app, Action* action);

/// Parses the command line and runs the subcommand.
int RunCommandLine(int argc, char** argv);

/// Prints `mpcstats: sentence` to standard error and returns the exit code of the error.
int ReportError(const Error& error);

}  // namespace mpcstats

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
void AddPartyProcessCommand(CLI::App& app, Action* action);

/// Parses the command line and runs the subcommand.
int RunCommandLine(int argc, char** argv);

/// Prints `mpcstats: sentence` to standard error and returns the exit code of the error.
int ReportError(const Error& error);

}  // namespace mpcstats

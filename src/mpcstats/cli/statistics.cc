// mpcstats statistics: what can be computed, and what each opens.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/command.h"
#include "mpcstats/service/statistics_list.h"

namespace mpcstats {

void AddStatisticsCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("statistics", "List what can be computed, and what each opens");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one line of JSON, as GET /v1/statistics answers");
  command->callback([action, json] {
    *action = [json] {
      fmt::print("{}", *json ? StatisticsDocument().dump() + "\n" : StatisticsTable());
      return 0;
    };
  });
}

}  // namespace mpcstats

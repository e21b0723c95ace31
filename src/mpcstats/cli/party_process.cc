// mpcstats party-process: what `compute` and `bench` start; not for people.
#include "mpcstats/service/party_process.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"

namespace mpcstats {

namespace {

struct Arguments {
  unsigned party = 0;
  int descriptor = -1;
};

int Run(const Arguments& arguments) {
  auto channel = FdChannel::Adopt(UniqueFd(arguments.descriptor), "the launcher", std::chrono::hours(24));
  if (!channel) return ReportError(channel.error());
  // The launcher prints what a party reports; a second copy here would only confuse.
  const Status done = RunPartyProcess(PartyIndex(arguments.party), std::move(*channel));
  return done ? 0 : ExitCode(done.error().code());
}

}  // namespace

void AddPartyProcessCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("party-process", "");
  command->group("");  // hidden
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("party", arguments->party)->required()->check(CLI::Range(0, 2));
  command->add_option("descriptor", arguments->descriptor)->required()->check(CLI::Range(3, 1 << 20));
  command->callback([action, arguments] { *action = [arguments] { return Run(*arguments); }; });
}

}  // namespace mpcstats

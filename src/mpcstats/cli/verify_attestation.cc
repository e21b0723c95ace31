// mpcstats verify-attestation: the same check as the small program mpcstats-verify.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/attestation/verify_file.h"
#include "mpcstats/cli/command.h"

namespace mpcstats {
namespace {

struct Arguments {
  std::string file;
  std::string key;
};

int Run(const Arguments& arguments) {
  const VerifyOutcome outcome = VerifyAttestationFile(arguments.file, arguments.key);
  fmt::print("{}", outcome.out);
  if (!outcome.err.empty()) fmt::print(stderr, "mpcstats: {}\n", outcome.err);
  return outcome.exit_code;
}

}  // namespace

void AddVerifyAttestationCommand(CLI::App& app, Action* action) {
  CLI::App* const command =
      app.add_subcommand("verify-attestation", "Check a notary's attestation and print what it says");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("file", arguments->file, "The attestation")->required()->type_name("FILE");
  command
      ->add_option("--notary-key", arguments->key,
                   "Public key that must have signed it: ed25519: and 64 digits")
      ->required()
      ->type_name("KEY");
  command->callback([=] { *action = [arguments] { return Run(*arguments); }; });
}

}  // namespace mpcstats

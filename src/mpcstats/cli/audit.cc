// mpcstats audit: reads a party's log and checks that its entries hang together.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/service/config.h"
#include "mpcstats/store/party_store.h"

namespace mpcstats {
namespace {

Result<int> Audit(const std::string& config_path) {
  ASSIGN_OR_RETURN(const ServiceConfig config, LoadServiceConfig(config_path));
  if (config.role != ServiceRole::kParty)
    return Fail(ErrorCode::kInvalidArgument, "only parties keep an audit log");
  ASSIGN_OR_RETURN(const std::unique_ptr<PartyStore> store, PartyStore::Open(config.data_dir));
  constexpr std::int64_t kMost = 10'000'000;
  ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries, store->AuditLog(1, kMost));
  for (const AuditEntry& entry : entries) {
    fmt::print("{:>6} {} {:<18} {} {}\n", entry.number, FormatTime(entry.time), entry.event, entry.detail,
               ToHex(ByteSpan(entry.hash).first(6)));
  }
  if (const Status whole = VerifyAudit(entries); !whole) {
    fmt::print("BROKEN: {}\n", whole.error().message());
    return 1;
  }
  fmt::print(
      "{} entries; each names the one before it. Compare the last hash with one noted earlier to see that "
      "none was cut off.\n",
      entries.size());
  return 0;
}

}  // namespace

void AddAuditCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("audit", "Read and check a party's log (with the party stopped)");
  const auto config = std::make_shared<std::string>();
  command->add_option("--config", *config, "Configuration of the party")->required();
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Audit(*config);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

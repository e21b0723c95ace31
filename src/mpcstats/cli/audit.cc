// mpcstats audit: reads a party's log, of its directory or over HTTP, and checks that its entries hang together.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/survey_place.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/store/party_store.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

// More than any party writes; a server that goes on and on is not read for ever.
constexpr std::size_t kMostEntries = 1'000'000;
constexpr std::int64_t kPage = 1000;

struct Arguments {
  std::string config;
  SurveyPlace survey;
  std::optional<unsigned> party;
};

using NextPage = std::function<Result<std::vector<AuditEntry>>(std::int64_t from)>;

std::unexpected<Error> NotALog(const std::string& name) {
  return Fail(ErrorCode::kProtocolViolation, name + " answered something else than its log");
}

Result<std::vector<AuditEntry>> ParseEntries(const std::string& name, const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("entries") || !json["entries"].is_array()) return NotALog(name);
  const auto is_text = [](const Json& item, const char* key) {
    return item.contains(key) && item[key].is_string();
  };
  std::vector<AuditEntry> entries;
  for (const Json& item : json["entries"]) {
    if (!item.is_object() || !item.contains("number") || !item["number"].is_number_unsigned())
      return NotALog(name);
    for (const char* key : {"time", "event", "detail", "hash"}) {
      if (!is_text(item, key)) return NotALog(name);
    }
    const auto time = ParseTime(item["time"].get<std::string>());
    const auto hash = ParseId(item["hash"].get<std::string>());
    if (!time || !hash) return NotALog(name);
    entries.push_back({.number = item["number"].get<std::int64_t>(),
                       .time = *time,
                       .event = item["event"].get<std::string>(),
                       .detail = item["detail"].get<std::string>(),
                       .hash = *hash});
  }
  return entries;
}

// The log as whole as the source gives it, each page asked for by the number that must come next.
Result<std::vector<AuditEntry>> ReadAll(const NextPage& next) {
  std::vector<AuditEntry> all;
  while (all.size() < kMostEntries) {
    const std::int64_t from = all.empty() ? 1 : all.back().number + 1;
    ASSIGN_OR_RETURN(std::vector<AuditEntry> page, next(from));
    if (page.empty()) return all;
    // Numbers that go back would make this a loop.
    if (page.front().number < from || page.back().number < page.front().number) {
      return Fail(ErrorCode::kProtocolViolation, "the entries of the log are not in order");
    }
    all.insert(all.end(), std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
  }
  return Fail(ErrorCode::kResourceExhausted, fmt::format("the log has more than {} entries", kMostEntries));
}

// Another server's text goes to a terminal only when it is plain.
std::string Printable(const std::string& text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? text : QuoteForMessage(text, 2000);
}

int Print(const std::vector<AuditEntry>& entries) {
  for (const AuditEntry& entry : entries) {
    fmt::print("{:>6} {} {:<18} {} {}\n", entry.number, FormatTime(entry.time), Printable(entry.event),
               Printable(entry.detail), ToHex(ByteSpan(entry.hash).first(6)));
  }
  if (!entries.empty() && entries.front().number != 1) {
    fmt::print("BROKEN: the log starts at entry {}; what stood before it is gone\n", entries.front().number);
    return 1;
  }
  if (const Status whole = VerifyAudit(entries); !whole) {
    fmt::print("BROKEN: {}\n", whole.error().message());
    return 1;
  }
  if (entries.empty()) {
    fmt::print("The log is empty.\n");
    return 0;
  }
  fmt::print(
      "{} entries; each names the one before it. The last hash is {}: compare it with one noted earlier to "
      "see that none "
      "was cut off or written anew.\n",
      entries.size(), ToHex(entries.back().hash));
  return 0;
}

Result<int> AuditDirectory(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const ServiceConfig config, LoadServiceConfig(arguments.config));
  if (config.role != ServiceRole::kParty) {
    return Fail(ErrorCode::kInvalidArgument,
                "only parties keep an audit log; give the configuration of a party");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<PartyStore> store, PartyStore::Open(config.data_dir));
  ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries,
                   ReadAll([&](std::int64_t from) { return store->AuditLog(from, kPage); }));
  return Print(entries);
}

Result<int> AuditServer(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::optional<SignedSurvey> loaded, LoadSurvey(arguments.survey));
  if (!loaded) return kNotPinned;
  const SignedSurvey& survey = *loaded;
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client,
                   ClientOf(survey.survey().parties[*arguments.party]));
  const std::string name = "party " + std::to_string(*arguments.party);
  ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries,
                   ReadAll([&](std::int64_t from) -> Result<std::vector<AuditEntry>> {
                     ASSIGN_OR_RETURN(const std::string text,
                                      Fetch(*client, name, "GET", "/v1/audit?from=" + std::to_string(from)));
                     return ParseEntries(name, text);
                   }));
  return Print(entries);
}

Result<int> Audit(const Arguments& arguments) {
  const bool server = !arguments.survey.place.empty() || arguments.party;
  if (server == !arguments.config.empty() ||
      (server && (arguments.survey.place.empty() || !arguments.party))) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "give --config FILE of a party that is stopped, or --survey FILE and --party N of one that runs");
  }
  return server ? AuditServer(arguments) : AuditDirectory(arguments);
}

}  // namespace

void AddAuditCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("audit", "Read and check a party's log");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "Configuration of a party that is stopped");
  AddSurveyOptions(command, &arguments->survey, SurveyOption::kOptional);
  command->add_option("--party", arguments->party, "Which one: 0, 1 or 2")->check(CLI::Range(0, 2));
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Audit(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

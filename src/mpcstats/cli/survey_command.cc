// mpcstats survey check | sign | open | close | invite: a survey from its file to open servers.
#include <fmt/core.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/survey_draft.h"
#include "mpcstats/crypto/key_file.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/invite.h"

namespace mpcstats {
namespace {

struct Arguments {
  std::string file;
  std::string config;
  std::string output;
  std::string at;
  std::uint32_t count = 0;
};

void PrintHints(const Survey& survey, UnixSeconds now) {
  if (survey.eligibility == Eligibility::kOpen) {
    fmt::print(
        "\nNote: anyone can answer any number of times; the sizes of groups hold for answers and not for "
        "people.\n");
  }
  if (survey.allow_rank_statistics) {
    fmt::print(
        "\nNote: rank statistics are on: such a figure can be the exact value of one person. Who answers is "
        "shown:\n"
        "  {}\n",
        survey.rank_notice);
  }
  if (survey.closes <= now) fmt::print("\nNote: the survey closes in the past: nobody could answer it.\n");
  if (!survey.publisher)
    fmt::print("\nNote: no publisher: results are read from the coordinator and the parties.\n");
}

void PrintProgress(const DraftFile& file) {
  const std::string keys = MissingParties(file.survey, file.draft.box_keys);
  const std::string signatures = MissingParties(file.survey, file.draft.signatures);
  if (!keys.empty()) {
    fmt::print("Still to come: the keys of {}; then all sign\n", keys);
  } else if (!signatures.empty()) {
    fmt::print("Survey {}. Still to sign: {}\n", ToHex(file.draft.Hash()), signatures);
  } else {
    fmt::print("Survey {}: all three have signed. Next: mpcstats survey open {}\n", ToHex(file.draft.Hash()),
               file.path);
  }
}

Result<int> Check(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const DraftFile file, ReadDraftFile(arguments.file, ""));
  const Survey& survey = file.survey;
  fmt::print("{}\n  open from {} to {}; shares are destroyed {} days later\n", survey.title,
             FormatTime(survey.opens), FormatTime(survey.closes), survey.retention_days);
  fmt::print("\nPeople are asked for\n");
  for (const SurveyColumn& column : survey.columns) {
    fmt::print("  {:<20} {}{}{}\n", column.name, column.label, column.unit.empty() ? "" : ", " + column.unit,
               column.kind == ColumnKind::kUnique ? " (hidden, one answer each)" : "");
  }
  fmt::print(
      "\nReleased, for whole batches of at least {} answers, when every cell gained nobody or at least {}\n",
      survey.batch_min, survey.group_min);
  for (const CatalogueFigure& figure : survey.figures) {
    const std::string label = figure.label == figure.expression ? "" : figure.label;
    const std::string by = SplitLabel(survey, figure);
    // Longer than the column: what it is called stands below it.
    const bool is_long = figure.expression.size() > 28 && !(label.empty() && by.empty());
    const std::string_view gap = is_long ? "\n                               " : " ";
    fmt::print("  {:<28}{}{}{}{}\n", figure.expression, gap, label, label.empty() || by.empty() ? "" : ", ",
               by.empty() ? "" : "by " + by);
  }
  ASSIGN_OR_RETURN(const SurveyPlan plan, PlanSurvey(survey, kCatalogueRows));
  if (plan.gate_cells > 0) {
    fmt::print("\nFilters, groups and tables cut the answers into {} cells for the gates, of at most {}\n",
               plan.gate_cells, kMostCells);
  }
  fmt::print("\nRun by\n");
  for (const PartyOperator& party : survey.parties)
    fmt::print("  party        {} ({})\n", party.name, party.url);
  fmt::print("  coordinator  {} ({})\n", survey.coordinator.name, survey.coordinator.url);
  if (survey.publisher) fmt::print("  publisher    {} ({})\n", survey.publisher->name, survey.publisher->url);
  PrintHints(survey, SystemClock().Now());
  fmt::print("\n");
  PrintProgress(file);
  fmt::print("The file is fine. SHA-256 of its text: {}\n", ToHex(Sha256(AsBytes(file.draft.text))));
  return 0;
}

Result<int> Sign(const Arguments& arguments) {
  ASSIGN_OR_RETURN(DraftFile file, ReadDraftFile(arguments.file, arguments.output));
  ASSIGN_OR_RETURN(const SigningParty party, LoadSigningParty(arguments.config, file.survey));
  SystemRng rng;
  RETURN_IF_ERROR(AddToDraft(party, rng, file.draft));
  RETURN_IF_ERROR(WriteDraftFile(file));
  fmt::print("{}: party {} {}. ", file.path, party.config.index,
             file.draft.signatures[party.config.index] ? "has signed" : "has put in its key");
  PrintProgress(file);
  return 0;
}

// Posts the survey to everybody it names, one line each. The gravest error, if any did not take it.
std::optional<Error> PostToAll(const SignedSurvey& survey) {
  std::vector<std::pair<std::string, Operator>> all;
  for (unsigned i = 0; i < 3; ++i) all.emplace_back("party " + std::to_string(i), survey.survey().parties[i]);
  all.emplace_back("coordinator", survey.survey().coordinator);
  if (survey.survey().publisher) all.emplace_back("publisher", *survey.survey().publisher);
  std::optional<Error> gravest;
  const std::string json = survey.ToJson();
  for (const auto& [role, one] : all) {
    const auto client = ClientOf(one);
    const auto posted = client ? Fetch(**client, role, "POST", "/v1/surveys", AsBytes(json))
                               : std::unexpected(client.error());
    fmt::print("  {:<12} {:<40} {}\n", role, one.url, posted ? "ok" : posted.error().message());
    // A wrong key (76) weighs more than a server that is away (75), and that more than one that says no (2).
    if (!posted && (!gravest || ExitCode(posted.error().code()) > ExitCode(gravest->code())))
      gravest = posted.error();
  }
  return gravest;
}

int ReportPosts(const std::optional<Error>& error) {
  if (!error) return 0;
  fmt::print(
      stderr,
      "mpcstats: not every server took the survey; mend what is said above and run the command again\n");
  return ExitCode(error->code());
}

Result<int> Open(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const SignedSurvey survey, ReadSurveyFile(arguments.file));
  if (const auto error = PostToAll(survey)) return ReportPosts(error);
  fmt::print("The survey is open from {} to {}. Give {} to those who may answer.\n",
             FormatTime(survey.survey().opens), FormatTime(survey.closes_at()), arguments.file);
  return 0;
}

Result<int> Close(const Arguments& arguments) {
  ASSIGN_OR_RETURN(DraftFile file, ReadDraftFile(arguments.file, arguments.output));
  ASSIGN_OR_RETURN(const SigningParty party, LoadSigningParty(arguments.config, file.survey));
  std::optional<UnixSeconds> at;
  if (!arguments.at.empty()) {
    ASSIGN_OR_RETURN(at, ParseTime(arguments.at));
  }
  RETURN_IF_ERROR(AddCloseToDraft(party, at, SystemClock().Now(), file));
  RETURN_IF_ERROR(WriteDraftFile(file));
  const std::string missing = MissingParties(file.survey, file.draft.close->signatures);
  fmt::print("{}: party {} agrees to close at {}. ", file.path, party.config.index,
             FormatTime(file.draft.close->closes_at));
  if (!missing.empty()) {
    fmt::print("Still to sign: {}\n", missing);
    return 0;
  }
  fmt::print("All three do:\n");
  ASSIGN_OR_RETURN(const SignedSurvey closed, SignedSurvey::FromDraft(file.draft));
  return ReportPosts(PostToAll(closed));
}

Result<int> Invite(const Arguments& arguments) {
  const std::string path = arguments.output.empty() ? "invitations.txt" : arguments.output;
  struct stat info{};
  if (lstat(path.c_str(), &info) == 0) {
    return Fail(ErrorCode::kInvalidArgument, path + " is there already; choose another -o");
  }
  SystemRng rng;
  ASSIGN_OR_RETURN(const InviteList list, InviteList::Make(arguments.count, rng));
  std::string text;
  // In one piece: growing would leave copies behind that nobody wipes.
  text.reserve(list.size() * (InviteText(list.Token(0)).size() + 64));
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    std::string one = InviteText(list.Token(i));
    text += one;
    text += '\n';
    SecureWipe(one.data(), one.size());
  }
  const Status written = WriteSecretFile(path, AsBytes(text), "invitations file");
  SecureWipe(text.data(), text.size());
  RETURN_IF_ERROR(written);
  fmt::print(
      "# {} holds {} secret invitations, one a line: one for each person. In survey.toml, under [survey]:\n"
      "eligibility = \"invite\"\ninvite_root = \"{}\"\ninvite_count = {}\n",
      path, list.size(), ToHex(list.root()), list.size());
  return 0;
}

CLI::App* Add(CLI::App* group, Action* action, const std::shared_ptr<Arguments>& arguments, const char* name,
              const char* help, Result<int> (*run)(const Arguments&)) {
  CLI::App* command = group->add_subcommand(name, help);
  command->callback([=] {
    *action = [=] {
      const Result<int> done = run(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
  return command;
}

}  // namespace

void AddSurveyCommand(CLI::App& app, Action* action) {
  CLI::App* group = app.add_subcommand("survey", "Check, sign, open and close a survey");
  group->require_subcommand(1);
  const auto a = std::make_shared<Arguments>();
  CLI::App* check = Add(group, action, a, "check", "Look a survey file over", Check);
  CLI::App* sign =
      Add(group, action, a, "sign", "As a party: add the key of the survey, then the signature", Sign);
  CLI::App* open = Add(group, action, a, "open", "Give a signed survey to all its servers", Open);
  CLI::App* close = Add(group, action, a, "close",
                        "As a party: agree to an earlier end; the third signature makes it so", Close);
  CLI::App* invite = Add(group, action, a, "invite", "Make secret invitations", Invite);
  for (CLI::App* one : {check, sign, open, close}) {
    one->add_option("file", a->file, "survey.toml, or the file that is signed")->required();
  }
  for (CLI::App* one : {sign, close}) {
    one->add_option("--config", a->config, "Configuration of the party that signs")->required();
  }
  for (CLI::App* one : {sign, close, invite}) one->add_option("-o,--output", a->output, "Where to write");
  close->add_option("--at", a->at, "When answers end: 2026-12-01T18:00:00Z (default: now)");
  invite->add_option("count", a->count, "How many")->required();
}

}  // namespace mpcstats

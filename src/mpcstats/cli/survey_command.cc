// mpcstats survey check | sign | open | close | invite: a survey from its file to open servers.
#include <fmt/core.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/crypto/key_file.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/data_directory.h"
#include "mpcstats/store/key_ring.h"
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

bool IsToml(const std::string& path) { return path.ends_with(".toml"); }

// The travelling file beside a survey.toml.
std::string DraftPath(const Arguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  if (!IsToml(arguments.file)) return arguments.file;
  return arguments.file.substr(0, arguments.file.size() - 5) + ".survey.json";
}

Result<SurveyDraft> ReadDraft(const Arguments& arguments) {
  ASSIGN_OR_RETURN(std::string text, ReadTextFile(arguments.file, kMaxSurveyBytes));
  if (!IsToml(arguments.file)) return DraftFromJson(text);
  SurveyDraft draft;
  const auto before = ReadTextFile(DraftPath(arguments), kMaxSurveyBytes);
  if (before) {
    ASSIGN_OR_RETURN(draft, DraftFromJson(*before));
    if (draft.text != text) {
      return Fail(ErrorCode::kInvalidArgument, DraftPath(arguments) + " belongs to another text than " +
                                                   arguments.file +
                                                   " has now; remove it and let all sign again");
    }
    return draft;
  }
  draft.text = std::move(text);
  return draft;
}

Status WriteDraft(const std::string& path, const SurveyDraft& draft) {
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file << DraftToJson(draft) << "\n";
  file.close();
  if (!file) return Fail(ErrorCode::kInvalidArgument, path + " cannot be written");
  return {};
}

Result<Survey> CheckedSurvey(const std::string& text, const std::string& path) {
  auto survey = ParseSurvey(text);
  if (!survey) return std::unexpected(survey.error().At(path));
  if (const Status fits = CheckCatalogue(*survey); !fits) return std::unexpected(fits.error().At(path));
  return survey;
}

Result<int> Check(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const SurveyDraft draft, ReadDraft(arguments));
  ASSIGN_OR_RETURN(const Survey survey, CheckedSurvey(draft.text, arguments.file));
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
    fmt::print("  {:<28} {}{}\n", figure.expression, figure.label,
               figure.by_partition ? ", by " + survey.columns[*survey.partition].name : "");
  }
  fmt::print("\nRun by\n");
  for (const PartyOperator& party : survey.parties)
    fmt::print("  party        {} ({})\n", party.name, party.url);
  fmt::print("  coordinator  {} ({})\n", survey.coordinator.name, survey.coordinator.url);
  if (survey.eligibility == Eligibility::kOpen) {
    fmt::print(
        "\nNote: anyone can answer any number of times; the sizes of groups hold for answers and not for "
        "people.\n");
  }
  fmt::print("\nThe file is fine. SHA-256 of its text: {}\n", ToHex(Sha256(AsBytes(draft.text))));
  return 0;
}

struct Operator3 {
  ServiceConfig config;
  Identity identity;
  unsigned index;
};

Result<Operator3> PartyOf(const Arguments& arguments, const Survey& survey) {
  ASSIGN_OR_RETURN(ServiceConfig config, LoadServiceConfig(arguments.config));
  if (config.role != ServiceRole::kParty) {
    return Fail(ErrorCode::kInvalidArgument,
                arguments.config + " is not the configuration of a party; only parties sign");
  }
  ASSIGN_OR_RETURN(Identity identity, LoadOrCreateIdentity(config.data_dir));
  const unsigned index = config.index;
  if (survey.parties[index].identity_key != identity.PublicKey()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the survey names another identity for party {}; this one is {}", index,
                            IdentityText(identity.PublicKey())));
  }
  return Operator3{std::move(config), std::move(identity), index};
}

std::string Missing(const std::array<bool, 3>& there) {
  std::string text;
  for (unsigned i = 0; i < 3; ++i) {
    if (!there[i]) text += (text.empty() ? "party " : ", party ") + std::to_string(i);
  }
  return text;
}

Result<int> Sign(const Arguments& arguments) {
  ASSIGN_OR_RETURN(SurveyDraft draft, ReadDraft(arguments));
  ASSIGN_OR_RETURN(const Survey survey, CheckedSurvey(draft.text, arguments.file));
  ASSIGN_OR_RETURN(const Operator3 party, PartyOf(arguments, survey));
  // As the party's store names it; its directory may be in use by the running party.
  ASSIGN_OR_RETURN(KeyRing keys, KeyRing::Open(party.config.data_dir + "/keys"));
  SystemRng rng;
  ASSIGN_OR_RETURN(Secret<Bytes32> secret, keys.FindOrMake(ToHex(Sha256(AsBytes(draft.text))) + ".box", rng));
  const HpkeKey box_key = HpkeKey::FromSecret(std::move(secret));
  if (!draft.box_keys[party.index]) {
    draft.box_keys[party.index] = box_key.PublicKey();
  } else if (*draft.box_keys[party.index] != box_key.PublicKey()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the file has another box key for this party than its directory; start over from the text");
  }
  const std::string path = DraftPath(arguments);
  std::array<bool, 3> there{};
  for (unsigned i = 0; i < 3; ++i) there[i] = draft.box_keys[i].has_value();
  if (!draft.HasAllKeys()) {
    RETURN_IF_ERROR(WriteDraft(path, draft));
    fmt::print("{}: the key of party {} is in. Still to come: the keys of {}; then all sign\n", path,
               party.index, Missing(there));
    return 0;
  }
  draft.signatures[party.index] = party.identity.Sign(SurveySignatureInput(draft.Hash(), party.index));
  RETURN_IF_ERROR(WriteDraft(path, draft));
  for (unsigned i = 0; i < 3; ++i) there[i] = draft.signatures[i].has_value();
  if (Missing(there).empty()) {
    ASSIGN_OR_RETURN(const SignedSurvey done, SignedSurvey::FromDraft(draft));
    fmt::print("{}: all three have signed. Survey {}\nNext: mpcstats survey open {}\n", path,
               ToHex(done.hash()), path);
  } else {
    fmt::print("{}: party {} has signed. Still to sign: {}\n", path, party.index, Missing(there));
  }
  return 0;
}

// Posts the survey to everybody it names. How many did not take it.
Result<unsigned> PostToAll(const SignedSurvey& survey) {
  std::vector<std::pair<std::string, Operator>> all;
  for (unsigned i = 0; i < 3; ++i) all.emplace_back("party " + std::to_string(i), survey.survey().parties[i]);
  all.emplace_back("coordinator", survey.survey().coordinator);
  if (survey.survey().publisher) all.emplace_back("publisher", *survey.survey().publisher);
  unsigned failed = 0;
  const std::string json = survey.ToJson();
  for (const auto& [role, one] : all) {
    const auto client = ClientOf(one);
    const auto posted = client ? Fetch(**client, role, "POST", "/v1/surveys", AsBytes(json))
                               : std::unexpected(client.error());
    fmt::print("  {:<12} {:<40} {}\n", role, one.url, posted ? "ok" : posted.error().message());
    if (!posted) ++failed;
  }
  return failed;
}

Result<int> Open(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const SignedSurvey survey, ReadSurveyFile(arguments.file));
  ASSIGN_OR_RETURN(const unsigned failed, PostToAll(survey));
  if (failed > 0) {
    fmt::print("{} did not take the survey; mend that and run the command again\n", failed);
    return ExitCode(ErrorCode::kUnavailable);
  }
  fmt::print("The survey is open from {} to {}. Give {} to those who may answer.\n",
             FormatTime(survey.survey().opens), FormatTime(survey.closes_at()), arguments.file);
  return 0;
}

Result<int> Close(const Arguments& arguments) {
  ASSIGN_OR_RETURN(SurveyDraft draft, ReadDraft(arguments));
  ASSIGN_OR_RETURN(const Survey survey, CheckedSurvey(draft.text, arguments.file));
  ASSIGN_OR_RETURN(const Operator3 party, PartyOf(arguments, survey));
  if (!draft.close) {
    SurveyClose close;
    close.closes_at = SystemClock().Now();
    if (!arguments.at.empty()) {
      ASSIGN_OR_RETURN(close.closes_at, ParseTime(arguments.at));
    }
    draft.close = close;
  }
  draft.close->signatures[party.index] =
      party.identity.Sign(SurveyCloseInput(draft.Hash(), draft.close->closes_at, party.index));
  const std::string path = DraftPath(arguments);
  RETURN_IF_ERROR(WriteDraft(path, draft));
  std::array<bool, 3> there{};
  for (unsigned i = 0; i < 3; ++i) there[i] = draft.close->signatures[i].has_value();
  if (!Missing(there).empty()) {
    fmt::print("{}: party {} agrees to close at {}. Still to sign: {}\n", path, party.index,
               FormatTime(draft.close->closes_at), Missing(there));
    return 0;
  }
  ASSIGN_OR_RETURN(const SignedSurvey closed, SignedSurvey::FromDraft(draft));
  ASSIGN_OR_RETURN(const unsigned failed, PostToAll(closed));
  return failed == 0 ? 0 : ExitCode(ErrorCode::kUnavailable);
}

Result<int> Invite(const Arguments& arguments) {
  SystemRng rng;
  ASSIGN_OR_RETURN(const InviteList list, InviteList::Make(arguments.count, rng));
  const std::string path = arguments.output.empty() ? "invitations.txt" : arguments.output;
  struct stat info{};
  if (stat(path.c_str(), &info) == 0)
    return Fail(ErrorCode::kInvalidArgument, path + " is there already; choose another -o");
  std::string text;
  for (std::uint32_t i = 0; i < list.size(); ++i) text += InviteText(list.Token(i)) + "\n";
  const Status written = WriteSecretFile(path, AsBytes(text));
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
  for (CLI::App* one : {check, sign, open, close})
    one->add_option("file", a->file, "survey.toml, or the signed file")->required();
  for (CLI::App* one : {sign, close})
    one->add_option("--config", a->config, "Configuration of the party that signs")->required();
  for (CLI::App* one : {sign, close, invite}) one->add_option("-o,--output", a->output, "Where to write");
  close->add_option("--at", a->at, "When answers end: 2026-12-01T18:00:00Z (default: now)");
  invite->add_option("count", a->count, "How many")->required();
}

}  // namespace mpcstats

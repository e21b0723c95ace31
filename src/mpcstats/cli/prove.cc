// mpcstats prove: makes an answer whose columns come from websites, each with a proof, and seals it. `mpcstats share --sealed`
// sends it; `mpcstats share` does both at once.
#include <fmt/core.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/answer_sender.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/proven_answer.h"
#include "mpcstats/cli/survey_place.h"
#include "mpcstats/crypto/key_file.h"

namespace mpcstats {
namespace {

struct Arguments {
  SurveyPlace survey;
  ProofArguments proof;
  std::vector<std::string> set;
  std::string output;
  std::string ticket;
};

Result<int> Prove(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::optional<SignedSurvey> loaded, LoadSurvey(arguments.survey));
  if (!loaded) return kNotPinned;
  const SignedSurvey& survey = *loaded;
  if (survey.survey().sources.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the survey names no website: nothing is proven in it; use mpcstats share");
  }
  ASSIGN_OR_RETURN(const auto cells, DeclaredCells(arguments.set));
  const std::string ticket =
      arguments.ticket.empty() ? survey.survey().id + ".ticket.json" : arguments.ticket;
  struct stat info{};
  for (const std::string& path : {ticket, arguments.output}) {
    if (stat(path.c_str(), &info) == 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  path + " is there already; name another file with --ticket or --output");
    }
  }
  std::vector<Bytes> presentations;
  AnswerSender sender(survey, {.replace = {}, .direct = false, .output = arguments.output});
  RETURN_IF_ERROR(sender.Send(
      nullptr, ticket, [&](const SigningKey& control, const SealOptions& options) -> Result<Submission> {
        ASSIGN_OR_RETURN(MadeAnswer made,
                         MakeProvenAnswer(survey, arguments.proof, cells, control, options, sender.rng()));
        presentations = std::move(made.presentations);
        return std::move(made.submission);
      }));
  std::string files;
  for (std::size_t i = 0; i < presentations.size(); ++i) {
    const std::string path =
        fmt::format("{}.{}.attestation", arguments.output, survey.survey().sources[i].id);
    RETURN_IF_ERROR(WriteSecretFile(path, presentations[i], "attestation"));
    files += "\n  " + path + "    mpcstats verify-attestation shows what it says; it is for you alone";
  }
  fmt::print(
      "Proven and sealed; nothing was sent to the survey yet.\n  {}    the sealed answer\n  {}    its "
      "ticket{}\n"
      "Send it: mpcstats share --sealed {} --ticket {} --survey {}\n",
      arguments.output, ticket, files, arguments.output, ticket, arguments.survey.place);
  return 0;
}

}  // namespace

void AddProveCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("prove", "Prove where the columns of an answer come from, and seal it");
  const auto arguments = std::make_shared<Arguments>();
  AddSurveyOptions(command, &arguments->survey);
  AddProofOptions(command, &arguments->proof);
  command->add_flag("--yes", arguments->proof.yes, "Do not ask");
  command->add_option("--set", arguments->set, "COLUMN=VALUE of a column that no website proves");
  command->add_option("-o,--output", arguments->output, "File for the sealed answer")->required();
  command->add_option("--ticket", arguments->ticket, "Where to keep the ticket");
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Prove(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

// mpcstats share: answers a survey. Shows what leaves the computer before it leaves.
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>

#include "mpcstats/cli/answer_sender.h"
#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/proven_answer.h"
#include "mpcstats/cli/survey_place.h"
#include "mpcstats/survey/invite.h"
#include "mpcstats/table/csv.h"
#include "mpcstats/table/mapped_file.h"

namespace mpcstats {
namespace {

using Cells = std::map<std::string, std::string>;

struct Arguments {
  SurveyPlace survey;
  std::vector<std::string> set;
  std::string csv;
  std::string invite;
  std::string ticket;
  std::string replace;
  bool yes = false;
  bool direct = false;
  bool dry_run = false;
  ProofArguments proof;
  std::string sealed;
};

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

Result<std::pair<std::string, std::string>> ParseCell(const SignedSurvey& survey, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (equals == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "write --set COLUMN=VALUE, for example --set " + survey.survey().columns[0].name + "=12.5");
  }
  if (survey.survey().FindColumn(name) == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "the survey has no column " + name);
  }
  return std::pair(name, text.substr(equals + 1));
}

// One column after the other from the terminal: nothing of it appears in the list of processes.
Result<Cells> AskForCells(const SignedSurvey& survey) {
  Cells cells;
  for (const SurveyColumn& column : survey.survey().columns) {
    if (isatty(STDIN_FILENO) != 0) {
      fmt::print(stderr, "{}{}{}: ", column.label, column.unit.empty() ? "" : " in " + column.unit,
                 column.may_be_missing ? " (may be empty)" : "");
    }
    std::string line;
    if (!std::getline(std::cin, line)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "there is no answer for " + column.name + "; give one line a column, or --set");
    }
    cells[column.name] = line;
  }
  return cells;
}

Result<std::vector<Cells>> ReadCells(const SignedSurvey& survey, const std::string& path) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path, kMostBytes));
  ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(path, file.text(), {}));
  const std::vector<std::string> names = reader.header();
  std::vector<Cells> rows;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader.Next());
    if (!more) return rows;
    Cells cells;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (survey.survey().FindColumn(names[i]) != nullptr) cells[names[i]] = std::string(reader.fields()[i]);
    }
    rows.push_back(std::move(cells));
  }
}

void ShowWhatLeaves(const SignedSurvey& survey, const Cells& cells, std::size_t rows,
                    const Arguments& arguments) {
  const Survey& content = survey.survey();
  fmt::print("{}\n  survey {}\n\n", content.title, ToHex(survey.hash()));
  if (rows == 1) {
    fmt::print("Your answer, which stays on this computer:\n");
    for (const auto& [name, value] : cells)
      fmt::print("  {:<20} {}\n", name, value.empty() ? "(missing)" : value);
  } else {
    fmt::print("{} answers, which stay on this computer.\n", rows);
  }
  fmt::print("\nWhat leaves it, for each answer:\n");
  if (arguments.direct) {
    fmt::print("  to each party     a random share of the answer in a sealed box of {} bytes\n",
               BoxBytes(content));
  } else {
    fmt::print("  to {}\n    three sealed boxes of {} bytes, one for each party; it cannot open them\n",
               content.coordinator.name, BoxBytes(content));
  }
  fmt::print("    the survey's hash, a fresh public key, commitments; your network address and the time\n");
  for (const PartyOperator& party : content.parties)
    fmt::print("  {} gets a random share, which says nothing by itself\n", party.name);
  if (content.eligibility == Eligibility::kInvite) {
    fmt::print(
        "  your invitation's public key: whoever handed out the invitations knows that you answered\n");
  }
  fmt::print("\nWhat will be published: ");
  std::string figures;
  for (const CatalogueFigure& figure : content.figures)
    figures += (figures.empty() ? "" : ", ") + figure.expression;
  fmt::print("{}\n  in batches of at least {} answers\n", figures, content.batch_min);
  if (!content.rank_notice.empty()) fmt::print("  {}\n", content.rank_notice);
  fmt::print("\n");
}

Status Confirm(const Arguments& arguments) {
  if (arguments.yes) return {};
  if (isatty(STDIN_FILENO) == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "nothing was sent: add --yes when there is no terminal to ask on");
  }
  fmt::print("Send it? [y/N] ");
  std::string line;
  std::getline(std::cin, line);
  if (line == "y" || line == "yes") return {};
  return Fail(ErrorCode::kInvalidArgument, "nothing was sent");
}

Result<std::vector<InviteToken>> ReadInvites(const std::string& path) {
  std::vector<InviteToken> tokens;
  if (path.empty()) return tokens;
  ASSIGN_OR_RETURN(std::string text, ReadTextFile(path, std::size_t{64} << 20));
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    ASSIGN_OR_RETURN(tokens.emplace_back(), ParseInvite(line));
  }
  SecureWipe(text.data(), text.size());
  return tokens;
}

// A ticket that is there already: of an answer that was sent, which has to be named to be replaced, or of an attempt.
Status CheckTicketPath(const SignedSurvey& survey, const std::string& base, Arguments& arguments) {
  if (!Exists(base) || base == arguments.replace) return {};
  const auto before = ReadAnswerFile(base);
  const bool unsent = before && !before->ticket && before->survey_hash == survey.hash();
  if (!unsent || !arguments.replace.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                base + " is there already: you have answered. Add --replace " + base +
                    " to put the new answer in its place, or name another file with --ticket");
  }
  fmt::print(
      "An earlier attempt got no ticket. Should it have arrived all the same, this answer takes its "
      "place.\n\n");
  arguments.replace = base;
  return {};
}

int SayWhereTheTicketIs(const std::string& base, const std::string& survey) {
  fmt::print(
      "Sent your answer. Ticket: {}\nYou may close this computer. Whether the answer counts is known when "
      "its batch "
      "closes:\n  mpcstats status {} --survey {}\n",
      base, base, survey);
  return 0;
}

// Columns come from websites: one session with a notary for each, then one message as always.
Result<int> ShareProven(const SignedSurvey& survey, Arguments arguments) {
  if (!arguments.csv.empty()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "answers of this survey are proven one by one; leave --csv out, and run share for each person");
  }
  ASSIGN_OR_RETURN(const Cells cells, DeclaredCells(arguments.set));
  const std::string base = arguments.ticket.empty() ? survey.survey().id + ".ticket.json" : arguments.ticket;
  RETURN_IF_ERROR(CheckTicketPath(survey, base, arguments));
  ShowWhatLeaves(survey, cells, 1, arguments);
  if (arguments.dry_run) {
    fmt::print("Nothing was sent (--dry-run).\n");
    return 0;
  }
  arguments.proof.yes = arguments.yes;
  AnswerSender sender(survey, {.replace = arguments.replace, .direct = arguments.direct});
  RETURN_IF_ERROR(sender.Send(
      nullptr, base, [&](const SigningKey& control, const SealOptions& options) -> Result<Submission> {
        ASSIGN_OR_RETURN(MadeAnswer made,
                         MakeProvenAnswer(survey, arguments.proof, cells, control, options, sender.rng()));
        return std::move(made.submission);
      }));
  return SayWhereTheTicketIs(base, arguments.survey.place);
}

// What mpcstats prove has sealed.
Result<int> ShareSealed(const SignedSurvey& survey, const Arguments& arguments) {
  if (arguments.ticket.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "name the ticket that mpcstats prove wrote: --ticket FILE");
  }
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(arguments.sealed, kMaxSubmissionBytes));
  auto submission = DecodeSubmission(AsBytes(file.text()));
  if (!submission) return std::unexpected(submission.error().At(arguments.sealed));
  RETURN_IF_ERROR(Confirm(arguments));
  AnswerSender sender(survey, {.replace = {}, .direct = arguments.direct});
  RETURN_IF_ERROR(sender.SendMade(*submission, arguments.ticket));
  return SayWhereTheTicketIs(arguments.ticket, arguments.survey.place);
}

Result<int> Share(Arguments arguments) {
  ASSIGN_OR_RETURN(const std::optional<SignedSurvey> loaded, LoadSurvey(arguments.survey));
  if (!loaded) return kNotPinned;
  const SignedSurvey& survey = *loaded;
  if (!arguments.sealed.empty()) return ShareSealed(survey, arguments);
  if (!survey.survey().sources.empty()) return ShareProven(survey, std::move(arguments));
  std::vector<Cells> rows;
  if (!arguments.csv.empty()) {
    ASSIGN_OR_RETURN(rows, ReadCells(survey, arguments.csv));
  } else if (!arguments.set.empty()) {
    rows.emplace_back();
    for (const std::string& text : arguments.set) {
      ASSIGN_OR_RETURN(auto cell, ParseCell(survey, text));
      rows.back().insert_or_assign(std::move(cell.first), std::move(cell.second));
    }
  } else {
    ASSIGN_OR_RETURN(rows.emplace_back(), AskForCells(survey));
  }
  if (rows.empty()) return Fail(ErrorCode::kInvalidArgument, "there is no row to share");
  std::vector<RowBits> encoded;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto row = EncodeRow(survey.survey(), rows[i]);
    if (!row)
      return std::unexpected(rows.size() == 1 ? row.error() : row.error().At("row " + std::to_string(i + 1)));
    encoded.push_back(std::move(*row));
  }
  ASSIGN_OR_RETURN(const std::vector<InviteToken> invites, ReadInvites(arguments.invite));
  if (survey.survey().eligibility == Eligibility::kInvite && invites.size() < rows.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the survey is for invited people; give the file of the invitation with --invite");
  }
  const bool many = rows.size() > 1;
  std::string base =
      arguments.ticket.empty() ? survey.survey().id + (many ? "-tickets" : ".ticket.json") : arguments.ticket;
  if (!many) RETURN_IF_ERROR(CheckTicketPath(survey, base, arguments));
  ShowWhatLeaves(survey, rows[0], rows.size(), arguments);
  if (arguments.dry_run) {
    fmt::print("Nothing was sent (--dry-run).\n");
    return 0;
  }
  RETURN_IF_ERROR(Confirm(arguments));
  if (many && mkdir(base.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fail(ErrorCode::kInvalidArgument, "the directory " + base + " for the tickets cannot be made");
  }
  AnswerSender sender(survey, {.replace = arguments.replace, .direct = arguments.direct});
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const std::string path = many ? fmt::format("{}/{:05}.ticket.json", base, i + 1) : base;
    const InviteToken* const invite = invites.empty() ? nullptr : &invites[i];
    const Status sent = sender.Send(invite, path, [&](const SigningKey& control, const SealOptions& options) {
      return SealSubmission(survey, encoded[i], control, options, sender.rng());
    });
    if (!sent) {
      return std::unexpected(many ? sent.error().At(fmt::format("row {} ({} rows were sent)", i + 1, i))
                                  : sent.error());
    }
  }
  fmt::print("Sent {}. {}: {}\n", many ? fmt::format("{} answers", encoded.size()) : "your answer",
             many ? "Tickets" : "Ticket", base);
  fmt::print(
      "You may close this computer. Whether the answer counts is known when its batch closes:\n  mpcstats "
      "status {}{} --survey {}\n",
      base, many ? "/00001.ticket.json" : "", arguments.survey.place);
  return 0;
}

}  // namespace

void AddShareCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("share", "Answer a survey");
  const auto arguments = std::make_shared<Arguments>();
  AddSurveyOptions(command, &arguments->survey);
  auto* set = command->add_option(
      "--set", arguments->set,
      "COLUMN=VALUE; others on this computer can see it in the list of processes: without --set the "
      "values are asked for");
  command
      ->add_option("--csv", arguments->csv,
                   "Many answers: a CSV file whose header names the survey's columns")
      ->excludes(set);
  command->add_option("--invite", arguments->invite, "File with the invitation (with --csv: one a line)");
  command->add_option("--ticket", arguments->ticket, "Where to keep the ticket (with --csv: a directory)");
  command->add_option("--replace", arguments->replace,
                      "Ticket of an earlier answer that this one takes the place of");
  AddProofOptions(command, &arguments->proof);
  command->add_option("--sealed", arguments->sealed, "An answer that mpcstats prove has sealed");
  command->add_flag("--direct", arguments->direct, "Send to the three parties instead of the coordinator");
  command->add_flag("--dry-run", arguments->dry_run, "Only show what would leave this computer");
  command->add_flag("--yes", arguments->yes, "Do not ask");
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Share(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

// mpcstats share: answers a survey. Shows what leaves the computer before it leaves.
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/survey_source.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/survey/invite.h"
#include "mpcstats/table/csv.h"
#include "mpcstats/table/mapped_file.h"

namespace mpcstats {
namespace {

using Cells = std::map<std::string, std::string>;

struct Arguments {
  SurveySource survey;
  std::vector<std::string> set;
  std::string csv;
  std::string invite;
  std::string ticket;
  std::string replace;
  bool yes = false;
  bool direct = false;
  bool dry_run = false;
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

class Sender {
 public:
  Sender(const SignedSurvey& survey, const Arguments& arguments) : survey_(survey), arguments_(arguments) {}

  Status Send(const RowBits& row, const InviteToken* invite, const std::string& ticket_path) {
    AnswerFile answer;
    answer.survey_hash = survey_.hash();
    SealOptions options;
    options.invite = invite;
    SigningKey control = SigningKey::Generate(rng_);
    if (!arguments_.replace.empty()) {
      ASSIGN_OR_RETURN(const AnswerFile old, ReadAnswerFile(arguments_.replace));
      if (old.survey_hash != survey_.hash()) {
        return Fail(ErrorCode::kInvalidArgument, arguments_.replace + " is the ticket of another survey");
      }
      control = SigningKey::FromSeed(old.control_seed);
      options.version = old.version + 1;
      options.replaces = old.submission;
    }
    ASSIGN_OR_RETURN(const Submission submission, SealSubmission(survey_, row, control, options, rng_));
    answer.submission = SubmissionId(submission.envelope.header);
    answer.version = options.version;
    control.seed().With(SecretAccess("the owner's ticket file"),
                        [&](const Bytes32& seed) { answer.control_seed = Secret<Bytes32>(seed); });
    // Before anything leaves: without the key an answer that did arrive could never be withdrawn.
    RETURN_IF_ERROR(WriteAnswerFile(ticket_path, answer));
    if (arguments_.direct) return SendToParties(submission, answer.submission);
    ASSIGN_OR_RETURN(answer.ticket, SendToCoordinator(submission, answer.submission));
    return WriteAnswerFile(ticket_path, answer);
  }

 private:
  Result<Ticket> SendToCoordinator(const Submission& submission, const Bytes32& id) {
    const Operator& coordinator = survey_.survey().coordinator;
    if (!coordinator_) {
      ASSIGN_OR_RETURN(coordinator_, ClientOf(coordinator));
    }
    ASSIGN_OR_RETURN(const std::string text,
                     Fetch(*coordinator_, coordinator.name, "POST", SurveyPath(survey_, "/submissions"),
                           EncodeSubmission(submission)));
    ASSIGN_OR_RETURN(const Ticket ticket, TicketFromJson(text));
    if (ticket.submission != id || !VerifyTicket(ticket, survey_)) {
      return Fail(
          ErrorCode::kProtocolViolation,
          coordinator.name +
              " gave a ticket that it did not sign for this answer; send it with --direct to the parties");
    }
    return ticket;
  }

  Status SendToParties(const Submission& submission, const Bytes32& id) {
    const UploadedBox envelope{.envelope = EncodeEnvelope(submission.envelope), .box = {}};
    for (unsigned party = 0; party < 3; ++party) {
      ASSIGN_OR_RETURN(PartyClient client, PartyClient::Create(survey_, party));
      const UploadedBox item{.envelope = envelope.envelope, .box = submission.boxes[party]};
      ASSIGN_OR_RETURN(const UploadAnswer answer, client.Upload(std::span(&item, 1), std::span(&id, 1)));
      const UploadVerdict& verdict = answer.verdicts[0];
      if (verdict.outcome != UploadOutcome::kVerdict || verdict.refusal != Refusal::kNone) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("party {} refused the answer: {}", party, RefusalSentence(verdict.refusal)));
      }
    }
    return {};
  }

  const SignedSurvey& survey_;
  const Arguments& arguments_;
  SystemRng rng_;
  std::unique_ptr<HttpClient> coordinator_;
};

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

Result<int> Share(Arguments arguments) {
  ASSIGN_OR_RETURN(const std::optional<SignedSurvey> loaded, LoadSurvey(arguments.survey));
  if (!loaded) return kNotPinned;
  const SignedSurvey& survey = *loaded;
  if (survey.survey().eligibility == Eligibility::kProven) {
    return Fail(ErrorCode::kUnimplemented,
                "this survey takes proven answers only, and this version cannot make a proof yet");
  }
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
  if (!many && Exists(base) && base != arguments.replace) {
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
  }
  ShowWhatLeaves(survey, rows[0], rows.size(), arguments);
  if (arguments.dry_run) {
    fmt::print("Nothing was sent (--dry-run).\n");
    return 0;
  }
  RETURN_IF_ERROR(Confirm(arguments));
  if (many && mkdir(base.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fail(ErrorCode::kInvalidArgument, "the directory " + base + " for the tickets cannot be made");
  }
  Sender sender(survey, arguments);
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const std::string path = many ? fmt::format("{}/{:05}.ticket.json", base, i + 1) : base;
    const Status sent = sender.Send(encoded[i], invites.empty() ? nullptr : &invites[i], path);
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

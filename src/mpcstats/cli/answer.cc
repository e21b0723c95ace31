// mpcstats status | withdraw | included: what became of an answer.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/survey_place.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/survey/receipt.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

struct Arguments {
  std::string ticket;
  SurveyPlace survey;
  std::string result;
  bool json = false;
};

Result<std::pair<AnswerFile, SignedSurvey>> Load(const Arguments& arguments) {
  ASSIGN_OR_RETURN(AnswerFile answer, ReadAnswerFile(arguments.ticket));
  // The ticket names the survey: an address needs no other pin.
  ASSIGN_OR_RETURN(std::optional<SignedSurvey> survey, LoadSurvey(arguments.survey, answer.survey_hash));
  if (answer.survey_hash != survey->hash()) {
    return Fail(ErrorCode::kInvalidArgument,
                arguments.ticket + " is the ticket of another survey than " + arguments.survey.place);
  }
  return std::pair(std::move(answer), std::move(*survey));
}

// From the coordinator, or from a party when it does not know or is away.
Result<Json> Ask(const SignedSurvey& survey, const std::string& path, std::string* who) {
  std::vector<Operator> all = {survey.survey().coordinator};
  for (const PartyOperator& party : survey.survey().parties) all.push_back(party);
  std::optional<Error> first;
  for (const Operator& one : all) {
    auto client = ClientOf(one);
    if (!client) return std::unexpected(client.error());
    const auto text = Fetch(**client, one.name, "GET", path);
    if (text) {
      Json json = Json::parse(*text, nullptr, false);
      if (json.is_object()) {
        *who = one.name;
        return json;
      }
    }
    if (!first && !text) first = text.error();
  }
  return std::unexpected(first.value_or(Error(ErrorCode::kUnavailable, "no server of the survey answered")));
}

std::string Text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<int> ShowStatus(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto loaded, Load(arguments));
  const auto& [answer, survey] = loaded;
  std::string who;
  ASSIGN_OR_RETURN(const Json json,
                   Ask(survey, SurveyPath(survey, "/submissions/" + ToHex(answer.submission)), &who));
  if (arguments.json) {
    fmt::print("{}\n", json.dump());
    return 0;
  }
  const std::string state = Text(json, "state");
  fmt::print("answer {}\n", ToHex(answer.submission));
  if (state == "counted") {
    fmt::print("is in the input set of batch {}\n", json.value("batch", 0));
  } else if (state == "refused") {
    fmt::print("was refused ({}): {}\n", Text(json, "refusal"), Text(json, "sentence"));
  } else if (state == "pending") {
    fmt::print("is well-formed at all three parties and waits for its batch to close\n");
  } else if (state == "complained") {
    fmt::print(
        "is at the parties; one could not open its box, which the others will cure when the batch closes\n");
  } else {
    fmt::print("is stored and on its way to the parties\n");
  }
  if (answer.ticket && state != "counted" && state != "refused") {
    fmt::print("promised to be proposed by {}\n", FormatTime(answer.ticket->propose_by));
  }
  fmt::print("(as {} says)\n", who);
  return state == "refused" ? 1 : 0;
}

Result<int> WithdrawAnswer(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto loaded, Load(arguments));
  const auto& [answer, survey] = loaded;
  const SigningKey control = SigningKey::FromSeed(answer.control_seed);
  Withdrawal withdrawal{.submission = answer.submission, .signature = {}};
  withdrawal.signature = control.Sign(WithdrawalInput(answer.submission, survey.hash()));
  const Operator& coordinator = survey.survey().coordinator;
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client, ClientOf(coordinator));
  const auto sent = Fetch(*client, coordinator.name, "POST", SurveyPath(survey, "/withdrawals"),
                          EncodeWithdrawal(withdrawal));
  if (sent) {
    fmt::print("The withdrawal is on its way: the answer is left out when its batch closes.\n");
    return 0;
  }
  if (sent.error().code() == ErrorCode::kInvalidArgument) return std::unexpected(sent.error());
  // A coordinator that is away, or does not want to, cannot keep a person in.
  unsigned took = 0;
  for (unsigned party = 0; party < 3; ++party) {
    ASSIGN_OR_RETURN(PartyClient direct, PartyClient::Create(survey, party));
    if (direct.Withdraw(withdrawal)) ++took;
  }
  if (took == 0) return std::unexpected(sent.error());
  fmt::print("{} of the three parties took the withdrawal: the answer is left out when its batch closes.\n",
             took);
  return 0;
}

Result<int> ShowIncluded(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const AnswerFile answer, ReadAnswerFile(arguments.ticket));
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(arguments.result, kMaxResultBytes));
  ASSIGN_OR_RETURN(const ParsedResult result, ParseResult(text));
  // The ticket names the survey: that is the pin.
  const VerifyReport report = VerifyResult(result, {.survey_hash = answer.survey_hash});
  if (!report.ok) {
    return Fail(ErrorCode::kInvalidArgument,
                arguments.result +
                    " does not verify: " + (report.faults.empty() ? std::string() : report.faults.front()));
  }
  const SurveyPlace& source = arguments.survey;
  std::optional<SignedSurvey> loaded;
  if (source.place.empty()) {
    // The result carries the survey, and its hash was just compared.
    ASSIGN_OR_RETURN(loaded, SignedSurvey::FromJson(result.survey_json));
  } else {
    ASSIGN_OR_RETURN(loaded, LoadSurvey(source, answer.survey_hash));
  }
  const SignedSurvey& survey = *loaded;
  if (survey.hash() != answer.survey_hash) {
    return Fail(ErrorCode::kInvalidArgument,
                arguments.ticket + " is the ticket of another survey than " + source.place);
  }
  std::string who;
  const auto json =
      Ask(survey, SurveyPath(survey, "/submissions/" + ToHex(answer.submission) + "/inclusion"), &who);
  if (!json) {
    if (json.error().code() != ErrorCode::kNotFound) return std::unexpected(json.error());
    fmt::print("no: the answer is in no closed batch\n");
    return 1;
  }
  Json bare = *json;
  bare.erase("certificate");
  ASSIGN_OR_RETURN(const Inclusion inclusion, InclusionFromJson(bare.dump()));
  for (const BatchRef& batch : result.receipt.body.batches) {
    if (batch.batch != inclusion.batch) continue;
    if (inclusion.count == batch.count && VerifyInclusion(inclusion, answer.submission, batch.root)) {
      fmt::print(
          "yes: the answer is number {} of {} in the input set of batch {}, which this result was computed "
          "from.\n"
          "(An answer outside the survey's ranges is in the set and counts for nothing.)\n",
          inclusion.index + 1, inclusion.count, inclusion.batch);
      return 0;
    }
    fmt::print("no: the path from {} does not lead to the root in the result\n", who);
    return 1;
  }
  fmt::print("no: the answer is in batch {}, which is newer than this result\n", inclusion.batch);
  return 1;
}

void Add(CLI::App& app, Action* action, const char* name, const char* help, bool survey, bool result,
         Result<int> (*run)(const Arguments&)) {
  CLI::App* command = app.add_subcommand(name, help);
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("ticket", arguments->ticket, "The file that mpcstats share wrote")->required();
  if (result) command->add_option("result", arguments->result, "result.json")->required();
  AddSurveyOptions(command, &arguments->survey, survey ? SurveyOption::kRequired : SurveyOption::kOptional);
  command->add_flag("--json", arguments->json, "Print JSON where there is some");
  command->callback([=] {
    *action = [=] {
      const Result<int> done = run(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace

void AddAnswerCommands(CLI::App& app, Action* action) {
  Add(app, action, "status", "Ask what became of an answer", true, false, ShowStatus);
  Add(app, action, "withdraw", "Take an answer back, until its batch closes", true, false, WithdrawAnswer);
  Add(app, action, "included", "Check that a result was computed from a set with your answer in it", false,
      true, ShowIncluded);
}

}  // namespace mpcstats

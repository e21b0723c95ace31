// mpcstats query | verify: fetch the release that is due, and check a result offline.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/survey_place.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/page.h"
#include "mpcstats/survey/receipt.h"

namespace mpcstats {
namespace {

struct Arguments {
  SurveyPlace survey;
  std::string result;
  std::string output = "result.json";
  std::vector<std::string> expressions;
  unsigned wait_seconds = 30;
};

template <typename Valued>
void PrintValue(const std::string& name, const Valued& valued, const std::string& unit) {
  std::string value = valued.undefined.empty() ? valued.value : valued.undefined;
  if (!valued.error_bound.empty() && valued.error_bound != "0")
    value += " (within " + valued.error_bound + ")";
  fmt::print("  {:<44} {:>20} {}\n", name, value, valued.undefined.empty() ? unit : "");
}

void PrintResult(const ReceiptBody& body) {
  fmt::print("\n  {:<44} {:>20}\n", "figure", "value");
  for (const ReceiptOutput& output : body.outputs) {
    const std::string name =
        output.cell.empty() ? output.expression : output.expression + " [" + output.cell + "]";
    if (output.parts.empty()) {
      PrintValue(name, output, output.unit);
      continue;
    }
    fmt::print("  {}\n", name);
    for (const ReceiptPart& part : output.parts) PrintValue("  " + part.name, part, output.unit);
  }
  std::size_t people = 0;
  for (const BatchRef& batch : body.batches) people += batch.count;
  fmt::print("\nrelease {}, as of {}, from {} answers in {} closed batches\n{}\n", body.sequence,
             FormatTime(body.as_of), people, body.batches.size(), body.rule);
}

// Asks for the release that is due and waits for it.
Result<std::string> Ask(const SignedSurvey& survey, unsigned wait_seconds) {
  const Operator& coordinator = survey.survey().coordinator;
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client, ClientOf(coordinator));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait_seconds);
  for (;;) {
    int status = 0;
    const auto text = Fetch(*client, coordinator.name, "POST", SurveyPath(survey, "/releases"), {}, &status);
    if (!text) return std::unexpected(text.error());
    if (status == 200) return *text;
    if (std::chrono::steady_clock::now() > deadline) {
      return Fail(ErrorCode::kUnavailable, "a release is being made; ask again in a minute");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

Result<int> Query(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::optional<SignedSurvey> loaded, LoadSurvey(arguments.survey));
  if (!loaded) return kNotPinned;
  const SignedSurvey& survey = *loaded;
  if (!arguments.expressions.empty()) {
    std::string possible;
    for (const CatalogueFigure& figure : survey.survey().figures)
      possible += (possible.empty() ? "" : ", ") + figure.expression;
    return Fail(ErrorCode::kUnimplemented,
                "a survey releases the figures of its signed catalogue and no others, because two figures "
                "that differ by one person "
                "would tell that person's answer; possible are: " +
                    possible);
  }
  ASSIGN_OR_RETURN(const std::string text, Ask(survey, arguments.wait_seconds));
  ASSIGN_OR_RETURN(const ParsedResult result, ParseResult(text));
  const VerifyReport report = VerifyResult(result, {.survey_hash = survey.hash()});
  if (!report.ok) {
    return Fail(ErrorCode::kCheatingDetected,
                "the result does not verify and was not written: " +
                    (report.faults.empty() ? std::string() : report.faults.front()));
  }
  std::ofstream file(arguments.output, std::ios::binary | std::ios::trunc);
  file << text << "\n";
  file.close();
  if (!file) return Fail(ErrorCode::kInvalidArgument, arguments.output + " cannot be written");
  PrintResult(result.receipt.body);
  fmt::print("three signatures verified; written to {}\n", arguments.output);
  return 0;
}

Result<int> Verify(const Arguments& arguments) {
  // The hash is the pin, so that an address which has it needs no request; only a file must be read to know its own.
  Pinned pinned;
  ASSIGN_OR_RETURN(pinned.survey_hash, PinOf(arguments.survey));
  if (!arguments.survey.place.empty() && (!IsAddress(arguments.survey) || !pinned.survey_hash)) {
    ASSIGN_OR_RETURN(const std::optional<SignedSurvey> survey, LoadSurvey(arguments.survey));
    if (!survey) return kNotPinned;
    pinned.survey_hash = survey->hash();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(arguments.result, kMaxResultBytes));
  ASSIGN_OR_RETURN(const ParsedResult result, ParseResult(text));
  const VerifyReport report = VerifyResult(result, pinned);
  for (const std::string& line : report.checked) fmt::print("  ok    {}\n", line);
  for (const std::string& line : report.faults) fmt::print("  FAULT {}\n", line);
  if (!report.ok) {
    fmt::print("{} does not verify\n", arguments.result);
    return 1;
  }
  PrintResult(result.receipt.body);
  if (!report.signer_pinned) {
    fmt::print(
        "\nNot verified: signer not pinned. The result fits its own keys, which says nothing about whose "
        "keys they are.\n");
    for (unsigned i = 0; i < 3; ++i)
      fmt::print("  party {} ed25519:{}\n", i, ToHex(result.receipt.body.signers[i]));
    fmt::print(
        "Compare the survey's hash {} with a source that you trust, and add --survey FILE or --survey-hash "
        "HASH.\n",
        ToHex(result.receipt.body.survey_hash));
    return 1;
  }
  fmt::print("\nverified: signed by the three parties of the survey; it holds unless two of them collude\n");
  return 0;
}

}  // namespace

void AddQueryCommands(CLI::App& app, Action* action) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* query = app.add_subcommand("query", "Fetch the release of a survey that is due, and verify it");
  AddSurveyOptions(query, &arguments->survey);
  query->add_option("-o,--output", arguments->output, "Where to write the result");
  query->add_option("--wait", arguments->wait_seconds, "Seconds to wait for a release that is being made")
      ->check(CLI::Range(0, 3600));
  query->add_option("expression", arguments->expressions,
                    "Not possible: a survey releases its catalogue only");
  query->callback([=] {
    *action = [=] {
      const Result<int> done = Query(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
  CLI::App* verify = app.add_subcommand("verify", "Check a result offline");
  verify->add_option("result", arguments->result, "result.json")->required();
  AddSurveyOptions(verify, &arguments->survey, SurveyOption::kOptional);
  verify->callback([=] {
    *action = [=] {
      const Result<int> done = Verify(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

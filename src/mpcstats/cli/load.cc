// mpcstats load: how much the services on this machine take.
#include "mpcstats/service/load.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"

namespace mpcstats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kOneRepetitions = 50;
constexpr long kPagesSeconds = 5;

struct Arguments {
  std::string survey;
  std::string pages;
  std::string sealed;
  std::size_t answers = 0;
  unsigned connections = 8;
  long seconds = 0;
  bool one = false;
  bool mix = false;
  bool json = false;
};

Json LatencyJson(const LoadLatency& latency) { return {{"p50_ms", latency.p50}, {"p99_ms", latency.p99}}; }

double Rate(std::size_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

Result<Json> Pages(const Arguments& arguments, const LoadOptions& options) {
  ASSIGN_OR_RETURN(const PagesLoad load, RunPagesLoad(arguments.pages, options));
  return Json{{"run", "pages"},
              {"views", load.views},
              {"seconds", load.seconds},
              {"views_per_second", Rate(load.views, load.seconds)},
              {"page_bytes", load.page_bytes},
              {"get", LatencyJson(load.get)}};
}

Result<Json> One(const SignedSurvey& survey, const LoadOptions& options) {
  ASSIGN_OR_RETURN(const OneLoad load, RunOneLoad(survey, options));
  return Json{{"run", "one"},
              {"repetitions", load.repetitions},
              {"ticket", LatencyJson(load.ticket)},
              {"three_verdicts", LatencyJson(load.verdicts)}};
}

Result<Json> Answers(const SignedSurvey& survey, const LoadOptions& options) {
  ASSIGN_OR_RETURN(const AnswersLoad load, RunAnswersLoad(survey, options));
  return Json{{"run", "answers"},
              {"accepted", load.accepted},
              {"malformed_refused", load.malformed},
              {"duplicates", load.duplicates},
              {"put_off", load.limited},
              {"connections", options.connections},
              {"seal_seconds", load.seal_seconds},
              {"accepted_seconds", load.accepted_seconds},
              {"accepted_per_second", Rate(load.accepted, load.accepted_seconds)},
              {"verdict_seconds", load.verdict_seconds},
              {"verdicts_at", load.verdicts_at},
              {"three_verdicts_per_second", Rate(load.accepted, load.verdict_seconds)},
              {"first_column_sum", load.first_column_sum},
              {"post", LatencyJson(load.post)}};
}

Result<int> Run(const Arguments& arguments) {
  LoadOptions options{.connections = arguments.connections,
                      .mix = arguments.mix ? LoadMix::kWithBad : LoadMix::kFresh,
                      .sealed = arguments.sealed};
  if (arguments.one) options.answers = kOneRepetitions;
  if (arguments.answers != 0) options.answers = arguments.answers;
  if (!arguments.pages.empty()) options.limit = std::chrono::seconds(kPagesSeconds);
  if (arguments.seconds != 0) options.limit = std::chrono::seconds(arguments.seconds);
  Json out;
  if (!arguments.pages.empty()) {
    ASSIGN_OR_RETURN(out, Pages(arguments, options));
  } else {
    if (arguments.survey.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "name the signed survey with --survey, or a page with --pages");
    }
    ASSIGN_OR_RETURN(const SignedSurvey survey, ReadSurveyFile(arguments.survey));
    if (arguments.one) {
      ASSIGN_OR_RETURN(out, One(survey, options));
    } else {
      ASSIGN_OR_RETURN(out, Answers(survey, options));
    }
  }
  fmt::print("{}\n", out.dump(arguments.json ? -1 : 2));
  return 0;
}

}  // namespace

void AddLoadCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("load", "Measure the services of a survey on this machine");
  const auto arguments = std::make_shared<Arguments>();
  auto* survey =
      command->add_option("--survey", arguments->survey, "The signed survey; it fills with random answers");
  auto* answers = command->add_option("--answers", arguments->answers, "How many; 1000, or 50 with --one");
  command->add_option("--connections", arguments->connections,
                      "How many connections at a time; 8 when absent");
  command->add_option("--seconds", arguments->seconds, "Longest time after sealing; 60, or 5 with --pages")
      ->check(CLI::Range(1, static_cast<int>(kMostLoadTime.count())));
  auto* one =
      command->add_flag("--one", arguments->one, "One answer at a time, until three parties gave a verdict");
  command
      ->add_option("--sealed", arguments->sealed,
                   "File of answers that were made before, such as answers with proofs; all of them are sent")
      ->excludes(one)
      ->excludes(answers);
  command->add_option("--pages", arguments->pages, "Get the public page at this address instead")
      ->excludes(survey)
      ->excludes(one);
  command->add_flag("--mix", arguments->mix,
                    "With one in a hundred malformed and one in a hundred sent twice");
  command->add_flag("--json", arguments->json, "The JSON on one line");
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Run(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats

// mpcstats template new | check: drafts a template from a saved response, and says whether responses match one.
#include <fmt/core.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/proof_view.h"
#include "mpcstats/survey/template_draft.h"
#include "mpcstats/zktls/http/json_path.h"
#include "mpcstats/zktls/http/response_layout.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostSampleBytes = std::size_t{1} << 20;

struct NewArguments {
  std::string sample;
  std::vector<std::string> fields;
  std::string host;
  std::string target = "/";
  std::vector<std::string> headers;
  std::vector<std::string> secrets;
  std::string output;
};

struct CheckArguments {
  std::string file;
  std::vector<std::string> samples;
};

// NAME=PATH, where PATH is a JSON path into the body; without a name the last name of the path.
Result<DraftField> FieldOf(const std::string& text, std::string_view response,
                           const HttpResponseLayout& layout) {
  const std::size_t dollar = text.find('$');
  if (dollar == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "write --field 'NAME=$.path.in.the.json', for example --field 'balance=$.balances[0].free'");
  }
  const std::string path = text.substr(dollar);
  std::string name = dollar > 0 ? text.substr(0, dollar - 1) : std::string();
  if (name.empty()) {
    const std::size_t dot = path.rfind('.');
    if (dot != std::string::npos) name = path.substr(dot + 1);
  }
  const std::string body = layout.Body(response);
  auto value = FindJsonValue(body, path);
  if (!value) return std::unexpected(value.error().At(path));
  return DraftField{.name = name,
                    .bytes = {.offset = layout.BodyOffset(value->range.begin), .size = value->range.size()}};
}

Status WriteNewFile(const std::string& path, std::string_view text) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0) {
    return Fail(ErrorCode::kInvalidArgument, path + " is there already; name another with --output");
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? Status() : Fail(ErrorCode::kInvalidArgument, path + " cannot be written");
}

// A copy of the sample that must not match: the byte in front of the first field is another.
std::string Spoiled(std::string response, const DraftField& field) {
  char& before = response[field.bytes.offset - 1];
  before = before == '"' ? '\'' : '"';
  return response;
}

Result<int> New(const NewArguments& arguments) {
  ASSIGN_OR_RETURN(const std::string response, ReadTextFile(arguments.sample, kMostSampleBytes));
  auto layout = ParseHttpResponseLayout(response);
  if (!layout) return std::unexpected(layout.error().At(arguments.sample));
  if (!*layout) {
    return Fail(ErrorCode::kInvalidArgument,
                arguments.sample +
                    " is not a whole HTTP response; save head and body, for example with curl --include");
  }
  std::vector<DraftField> fields;
  for (const std::string& text : arguments.fields) {
    ASSIGN_OR_RETURN(fields.emplace_back(), FieldOf(text, response, **layout));
  }
  if (fields.empty()) return Fail(ErrorCode::kInvalidArgument, "name at least one --field");
  const DraftRequest request{.host = arguments.host,
                             .target = arguments.target,
                             .headers = arguments.headers,
                             .secrets = arguments.secrets};
  ASSIGN_OR_RETURN(const std::string text, DraftTemplate(request, AsBytes(response), fields));
  ASSIGN_OR_RETURN(const Template drafted, ParseTemplate(text));
  const std::string output = arguments.output.empty() ? drafted.id + ".toml" : arguments.output;
  RETURN_IF_ERROR(WriteNewFile(output, text));
  RETURN_IF_ERROR(WriteNewFile(output + ".match.http", response));
  RETURN_IF_ERROR(WriteNewFile(output + ".other.http", Spoiled(response, fields[0])));
  fmt::print(
      "{}\n  hash sha256:{}\n  {}.match.http matches it, {}.other.http must not:\n"
      "  mpcstats template check {} {}.match.http\n"
      "Look at every literal: what changes from one person or moment to the next has to become a hole.\n",
      output, ToHex(TemplateHash(drafted)), output, output, output, output);
  return 0;
}

Result<int> Check(const CheckArguments& arguments) {
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(arguments.file, kMostSampleBytes));
  auto source = ParseTemplate(text);
  if (!source) return std::unexpected(source.error().At(arguments.file));
  fmt::print("{}: {}\n  asks {} at port {}\n  hash sha256:{}\n", source->id, source->title, source->host,
             source->port, ToHex(TemplateHash(*source)));
  int outcome = 0;
  for (const std::string& sample : arguments.samples) {
    ASSIGN_OR_RETURN(const std::string response, ReadTextFile(sample, kMostSampleBytes));
    const auto match = MatchResponse(*source, AsBytes(response));
    if (match) {
      fmt::print("\n{}: matches\n{}\n", sample,
                 ResponseView(*source, AsBytes(response), *match, Paint::kPlain));
    } else {
      fmt::print("\n{}: does not match: {}\n", sample, match.error().message());
      outcome = 1;
    }
  }
  return outcome;
}

template <typename Arguments>
void Run(CLI::App* command, Action* action, std::shared_ptr<Arguments> arguments,
         Result<int> (*run)(const Arguments&)) {
  command->callback([=] {
    *action = [=] {
      const Result<int> done = run(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace

void AddTemplateCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("template", "Templates of websites: draft one, check one");
  command->require_subcommand(1);
  CLI::App* draft = command->add_subcommand("new", "Draft a template from a saved response");
  const auto fresh = std::make_shared<NewArguments>();
  draft->add_option("--sample", fresh->sample, "A saved HTTP response, head and body")->required();
  draft->add_option("--field", fresh->fields, "NAME=$.json.path of a value that becomes a column")
      ->required();
  draft->add_option("--host", fresh->host, "The website")->required();
  draft->add_option("--target", fresh->target, "Path and query of the request, with <<name>> for a secret");
  draft->add_option("--header", fresh->headers, "A header of the request, with <<name>> for a secret");
  draft->add_option("--secret", fresh->secrets, "Name of a secret in target or headers");
  draft->add_option("-o,--output", fresh->output, "The template file");
  Run(draft, action, fresh, &New);
  CLI::App* check = command->add_subcommand("check", "Check a template, and saved responses against it");
  const auto checked = std::make_shared<CheckArguments>();
  check->add_option("file", checked->file, "The template file")->required();
  check->add_option("samples", checked->samples, "Saved HTTP responses");
  Run(check, action, checked, &Check);
}

}  // namespace mpcstats

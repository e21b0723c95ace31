#include "mpcstats/cli/proven_answer.h"

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/credentials.h"
#include "mpcstats/cli/proof_view.h"

namespace mpcstats {
namespace {

std::uint64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
}

// Shows and asks at the terminal.
class Terminal final : public ProveWatcher {
 public:
  explicit Terminal(const ProofArguments& arguments) : arguments_(arguments) {}

  Status BeforeRequest(const SurveySource& source, const Template& content, ByteSpan request) override {
    if (arguments_.json) {
      fmt::print("{}\n", RangesJson(content, request).dump());
    } else {
      fmt::print("What {} is asked ({}, {}). The notary sees it so, and its lengths:\n\n{}\n", content.host,
                 source.id, content.title, Indented(RequestView(content, request, paint())));
    }
    return Confirm("Ask it?");
  }

  Status BeforeProof(const SurveySource&, const Template& content, ByteSpan response,
                     const ResponseMatch& match) override {
    if (arguments_.json) {
      fmt::print("{}\n", RangesJson(content, response, match).dump());
    } else {
      fmt::print(
          "What {} answered. Values in brackets stay hidden from everybody; all else becomes public:\n\n{}\n",
          content.host, Indented(ResponseView(content, response, match, paint())));
    }
    return Confirm("Prove it?");
  }

  void Progress(const SurveySource& source, std::string_view phase, double seconds) override {
    fmt::print(stderr, "{}: {} ({:.2f} s)\n", source.id, phase, seconds);
  }

 private:
  [[nodiscard]] static Paint paint() { return isatty(STDOUT_FILENO) != 0 ? Paint::kColours : Paint::kPlain; }

  static std::string Indented(const std::string& text) {
    std::string out = "  ";
    for (const char c : text) {
      out += c;
      if (c == '\n') out += "  ";
    }
    return out + "\n";
  }

  [[nodiscard]] Status Confirm(std::string_view question) const {
    if (arguments_.yes) return {};
    if (isatty(STDIN_FILENO) == 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  "nothing was sent: add --yes when there is no terminal to ask on");
    }
    fmt::print("{} [y/N] ", question);
    std::string line;
    std::getline(std::cin, line);
    if (line == "y" || line == "yes") return {};
    return Fail(ErrorCode::kInvalidArgument, "ended; no answer was sent");
  }

  const ProofArguments& arguments_;
};

// Credentials are overwritten whichever way their use ends.
struct SourceInputs {
  std::vector<SourceInput> list;

  SourceInputs() = default;
  SourceInputs(const SourceInputs&) = delete;
  SourceInputs& operator=(const SourceInputs&) = delete;
  ~SourceInputs() {
    for (SourceInput& input : list) WipeSecrets(input);
  }
};

// The file whose template is the source's. `read`: what the file or standard input said, which is read once for all sources.
Result<SourceInput> InputOf(const SurveySource& source, const ProofArguments& arguments,
                            std::optional<Credentials>& read) {
  constexpr std::size_t kMostBytes = 256 << 10;
  for (const std::string& path : arguments.templates) {
    ASSIGN_OR_RETURN(std::string text, ReadTextFile(path, kMostBytes));
    auto content = ParseTemplate(text);
    if (!content) return std::unexpected(content.error().At(path));
    if (TemplateHash(*content) != source.template_hash) continue;
    if (!read || arguments.secrets.empty()) {
      ASSIGN_OR_RETURN(read, ReadCredentials(arguments.secrets, *content));
    }
    ASSIGN_OR_RETURN(const Credentials filled, FillHoles(*content, *read, NowMs()));
    return SourceInput{.template_text = std::move(text), .secrets = filled.values};
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("none of the templates is the survey's for {}{}; give its file with --template",
                          source.id, source.template_file.empty() ? "" : " (" + source.template_file + ")"));
}

}  // namespace

void AddProofOptions(CLI::App* command, ProofArguments* proof) {
  command->add_option("--template", proof->templates,
                      "Template file of a website (for each that the survey names)");
  command->add_option(
      "--secrets", proof->secrets,
      "File of credentials, NAME = \"VALUE\" a line; \"-\" is standard input; else they are asked for");
  command->add_option("--roots", proof->roots, "PEM file of the certificate authorities that you trust");
  command->add_flag("--json", proof->json, "Print the ranges of request and response as JSON");
}

Result<std::map<std::string, std::string>> DeclaredCells(const std::vector<std::string>& set) {
  std::map<std::string, std::string> cells;
  for (const std::string& text : set) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument,
                  "write --set COLUMN=VALUE for a column that no website proves");
    }
    cells[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return cells;
}

Result<MadeAnswer> MakeProvenAnswer(const SignedSurvey& survey, const ProofArguments& arguments,
                                    const std::map<std::string, std::string>& declared,
                                    const SigningKey& control, const SealOptions& options, Rng& rng) {
  const Survey& content = survey.survey();
  const std::vector<ColumnGroup> groups = GroupsOf(content);
  std::optional<RowBits> row;
  if (!groups.empty() && groups[0].source_id == 0) {
    ASSIGN_OR_RETURN(row, EncodeGroup(content, groups[0], declared));
  }
  ASSIGN_OR_RETURN(const RootStore roots, RootStore::FromFile(arguments.roots));
  SourceInputs inputs;
  std::optional<Credentials> read;
  for (const SurveySource& source : content.sources) {
    ASSIGN_OR_RETURN(inputs.list.emplace_back(), InputOf(source, arguments, read));
  }
  Terminal terminal(arguments);
  auto proven = ProveSources(survey, inputs.list, roots, control, options, terminal, rng);
  if (!proven) return std::unexpected(proven.error());
  MadeAnswer answer;
  ASSIGN_OR_RETURN(answer.submission, SealProven(survey, std::move(proven->draft), row ? &*row : nullptr,
                                                 proven->groups, control, rng));
  answer.presentations = std::move(proven->presentations);
  return answer;
}

}  // namespace mpcstats

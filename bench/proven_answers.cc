// Answers with attestations, for scripts/load.sh: a notary of its own signs what was never proven, which is what parties see of a
// proof. Its keys are in the source text: no survey but a load names them.
//
//   proven_answers source                        [[notaries]] and [[sources]] for a survey with the columns balance and account
//   proven_answers answers SURVEY COUNT FILE     COUNT answers to the signed survey, for mpcstats load --sealed FILE
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "mpcstats/cli/client.h"
#include "mpcstats/service/load_answers.h"
#include "mpcstats/survey/proven_testing.h"

namespace mpcstats {
namespace {

constexpr std::uint8_t kTemplate = 0x7e;

SealedAnswer MakeOne(const SignedSurvey& survey, const testing::FakeNotary& notary, std::uint64_t minute) {
  SystemRng rng;
  const auto submission =
      testing::FakeSubmission(survey, notary, RandomCells(survey.survey(), rng), SigningKey::Generate(rng),
                              {.end_minute = minute, .change = {}}, rng);
  return {.id = SubmissionId(submission.envelope.header), .bytes = EncodeSubmission(submission)};
}

int Answers(const std::string& path, std::size_t count, const std::string& out) {
  const auto survey = ReadSurveyFile(path);
  if (!survey) {
    fmt::print(stderr, "{}\n", survey.error().message());
    return 1;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto minute = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::minutes>(now).count());
  const testing::FakeNotary notary;
  std::vector<SealedAnswer> answers(count);
  {
    std::vector<std::jthread> workers;
    const unsigned threads = std::max(std::thread::hardware_concurrency(), 1u);
    for (unsigned t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t i = t; i < count; i += threads) answers[i] = MakeOne(*survey, notary, minute);
      });
    }
  }
  const Status written = WriteSealedAnswers(out, answers);
  if (!written) fmt::print(stderr, "{}\n", written.error().message());
  return written ? 0 : 1;
}

int Main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "source" && argc == 2) {
    fmt::print("{}{}", testing::FakeNotary().Toml(),
               testing::SourceToml("exchange", "\"balance\", \"account\"", kTemplate, "mode = \"mpc\"\n"));
    return 0;
  }
  if (command == "answers" && argc == 5)
    return Answers(argv[2], std::strtoull(argv[3], nullptr, 10), argv[4]);
  fmt::print(stderr, "usage: proven_answers source | answers SURVEY COUNT FILE\n");
  return 2;
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) { return mpcstats::Main(argc, argv); }

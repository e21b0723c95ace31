// Writes the pages of a made-up survey into a folder, as the publisher would serve them.
//
//   render_sample FOLDER     (then: tests/page/run.sh FOLDER/result.html WORK_FOLDER)
#include <fmt/core.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "mpcstats/service/page.h"
#include "mpcstats/survey/receipt_testing.h"

namespace mpcstats {
namespace {

bool Write(const std::string& folder, const std::string& name, const std::string& text) {
  std::ofstream file(folder + "/" + name, std::ios::binary);
  file << text;
  file.close();
  if (!file) fmt::print(stderr, "{}/{} cannot be written: make the folder first\n", folder, name);
  return !file.fail();
}

int Run(const std::string& folder) {
  const SampleSurvey sample = MakeSampleSurvey();
  ReceiptBody body = SampleBody(sample.survey);
  body.sequence = 3;
  body.previous.fill(0x55);
  const Receipt receipt = SignSample(sample, body);
  const ParsedResult parsed = ParseResult(ResultJson(receipt, sample.survey)).value();
  CHECK(VerifyResult(parsed, {.survey_hash = sample.survey.hash()}).Trusted());
  PageInput input{
      .survey = sample.survey, .latest = receipt, .earlier = {}, .base_url = "https://stats.example"};
  for (std::uint32_t i = 1; i <= 3; ++i) {
    input.earlier.push_back({.sequence = i, .as_of = receipt.body.as_of + 86400 * (i - std::int64_t{3})});
  }
  PageInput before{
      .survey = sample.survey, .latest = std::nullopt, .earlier = {}, .base_url = input.base_url};
  // Nothing here may leave its box, end a tag, or push the page wider than a telephone.
  const SampleSurvey hostile =
      MakeSampleSurvey({.title = "</style><script>alert('t')</script> " + std::string(120, 'W'),
                        .description = "<img src=x onerror=alert(1)> \" ' & <!-- " + std::string(300, 'M'),
                        .operator_name = "<svg onload=alert(2)> " + std::string(90, 'W')});
  PageInput altered{.survey = hostile.survey,
                    .latest = SignSample(hostile, SampleBody(hostile.survey)),
                    .earlier = {},
                    .base_url = "\"><script>"};
  const bool written = Write(folder, "result.html", RenderPage(input)) &&
                       Write(folder, "result.json", ResultJson(receipt, sample.survey)) &&
                       Write(folder, "before.html", RenderPage(before)) &&
                       Write(folder, "hostile.html", RenderPage(altered)) &&
                       Write(folder, "index.html", RenderIndex({sample.survey, hostile.survey})) &&
                       Write(folder, "missing.html", RenderNotFound()) &&
                       Write(folder, "policy.txt", PageSecurityPolicy());
  return written ? 0 : 1;
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: render_sample FOLDER\n");
    return 2;
  }
  return mpcstats::Run(argv[1]);
}

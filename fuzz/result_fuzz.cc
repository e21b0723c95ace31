// Any text is refused in one sentence or is a result that VerifyResult answers for: what decodes has one canonical body, and
// nothing that a stranger writes is trusted by a reader who named another survey.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/receipt.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

void CheckSentence(const std::string& sentence) {
  CHECK(!sentence.empty() && sentence.size() < 8192 && IsUtf8(sentence));
  CHECK(sentence.find_first_of("\r\n\x1b") == std::string::npos);
}

void Run(std::string_view text) {
  const Result<ParsedResult> result = ParseResult(text);
  if (!result) {
    CHECK(result.error().code() == ErrorCode::kInvalidArgument);
    CheckSentence(result.error().message());
    return;
  }
  // The body goes into a file of its own and comes back as the same bytes.
  const std::string body = CanonicalJson(result->receipt.body);
  const Result<ParsedResult> again =
      ParseResult(R"({"format":"mpcstats/v1/result","survey":{},"body":)" + body +
                  R"(,"field_digests":{},"signatures":[null,null,null]})");
  CHECK(again && CanonicalJson(again->receipt.body) == body);
  CHECK(ReceiptHash(again->receipt.body) == ReceiptHash(result->receipt.body));
  CHECK(ChainFaults(again->receipt.body, result->receipt.body).empty());

  const VerifyReport report = VerifyResult(*result, {.survey_hash = Bytes32{}});
  CHECK(!report.ok && !report.signer_pinned && !report.faults.empty());
  for (const std::string& fault : report.faults) CheckSentence(fault);
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}

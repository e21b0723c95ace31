// The first byte picks the decoder. What is accepted has one encoding: writing it gives the same bytes, and for JSON a
// text that decodes to the same again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/promises.h"

namespace mpcstats {
namespace {

template <typename T>
void Check(const Result<T>& value, Bytes (*encode)(const T&), ByteSpan bytes) {
  if (!value) {
    CHECK(value.error().code() == ErrorCode::kProtocolViolation && !value.error().message().empty());
    return;
  }
  CHECK(std::ranges::equal(encode(*value), bytes));
}

template <typename T>
void CheckJson(Result<T> (*parse)(std::string_view), std::string (*write)(const T&), std::string_view text) {
  const Result<T> value = parse(text);
  if (!value) {
    CHECK(value.error().code() == ErrorCode::kInvalidArgument && !value.error().message().empty());
    return;
  }
  const std::string written = write(*value);
  const Result<T> again = parse(written);
  CHECK(again.has_value() && write(*again) == written);
}

void Run(ByteSpan input) {
  if (input.empty()) return;
  const ByteSpan bytes = input.subspan(1);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  switch (input[0] % 8) {
    case 0: Check(DecodeHeader(bytes), &EncodeHeader, bytes); break;
    case 1: Check(DecodeEnvelope(bytes), &EncodeEnvelope, bytes); break;
    case 2: Check(DecodeSubmission(bytes), &EncodeSubmission, bytes); break;
    case 3: Check(DecodeWithdrawal(bytes), &EncodeWithdrawal, bytes); break;
    case 4: Check(DecodeCertificate(bytes), &EncodeCertificate, bytes); break;
    case 5: CheckJson(&TicketFromJson, &TicketToJson, text); break;
    case 6: CheckJson(&BatchFromJson, &BatchToJson, text); break;
    case 7: CheckJson(&InclusionFromJson, &InclusionToJson, text); break;
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}

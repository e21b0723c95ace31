// The first byte picks the decoder. What is accepted has one encoding: writing it gives the same bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/check.h"
#include "mpcstats/service/messages.h"

namespace mpcstats {
namespace {

template <typename Message>
void Check(const Result<Message>& message, ByteSpan bytes) {
  if (!message) {
    CHECK(message.error().code() == ErrorCode::kProtocolViolation && !message.error().message().empty());
    return;
  }
  CHECK(std::ranges::equal(Encode(*message), bytes));
}

void Run(ByteSpan input) {
  if (input.empty()) return;
  const ByteSpan bytes = input.subspan(1);
  switch (input[0] % 3) {
    case 0: Check(DecodeHello(bytes), bytes); break;
    case 1: {
      const auto job = DecodeJob(bytes);
      Check(job, bytes);
      if (job) CHECK(job->columns.size() <= kMaxColumns && job->expressions.size() <= kMaxExpressions);
      break;
    }
    case 2: Check(DecodeReport(bytes), bytes); break;
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}

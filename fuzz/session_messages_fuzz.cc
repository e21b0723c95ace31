// What prover and notary say to each other first: whatever the bytes, no crash, and what decodes has one encoding.
#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/session/statement_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpcstats;
  if (size == 0) return 0;
  const ByteSpan body(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      if (const auto open = DecodeSessionOpen(body))
        CHECK(std::ranges::equal(EncodeSessionOpen(*open), body));
      break;
    case 1:
      if (const auto opened = DecodeSessionOpened(body))
        CHECK(std::ranges::equal(EncodeSessionOpened(*opened), body));
      break;
    case 2:
      if (const auto bind = DecodeSessionBind(body)) {
        CHECK(std::ranges::equal(EncodeSessionBind(*bind), body));
        static_cast<void>(PlanStatement(*bind));
      }
      break;
    default:
      if (const auto shape = DecodeShape(body)) CHECK(std::ranges::equal(EncodeShape(*shape), body));
      break;
  }
  return 0;
}

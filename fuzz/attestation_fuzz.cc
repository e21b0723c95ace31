// The first byte picks the decoder. What is accepted has one encoding, withholding keeps the signed root, and the check of a
// survey says something about every input without ending the process.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "mpcstats/attestation/testing.h"
#include "mpcstats/attestation/verify_file.h"
#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

void RunPresentation(ByteSpan bytes) {
  const Result<Presentation> decoded = DecodePresentation(bytes);
  if (!decoded) {
    CHECK(decoded.error().code() == ErrorCode::kProtocolViolation && !decoded.error().message().empty());
    return;
  }
  CHECK(std::ranges::equal(EncodePresentation(*decoded), bytes));
  const Presentation shown = Withhold(*decoded);
  CHECK(std::ranges::equal(EncodePresentation(DecodePresentation(EncodePresentation(shown)).value()),
                           EncodePresentation(shown)));
  for (const char c : DescribePresentation(*decoded)) CHECK((c >= ' ' && c <= '~') || c == '\n');
  testing::SampleExpectation sample;
  sample.claim.attestation_hash = AttestationHash(bytes);
  sample.claim.key_id = decoded->key_id;
  const auto faults = CheckAttestation(bytes, sample.expected, sample.claim, sample.revoked, sample.window,
                                       SignatureCheck::kVerifiedBefore);
  for (const AttestationFault fault : faults) CHECK(!AttestationFaultWord(fault).empty());
}

void RunKeys(ByteSpan bytes) {
  const Result<NotaryKeyList> decoded = DecodeNotaryKeys(bytes);
  if (!decoded) {
    CHECK(decoded.error().code() == ErrorCode::kProtocolViolation && !decoded.error().message().empty());
    return;
  }
  CHECK(std::ranges::equal(EncodeNotaryKeys(*decoded), bytes));
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const mpcstats::ByteSpan bytes(data + 1, size - 1);
  (data[0] % 2 == 0 ? mpcstats::RunPresentation : mpcstats::RunKeys)(bytes);
  return 0;
}

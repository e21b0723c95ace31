// What `mpcstats-verify` and `mpcstats verify-attestation` do: read an attestation, check it under a notary's key, say what it
// says.
#pragma once

#include <string>
#include <string_view>

#include "mpcstats/attestation/attestation.h"

namespace mpcstats {

/// "ed25519:" and 64 hexadecimal digits in lower case. Errors: kInvalidArgument.
[[nodiscard]] Result<Bytes32> ParseNotaryKey(std::string_view text);

/// What a presentation says, for people, line by line: website, time, mode, session, template, columns, public values, and
/// which leaves are withheld. Bytes that are not printable ASCII are shown as \xNN.
[[nodiscard]] std::string DescribePresentation(const Presentation& presentation);

struct VerifyOutcome {
  int exit_code = 2;  ///< 0 verified, 1 not by this key or altered, 2 the input cannot be used
  std::string out;    ///< for standard output
  std::string err;    ///< for standard error: one line, empty unless exit_code is 2
};
/// Security: what an attestation says is printed only when it verifies; otherwise it is nobody's word.
[[nodiscard]] VerifyOutcome VerifyAttestationFile(const std::string& path, std::string_view notary_key);

}  // namespace mpcstats

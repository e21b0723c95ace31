// mpcstats-verify FILE --notary-key ed25519:HEX: checks an attestation. Small on purpose: it stands on src/mpcstats/attestation,
// wire, crypto and base alone, so that whoever relies on it has little to read. Exit codes: 0 verified, 1 not, 2 input.
#include <cstdio>
#include <string_view>

#include "mpcstats/attestation/verify_file.h"

int main(int argc, char** argv) {
  if (argc != 4 || std::string_view(argv[2]) != "--notary-key") {
    std::fputs("usage: mpcstats-verify FILE --notary-key ed25519:HEX\n", stderr);
    return 2;
  }
  const mpcstats::VerifyOutcome outcome = mpcstats::VerifyAttestationFile(argv[1], argv[3]);
  std::fputs(outcome.out.c_str(), stdout);
  if (!outcome.err.empty()) std::fprintf(stderr, "mpcstats-verify: %s\n", outcome.err.c_str());
  return outcome.exit_code;
}

// The credentials of a request: read from a file, a prompt or standard input; times and signatures worked out on the spot.
//
//   api_key = "k3y"
//   api_secret = "s3cret"
//   timestamp = "@now_ms"                       milliseconds since 1970
//   signature = "@hmac_sha256 api_secret"       of the query that stands before it in the target, as hexadecimal digits
#pragma once

#include <map>
#include <string>

#include "mpcstats/survey/template.h"

namespace mpcstats {

/// Values by name; wiped when it dies. Move-only.
class Credentials {
 public:
  Credentials() = default;
  Credentials(Credentials&&) = default;
  Credentials& operator=(Credentials&&) = default;
  ~Credentials();
  std::map<std::string, std::string> values;
};

/// Reads NAME = "VALUE" lines. Errors: kInvalidArgument with the line, never with its text.
[[nodiscard]] Result<Credentials> ParseCredentials(std::string_view text);

/// Reads `path` (mode 0600), standard input for "-", or asks without echo for each hole of the request when it is empty.
/// Errors: as ParseCredentials and ReadSecretFile.
[[nodiscard]] Result<Credentials> ReadCredentials(const std::string& path, const Template& source);

/// The value of each hole of the request.
/// Errors: kInvalidArgument for a hole without a value, and for a signature whose key is not there; it names them.
[[nodiscard]] Result<Credentials> FillHoles(const Template& source, const Credentials& given,
                                            std::uint64_t now_ms);

}  // namespace mpcstats

// URLs of our own services, and the two decodings that requests need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// `http[s]://host[:port][/path]` (RFC 3986), without user, query and fragment: where a service is.
struct Url {
  bool tls = false;
  std::string host;        ///< name or address; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< 80 or 443 when the text names none
  std::string path;        ///< "" or "/..." without a slash at the end, so that a target can be appended

  /// Errors:   kInvalidArgument with one sentence that says what to write instead.
  [[nodiscard]] static Result<Url> Parse(std::string_view text);

  /// The value of a Host header: host and, where it is not the scheme's own, port.
  [[nodiscard]] std::string Authority() const;
  [[nodiscard]] std::string ToString() const;

  /// Whether the host is this machine by its spelling: 127.0.0.0/8, ::1 or localhost.
  [[nodiscard]] bool IsLoopback() const;
  /// Whether the host is a numeric address and no name.
  [[nodiscard]] bool IsAddress() const;
};

/// Text with its %XX decoded (RFC 3986 section 2.1).
/// Errors:   kInvalidArgument for a broken escape, or when a control character would come out.
[[nodiscard]] Result<std::string> PercentDecode(std::string_view text);

/// The first value of `name` in a query `a=1&b=2`, decoded, `+` as a space; nothing when it is absent or its
/// escapes are broken. A name without `=` has the value "".
[[nodiscard]] std::optional<std::string> QueryValue(std::string_view query, std::string_view name);

}  // namespace mpcstats

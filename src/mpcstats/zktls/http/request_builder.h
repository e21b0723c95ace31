// An HTTP/1.1 request in bytes, with a mark on each: public, or hidden from the notary.
//
//   HttpRequestSpec spec{.host = "api.example.com", .target = {{"/v1/balance"}}};
//   spec.fields.push_back({"X-Api-Key", {{key, RequestMark::kHidden}}});
//   ASSIGN_OR_RETURN(const MarkedRequest request, BuildMarkedRequest(spec));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/http/response_layout.h"

namespace mpcstats {

enum class RequestMark : std::uint8_t { kPublic, kHidden };

struct RequestPart {
  std::string text;
  RequestMark mark = RequestMark::kPublic;
};

struct HttpRequestSpec {
  struct Field {
    std::string name;
    std::vector<RequestPart> value;
  };
  std::string method = "GET";  ///< GET or POST
  std::string host{};
  std::vector<RequestPart> target{};  ///< path and query
  /// Without Host, Connection, Accept-Encoding and Content-Length: they are added.
  std::vector<Field> fields{};
  std::vector<RequestPart> body{};  ///< POST alone
};

struct MarkedRequest {
  struct Marked {
    TextRange range;
    RequestMark mark = RequestMark::kPublic;
  };
  Buffer<std::uint8_t> bytes;  ///< holds credentials
  std::vector<Marked> ranges;  ///< all of it, in order; no two neighbours with one mark, none empty
};

/// Shapes:   `Connection: close`, so that the server ends the response by closing; `Accept-Encoding: identity`.
/// Security: no part may hold CR, LF or NUL, hidden ones least of all: the notary gets a proof of that, as they could
///           smuggle a field or a second request in. No control characters, spaces or # in the target. Texts of hidden
///           parts are in no error.
/// Errors:   kInvalidArgument with the part that cannot be sent.
[[nodiscard]] Result<MarkedRequest> BuildMarkedRequest(const HttpRequestSpec& spec);

}  // namespace mpcstats

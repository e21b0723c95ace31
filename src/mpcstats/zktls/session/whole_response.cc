#include "mpcstats/zktls/session/whole_response.h"

#include <string_view>

#include "mpcstats/zktls/http/response_layout.h"

namespace mpcstats {

bool IsWholeResponse(ByteSpan response) {
  const std::string_view text(reinterpret_cast<const char*>(response.data()), response.size());
  const auto layout = ParseHttpResponseLayout(text);
  return !layout || layout->has_value();
}

}  // namespace mpcstats

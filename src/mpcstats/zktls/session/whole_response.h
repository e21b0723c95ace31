// Whether an HTTP response has come whole: when the prover may close the connection.
#pragma once

#include "mpcstats/base/bytes.h"

namespace mpcstats {

/// True when `response` is a whole response, or can never become one that is understood here: then waiting helps nothing.
[[nodiscard]] bool IsWholeResponse(ByteSpan response);

}  // namespace mpcstats

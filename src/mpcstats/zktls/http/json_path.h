// Where a value stands in a JSON text, byte by byte: for drafting templates from a saved response.
//
//   ASSIGN_OR_RETURN(const JsonValueAt free, FindJsonValue(text, R"($.balances[?(@.asset=="ETH")].free)"));
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/zktls/http/response_layout.h"

namespace mpcstats {

enum class JsonKind : std::uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

struct JsonValueAt {
  JsonKind kind = JsonKind::kNull;
  TextRange range;  ///< the whole value; of a string what stands between the quotes, as it is written
};

/// Every value that `path` names, in the text's order.
///
/// Shapes:   `$`, then any of `.name`, `['name']`, `[3]`, `[*]` and `[?(@.name=="text")]`, the last picks the elements of
///           an array whose member is that string. Names and texts are compared as written, so they cannot hold escapes.
/// Errors:   kInvalidArgument with the place: for a path that does not parse, and for a text that is not one value of
///           RFC 8259, nests deeper than 64, has a byte order mark, or an object that has one name twice or one with an
///           escape in it (two readers could understand it in two ways).
[[nodiscard]] Result<std::vector<JsonValueAt>> FindJsonValues(std::string_view text, std::string_view path);

/// The one value that `path` names. Errors: as above; kNotFound when there is none; kInvalidArgument when several.
[[nodiscard]] Result<JsonValueAt> FindJsonValue(std::string_view text, std::string_view path);

}  // namespace mpcstats

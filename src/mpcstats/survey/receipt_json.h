// The JSON of a receipt: one canonical text a value, so that its digest names it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mpcstats/survey/receipt.h"

namespace mpcstats {

/// Name and canonical JSON of every signed field, in the order in which they are signed: names ascending, where outputs stand
/// in the place of "outputs" as "outputs[0]", "outputs[1]", ...
[[nodiscard]] std::vector<std::pair<std::string, std::string>> CanonicalFields(const ReceiptBody& body);

/// Whether two JSON texts hold the same value; false when either is none.
[[nodiscard]] bool SameJson(std::string_view a, std::string_view b);

}  // namespace mpcstats

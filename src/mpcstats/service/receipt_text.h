// From the figures of a session to the outputs of a receipt, the same at all parties.
#pragma once

#include <string>
#include <vector>

#include "mpcstats/query/catalogue.h"
#include "mpcstats/survey/receipt.h"

namespace mpcstats {

/// One output for each of the plan's, in its order.
[[nodiscard]] std::vector<ReceiptOutput> OutputsOf(const Survey& survey, const SurveyPlan& plan,
                                                   const std::vector<Figure>& figures);

}  // namespace mpcstats

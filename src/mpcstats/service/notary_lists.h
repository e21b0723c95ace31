// Notaries' lists of keys as files in a folder: what an operator gets from a notary and puts there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mpcstats/attestation/notary_keys.h"

namespace mpcstats {

/// Every file "*.keys" of `folder` by name, each with its list or why it is none. No folder, no files.
[[nodiscard]] std::vector<std::pair<std::string, Result<NotaryKeyList>>> ReadNotaryLists(
    const std::string& folder);

}  // namespace mpcstats

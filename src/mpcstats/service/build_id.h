// What the parties must have in common to compute together.
#pragma once

#include <string_view>

namespace mpcstats {

/// Names the protocol and the program; part of every session's view and of every receipt.
inline constexpr std::string_view kBuildId = "mpcstats 0.1.0";
inline constexpr std::string_view kProtocolId = "mpcstats/1";

}  // namespace mpcstats

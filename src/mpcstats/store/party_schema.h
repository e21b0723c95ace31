// Tables of party.db. What must never change is guarded by triggers, so that no code path of ours can change it by mistake.
#pragma once

#include <array>
#include <string_view>

namespace mpcstats {

/// One text a format version. A text never changes once it was released; a new version appends one.
extern const std::array<std::string_view, 4> kPartyMigrations;

}  // namespace mpcstats

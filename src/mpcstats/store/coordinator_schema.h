// Tables of coordinator.db.
#pragma once

#include <array>
#include <string_view>

namespace mpcstats {

/// One text a format version. A text never changes once it was released; a new version appends one.
extern const std::array<std::string_view, 3> kCoordinatorMigrations;

}  // namespace mpcstats
